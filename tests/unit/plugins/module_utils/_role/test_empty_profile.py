# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instance profiles without a role that somebody else may have created and used first."""

from __future__ import annotations

import json

import pytest
from moto import mock_aws

from ansible_collections.keyless.ec2.plugins.module_utils._aws.iam import Iam
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError, OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._common.incomplete import Incomplete
from ansible_collections.keyless.ec2.plugins.module_utils._role.present import PresentRole
from ansible_collections.keyless.ec2.plugins.module_utils._role.profile_users import ProfileUser, ProfileUsers, RegionLaunchSource
from ansible_collections.keyless.ec2.plugins.module_utils._role.spec import RoleSpec
from ansible_collections.keyless.ec2.tests.unit.factories import TRUST
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._role.finder import Finder

ARN = "arn:aws:iam::123456789012:instance-profile/web"
INSTANCE = ProfileUsers([ProfileUser(ARN, "i-1", "eu-west-1")])
GROUP = ProfileUsers(launch_sources=[RegionLaunchSource("web", "Auto Scaling group", "theirs", "eu-west-1")])
NOT_ALL = ProfileUsers(incomplete=[Incomplete("eu-west-3", "UnauthorizedOperation", "no")])
DENIED = AwsError("ec2:DescribeRegions", "*", "list the regions", "UnauthorizedOperation", "no")
UNUSED = ProfileUsers()


@pytest.fixture(name="client")
def _client(make_client):
    with mock_aws():
        yield make_client("iam")


def create(client, order):
    for each in order:
        if each == "role":
            client.create_role(RoleName="web", AssumeRolePolicyDocument=json.dumps(TRUST))
        else:
            client.create_instance_profile(InstanceProfileName="web")


def give_role(client, found, **options):
    """The plan's operations and warnings, and what the finder was asked."""
    finder = Finder(found)
    job = PresentRole(RoleSpec(name="web", **options), Iam(client), finder=finder)
    plan = job.plan(job.read())
    return [each.operation for each in plan.changes], plan.warnings, finder.asked


@pytest.mark.parametrize("order", [["profile"], ["profile", "role"], ["role", "profile"]])
@pytest.mark.parametrize("found, names", [(INSTANCE, "i-1 (eu-west-1)"), (GROUP, "Auto Scaling group theirs (eu-west-1)")])
def test_an_instance_profile_without_a_role_that_others_use_gets_none(client, order, found, names):
    """Whoever may create instance profiles would get the role for instances and groups that they have launched with it before."""
    create(client, order)
    with pytest.raises(OptionError, match="exists without a role, and these would get the role web") as caught:
        give_role(client, found)
    assert (caught.value.option, names in str(caught.value), "replace_profile_role" in str(caught.value)) == ("instance_profile_name", True, True)
    operations, _warnings, _asked = give_role(client, found, replace_profile_role=True)
    assert operations[-1] == "AddRoleToInstanceProfile"


@pytest.mark.parametrize("found", [NOT_ALL, DENIED])
def test_what_is_not_known_of_an_empty_instance_profile_counts_as_used_unless_an_interrupted_run_may_have_left_it(client, found):
    create(client, ["profile"])
    with pytest.raises(OptionError, match="is older than the role web. It is not known which instances, groups and fleets use it"):
        give_role(client, found)
    client.delete_instance_profile(InstanceProfileName="web")
    create(client, ["role", "profile"])
    operations, (warning,), _asked = give_role(client, found)
    assert operations == ["AddRoleToInstanceProfile"]
    assert warning.startswith("The instance profile web existed without a role. It is not known which")


@pytest.mark.parametrize("order", [["profile"], ["role", "profile"]])
def test_an_empty_instance_profile_that_nothing_uses_gets_the_role(client, order):
    create(client, order)
    operations, warnings, asked = give_role(client, UNUSED)
    assert (operations[-1], warnings, asked) == ("AddRoleToInstanceProfile", (), [ARN])


def test_users_are_searched_only_for_an_instance_profile_without_a_role(client):
    create(client, ["role"])
    assert give_role(client, INSTANCE)[2] == []
    create(client, ["profile"])
    assert give_role(client, INSTANCE, create_instance_profile=False)[2] == []
    client.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
    assert give_role(client, INSTANCE) == ([], (), [])
