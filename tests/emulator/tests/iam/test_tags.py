# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any


def _tags(**tags: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _of_role(aws: Any) -> list[dict[str, str]]:
    return aws.iam.list_role_tags(RoleName="web")["Tags"]


def _of_profile(aws: Any) -> list[dict[str, str]]:
    return aws.iam.get_instance_profile(InstanceProfileName="web")["InstanceProfile"].get("Tags", [])


def test_a_role_tag_in_another_case_is_the_same_tag(aws: Any) -> None:
    aws.role("web", Tags=_tags(Team="a", Stage="x"))
    aws.iam.tag_role(RoleName="web", Tags=_tags(team="b"))
    assert _of_role(aws) == _tags(Stage="x", team="b")
    aws.iam.untag_role(RoleName="web", TagKeys=["TEAM", "stage", "none"])
    assert _of_role(aws) == []


def test_a_role_refuses_one_key_in_two_cases(aws: Any, refused: Any) -> None:
    duplicate = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
    with refused("InvalidInput", duplicate):
        aws.role("web", Tags=_tags(Team="a", team="b"))
    aws.role("web")
    with refused("InvalidInput", duplicate):
        aws.iam.tag_role(RoleName="web", Tags=_tags(Team="a", team="b"))


def test_more_than_fifty_tags_are_refused(aws: Any, refused: Any) -> None:
    aws.profile("web")
    aws.iam.tag_role(RoleName="web", Tags=_tags(one="1"))
    aws.iam.tag_instance_profile(InstanceProfileName="web", Tags=_tags(one="1"))
    fifty = _tags(**{f"key{number}": "" for number in range(50)})
    with refused("LimitExceeded", "TagsPerRole: 50"):
        aws.iam.tag_role(RoleName="web", Tags=fifty)
    with refused("LimitExceeded", "TagsPerInstanceProfile: 50"):
        aws.iam.tag_instance_profile(InstanceProfileName="web", Tags=fifty)


def test_the_case_of_a_profiles_tags_matters(aws: Any, refused: Any) -> None:
    aws.profile("web")
    aws.iam.tag_instance_profile(InstanceProfileName="web", Tags=_tags(Team="a"))
    aws.iam.tag_instance_profile(InstanceProfileName="web", Tags=_tags(team="b", TEAM="c"))
    assert _of_profile(aws) == _tags(Team="a", team="b", TEAM="c")
    aws.iam.untag_instance_profile(InstanceProfileName="web", TagKeys=["Team"])
    assert _of_profile(aws) == _tags(team="b", TEAM="c")
    with refused("InvalidInput", "Duplicate tag keys found."):
        aws.iam.tag_instance_profile(InstanceProfileName="web", Tags=_tags(x="1") * 2)
