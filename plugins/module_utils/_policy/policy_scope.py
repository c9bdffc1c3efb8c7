# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where jobs work: what stands in the place of the names in their permissions.  Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Mapping, Sequence

from .._common.errors import OptionError
from .._common.identifiers import ACCOUNT_ID
from .service_principals import EC2, in_partition

ANY = "*"
# https://docs.aws.amazon.com/general/latest/gr/rande.html
PARTITIONS = {"cn": "aws-cn", "us-gov": "aws-us-gov", "us-iso": "aws-iso", "us-isob": "aws-iso-b", "eusc": "aws-eusc"}
REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d{1,2}", re.ASCII)
# A name, with its path if it has one, and with the wildcards that stand for the rest of it
NAME = re.compile(r"(?:[\w+=,.@*?-]+/)*[\w+=,.@*?-]+", re.ASCII)


@dataclass(frozen=True)
class Places:
    """What is not given is any; a place may have several names.  ``tags`` are those of the instances, each with its values."""

    region: str = ANY
    account: str = ANY
    role_names: Sequence[str] = (ANY,)
    instance_profile_names: Sequence[str] = (ANY,)
    tags: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def of(self, name: str) -> Sequence[str]:
        """What stands in the place of the name."""
        partition = partition_of(self.region)
        known = {
            "partition": [partition],
            "region": [self.region],
            "account": [self.account],
            "role": self.role_names,
            "instance_profile": self.instance_profile_names,
            "ec2_service": [in_partition(EC2, partition)],
        }
        return known.get(name, [ANY])


def partition_of(region: str) -> str:
    """The partition in which the region is; AWS's public one where it could be any."""
    return next((each for prefix, each in PARTITIONS.items() if region.startswith(f"{prefix}-")), "aws")


def places(
    region: str,
    account: str,
    role_names: Sequence[str],
    instance_profile_names: Sequence[str],
    tags: Mapping[str, Sequence[str]],
) -> Places:
    """The places from what a user gave, where empty is any; raises OptionError.

    An instance profile has its role's name, unless it has one of its own.
    """
    if region and not REGION.fullmatch(region):
        raise OptionError("region", f"{region!r} is not a region.", "Give one such as eu-central-1, or none for all.")
    if account and not ACCOUNT_ID.fullmatch(account):
        raise OptionError("account", f"{account!r} is not an account.", "Give its 12 digits as a text, or nothing for all.")
    for option, names in (("role_names", role_names), ("instance_profile_names", instance_profile_names)):
        _check_names(option, names)
    _check_tags(tags)
    roles = sorted(set(role_names)) or [ANY]
    profiles = sorted(set(instance_profile_names)) or roles
    return Places(region or ANY, account or ANY, roles, profiles, {key: sorted(set(tags[key])) for key in sorted(tags)})


def _check_names(option: str, names: Sequence[str]) -> None:
    for name in names:
        if not NAME.fullmatch(name):
            suggestion = "Give the name, with its path where it has one (team/web); * stands for any characters (web-*)."
            raise OptionError(option, f"{name!r} is not a name.", suggestion)


def _check_tags(tags: Mapping[str, Sequence[str]]) -> None:
    for key, values in tags.items():
        if not key or not values:
            raise OptionError("tags", f"{key!r}: a tag needs a key and a value.", "Give {team: web}, or {team: [web, api]}.")
        for text in (key, *values):
            if "${" in text:
                raise OptionError("tags", f"{text!r} would be a variable in a policy.", "Give a text without ${.")
