# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""estate_info: all accounts and regions in one task, read errors, and the number of calls."""

from __future__ import annotations

from collections import Counter

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import ENABLED_REGIONS, REGION
from ansible_collections.keyless.ec2.tests.integration.support.estate import make_estate

OWN, OTHERS = "123456789012", ("111122223333", "444455556666")
REGIONS = (REGION, "us-east-1")
EMPTY_REGION = 6  # calls
OF_ACCOUNT = 5  # calls: GetCallerIdentity or AssumeRole, regions, roles, profiles, quota


@pytest.fixture(scope="module", name="roles")
def _roles(aws):
    return make_estate(aws, OTHERS, REGIONS)


@pytest.fixture(scope="module", name="found")
def _found(aws, controller, roles):
    """A run for all accounts and regions, and the calls that it made."""
    aws.forget_calls()
    result = look(controller, accounts=["self", *roles])
    return {**result, "made": aws.calls()}


def look(controller, **options):
    return controller.module("estate_info", **options).last


def rows_with(found, kind, code):
    return [row for row in found[kind] if code in [problem["code"] for problem in row.get("problems", ())]]


def test_every_instance_of_every_account_has_a_row(found):
    places = Counter((row["account_id"], row["region"]) for row in found["instances"])
    assert set(places) == {(account, region) for account in (OWN, *OTHERS) for region in REGIONS}
    assert len(set(places.values())) == 1
    (web, *_others) = (row for row in found["instances"] if row["name"] == "web")
    assert web["role_name"] == "web" and web["may_do"] == "May read S3 (shop-assets, shop-assets/*)."
    assert web["instance_profile"]["name"] == "web" and web["tags"]["team"] == "shop" and web["problems"] == []


@pytest.mark.parametrize(
    "kind, code, name",
    [
        ("instances", "no_profile", "batch"),
        ("instances", "stale_profile", "legacy"),
        ("instances", "missing_profile", "gone"),
        ("instances", "role_not_assumable_by_ec2", "thumbnails"),
        ("instances", "imdsv1_allowed", "bastion"),
        ("launch_templates", "no_profile", "nightly"),
        ("launch_templates", "keys_in_user_data", "reports"),
        ("auto_scaling_groups", "no_profile", "nightly"),
        ("roles", "no_profile", "unattached"),
        ("roles", "role_not_assumable_by_ec2", "thumbnails"),
        ("instance_profiles", "empty_profile", "empty"),
        ("instance_profiles", "orphaned_profile", "old-reports"),
    ],
)
def test_each_problem_is_found_in_each_account(found, kind, code, name):
    rows = [row for row in rows_with(found, kind, code) if name in (row.get("name"), row.get("role_name"))]
    assert {row["account_id"] for row in rows} == {OWN, *OTHERS}
    kinds = [each for each, rows in found.items() if each != "made" and isinstance(rows, list)]
    assert found["counts"][code] == sum(len(rows_with(found, each, code)) for each in kinds)


def test_rows_have_launch_sources_and_counts(found):
    launched = {(each["kind"], each["name"]) for row in found["instances"] for each in row["launched_by"]}
    assert launched == {("Auto Scaling group", "shop"), ("Auto Scaling group", "nightly")}
    (web,) = (row for row in found["roles"] if row["account_id"] == OWN and row["role_name"] == "web")
    (profile,) = (row for row in found["instance_profiles"] if row["account_id"] == OWN and row["name"] == "web")
    # In each region: four, the bastion, and two of the group; then the group itself and its template
    assert web["instance_count"] == profile["instance_count"] == 14
    assert web["launched_by_count"] == profile["launched_by_count"] == 4


def test_the_number_of_calls_is_as_documented(found):
    assert all(call["operation"].startswith(("Describe", "Get", "List", "AssumeRole")) for call in found["made"])
    regions = len({row["region"] for row in found["regions"]})
    busy = len(REGIONS)  # these have instances, so they take one more call, for the associations
    expected = OF_ACCOUNT + EMPTY_REGION * regions + busy
    assert [row["calls"] for row in found["accounts"]] == [expected] * 3
    assert found["calls"] == 3 * expected == len(found["made"])


