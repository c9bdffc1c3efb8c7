# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fails rows before anything is written if AWS would delete what botocore did not parse.  Pure."""

from __future__ import annotations

from typing import Mapping, Union

from .._values.launch import ALIASES, Fleet, Group
from .._values.unknown_members import REASON, unknown_members, would_lose
from .changes import CONFIGS, NewVersion
from .row import LaunchRow
from .versions import TemplatePlan


def unless_unknown(row: LaunchRow, versions: Mapping[str, TemplatePlan], botocore_version: str) -> LaunchRow:
    """The row; failed if its calls would lose members that botocore does not know."""
    is_sent = row.source and any(each.version not in ALIASES for each in row.references)
    of_source = unknown_in_source(row.source) if row.source and is_sent else []
    plans = (versions[each] for each in sorted({reference.template_id for reference in row.references}))
    of_versions = (path for plan in plans for path in unknown_in_versions(plan))
    paths = list(dict.fromkeys((*of_source, *of_versions)))
    return failed(row, paths, botocore_version) if paths else row


def failed(row: LaunchRow, paths: list[str], botocore_version: str) -> LaunchRow:
    """The row after a failure because of these members."""
    return row.failed(REASON, would_lose(paths, botocore_version))


def unknown_in_source(source: Union[Group, Fleet]) -> list[str]:
    """The unknown members of what a group or fleet launches from, which a change sends as a whole."""
    if isinstance(source, Fleet):
        return unknown_members({CONFIGS: list(source.configs)})
    return unknown_members({"LaunchTemplate": source.launch_template, "MixedInstancesPolicy": source.mixed_instances_policy})


def unknown_in_versions(plan: TemplatePlan) -> list[str]:
    """The unknown members that the template's new versions would lose."""
    return [path for each in plan.new for path in _lost_by(each)]


def _lost_by(new: NewVersion) -> list[str]:
    """AWS itself copies the source version if the new one overrides only one member; otherwise, all data is sent."""
    data = new.template.versions[new.source].data
    lost = {new.member: data.get(new.member)} if new.member in new.data else data
    return unknown_members({"LaunchTemplateData": lost})
