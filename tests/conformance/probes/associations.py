# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Associations: what connects an instance with an instance profile."""

from __future__ import annotations

from contextlib import contextmanager

from ..aws import Aws
from ..probe import UNSOURCED, documented, expect, probe, refused, reported, same, unknown
from ..waiting import eventually, once_seen

UNKNOWN_INSTANCE = "i-0123456789abcdef0"
UNKNOWN_ASSOCIATION = "iip-assoc-0123456789abcdef0"
ATTACH = "EC2 User Guide: Attach an IAM role to an instance"
CODES = "EC2 Developer Guide: Error codes for the Amazon EC2 API"


@contextmanager
def free_instance(aws: Aws):
    """The shared instance, which has no association before and after."""
    instance_id = aws.resources.shared_instance
    aws.resources.free(instance_id)
    try:
        yield instance_id
    finally:
        aws.resources.free(instance_id)


@contextmanager
def stopped(aws: Aws, instance_id: str):
    aws.ec2.stop_instances(InstanceIds=[instance_id], Force=True)
    aws.resources.wait_for([instance_id], "stopped")
    try:
        yield
    finally:
        aws.ec2.start_instances(InstanceIds=[instance_id])
        aws.resources.wait_for([instance_id], "running")


@probe(
    "Associate returns an association in the state associating. Soon the state is associated, and the association has the profile's ARN and id.",
    documented("EC2 API Reference: AssociateIamInstanceProfile", "EC2 API Reference: IamInstanceProfileAssociation"),
    "_aws/ec2.py",
    "_attachment/executor.py",
)
def associate(aws: Aws) -> None:
    profile = aws.resources.shared_profile
    with free_instance(aws) as instance_id:
        given = {"InstanceId": instance_id, "IamInstanceProfile": {"Arn": profile["Arn"]}}
        answer = once_seen(lambda: aws.ec2.associate_iam_instance_profile(**given))["IamInstanceProfileAssociation"]
        shown = {"Arn": profile["Arn"], "Id": profile["InstanceProfileId"]}
        same((answer["State"], answer["IamInstanceProfile"]), ("associating", shown))
        [later] = eventually(lambda: aws.resources.associations(instance_id, "associated"), bool, 60)
        same((later["AssociationId"], later["IamInstanceProfile"]), (answer["AssociationId"], shown))


@probe(
    "An instance with an association can't get a second one: IncorrectState.",
    documented(ATTACH, CODES, text="aws-samples/one-observability-demo#201"),
    "_attachment/executor.py",
    "_aws/ec2.py",
)
def second_association(aws: Aws) -> None:
    profile = aws.resources.shared_profile
    with free_instance(aws) as instance_id:
        aws.resources.associate(instance_id, profile)
        with refused("IncorrectState", f"There is an existing association for instance {instance_id}"):
            aws.ec2.associate_iam_instance_profile(InstanceId=instance_id, IamInstanceProfile={"Name": profile["InstanceProfileName"]})


@probe(
    "Replace returns a new association with another id. The old one is soon no longer active.",
    documented("EC2 API Reference: ReplaceIamInstanceProfileAssociation"),
    "_attachment/executor.py",
)
def replace_returns_a_new_id(aws: Aws) -> None:
    other = aws.resources.profile()
    with free_instance(aws) as instance_id:
        old = aws.resources.associate(instance_id, aws.resources.shared_profile)["AssociationId"]
        given = {"AssociationId": old, "IamInstanceProfile": {"Name": other["InstanceProfileName"]}}
        answer = once_seen(lambda: aws.ec2.replace_iam_instance_profile_association(**given))["IamInstanceProfileAssociation"]
        expect(answer["AssociationId"] != old, "the same id")
        same((answer["State"], answer["IamInstanceProfile"]["Arn"]), ("associating", other["Arn"]))
        eventually(lambda: [each["AssociationId"] for each in aws.resources.associations(instance_id)], lambda ids: ids == [answer["AssociationId"]])