def test_only_the_given_regions_are_read(aws, controller, roles):
    aws.forget_calls()
    result = look(controller, regions=[REGION, REGION])
    assert [row["region"] for row in result["regions"]] == [REGION]
    assert result["calls"] == len(aws.calls()) == OF_ACCOUNT + EMPTY_REGION + 1
    # Other tests may have created more elsewhere.
    assert {row["instance_count"] for row in result["instance_profiles"]} == {None}
    assert not rows_with(result, "instance_profiles", "orphaned_profile")


def test_large_accounts_take_one_call_per_thousand(aws, controller, roles):
    region = "us-west-2"
    aws.client("ec2", region).run_instances(ImageId="ami-12c6146b", MinCount=1100, MaxCount=1100)
    for number in range(120):
        aws.make_profile(f"many-{number}")
    aws.forget_calls()
    result = look(controller, regions=[region])
    # Two pages of instances, and two of associations, or fewer if there are no associations
    assert result["calls"] == len(aws.calls()) <= OF_ACCOUNT + EMPTY_REGION + 3
    assert len(result["instances"]) == 1100 and len(result["roles"]) > 120


# Read errors


def test_an_account_whose_role_cannot_be_assumed_is_incomplete(aws, controller, roles):
    aws.forget_calls()
    closed = "arn:aws:iam::777788889999:role/audit"
    result = look(controller, accounts=[roles[0], closed], regions=[REGION])
    first, second = result["accounts"]
    assert first["incomplete"] == [] and result["instances"]
    (gap,) = second["incomplete"]
    assert (gap["target"], gap["reason"]) == ("sts:AssumeRole", "AccessDenied")
    assert f"Allow sts:AssumeRole on {closed}" in gap["message"]
    assert second["calls"] == 1 and second["instance_profile_count"] is None
    assert "777788889999 (sts:AssumeRole: AccessDenied)" in str(result["warnings"])


def test_denied_reads_are_incomplete_and_the_rest_is_returned(aws, controller, roles):
    allowed = ["ec2:DescribeRegions", "ec2:DescribeInstances", "ec2:DescribeIamInstanceProfileAssociations", "iam:Get*"]
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": allowed, "Resource": "*"}]}
    arn = aws.make_role_to_assume(OTHERS[0], "narrow", policy)
    aws.enforce_policies(arn)
    result = look(controller, accounts=[arn], regions=[REGION])
    aws.enforce_policies()
    (account,), (region,) = result["accounts"], result["regions"]
    assert [gap["target"] for gap in account["incomplete"]] == ["iam:ListInstanceProfiles"]
    assert {gap["target"] for gap in region["incomplete"]} == {
        "autoscaling:DescribeAutoScalingGroups",
        "ec2:DescribeFleets",
        "ec2:DescribeLaunchTemplateVersions",
        "ec2:DescribeSpotInstanceRequests",
    }
    assert len(result["instances"]) == 15
    # A profile is not called missing if profiles could not be read.
    assert not rows_with(result, "instances", "missing_profile")
    assert result["instance_profiles"] == []


def test_a_region_that_is_not_enabled_in_an_account_is_incomplete(aws, controller, roles):
    aws.fail("DescribeInstances", "AuthFailure", region="us-east-1")
    result = look(controller, regions=list(REGIONS))
    assert {row["region"]: len(row["incomplete"]) for row in result["regions"]} == {REGION: 0, "us-east-1": 1}


def test_the_task_fails_if_nothing_can_be_read(controller, roles):
    result = look(controller, accounts=["arn:aws:iam::777788889999:role/audit"])
    assert result["failed"] and result["error"]["operation"] == "sts:AssumeRole"
    assert "Allow sts:AssumeRole on arn:aws:iam::777788889999:role/audit" in result["msg"]


