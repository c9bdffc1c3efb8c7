# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Launch templates and their versions."""

from __future__ import annotations

from ..aws import Aws
from ..probe import documented, expect, probe, refused, reported, same, unknown
from ..waiting import eventually
from .associations import CODES

VERSIONS = "EC2 API Reference: CreateLaunchTemplateVersion"
RESTRICTIONS = "EC2 User Guide: Restrictions for Amazon EC2 launch templates"


def version_data(aws: Aws, template: str, version: str) -> dict:
    answer = aws.ec2.describe_launch_template_versions(LaunchTemplateId=template, Versions=[version])
    [described] = answer["LaunchTemplateVersions"]
    return described["LaunchTemplateData"]


def new_version(aws: Aws, template: str, source: str | None = None, **data) -> int:
    options = {"SourceVersion": source} if source else {}
    answer = aws.ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData=data, **options)
    return answer["LaunchTemplateVersion"]["VersionNumber"]


@probe("A new version has everything from its source version that it does not change.", documented(VERSIONS), "_launch/versions.py")
def version_copies_its_source(aws: Aws) -> None:
    template = aws.resources.template()
    number = new_version(aws, template, "1", InstanceType="t3.micro")
    shown = version_data(aws, template, str(number))
    same((shown["ImageId"], shown["InstanceType"]), (aws.image, "t3.micro"))


@probe("The source version can be $Latest or $Default.", documented(VERSIONS), "_launch/versions.py")
def source_version_by_alias(aws: Aws) -> None:
    template = aws.resources.template()
    for alias in ("$Latest", "$Default"):
        number = new_version(aws, template, alias, InstanceType="t3.micro")
        same(version_data(aws, template, str(number))["ImageId"], aws.image)


@probe("A new version without a source version has only the data in the request.", documented(VERSIONS), "_launch/versions.py")
def version_without_source(aws: Aws) -> None:
    template = aws.resources.template()
    number = new_version(aws, template, InstanceType="t3.micro")
    same(version_data(aws, template, str(number)), {"InstanceType": "t3.micro"})


@probe(
    "A new version becomes $Latest, but not the default version.",
    documented("EC2 API Reference: ModifyLaunchTemplate", VERSIONS),
    "_launch/plan.py",
)
def default_and_latest(aws: Aws) -> None:
    template = aws.resources.template()
    new_version(aws, template, "1", InstanceType="t3.micro")
    same(version_data(aws, template, "$Default")["InstanceType"], aws.place.instance_type)
    same(version_data(aws, template, "$Latest")["InstanceType"], "t3.micro")
    aws.ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion="2")
    eventually(lambda: version_data(aws, template, "$Default")["InstanceType"], lambda shown: shown == "t3.micro", 30)


@probe(
    "The number of a deleted version is not used again.",
    documented("EC2 User Guide: Manage launch template versions"),
    "_launch/versions.py",
    "_launch/undo.py",
    "plugin_utils/_launch_group/rollback.py",
)
def numbers_are_not_used_again(aws: Aws) -> None:
    template = aws.resources.template()
    new_version(aws, template, "1", InstanceType="t3.micro")
    deleted = aws.ec2.delete_launch_template_versions(LaunchTemplateId=template, Versions=["2"])
    same([each["VersionNumber"] for each in deleted["SuccessfullyDeletedLaunchTemplateVersions"]], [2])
    same(new_version(aws, template, "1", InstanceType="t3.micro"), 3)


@probe(
    "The default version can't be deleted. The call succeeds, and lists the version with an error.",
    documented("EC2 API Reference: DeleteLaunchTemplateVersions"),
    "_launch/undo.py",
)
def default_version_is_not_deleted(aws: Aws) -> None:
    template = aws.resources.template()
    answer = aws.ec2.delete_launch_template_versions(LaunchTemplateId=template, Versions=["1"])
    same(answer.get("SuccessfullyDeletedLaunchTemplateVersions", []), [])
    [failed] = answer["UnsuccessfullyDeletedLaunchTemplateVersions"]
    expect(failed["ResponseError"].get("Code"), failed)


@probe("A version that does not exist: InvalidLaunchTemplateId.VersionNotFound.", documented(CODES), "_aws/launch_templates.py")
def unknown_version(aws: Aws) -> None:
    template = aws.resources.template()
    with refused("InvalidLaunchTemplateId.VersionNotFound", "7"):
        aws.ec2.describe_launch_template_versions(LaunchTemplateId=template, Versions=["7"])


@probe("A template id that does not exist: InvalidLaunchTemplateId.NotFound.", documented(CODES), "_aws/launch_templates.py")
def unknown_template(aws: Aws) -> None:
    with refused("InvalidLaunchTemplateId.NotFound", "lt-0123456789abcdef0"):
        aws.ec2.describe_launch_templates(LaunchTemplateIds=["lt-0123456789abcdef0"])


@probe(
    "A template name that does not exist: InvalidLaunchTemplateName.NotFoundException.",
    documented(CODES),
    "_aws/launch_templates.py",
)
def unknown_template_name(aws: Aws) -> None:
    with refused("InvalidLaunchTemplateName.NotFoundException"):
        aws.ec2.describe_launch_templates(LaunchTemplateNames=[aws.resources.name()])


