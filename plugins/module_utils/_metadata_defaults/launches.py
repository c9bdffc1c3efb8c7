# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which launches AWS refuses once it enforces IMDSv2 in a region.  Pure.

A launch needs HttpTokens required: its own value comes first, then the account's default, then ImdsSupport of the image.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-IMDS-new-instances.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Iterable, Mapping, Optional, Union

from .._common.errors import AwsError
from .._launch_sources.source import Launch, LaunchSource
from .._values.imds_defaults import ImdsDefaults, default_tokens

REQUIRED = "required"


@dataclass(frozen=True)
class Launches:
    """Everything that launches instances in a region, and ImdsSupport of the images that decide about their tokens."""

    sources: tuple[LaunchSource, ...] = ()
    images: Mapping[str, str] = field(default_factory=dict)


Read = Union[Launches, AwsError, None]  # None if nothing depends on it


@dataclass(frozen=True)
class RefusedLaunch:
    """A launch without required tokens; ``tokens`` is None if that is not known.  ``version`` is that of a launch template."""

    kind: str
    name: str
    template: Optional[str]
    version: Optional[str]
    tokens: Optional[str]

    def as_result(self) -> dict[str, Any]:
        """An entry of the return value ``refused_launches``."""
        return {
            "kind": self.kind,
            "name": self.name,
            "launch_template_name": self.template,
            "version": self.version,
            "http_tokens": self.tokens,
        }

    def __str__(self) -> str:
        version = f" (version {self.version})" if self.version else ""
        return f"{self.kind} {self.name}{version}"


def refused_launches(launches: Launches, account: Mapping[str, Any]) -> list[RefusedLaunch]:
    """The launches that AWS refuses with these defaults of the account, and those for which that is not known."""
    defaults = ImdsDefaults(account, launches.images)
    tokens = [(source, launch, _tokens(launch, defaults)) for source in launches.sources for launch in _used(source)]
    return [_refused(source, launch, found) for source, launch, found in tokens if found != REQUIRED]


def images_that_decide(sources: Iterable[LaunchSource]) -> set[str]:
    """The images of launches that do not give tokens themselves."""
    launches = (launch for source in sources for launch in _used(source) if launch.data is not None and not _given(launch))
    return {image for launch in launches for image in launch.image_ids if image}


def _used(source: LaunchSource) -> Iterable[Launch]:
    """What it may launch; nothing is launched from a template that does not exist."""
    return (launch for launch in source.launches if launch.is_used and not launch.missing)


def _given(launch: Launch) -> Optional[str]:
    found: Optional[str] = ((launch.data or {}).get("MetadataOptions") or {}).get("HttpTokens")
    return found


def _tokens(launch: Launch, defaults: ImdsDefaults) -> Optional[str]:
    return None if launch.data is None else _given(launch) or default_tokens(launch.image_ids, defaults)


def _refused(source: LaunchSource, launch: Launch, tokens: Optional[str]) -> RefusedLaunch:
    template = launch.template.name if launch.template else None
    return RefusedLaunch(source.kind, source.name, template, None if launch.number is None else str(launch.number), tokens)
