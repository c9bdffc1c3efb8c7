# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removes everything that runs have left, found by their tag and prefix alone, and proves that nothing is left.

In IAM, only what has both the tag and the run's path is removed. Launch configurations can't have tags, and no probe creates one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from .waiting import eventually

PREFIX = TAG = "keyless-conformance"
ENDED_FLEETS = ("deleted", "deleted_running", "deleted_terminating", "failed")
LIVING_REQUESTS = ["open", "active"]
SECONDS = 600
# What launches instances is removed first.
ORDER = (
    ("group", "fleet", "spot request"),
    ("instance",),
    ("metadata defaults",),
    ("launch template", "target group"),
    ("instance profile",),
    ("role", "user"),
    ("policy",),
)
# A launch template of this name says that the run changes the account's defaults, which had none before.
DEFAULTS = "metadata-defaults"
NO_DEFAULTS = {
    "HttpTokens": "no-preference",
    "HttpEndpoint": "no-preference",
    "HttpPutResponseHopLimit": -1,
    "InstanceMetadataTags": "no-preference",
    "HttpTokensEnforced": "no-preference",
}
Client = Callable[[str], Any]


@dataclass(frozen=True, order=True)
class Found:
    kind: str
    name: str


class LeftBehind(Exception):
    """Something could not be removed; the text lists it."""


def cleanup(client: Client, run: str | None = None, seconds: float = SECONDS) -> list[Found]:
    """Removes everything of this run, or of all runs, and returns what was removed. Raises LeftBehind."""
    removed: set[Found] = set()
    # Lists can be late, so they are read until nothing is found.
    for kinds in ORDER:
        eventually(partial(_remove_new, client, run, kinds, removed), lambda left: not left, seconds)
    left = list(find(client, run))
    if left:
        raise LeftBehind(", ".join(f"{each.kind} {each.name}" for each in left))
    return sorted(removed)


def find(client: Client, run: str | None = None) -> Iterator[Found]:
    """Everything of this run, or of all runs, that still exists."""
    for finder in FINDERS.values():
        yield from finder(client, run)


def _remove_new(client: Client, run: str | None, kinds: tuple[str, ...], removed: set[Found]) -> list[Found]:
    """Removes what was found since the last call, and returns everything that still exists."""
    left = [each for kind in kinds for each in FINDERS[kind](client, run)]
    for found in left:
        if found not in removed:
            removed.add(found)
            REMOVERS[found.kind](client, found.name)
    return left


# What is found


def _groups(client: Client, run: str | None) -> Iterator[Found]:
    pages = client("autoscaling").get_paginator("describe_auto_scaling_groups").paginate()
    for group in (group for page in pages for group in page["AutoScalingGroups"]):
        if group["AutoScalingGroupName"].startswith(PREFIX) and _is_ours(group.get("Tags"), run):
            yield Found("group", group["AutoScalingGroupName"])


def _fleets(client: Client, run: str | None) -> Iterator[Found]:
    """Fleets of the type instant are left out: only their instances exist."""
    pages = client("ec2").get_paginator("describe_fleets").paginate()
    for fleet in (fleet for page in pages for fleet in page["Fleets"]):
        if fleet["FleetState"] not in ENDED_FLEETS and fleet.get("Type") != "instant" and _is_ours(fleet.get("Tags"), run):
            yield Found("fleet", fleet["FleetId"])


def _spot_requests(client: Client, run: str | None) -> Iterator[Found]:
    filters = [*_tag_filter(run), {"Name": "state", "Values": LIVING_REQUESTS}]
    for request in client("ec2").describe_spot_instance_requests(Filters=filters)["SpotInstanceRequests"]:
        yield Found("spot request", request["SpotInstanceRequestId"])


def _instances(client: Client, run: str | None) -> Iterator[Found]:
    living = ["pending", "running", "stopping", "stopped", "shutting-down"]
    filters = [*_tag_filter(run), {"Name": "instance-state-name", "Values": living}]
    for page in client("ec2").get_paginator("describe_instances").paginate(Filters=filters):
        yield from (Found("instance", each["InstanceId"]) for reservation in page["Reservations"] for each in reservation["Instances"])


