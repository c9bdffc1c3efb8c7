# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator policy is limited to: region, account, names, tags and policies.  Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence

from .._common.errors import OptionError
from .._common.identifiers import ACCOUNT_ID
from .service_principals import EC2, service_principal

ANY = "*"
# https://docs.aws.amazon.com/general/latest/gr/rande.html
PARTITIONS = {"cn": "aws-cn", "us-gov": "aws-us-gov", "us-iso": "aws-iso", "us-isob": "aws-iso-b", "eusc": "aws-eusc"}
REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d{1,2}", re.ASCII)
# A name, optionally with a path and with wildcards
NAME = re.compile(r"(?:[\w+=,.@*?-]+/)*[\w+=,.@*?-]+", re.ASCII)
ONE_NAME = re.compile(r"(?:[\w+=,.@-]+/)*[\w+=,.@-]+", re.ASCII)
ONE_POLICY_ARN = re.compile(rf"arn:[\w-]+:iam::(?:\d{{12}}|aws):policy/{ONE_NAME.pattern}", re.ASCII)
POLICY_ARN = re.compile(rf"arn:[\w*-]+:iam::(?:\d{{12}}|aws|\*):policy/{NAME.pattern}", re.ASCII)
ROLE_ARN = re.compile(rf"arn:[\w*-]+:iam::(?:\d{{12}}|\*):role/{NAME.pattern}", re.ASCII)
LAUNCH_TEMPLATE_ID = re.compile(r"lt-[0-9a-f]{8,17}|\*", re.ASCII)
# Everything that AWS accepts in the name of a group except a colon and policy variables
GROUP_NAME = re.compile(r"[!-9;-~ ]{1,255}", re.ASCII)

Tags = Mapping[str, Sequence[str]]

WITH_PATH = "Give the name, with its path if it has one (team/web). * matches any characters (web-*)."
POLICY = "Give the ARN, or the name of one of the account's own policies, with its path if it has one (team/limits)."
POLICIES = ("permissions_boundary", "allowed_policies", "quarantine_policy")
TAGS = ("tags", "launch_template_tags", "auto_scaling_group_tags")
# What each option's names must match, and how to write them
NAMES: Mapping[str, tuple[Sequence[re.Pattern[str]], str]] = {
    "role_names": ((NAME,), WITH_PATH),
    "instance_profile_names": ((NAME,), WITH_PATH),
    "user_names": ((NAME,), WITH_PATH),
    "assume_roles": ((NAME, ROLE_ARN), "Give the ARN of a role, or a name, which stands for the roles of that name in all accounts."),
    "launch_template_ids": (
        (LAUNCH_TEMPLATE_ID,),
        "AWS's ARNs have the id, like lt-0123456789abcdef0. To limit them otherwise, use the option launch_template_tags.",
    ),
    "auto_scaling_group_names": ((GROUP_NAME,), "Give the name. * matches any characters (web-*)."),
    "allowed_policies": ((NAME, POLICY_ARN), f"{POLICY} * matches any characters."),
    # With a wildcard, a role could have a policy of the operator's choice.
    **dict.fromkeys(("permissions_boundary", "quarantine_policy"), ((ONE_NAME, ONE_POLICY_ARN), POLICY)),
}


