# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Launch templates: versions based on another one, aliases, pages, deletion."""

from __future__ import annotations

from typing import Any

import pytest

DATA = {
    "ImageId": "ami-12345678",
    "InstanceType": "t3.micro",
    "IamInstanceProfile": {"Name": "web"},
    "MetadataOptions": {"HttpTokens": "required"},
    "UserData": "YQ==",
}
OTHER = {"IamInstanceProfile": {"Name": "other"}}


@pytest.fixture(name="template")
def _template(aws: Any) -> str:
    answer = aws.ec2.create_launch_template(LaunchTemplateName="template", LaunchTemplateData=DATA)
    return answer["LaunchTemplate"]["LaunchTemplateId"]


def _version(aws: Any, template: str, data: Any, **options: Any) -> dict[str, Any]:
    answer = aws.ec2.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData=data, **options)
    return answer["LaunchTemplateVersion"]


def _numbers(aws: Any, template: str, **options: Any) -> list[int]:
    answer = aws.ec2.describe_launch_template_versions(LaunchTemplateId=template, **options)
    return [each["VersionNumber"] for each in answer["LaunchTemplateVersions"]]


def test_a_version_is_based_on_its_source(aws: Any, template: str) -> None:
    made = _version(aws, template, OTHER, SourceVersion="1")
    assert (made["VersionNumber"], made["LaunchTemplateData"]) == (2, {**DATA, **OTHER})
    assert _version(aws, template, {"ImageId": "ami-2"}, SourceVersion="$Latest")["LaunchTemplateData"] == {
        **DATA,
        **OTHER,
        "ImageId": "ami-2",
    }


def test_a_version_without_a_source_has_only_its_own_data(aws: Any, template: str, refused: Any) -> None:
    assert _version(aws, template, OTHER)["LaunchTemplateData"] == OTHER
    with refused("MissingParameter"):
        _version(aws, template, {})


def test_the_default_moves_by_number_or_alias(aws: Any, template: str) -> None:
    for number, default in ((2, "2"), (3, "$Latest")):
        _version(aws, template, OTHER, SourceVersion="1")
        answer = aws.ec2.modify_launch_template(LaunchTemplateId=template, DefaultVersion=default)
        assert answer["LaunchTemplate"]["DefaultVersionNumber"] == number


def test_versions_are_described_in_pages(aws: Any, template: str) -> None:
    for _number in range(4):
        _version(aws, template, OTHER, SourceVersion="1")
    first = aws.ec2.describe_launch_template_versions(LaunchTemplateId=template, MaxResults=3)
    assert len(first["LaunchTemplateVersions"]) == 3
    rest = _numbers(aws, template, MaxResults=3, NextToken=first["NextToken"])
    assert sorted([*(each["VersionNumber"] for each in first["LaunchTemplateVersions"]), *rest]) == [1, 2, 3, 4, 5]


def test_templates_are_described_in_pages(aws: Any, template: str) -> None:
    for number in range(19):
        aws.ec2.create_launch_template(LaunchTemplateName=f"template-{number}", LaunchTemplateData=DATA)
    assert len(aws.ec2.describe_launch_templates()["LaunchTemplates"]) == 20
    pages = list(aws.ec2.get_paginator("describe_launch_templates").paginate(PaginationConfig={"PageSize": 7}))
    found = [each["LaunchTemplateId"] for page in pages for each in page["LaunchTemplates"]]
    assert len(pages) == 3 and len(set(found)) == 20 and template in found


def test_page_sizes_have_a_limit(aws: Any, refused: Any) -> None:
    with refused("InvalidParameterValue"):
        aws.ec2.describe_launch_templates(MaxResults=201)


def test_two_aliases_of_one_version_are_one_row(aws: Any, template: str) -> None:
    assert _numbers(aws, template, Versions=["$Default", "$Latest"]) == [1]
    _version(aws, template, OTHER, SourceVersion="1")
    assert _numbers(aws, template, Versions=["$Default", "$Latest"]) == [1, 2]


def test_a_deleted_version_is_gone_and_its_number_is_not_used_again(aws: Any, template: str, refused: Any) -> None:
    for _number in range(2):
        _version(aws, template, OTHER, SourceVersion="1")
    answer = aws.ec2.delete_launch_template_versions(LaunchTemplateId=template, Versions=["1", "3", "9"])
    assert [each["VersionNumber"] for each in answer["SuccessfullyDeletedLaunchTemplateVersions"]] == [3]
    codes = [each["ResponseError"]["Code"] for each in answer["UnsuccessfullyDeletedLaunchTemplateVersions"]]
    assert codes == ["launchTemplateVersionIsDefault", "launchTemplateVersionDoesNotExist"]
    assert _numbers(aws, template) == [1, 2] and _numbers(aws, template, Versions=["$Latest"]) == [2]
    with refused("InvalidLaunchTemplateId.VersionNotFound", "version 3"):
        _numbers(aws, template, Versions=["3"])
    assert _version(aws, template, OTHER)["VersionNumber"] == 4


@pytest.mark.parametrize("version", ["7", "0", "latest"])
def test_the_error_names_an_unknown_version(aws: Any, template: str, refused: Any, version: str) -> None:
    with refused("InvalidLaunchTemplateId.VersionNotFound", version):
        _numbers(aws, template, Versions=[version])


def test_an_instance_gets_the_metadata_options_of_its_template(aws: Any, template: str) -> None:
    aws.profile("web")
    (instance,) = aws.launch(LaunchTemplate={"LaunchTemplateId": template})
    assert aws.instance(instance)["MetadataOptions"]["HttpTokens"] == "required"
    (other,) = aws.launch(LaunchTemplate={"LaunchTemplateId": template}, MetadataOptions={"HttpTokens": "optional"})
    assert aws.instance(other)["MetadataOptions"]["HttpTokens"] == "optional"


@pytest.mark.parametrize("name", ["t", "two words", "x" * 129])
def test_invalid_names_are_refused(aws: Any, refused: Any, name: str) -> None:
    with refused("InvalidLaunchTemplateName.MalformedException", "between 3 and 128 characters"):
        aws.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData=DATA)


def test_invalid_template_data_is_refused(aws: Any, refused: Any) -> None:
    with refused("MissingParameter"):
        aws.ec2.create_launch_template(LaunchTemplateName="template", LaunchTemplateData={})
    with refused("InvalidUserData.Malformed"):
        aws.ec2.create_launch_template(LaunchTemplateName="template", LaunchTemplateData={"UserData": "#!/bin/sh"})


def test_the_tags_of_a_template_are_not_those_of_its_instances(aws: Any) -> None:
    tags = [{"ResourceType": "launch-template", "Tags": [{"Key": "a", "Value": "b"}]}]
    aws.ec2.create_launch_template(LaunchTemplateName="template", LaunchTemplateData=DATA, TagSpecifications=tags)
    (shown,) = aws.ec2.describe_launch_templates()["LaunchTemplates"]
    (version,) = aws.ec2.describe_launch_template_versions(LaunchTemplateName="template")["LaunchTemplateVersions"]
    assert (shown["Tags"], version["LaunchTemplateData"]) == (tags[0]["Tags"], DATA)