@probe(
    "Replacing an association that was already replaced fails with IncorrectState, because it is not the active one.",
    reported("aws/aws-cli#5251"),
    "_attachment/executor.py",
)
def replaced_association_is_not_active(aws: Aws) -> None:
    other = {"Name": aws.resources.profile()["InstanceProfileName"]}
    with free_instance(aws) as instance_id:
        old = aws.resources.associate(instance_id, aws.resources.shared_profile)["AssociationId"]
        once_seen(lambda: aws.ec2.replace_iam_instance_profile_association(AssociationId=old, IamInstanceProfile=other))
        eventually(lambda: aws.resources.associations(instance_id), lambda listed: [each["State"] for each in listed] == ["associated"])
        with refused(("IncorrectState", "InvalidAssociationID.NotFound")):
            aws.ec2.replace_iam_instance_profile_association(AssociationId=old, IamInstanceProfile=other)


@probe(
    "The profile of a stopped instance can't be replaced: IncorrectState, because the association is not the active one.",
    reported("aws/aws-cli#5251"),
    "_attachment/plan.py",
    "_attachment/executor.py",
    seconds=120,
)
def replace_on_stopped_instance(aws: Aws) -> None:
    other = {"Name": aws.resources.profile()["InstanceProfileName"]}
    with free_instance(aws) as instance_id:
        association_id = aws.resources.associate(instance_id, aws.resources.shared_profile)["AssociationId"]
        with stopped(aws, instance_id), refused("IncorrectState", f"{association_id} is not the active association"):
            once_seen(lambda: aws.ec2.replace_iam_instance_profile_association(AssociationId=association_id, IamInstanceProfile=other))


@probe("A profile can be attached to a stopped instance, and detached from it.", documented(ATTACH), "_attachment/plan.py", seconds=120)
def associate_stopped_instance(aws: Aws) -> None:
    with free_instance(aws) as instance_id, stopped(aws, instance_id):
        aws.resources.associate(instance_id, aws.resources.shared_profile)
        aws.resources.free(instance_id)


@probe(
    "Disassociate returns an association in the state disassociating. Soon it is no longer listed, and the instance no longer shows it.",
    documented("EC2 API Reference: DisassociateIamInstanceProfile"),
    "_attachment/executor.py",
)
def disassociate(aws: Aws) -> None:
    with free_instance(aws) as instance_id:
        association_id = aws.resources.associate(instance_id, aws.resources.shared_profile)["AssociationId"]
        answer = aws.ec2.disassociate_iam_instance_profile(AssociationId=association_id)["IamInstanceProfileAssociation"]
        same(answer["State"], "disassociating")
        eventually(lambda: aws.resources.associations(instance_id), lambda listed: not listed)
        eventually(lambda: shown_profile(aws, instance_id), lambda profile: profile is None)


@probe(
    "An association that has ended can't be ended again: it is not the active one, or unknown.",
    documented(CODES),
    "_attachment/executor.py",
)
def disassociate_twice(aws: Aws) -> None:
    with free_instance(aws) as instance_id:
        association_id = aws.resources.associate(instance_id, aws.resources.shared_profile)["AssociationId"]
        aws.resources.free(instance_id)
        with refused(("IncorrectState", "InvalidAssociationID.NotFound"), association_id):
            aws.ec2.disassociate_iam_instance_profile(AssociationId=association_id)


@probe(
    "A terminated instance can't get a profile: IncorrectInstanceState, and the text names the states running and stopped.",
    documented("EC2 API Reference: AssociateIamInstanceProfile", CODES, text="Enterprise-CMCS/eAPD#2304"),
    "_attachment/executor.py",
    seconds=120,
)
def associate_terminated_instance(aws: Aws) -> None:
    profile = {"Name": aws.resources.shared_profile["InstanceProfileName"]}
    with refused("IncorrectInstanceState", "is not in the 'running' or 'stopped' states"):
        aws.ec2.associate_iam_instance_profile(InstanceId=aws.resources.terminated_instance, IamInstanceProfile=profile)


@probe("A terminated instance has no association.", unknown("AWS does not say what becomes of the association."), "_attachment/info.py")
def terminated_instance_has_no_association(aws: Aws) -> None:
    instance_id = aws.resources.terminated_instance
    eventually(lambda: aws.resources.associations(instance_id), lambda listed: not listed)