def _metadata_defaults(client: Client, run: str | None) -> Iterator[Found]:
    is_changing = any(template["LaunchTemplateName"].endswith(DEFAULTS) for template in _our_templates(client, run))
    if is_changing and has_defaults(client("ec2")):
        yield Found("metadata defaults", "of the account")


def has_defaults(ec2: Any) -> bool:
    """Tells whether the account has defaults for metadata options. An older botocore can neither read nor set them."""
    shown = ec2.get_instance_metadata_defaults()["AccountLevel"] if hasattr(ec2, "get_instance_metadata_defaults") else {}
    return bool(shown.keys() - {"ManagedBy", "ManagedExceptionMessage"})


def _templates(client: Client, run: str | None) -> Iterator[Found]:
    yield from (Found("launch template", template["LaunchTemplateId"]) for template in _our_templates(client, run))


def _our_templates(client: Client, run: str | None) -> Iterator[dict[str, Any]]:
    """By the tag or the prefix: the role launch_group gives its template no tags."""
    prefix = f"{PREFIX}-{run}-" if run else f"{PREFIX}-"
    for page in client("ec2").get_paginator("describe_launch_templates").paginate():
        for template in page["LaunchTemplates"]:
            if _is_ours(template.get("Tags"), run) or template["LaunchTemplateName"].startswith(prefix):
                yield template


def _target_groups(client: Client, run: str | None) -> Iterator[Found]:
    elbv2 = client("elbv2")
    pages = elbv2.get_paginator("describe_target_groups").paginate()
    found = [group["TargetGroupArn"] for page in pages for group in page["TargetGroups"] if group["TargetGroupName"].startswith(PREFIX)]
    for arn in found:
        described = _read(lambda arn=arn: elbv2.describe_tags(ResourceArns=[arn])["TagDescriptions"], "TargetGroupNotFound")
        if any(_is_ours(each["Tags"], run) for each in described):
            yield Found("target group", arn)


def _profiles(client: Client, run: str | None) -> Iterator[Found]:
    for name in _names(client, "list_instance_profiles", "InstanceProfiles", "InstanceProfileName", run):
        profile = _read(lambda name=name: client("iam").get_instance_profile(InstanceProfileName=name)["InstanceProfile"])
        if profile and _is_ours(profile.get("Tags"), run):
            yield Found("instance profile", name)


def _roles(client: Client, run: str | None) -> Iterator[Found]:
    for name in _names(client, "list_roles", "Roles", "RoleName", run):
        if _is_ours(_read(lambda name=name: client("iam").list_role_tags(RoleName=name)["Tags"]), run):
            yield Found("role", name)


def _users(client: Client, run: str | None) -> Iterator[Found]:
    for name in _names(client, "list_users", "Users", "UserName", run):
        if _is_ours(_read(lambda name=name: client("iam").list_user_tags(UserName=name)["Tags"]), run):
            yield Found("user", name)


def _policies(client: Client, run: str | None) -> Iterator[Found]:
    for arn in _names(client, "list_policies", "Policies", "Arn", run, Scope="Local"):
        if _is_ours(_read(lambda arn=arn: client("iam").list_policy_tags(PolicyArn=arn)["Tags"]), run):
            yield Found("policy", arn)


def _names(client: Client, operation: str, member: str, key: str, run: str | None, **options: Any) -> list[str]:
    path = f"/{PREFIX}/{run}/" if run else f"/{PREFIX}/"
    pages = client("iam").get_paginator(operation).paginate(PathPrefix=path, **options)
    return [each[key] for page in pages for each in page[member]]


def _read(call: Callable[[], Any], code: str = "NoSuchEntity") -> Any:
    """Returns nothing if the resource was deleted in the meantime, because IAM's lists lag behind."""
    try:
        return call()
    except ClientError as error:
        if error.response["Error"]["Code"] != code:
            raise
        return []


def _tag_filter(run: str | None) -> list[dict[str, Any]]:
    return [{"Name": f"tag:{TAG}", "Values": [run]}] if run else [{"Name": "tag-key", "Values": [TAG]}]


def _is_ours(tags: list[dict[str, str]] | None, run: str | None) -> bool:
    return any(tag["Key"] == TAG and run in (None, tag["Value"]) for tag in tags or [])


