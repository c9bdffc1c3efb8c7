# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM's instance profiles."""

from __future__ import annotations

from ..aws import Aws
from ..probe import documented, expect, probe, refused, same, unknown
from ..waiting import eventually, once_seen
from .roles import service_linked_role


@probe(
    "The id of an instance profile begins with AIPA.",
    documented("IAM User Guide: IAM identifiers"),
    "_values/instance_profile.py",
)
def profile_id_begins_with_aipa(aws: Aws) -> None:
    profile = aws.resources.bare_profile()
    expect(profile["InstanceProfileId"].startswith("AIPA"), profile["InstanceProfileId"])


@probe(
    "The names of two instance profiles can't differ only in case.",
    documented("IAM API Reference: CreateInstanceProfile", "IAM User Guide: IAM and AWS STS quotas"),
    "_aws/instance_profiles.py",
)
def profile_names_ignore_case(aws: Aws) -> None:
    name = aws.resources.bare_profile()["InstanceProfileName"]
    with refused("EntityAlreadyExists", status=409):
        aws.resources.bare_profile(name.upper())


@probe(
    "Names of profiles are not case-sensitive in requests. Responses have the case of creation.",
    unknown("IAM's documentation says only that names are unique regardless of case."),
    "_aws/instance_profiles.py",
)
def profile_found_in_any_case(aws: Aws) -> None:
    name = aws.resources.bare_profile()["InstanceProfileName"]
    found = once_seen(lambda: aws.iam.get_instance_profile(InstanceProfileName=name.upper()), 10, ("NoSuchEntity",))
    same(found["InstanceProfile"]["InstanceProfileName"], name)


@probe(
    "An instance profile has one role. A second one fails with LimitExceeded, and the text names InstanceSessionsPerInstanceProfile.",
    documented("IAM User Guide: Use instance profiles", "IAM API Reference: AddRoleToInstanceProfile", text="getmoto/moto#6404"),
    "_aws/eventual_consistency.py",
    "_aws/instance_profiles.py",
)
def profile_holds_one_role(aws: Aws) -> None:
    profile, other = aws.resources.profile(), aws.resources.role()
    with refused("LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1", status=409):
        add = {"InstanceProfileName": profile["InstanceProfileName"], "RoleName": other}
        once_seen(lambda: aws.iam.add_role_to_instance_profile(**add), codes=("NoSuchEntity",))


@probe(
    "A profile with a role can't be deleted: DeleteConflict, because the role must be removed first.",
    documented("IAM API Reference: DeleteInstanceProfile", text="99designs/iamy#68, for DeleteRole"),
    "_aws/eventual_consistency.py",
    "_role/plan.py",
)
def profile_with_role_is_not_deleted(aws: Aws) -> None:
    profile = aws.resources.profile()
    with refused("DeleteConflict", "must remove roles from instance profile first", status=409):
        aws.iam.delete_instance_profile(InstanceProfileName=profile["InstanceProfileName"])


@probe(
    "A role that does not exist can't be added to a profile: NoSuchEntity, 404.",
    documented("IAM API Reference: AddRoleToInstanceProfile"),
    "_aws/eventual_consistency.py",
)
def unknown_role_is_not_added(aws: Aws) -> None:
    profile = aws.resources.bare_profile()
    with refused("NoSuchEntity", status=404):
        aws.iam.add_role_to_instance_profile(InstanceProfileName=profile["InstanceProfileName"], RoleName=aws.resources.name())


@probe(
    "A profile that does not exist: NoSuchEntity, 404.",
    documented("IAM API Reference: GetInstanceProfile", text="DataBiosphere/toil#4836"),
    "_aws/instance_profiles.py",
)
def unknown_profile(aws: Aws) -> None:
    with refused("NoSuchEntity", "cannot be found", status=404):
        aws.iam.get_instance_profile(InstanceProfileName=aws.resources.name())


@probe(
    "A profile that is deleted and created again has the same ARN and another id.",
    documented("IAM User Guide: IAM identifiers"),
    "_values/instance_profile.py",
    "_attachment/problems.py",
)
def recreated_profile_has_another_id(aws: Aws) -> None:
    first = aws.resources.bare_profile()
    name = first["InstanceProfileName"]
    aws.iam.delete_instance_profile(InstanceProfileName=name)
    second = once_seen(lambda: aws.resources.bare_profile(name), codes=("EntityAlreadyExists",))
    same(second["Arn"], first["Arn"])
    expect(second["InstanceProfileId"] != first["InstanceProfileId"], "the same id")