@probe("An instance that does not exist: InvalidInstanceID.NotFound.", documented(CODES), "_instances/wait_for_instances.py")
def associate_unknown_instance(aws: Aws) -> None:
    profile = {"Name": aws.resources.shared_profile["InstanceProfileName"]}
    with refused("InvalidInstanceID.NotFound", UNKNOWN_INSTANCE):
        aws.ec2.associate_iam_instance_profile(InstanceId=UNKNOWN_INSTANCE, IamInstanceProfile=profile)


@probe(
    "An id that does not have the form of an instance id: InvalidInstanceID.Malformed.", documented(CODES, text=UNSOURCED), "_common/identifiers.py"
)
def associate_malformed_instance(aws: Aws) -> None:
    profile = {"Name": aws.resources.shared_profile["InstanceProfileName"]}
    with refused("InvalidInstanceID.Malformed", 'Invalid id: "xyz"'):
        aws.ec2.associate_iam_instance_profile(InstanceId="xyz", IamInstanceProfile=profile)


@probe("An association that does not exist: InvalidAssociationID.NotFound.", documented(CODES), "_attachment/executor.py")
def unknown_association(aws: Aws) -> None:
    with refused("InvalidAssociationID.NotFound", UNKNOWN_ASSOCIATION):
        aws.ec2.disassociate_iam_instance_profile(AssociationId=UNKNOWN_ASSOCIATION)


@probe("DescribeIamInstanceProfileAssociations rejects an id that does not exist.", documented(CODES), "_aws/ec2.py")
def describe_unknown_association(aws: Aws) -> None:
    with refused("InvalidAssociationID.NotFound", UNKNOWN_ASSOCIATION):
        aws.ec2.describe_iam_instance_profile_associations(AssociationIds=[UNKNOWN_ASSOCIATION])


@probe("An id that does not have the form of an association id: InvalidParameterValue.", reported("aws/aws-cli#2570"), "_attachment/executor.py")
def malformed_association(aws: Aws) -> None:
    with refused("InvalidParameterValue"):
        aws.ec2.disassociate_iam_instance_profile(AssociationId="web")


@probe(
    "A profile that does not exist: InvalidParameterValue, and the text names the value and the parameter.",
    reported("machulav/ec2-github-runner#132", "hashicorp/terraform-provider-aws#27516"),
    "_aws/eventual_consistency.py",
)
def associate_unknown_profile(aws: Aws) -> None:
    instance_id, name = aws.resources.shared_instance, aws.resources.name()
    with refused("InvalidParameterValue", f"Value ({name}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name"):
        aws.ec2.associate_iam_instance_profile(InstanceId=instance_id, IamInstanceProfile={"Name": name})


@probe(
    "The ARN of a profile that does not exist: InvalidParameterValue, and the text names the ARN.",
    reported("hashicorp/terraform-provider-aws#27516 has the text for names"),
    "_aws/eventual_consistency.py",
)
def associate_unknown_profile_arn(aws: Aws) -> None:
    instance_id, arn = aws.resources.shared_instance, f"arn:aws:iam::{aws.account}:instance-profile/{aws.resources.name()}"
    with refused("InvalidParameterValue", arn, "Invalid IAM Instance Profile"):
        aws.ec2.associate_iam_instance_profile(InstanceId=instance_id, IamInstanceProfile={"Arn": arn})


@probe(
    "A profile without a role: InvalidParameterValue, and the text says that it has no associated IAM Roles.",
    reported("DanielThomas/ec2gaming#17"),
    "_aws/eventual_consistency.py",
)
def associate_profile_without_role(aws: Aws) -> None:
    bare, instance_id = aws.resources.bare_profile(), aws.resources.shared_instance

    def text() -> str:
        try:
            aws.ec2.associate_iam_instance_profile(InstanceId=instance_id, IamInstanceProfile={"Arn": bare["Arn"]})
        except aws.ec2.exceptions.ClientError as error:
            return str(error)
        aws.resources.free(instance_id)
        return "not refused"

    seen = eventually(text, lambda text: "Invalid IAM Instance Profile" not in text)
    expect("InvalidParameterValue" in seen and f'IAM Instance Profile "{bare["Arn"]}" has no associated IAM Roles' in seen, seen)


