# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What --examples creates: everything that the guides name, and nothing that they create themselves."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import botocore.session
import pytest
from botocore.exceptions import ClientError

from keyless_emulator.examples import INSTANCE, REGION, ROLES, TEMPLATES

GUIDES = Path(__file__).parents[3] / "docs" / "docsite" / "rst"


def test_what_the_guides_name_exists(emulator_with: Callable[..., AbstractContextManager[str]]) -> None:
    with emulator_with("--examples") as endpoint:
        keys = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "any"}
        ec2, iam, autoscaling = (
            botocore.session.get_session().create_client(name, endpoint_url=endpoint, region_name=REGION, **keys)
            for name in ("ec2", "iam", "autoscaling")
        )
        [[instance]] = [each["Instances"] for each in ec2.describe_instances(InstanceIds=[INSTANCE])["Reservations"]]
        assert instance["State"]["Name"] == "running" and "IamInstanceProfile" not in instance
        assert {each["LaunchTemplateName"] for each in ec2.describe_launch_templates()["LaunchTemplates"]} == set(TEMPLATES)
        assert {each["InstanceProfileName"] for each in iam.list_instance_profiles()["InstanceProfiles"]} == set(ROLES)
        [group] = autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        assert group["AutoScalingGroupName"] == "shop" and len(group["Instances"]) == 1
        # The first guide creates this one.
        with pytest.raises(ClientError, match="NoSuchEntity"):
            iam.get_role(RoleName="web")


@pytest.mark.skipif(not GUIDES.is_dir(), reason="the package is not in a checkout")
def test_the_guides_name_no_other_instance_in_commands() -> None:
    for page in GUIDES.glob("guide_*.rst"):
        commands = [line for line in page.read_text(encoding="utf-8").splitlines() if "ansible-playbook" in line]
        assert set(re.findall(r"\bi-[0-9a-f]{17}\b", "\n".join(commands))) <= {INSTANCE}, page.name
