# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator policy is limited to: region, account, names and tags.  Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Mapping, Sequence

from .._common.errors import OptionError
from .._common.identifiers import ACCOUNT_ID
from .service_principals import EC2, service_principal

ANY = "*"
# https://docs.aws.amazon.com/general/latest/gr/rande.html
PARTITIONS = {"cn": "aws-cn", "us-gov": "aws-us-gov", "us-iso": "aws-iso", "us-isob": "aws-iso-b", "eusc": "aws-eusc"}
REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d{1,2}", re.ASCII)
# A name, optionally with a path and with wildcards
NAME = re.compile(r"(?:[\w+=,.@*?-]+/)*[\w+=,.@*?-]+", re.ASCII)


@dataclass(frozen=True)
class PolicyScope:
    """The values of the placeholders in permissions; ``*`` for all.  ``tags`` are required of instances, each with its values."""

    region: str = ANY
    account: str = ANY
    role_names: Sequence[str] = (ANY,)
    instance_profile_names: Sequence[str] = (ANY,)
    tags: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def values(self, placeholder: str) -> Sequence[str]:
        """The values of the placeholder; ``*`` for an unknown one."""
        partition = partition_of(self.region)
        known = {
            "partition": [partition],
            "region": [self.region],
            "account": [self.account],
            "role": self.role_names,
            "instance_profile": self.instance_profile_names,
            "ec2_service": [service_principal(EC2, partition)],
        }
        return known.get(placeholder, [ANY])


def partition_of(region: str) -> str:
    """The partition of the region; the public one for ``*``."""
    return next((each for prefix, each in PARTITIONS.items() if region.startswith(f"{prefix}-")), "aws")


def policy_scope(
    region: str,
    account: str,
    role_names: Sequence[str],
    instance_profile_names: Sequence[str],
    tags: Mapping[str, Sequence[str]],
) -> PolicyScope:
    """The scope from the user's options, where an empty value stands for all; raises OptionError.

    By default, the instance profiles have the names of the roles.
    """
    if region and not REGION.fullmatch(region):
        raise OptionError("region", f"{region!r} is not a region.", "Give one like eu-central-1, or leave it empty for all regions.")
    if account and not ACCOUNT_ID.fullmatch(account):
        raise OptionError("account", f"{account!r} is not an account id.", "Give 12 digits in quotes, or leave it empty for all accounts.")
    for option, names in (("role_names", role_names), ("instance_profile_names", instance_profile_names)):
        _check_names(option, names)
    _check_tags(tags)
    roles = sorted(set(role_names)) or [ANY]
    profiles = sorted(set(instance_profile_names)) or roles
    return PolicyScope(region or ANY, account or ANY, roles, profiles, {key: sorted(set(tags[key])) for key in sorted(tags)})


def _check_names(option: str, names: Sequence[str]) -> None:
    for name in names:
        if not NAME.fullmatch(name):
            suggestion = "Give the name, with its path if it has one (team/web). * matches any characters (web-*)."
            raise OptionError(option, f"{name!r} is not a valid name.", suggestion)


def _check_tags(tags: Mapping[str, Sequence[str]]) -> None:
    for key, values in tags.items():
        if not key or not values:
            raise OptionError("tags", f"{key!r}: a tag needs a key and a value.", "Give {team: web}, or {team: [web, api]}.")
        for text in (key, *values):
            if "${" in text:
                raise OptionError("tags", f"{text!r} would be a policy variable.", "Give a string without ${.")