@probe(
    "The name and the ARN of a profile together: InvalidParameterCombination.",
    documented(CODES),
    "_values/launch.py",
)
def name_and_arn(aws: Aws) -> None:
    profile = aws.resources.shared_profile
    both = {"Name": profile["InstanceProfileName"], "Arn": profile["Arn"]}
    with refused("InvalidParameterCombination"):
        aws.ec2.associate_iam_instance_profile(InstanceId=aws.resources.shared_instance, IamInstanceProfile=both)


@probe(
    "Associations can't be filtered by profile: InvalidParameterValue.",
    documented("EC2 API Reference: DescribeIamInstanceProfileAssociations"),
    "_aws/ec2.py",
)
def unknown_association_filter(aws: Aws) -> None:
    with refused("InvalidParameterValue", "iam-instance-profile.arn"):
        filters = [{"Name": "iam-instance-profile.arn", "Values": ["*"]}]
        aws.ec2.describe_iam_instance_profile_associations(Filters=filters)


@probe(
    "If a profile is deleted and created again, the association keeps the former id of the profile.",
    unknown("AWS documents that ids are never used again, but not that an association keeps the old one."),
    "_attachment/problems.py",
    "_values/instance_profile.py",
    seconds=40,
)
def association_keeps_profile_id(aws: Aws) -> None:
    role = aws.resources.role()
    first = aws.resources.profile(role)
    name = first["InstanceProfileName"]
    with free_instance(aws) as instance_id:
        aws.resources.associate(instance_id, first)
        aws.iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=role)
        once_seen(lambda: aws.iam.delete_instance_profile(InstanceProfileName=name), codes=("DeleteConflict",))
        second = once_seen(lambda: aws.resources.profile(role, name), codes=("EntityAlreadyExists",))
        expect(second["InstanceProfileId"] != first["InstanceProfileId"], "the same id of the profile")
        [association] = aws.resources.associations(instance_id)
        same(association["IamInstanceProfile"], {"Arn": first["Arn"], "Id": first["InstanceProfileId"]})


@probe(
    "DescribeInstances shows the ARN and the id of the profile.",
    documented("EC2 API Reference: IamInstanceProfile"),
    "_aws/ec2.py",
)
def instance_shows_profile(aws: Aws) -> None:
    profile = aws.resources.shared_profile
    with free_instance(aws) as instance_id:
        aws.resources.associate(instance_id, profile)
        shown = eventually(lambda: shown_profile(aws, instance_id), lambda shown: shown is not None, 60)
        same(shown, {"Arn": profile["Arn"], "Id": profile["InstanceProfileId"]})


@probe(
    "DescribeInstances can be filtered by the ARN of the profile, and by its id.",
    documented("EC2 API Reference: DescribeInstances"),
    "_role/profile_users.py",
)
def instances_of_profile(aws: Aws) -> None:
    profile = aws.resources.profile()
    with free_instance(aws) as instance_id:
        aws.resources.associate(instance_id, profile)
        for name, value in (("arn", profile["Arn"]), ("id", profile["InstanceProfileId"])):
            filters = [{"Name": f"iam-instance-profile.{name}", "Values": [value]}, {"Name": "instance-state-name", "Values": ["running"]}]
            eventually(lambda filters=filters: ids_of(aws, Filters=filters), lambda ids: ids == [instance_id], 60)


def shown_profile(aws: Aws, instance_id: str):
    [reservation] = aws.ec2.describe_instances(InstanceIds=[instance_id])["Reservations"]
    return reservation["Instances"][0].get("IamInstanceProfile")


def ids_of(aws: Aws, **options) -> list[str]:
    answer = aws.ec2.describe_instances(**options)
    return [each["InstanceId"] for reservation in answer["Reservations"] for each in reservation["Instances"]]
