# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values for tests: roles, instance profiles, instances, launch templates, groups and fleets, each with usual defaults."""

from __future__ import annotations

from typing import Any, Iterable, Mapping, Optional

from ansible_collections.keyless.ec2.plugins.module_utils._policy.trusted_entities import ec2_trust_policy
from ansible_collections.keyless.ec2.plugins.module_utils._values.instance_profile import InstanceProfile, TrustedProfile
from ansible_collections.keyless.ec2.plugins.module_utils._values.instances import Association, Instance, InstanceSnapshot
from ansible_collections.keyless.ec2.plugins.module_utils._values.launch import Fleet, Group, Template, TemplateReference, Version
from ansible_collections.keyless.ec2.plugins.module_utils._values.role import Role

ACCOUNT_ID = "123456789012"
TRUST = ec2_trust_policy("aws")
LAMBDA_TRUST = {**TRUST, "Statement": [{**TRUST["Statement"][0], "Principal": {"Service": "lambda.amazonaws.com"}}]}


def profile_arn(name: str, path: str = "/") -> str:
    return f"arn:aws:iam::{ACCOUNT_ID}:instance-profile{path}{name}"


# pylint: disable=dangerous-default-value  # nobody changes them


def instance_profile(name: str = "web", *roles: str, profile_id: Optional[str] = None, tags: Optional[Mapping[str, str]] = {}) -> InstanceProfile:  # noqa: B006
    """An instance profile that exists, with these roles."""
    return InstanceProfile(name, "/", roles, tags, profile_arn(name), profile_id or f"AIPA-{name}", "2026-01-01")


def trusted(profile: InstanceProfile, trust_policy: Mapping[str, Any] = TRUST) -> TrustedProfile:
    """The profile with the trust policy of its role, if it has one."""
    return TrustedProfile(profile, trust_policy if profile.roles else None)


def role(name: str = "web", trust_policy: Mapping[str, Any] = TRUST, **others: Any) -> Role:
    """A role that exists."""
    return Role(name, "/", trust_policy, arn=f"arn:aws:iam::{ACCOUNT_ID}:role/{name}", **others)


def instance(instance_id: str = "i-1", state: str = "running", **others: Any) -> Instance:
    return Instance(instance_id, state, **others)


def association(profile: InstanceProfile, instance_id: str = "i-1", state: str = "associated", number: int = 1) -> Association:
    return Association(f"iip-assoc-{number}", instance_id, str(profile.arn), str(profile.profile_id), state)


def snapshot(instances: Iterable[Instance] = (), associations: Iterable[Association] = ()) -> InstanceSnapshot:
    """These instances, with these associations."""
    by_instance: dict[str, tuple[Association, ...]] = {}
    for each in associations:
        by_instance[each.instance_id] = (*by_instance.get(each.instance_id, ()), each)
    return InstanceSnapshot({each.instance_id: each for each in instances}, by_instance)


def template_data(profile_name: Optional[str] = "old", **others: Any) -> dict[str, Any]:
    """The data of a launch template's version."""
    return {**({"IamInstanceProfile": {"Name": profile_name}} if profile_name else {}), **others}


def template(*datas: Mapping[str, Any], default: int = 1, template_id: str = "lt-1", name: str = "workers") -> Template:
    """A launch template with a version for each of these data."""
    return Template(template_id, name, default, len(datas), {number: Version(number, data) for number, data in enumerate(datas, 1)})


def group(name: str = "a", version: str = "1", template_id: str = "lt-1", **others: Any) -> Group:
    """An Auto Scaling group that launches from a version of a launch template."""
    return Group(name, {"LaunchTemplateId": template_id, "Version": version}, **others)


def fleet(*versions: str, name: str = "fleet-1", template_id: str = "lt-1", kind: str = "EC2 Fleet", **others: Any) -> Fleet:
    """A fleet that launches from versions of a launch template, by default from version 1."""
    used = versions or ("1",)
    references = tuple(TemplateReference(template_id, version, index) for index, version in enumerate(used))
    configs = tuple({"LaunchTemplateSpecification": {"LaunchTemplateId": template_id, "Version": version}} for version in used)
    return Fleet(kind, name, references, **{"configs": configs, **others})