# What is removed


def _gone(call: Callable[..., Any], *codes: str, **parameters: Any) -> None:
    """Makes the call. It is no error if the resource does not exist any more."""
    try:
        call(**parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NoSuchEntity", *codes):
            raise


def _remove_group(client: Client, name: str) -> None:
    _gone(client("autoscaling").delete_auto_scaling_group, "ValidationError", AutoScalingGroupName=name, ForceDelete=True)


def _remove_fleet(client: Client, fleet_id: str) -> None:
    client("ec2").delete_fleets(FleetIds=[fleet_id], TerminateInstances=True)


def _remove_spot_request(client: Client, request_id: str) -> None:
    client("ec2").cancel_spot_instance_requests(SpotInstanceRequestIds=[request_id])


def _remove_instance(client: Client, instance_id: str) -> None:
    _gone(client("ec2").terminate_instances, "InvalidInstanceID.NotFound", InstanceIds=[instance_id])


def _remove_metadata_defaults(client: Client, _name: str) -> None:
    client("ec2").modify_instance_metadata_defaults(**NO_DEFAULTS)


def _remove_template(client: Client, template_id: str) -> None:
    _gone(client("ec2").delete_launch_template, "InvalidLaunchTemplateId.NotFound", LaunchTemplateId=template_id)


def _remove_target_group(client: Client, arn: str) -> None:
    _gone(client("elbv2").delete_target_group, "TargetGroupNotFound", TargetGroupArn=arn)


def _remove_profile(client: Client, name: str) -> None:
    iam = client("iam")
    profile = _read(lambda: iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"])
    for role in profile["Roles"] if profile else []:
        _gone(iam.remove_role_from_instance_profile, InstanceProfileName=name, RoleName=role["RoleName"])
    _gone(iam.delete_instance_profile, InstanceProfileName=name)


def _remove_role(client: Client, name: str) -> None:
    iam = client("iam")
    for policy in _read(lambda: iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]):
        _gone(iam.detach_role_policy, RoleName=name, PolicyArn=policy["PolicyArn"])
    for policy in _read(lambda: iam.list_role_policies(RoleName=name)["PolicyNames"]):
        _gone(iam.delete_role_policy, RoleName=name, PolicyName=policy)
    _gone(iam.delete_role, RoleName=name)


def _remove_user(client: Client, name: str) -> None:
    iam = client("iam")
    for key in _read(lambda: iam.list_access_keys(UserName=name)["AccessKeyMetadata"]):
        _gone(iam.delete_access_key, UserName=name, AccessKeyId=key["AccessKeyId"])
    for policy in _read(lambda: iam.list_user_policies(UserName=name)["PolicyNames"]):
        _gone(iam.delete_user_policy, UserName=name, PolicyName=policy)
    for policy in _read(lambda: iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]):
        _gone(iam.detach_user_policy, UserName=name, PolicyArn=policy["PolicyArn"])
    _gone(iam.delete_user, UserName=name)


def _remove_policy(client: Client, arn: str) -> None:
    iam = client("iam")
    for version in _read(lambda: iam.list_policy_versions(PolicyArn=arn)["Versions"]):
        if not version["IsDefaultVersion"]:
            _gone(iam.delete_policy_version, PolicyArn=arn, VersionId=version["VersionId"])
    _gone(iam.delete_policy, PolicyArn=arn)


FINDERS = {
    "group": _groups,
    "fleet": _fleets,
    "spot request": _spot_requests,
    "instance": _instances,
    "metadata defaults": _metadata_defaults,
    "launch template": _templates,
    "target group": _target_groups,
    "instance profile": _profiles,
    "role": _roles,
    "user": _users,
    "policy": _policies,
}
REMOVERS = {
    "group": _remove_group,
    "fleet": _remove_fleet,
    "spot request": _remove_spot_request,
    "instance": _remove_instance,
    "metadata defaults": _remove_metadata_defaults,
    "launch template": _remove_template,
    "target group": _remove_target_group,
    "instance profile": _remove_profile,
    "role": _remove_role,
    "user": _remove_user,
    "policy": _remove_policy,
}
