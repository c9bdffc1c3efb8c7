# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gives launch sources other metadata options, through the machinery of launch_profile_attach."""

from __future__ import annotations

from dataclasses import replace
from typing import Union

from .._aws.parallel import in_parallel
from .._common.read_errors import ReadErrors
from .._launch.job import LaunchJob
from .._launch.spec import LaunchSpec
from .._launch.state import LaunchState
from .._values.imds_defaults import ImdsDefaults
from .._values.launch import Fleet, Group
from .wanted import TOKENS, WantedOptions


class LaunchOptionsJob(LaunchJob):
    """Gives launch sources other metadata options; ``_common.run`` describes the methods."""

    def _prepared(self, state: LaunchState) -> LaunchSpec:
        """The spec with the defaults for tokens, if a template leaves them to these.  What can't be read is not known."""
        wanted = self._spec.wanted
        if not isinstance(wanted, WantedOptions) or wanted.values.get(TOKENS) != "required":
            return self._spec
        datas = [version.data for template in state.templates.values() for version in template.versions.values()]
        datas += list(state.configurations.values())
        if all((data.get(wanted.member) or {}).get("HttpTokens") for data in datas):
            return self._spec
        images = set() if _has_other_images(state) else {data["ImageId"] for data in datas if str(data.get("ImageId") or "").startswith("ami-")}
        read_errors = ReadErrors()
        account, supported = in_parallel(
            lambda: read_errors.collect(self._clients.metadata_defaults.read),
            lambda: read_errors.collect(lambda: self._clients.ec2.imds_support(images)) if images else {},
        )
        return replace(self._spec, wanted=replace(wanted, defaults=ImdsDefaults(account, supported or {})))


def _has_other_images(state: LaunchState) -> bool:
    """Whether an override replaces the image of a template, so that this image does not say what is launched."""
    sources: tuple[Union[Group, Fleet], ...] = (*state.selected_groups, *state.fleets)
    return any(source.images_of(reference) for source in sources for reference in source.references)