@probe("The path of a profile is in its ARN.", documented("IAM User Guide: IAM identifiers"), "_values/instance_profile.py")
def profile_path_is_in_arn(aws: Aws) -> None:
    profile = aws.resources.bare_profile()
    expect(profile["Arn"].endswith(f":instance-profile{aws.resources.path}{profile['InstanceProfileName']}"), profile["Arn"])


@probe(
    "ListInstanceProfilesForRole has pages, whose size is MaxItems.",
    documented("IAM API Reference: ListInstanceProfilesForRole"),
    "_aws/instance_profiles.py",
)
def profiles_of_role_come_in_pages(aws: Aws) -> None:
    role = aws.resources.role()
    names = {aws.resources.profile(role)["InstanceProfileName"] for _ in range(2)}
    eventually(lambda: aws.iam.list_instance_profiles_for_role(RoleName=role)["InstanceProfiles"], lambda listed: len(listed) == 2)
    first = aws.iam.list_instance_profiles_for_role(RoleName=role, MaxItems=1)
    expect(first["IsTruncated"] and len(first["InstanceProfiles"]) == 1, f"a page of {len(first['InstanceProfiles'])}")
    second = aws.iam.list_instance_profiles_for_role(RoleName=role, MaxItems=1, Marker=first["Marker"])
    same({page["InstanceProfiles"][0]["InstanceProfileName"] for page in (first, second)}, names)


@probe(
    "Lists of profiles show no tags.",
    documented("IAM API Reference: ListInstanceProfiles"),
    "_aws/instance_profiles.py",
)
def profile_lists_have_no_tags(aws: Aws) -> None:
    aws.resources.bare_profile()
    listed = eventually(lambda: aws.iam.list_instance_profiles(PathPrefix=aws.resources.path)["InstanceProfiles"], bool)
    expect(not any(each.get("Tags") for each in listed), "tags in the list")


@probe(
    "The keys of a profile's tags are case-sensitive.",
    documented("IAM User Guide: Tags for AWS Identity and Access Management resources"),
    "_role/plan.py",
)
def profile_tag_keys_have_case(aws: Aws) -> None:
    name = aws.resources.bare_profile()["InstanceProfileName"]
    tags = [{"Key": "Team", "Value": "a"}, {"Key": "team", "Value": "b"}]
    once_seen(lambda: aws.iam.tag_instance_profile(InstanceProfileName=name, Tags=tags), codes=("NoSuchEntity",))

    def read():
        return aws.iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]["Tags"]

    eventually(read, lambda listed: {"Team", "team"} <= {tag["Key"] for tag in listed}, 30)


@probe(
    "A profile has at most 50 tags.",
    documented("IAM User Guide: IAM and AWS STS quotas"),
    "_role/options.py",
)
def profile_has_at_most_50_tags(aws: Aws) -> None:
    with refused(("LimitExceeded", "ValidationError", "InvalidInput")):
        aws.resources.bare_profile(Tags=[*aws.resources.tags, *[{"Key": f"key{number}", "Value": ""} for number in range(50)]])


@probe(
    "A profile's name has only letters, digits and +=,.@-_.",
    documented("IAM API Reference: CreateInstanceProfile"),
    "_common/identifiers.py",
)
def profile_name_characters(aws: Aws) -> None:
    with refused("ValidationError", status=400):
        aws.resources.bare_profile(f"{aws.resources.name()}!")


@probe(
    "Removing a role that is not in the profile: NoSuchEntity.",
    documented("IAM API Reference: RemoveRoleFromInstanceProfile"),
    "_aws/eventual_consistency.py",
)
def role_that_is_not_in_profile(aws: Aws) -> None:
    profile, role = aws.resources.bare_profile(), aws.resources.role()
    with refused("NoSuchEntity", status=404):
        aws.iam.remove_role_from_instance_profile(InstanceProfileName=profile["InstanceProfileName"], RoleName=role)


@probe(
    "A service-linked role can't be added to a profile: UnmodifiableEntity.",
    documented("IAM API Reference: AddRoleToInstanceProfile", text="rebuy-de/aws-nuke#441, for other changes"),
    "_common/errors.py",
)
def service_linked_role_is_not_added(aws: Aws) -> None:
    role, profile = service_linked_role(aws), aws.resources.bare_profile()
    with refused("UnmodifiableEntity", "protected role", status=400):
        add = {"InstanceProfileName": profile["InstanceProfileName"], "RoleName": role}
        once_seen(lambda: aws.iam.add_role_to_instance_profile(**add), codes=("NoSuchEntity",))