@probe("Two templates can't have the same name: InvalidLaunchTemplateName.AlreadyExistsException.", documented(CODES), "_aws/launch_templates.py")
def template_name_twice(aws: Aws) -> None:
    name = aws.resources.name()
    aws.resources.template(name)
    with refused("InvalidLaunchTemplateName.AlreadyExistsException"):
        aws.resources.template(name)


@probe(
    "A template's name has 3 to 128 characters. A shorter one is rejected.",
    documented("EC2 API Reference: CreateLaunchTemplate", CODES),
    "_launch/options.py",
)
def template_name_length(aws: Aws) -> None:
    with refused(("InvalidLaunchTemplateName.MalformedException", "InvalidParameterValue")):
        aws.resources.template("ab")


@probe(
    "A template without data: MissingParameter.",
    reported("awsdocs/aws-cloudformation-user-guide#453"),
    "_launch/versions.py",
)
def template_without_data(aws: Aws) -> None:
    with refused("MissingParameter"):
        tags = aws.resources.tagged("launch-template")
        aws.ec2.create_launch_template(LaunchTemplateName=aws.resources.name(), LaunchTemplateData={}, TagSpecifications=tags)


@probe(
    "A version without data and without a source version: MissingParameter.",
    unknown("awsdocs/aws-cloudformation-user-guide#453 has it for a new template; nobody says so of a version."),
    "_launch/versions.py",
)
def version_without_data(aws: Aws) -> None:
    template = aws.resources.template()
    with refused("MissingParameter"):
        new_version(aws, template)


@probe(
    "A template can name a profile that does not exist, but a launch from it fails.",
    documented(RESTRICTIONS, text="CiscoDevNet/cloud-cml#4"),
    "_launch/plan.py",
    "_aws/launch_templates.py",
    instances=1,
)
def template_with_unknown_profile(aws: Aws) -> None:
    template = aws.resources.template(IamInstanceProfile={"Name": aws.resources.name()})
    with refused("InvalidParameterValue", "Invalid IAM Instance Profile name"):
        aws.limits.launch(1)
        aws.ec2.run_instances(LaunchTemplate={"LaunchTemplateId": template}, MinCount=1, MaxCount=1)


@probe(
    "Instances get the profile and the metadata options of their template.",
    documented("EC2 User Guide: Store instance launch parameters in Amazon EC2 launch templates"),
    "_launch/plan.py",
    "_values/launch.py",
    instances=1,
    seconds=50,
)
def launch_from_template(aws: Aws) -> None:
    profile = aws.resources.shared_profile
    data = {"IamInstanceProfile": {"Arn": profile["Arn"]}, "MetadataOptions": {"HttpTokens": "required"}}
    template = aws.resources.template(**data)
    [instance_id] = aws.resources.launch(LaunchTemplate={"LaunchTemplateId": template})
    [association] = eventually(lambda: aws.resources.associations(instance_id, "associated"), bool)
    same(association["IamInstanceProfile"]["Arn"], profile["Arn"])
    [reservation] = aws.ec2.describe_instances(InstanceIds=[instance_id])["Reservations"]
    same(reservation["Instances"][0]["MetadataOptions"]["HttpTokens"], "required")
    aws.resources.terminate(instance_id)


@probe(
    "DescribeLaunchTemplateVersions returns at most 200 versions per page.",
    documented("EC2 API Reference: DescribeLaunchTemplateVersions"),
    "_aws/launch_templates.py",
)
def page_size_of_versions(aws: Aws) -> None:
    template = aws.resources.template()
    new_version(aws, template, "1", InstanceType="t3.micro")
    first = aws.ec2.describe_launch_template_versions(LaunchTemplateId=template, MaxResults=1)
    same(len(first["LaunchTemplateVersions"]), 1)
    second = aws.ec2.describe_launch_template_versions(LaunchTemplateId=template, MaxResults=1, NextToken=first["NextToken"])
    same({each["VersionNumber"] for page in (first, second) for each in page["LaunchTemplateVersions"]}, {1, 2})
    with refused("InvalidParameterValue"):
        aws.ec2.describe_launch_template_versions(LaunchTemplateId=template, MaxResults=201)


@probe(
    "A template's own tags are not copied to the instances that it launches.",
    documented("EC2 API Reference: CreateLaunchTemplate"),
    "_values/launch.py",
)
def tags_of_template(aws: Aws) -> None:
    tags = [{"ResourceType": "launch-template", "Tags": [*aws.resources.tags, {"Key": "own", "Value": ""}]}]
    data = aws.resources.template_data()
    created = aws.ec2.create_launch_template(LaunchTemplateName=aws.resources.name(), LaunchTemplateData=data, TagSpecifications=tags)
    shown = version_data(aws, created["LaunchTemplate"]["LaunchTemplateId"], "1")
    keys = {tag["Key"] for specification in shown["TagSpecifications"] for tag in specification["Tags"]}
    same(keys, {"keyless-conformance"})


@probe(
    "The default version can be set to $Latest. It then becomes the number of the latest version at that time.",
    unknown("The API reference of ModifyLaunchTemplate speaks of a number only."),
    "_launch/versions.py",
)
def default_version_by_alias(aws: Aws) -> None:
    template = aws.resources.template()
    new_version(aws, template, "1", InstanceType="t3.micro")
    answer = aws.ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion="$Latest")
    same(answer["LaunchTemplate"]["DefaultVersionNumber"], 2)