@dataclass(frozen=True)
class PolicyScope:
    """The values of the placeholders in permissions; ``*`` for all, and nothing where no limit would be dangerous.

    The tags, each with its values, are required of what is changed: instances and fleets, launch templates, Auto Scaling groups.
    """

    region: str = ANY
    account: str = ANY
    role_names: Sequence[str] = (ANY,)
    instance_profile_names: Sequence[str] = (ANY,)
    tags: Tags = field(default_factory=dict)
    launch_template_ids: Sequence[str] = ()
    launch_template_tags: Tags = field(default_factory=dict)
    auto_scaling_group_names: Sequence[str] = (ANY,)
    auto_scaling_group_tags: Tags = field(default_factory=dict)
    user_names: Sequence[str] = ()
    assume_roles: Sequence[str] = ()
    permissions_boundary: Sequence[str] = ()
    allowed_policies: Sequence[str] = ()
    quarantine_policy: Sequence[str] = ()

    def values(self, placeholder: str) -> Sequence[str]:
        """The values of the placeholder; ``*`` for an unknown one, and none if the scope must have a value but has none."""
        partition = partition_of(self.region)
        known: dict[str, Sequence[str]] = {
            "partition": [partition],
            "region": [self.region],
            "account": [self.account],
            "role": self.role_names,
            "instance_profile": self.instance_profile_names,
            "ec2_service": [service_principal(EC2, partition)],
            "launch_template": self.launch_template_ids or ([ANY] if self.launch_template_tags else []),
            "auto_scaling_group": self.auto_scaling_group_names,
            "new_auto_scaling_group": self.auto_scaling_group_names,
            "user": self.user_names,
            "assumed_role": self.assume_roles,
            "permissions_boundary": self.permissions_boundary,
            "permissions_boundary_if_given": self.permissions_boundary or [ANY],
            # A required boundary limits what any policy can allow.
            "allowed_policy": self.allowed_policies or ([ANY] if self.permissions_boundary else []),
            "quarantine_policy": self.quarantine_policy,
        }
        return known.get(placeholder, [ANY])

    def tag_conditions(self, placeholder: str) -> dict[str, Sequence[str]]:
        """The condition keys, with their values, that limit what the placeholder stands for to those with the tags."""
        prefix, tags = {
            "instance": ("aws:ResourceTag", self.tags),
            "fleet": ("aws:ResourceTag", self.tags),
            "launch_template": ("aws:ResourceTag", self.launch_template_tags),
            "auto_scaling_group": ("aws:ResourceTag", self.auto_scaling_group_tags),
            "new_auto_scaling_group": ("aws:RequestTag", self.auto_scaling_group_tags),
        }.get(placeholder, ("", {}))
        return {f"{prefix}/{key}": values for key, values in tags.items()}


def partition_of(region: str) -> str:
    """The partition of the region; the public one for ``*``."""
    return next((each for prefix, each in PARTITIONS.items() if region.startswith(f"{prefix}-")), "aws")


def policy_scope(region: str = "", account: str = "", **given: Any) -> PolicyScope:
    """The scope from the user's options, where an empty value stands for all; raises OptionError.

    By default, the instance profiles have the names of the roles, and launch templates and groups need the tags of the instances
    unless they are named.
    """
    if region and not REGION.fullmatch(region):
        raise OptionError("region", f"{region!r} is not a region.", "Give one like eu-central-1, or leave it empty for all regions.")
    if account and not ACCOUNT_ID.fullmatch(account):
        raise OptionError("account", f"{account!r} is not an account id.", "Give 12 digits in quotes, or leave it empty for all accounts.")
    names = {option: _names(option, given.get(option) or ()) for option in NAMES}
    tags = {option: _tags(option, given.get(option) or {}) for option in TAGS}
    roles = names["role_names"] or [ANY]
    account_arn = f"arn:{partition_of(region)}:iam::{account or ANY}"
    return PolicyScope(
        region or ANY,
        account or ANY,
        roles,
        names["instance_profile_names"] or roles,
        tags["tags"],
        names["launch_template_ids"],
        tags["launch_template_tags"] or ({} if names["launch_template_ids"] else tags["tags"]),
        names["auto_scaling_group_names"] or [ANY],
        tags["auto_scaling_group_tags"] or ({} if names["auto_scaling_group_names"] else tags["tags"]),
        names["user_names"],
        _arns(names["assume_roles"], f"arn:{partition_of(region)}:iam::{ANY}:role"),
        *(_arns(names[option], f"{account_arn}:policy") for option in POLICIES),
    )


def _arns(names: Sequence[str], prefix: str) -> list[str]:
    return [each if each.startswith("arn:") else f"{prefix}/{each}" for each in names]


def _names(option: str, names: Sequence[str]) -> list[str]:
    patterns, suggestion = NAMES[option]
    for name in names:
        if "${" in name or not any(each.fullmatch(name) for each in patterns):
            raise OptionError(option, f"{name!r} is not a valid {'id' if option.endswith('_ids') else 'name'}.", suggestion)
    return sorted(set(names))


def _tags(option: str, tags: Tags) -> dict[str, Sequence[str]]:
    for key, values in tags.items():
        if not key or not values:
            raise OptionError(option, f"{key!r}: a tag needs a key and a value.", "Give {team: web}, or {team: [web, api]}.")
        for text in (key, *values):
            if "${" in text:
                raise OptionError(option, f"{text!r} would be a policy variable.", "Give a string without ${.")
    return {key: sorted(set(tags[key])) for key in sorted(tags)}