# An organization


def test_active_accounts_of_an_organization_are_read(aws, controller, roles, knows):
    organizations = aws.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    made = [organizations.create_account(AccountName=name, Email=f"{name}@example.com") for name in ("shop", "closed")]
    shop, closed = (each["CreateAccountStatus"]["AccountId"] for each in made)
    organizations.close_account(AccountId=closed)
    aws.forget_calls()
    result = look(controller, organization_role_name="OrganizationAccountAccessRole", regions=[REGION])
    rows = {row["account_id"]: row for row in result["accounts"]}
    if not knows("organizations", "Account", "State"):
        # Then closed accounts are unknown, but their roles can't be assumed.
        (message,) = rows.pop(closed)["incomplete"]
        assert (message["target"], message["reason"]) == ("sts:AssumeRole", "AccessDenied")
    assert set(rows) == {OWN, shop}
    assert rows[shop]["name"] == "shop" and rows[shop]["role_arn"].endswith(":role/OrganizationAccountAccessRole")
    assert rows[OWN]["role_arn"] is None and rows[OWN]["incomplete"] == rows[shop]["incomplete"] == []
    assert result["calls"] == len(aws.calls())


# Invalid input


@pytest.mark.parametrize(
    "options, message",
    [
        ({"accounts": []}, "accounts: is empty. List the roles to assume, or self"),
        ({"accounts": ["audit"]}, "accounts: 'audit' is not the ARN of a role. Give the ARN of a role"),
        ({"accounts": ["self", "self"]}, "accounts: lists the account self twice. List one role per account."),
        ({"accounts": ["arn:aws:iam::111122223333:role/a", "arn:aws:iam::111122223333:role/b"]}, "lists the account 111122223333 twice"),
        ({"organization_role_name": "no role"}, "organization_role_name: 'no role' is not a role name."),
        ({"external_id": "a b"}, "external_id: is not a valid external ID."),
        ({"regions": []}, "regions: is empty."),
        ({"regions": ["Frankfurt"]}, "regions: 'Frankfurt' is not a region name. Use a name such as eu-central-1."),
        ({"max_concurrency": 0}, "max_concurrency: 0 is out of range. Use 1 to 256."),
    ],
)
def test_invalid_options_are_rejected_before_any_call(aws, controller, options, message):
    aws.forget_calls()
    result = look(controller, **options)
    assert result["failed"] and message in result["msg"]
    assert aws.calls() == []


def test_a_region_that_no_account_has_is_rejected_before_any_region_is_read(aws, controller, roles):
    aws.forget_calls()
    result = look(controller, regions=["us-wst-2"])
    assert "regions: us-wst-2 is not enabled in any of the accounts. Did you mean us-west-2?" in result["msg"]
    assert len(aws.calls()) == OF_ACCOUNT


def test_the_own_account_cannot_be_listed_twice(aws, controller, roles):
    result = look(controller, accounts=["self", aws.make_role_to_assume(OWN, "own-audit")])
    assert f"accounts: lists the account {OWN} twice: self is the same account." in result["msg"]


def test_the_external_id_is_sent(aws, controller, roles):
    arn = aws.make_role_to_assume(OTHERS[0], "external", StringEquals={"sts:ExternalId": "keyless"})
    assert look(controller, accounts=[arn], regions=[REGION])["failed"]
    result = look(controller, accounts=[arn], regions=[REGION], external_id="keyless")
    assert result["accounts"][0]["incomplete"] == []


def test_an_account_that_has_not_enabled_the_region_of_the_module_is_read(aws, controller, roles):
    """In an opt-in region, even DescribeRegions fails with AuthFailure: a region that every account has answers."""
    result = look(controller, accounts=["self"], region="af-south-1")
    assert not result.get("failed") and sorted(row["region"] for row in result["regions"]) == sorted(ENABLED_REGIONS)
