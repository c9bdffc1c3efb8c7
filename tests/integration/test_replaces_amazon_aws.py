# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""iam_ec2_role and iam_ec2_role_info as replacements for amazon.aws's iam_role and iam_role_info."""

from __future__ import annotations

import json

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import EC2_TRUST
from ansible_collections.keyless.ec2.tests.integration.support.tables import table

S3 = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
POWER = "arn:aws:iam::aws:policy/PowerUserAccess"
TRUST = json.dumps(EC2_TRUST)
# amazon.aws has role descriptions where we have names; see guide_amazon_aws.rst.
OTHERWISE = {"inline_policies", "instance_profiles"}


def role(controller, name, *flags, **options):
    return controller.module("iam_ec2_role", *flags, name=name, **options)


def told(shown, *left_out):
    """A returned role without what is not compared. AWS has two words for the type of a boundary."""
    kept = {key: value for key, value in shown.items() if key not in left_out}
    if "permissions_boundary" in kept:
        kept["permissions_boundary"] = kept["permissions_boundary"]["permissions_boundary_arn"]
    return kept


def profiles(aws):
    return {each["InstanceProfileName"]: each["Roles"] for each in aws.iam.list_instance_profiles()["InstanceProfiles"]}


@pytest.mark.parametrize("given", table(["test/", "/test", "test", "/test/"], ["test"]))
def test_a_path_may_lack_its_slashes(controller, given):
    name = f"path-{given.replace('/', '_')}"
    for changed in (True, False):
        run = role(controller, name, path=given).succeeded()
        assert (run.changed, run.last["iam_role"]["path"], run.last["instance_profile"]["path"]) == (changed, "/test/", "/test/")
    (found,) = controller.module("iam_ec2_role_info", name=name).last["iam_roles"]
    assert found in controller.module("iam_ec2_role_info", path=given).last["iam_roles"]


def test_a_boundary_by_name(aws, controller):
    made = role(controller, "bounded", permissions_boundary="PowerUserAccess").succeeded()
    assert made.last["iam_role"]["permissions_boundary"]["permissions_boundary_arn"] == POWER
    for given in ("PowerUserAccess", POWER):
        again = role(controller, "bounded", boundary=given).succeeded()
        assert not again.changed
        assert "GetPolicy" not in [call["operation"] for call in again.calls]
    refused = role(controller, "bounded", permissions_boundary="PowerUserAcess")
    assert refused.last["msg"].startswith("permissions_boundary: there is no managed policy named 'PowerUserAcess'")
    assert "Did you mean PowerUserAccess?" in refused.last["msg"]


@pytest.mark.parametrize(
    "options, stays",
    [
        ({}, False),
        pytest.param({"delete_instance_profile": True}, False, marks=pytest.mark.exhaustive),
        ({"delete_instance_profile": False}, True),
        pytest.param({"create_instance_profile": False}, True, marks=pytest.mark.exhaustive),
        ({"create_instance_profile": False, "delete_instance_profile": True}, False),
    ],
)
def test_the_instance_profile_is_deleted_with_the_role_or_kept(aws, controller, options, stays):
    name = "goes-" + "-".join(f"{key}-{value}" for key, value in options.items())
    role(controller, name).succeeded()
    checked = role(controller, name, "--check", state="absent", **options).succeeded()
    deleted = role(controller, name, state="absent", **options).succeeded()
    assert checked.last["actions"] == deleted.last["actions"]
    assert profiles(aws).get(name) == ([] if stays else None)
    assert not role(controller, name, state="absent", **options).changed


def test_a_role_without_a_profile_if_a_profile_of_its_name_exists(aws, controller):
    aws.make_role("someone")
    aws.make_profile("taken", "someone")
    made = role(controller, "taken", create_instance_profile=False).succeeded()
    assert "instance_profile" not in made.last
    assert not role(controller, "taken", create_instance_profile=False).changed
    role(controller, "taken", create_instance_profile=False, state="absent", delete_instance_profile=False).succeeded()
    assert [each["RoleName"] for each in profiles(aws)["taken"]] == ["someone"]


def test_calls_are_returned_if_requested(controller):
    run = role(controller, "told", debug_botocore_endpoint_logs=True).succeeded()
    asked = {f"{call['service']}:{call['operation']}" for call in run.calls}
    assert set(run.last["resource_actions"]) == asked and "iam:CreateRole" in asked
    assert "resource_actions" not in role(controller, "told").last


def test_a_role_of_amazon_aws_with_tags_only_gets_its_profile_tagged(controller):
    options = {"name": "tagged", "managed_policies": [S3], "description": "d", "tags": {"team": "web"}}
    theirs = {**options, "assume_role_policy_document": TRUST, "create_instance_profile": True}
    ours = {"name": "ours", "keyless.ec2.iam_ec2_role": options}
    run = controller.play([{"amazon.aws.iam_role": theirs}, ours, {**ours, "name": "again"}], AWS_ENDPOINT_URL=controller.aws.endpoint).succeeded()
    assert [each["operation"] for each in run.of("ours")["actions"]] == ["iam:TagInstanceProfile"]
    assert not run.of("again")["changed"]


OPTIONS = {"description": "d", "boundary": POWER, "tags": {"a": "1"}, "path": "/p/"}


@pytest.mark.parametrize("options", table([{}, OPTIONS], [OPTIONS]))
def test_the_result_is_the_same_as_that_of_amazon_aws(controller, options):
    name = f"same-{len(options)}"
    ours = role(controller, name, managed_policies=[S3], **options).succeeded().last["iam_role"]
    theirs_options = {**options, "create_instance_profile": False, "assume_role_policy_document": TRUST}
    run = controller.play(
        [
            {"name": "role", "amazon.aws.iam_role": {"name": name, "managed_policies": [S3], **theirs_options}},
            {"name": "info", "amazon.aws.iam_role_info": {"name": name}},
            {"name": "ours", "keyless.ec2.iam_ec2_role_info": {"name": name}},
        ],
        AWS_ENDPOINT_URL=controller.aws.endpoint,
    ).succeeded()
    assert not run.of("role")["changed"]
    theirs = run.of("role")["iam_role"]
    assert told(ours, "inline_policies") == told(theirs)
    (theirs,) = run.of("info")["iam_roles"]
    (ours,) = run.of("ours")["iam_roles"]
    assert told(ours, "attached_policies", "problems", *OTHERWISE) == told(theirs, *OTHERWISE)
    assert list(ours["inline_policies"]) == theirs["inline_policies"]
    assert [each["instance_profile_name"] for each in ours["instance_profiles"]] == [name]
