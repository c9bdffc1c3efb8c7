# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""instance_profile_attach_info by id, by filters and for the whole region: its calls and the problems that it finds."""

from __future__ import annotations

import json

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import EC2_TRUST
from ansible_collections.keyless.ec2.tests.integration.support.groups import Groups

MODULE = "instance_profile_attach_info"
UNKNOWN = "i-0123456789abcdef0"
LAMBDA = json.dumps(EC2_TRUST).replace("ec2.amazonaws.com", "lambda.amazonaws.com")


@pytest.fixture(scope="module", name="arn", autouse=True)
def _arn(aws):
    """The ARN of the profile web."""
    return aws.make_profile("web")


def run_instance(aws, profile=None, name=None, tokens="required"):
    """An instance whose only problems are those of its profile."""
    (instance,) = aws.run_instances(profile=profile, name=name)
    aws.ec2.modify_instance_metadata_options(InstanceId=instance, HttpTokens=tokens)
    return instance


def read_only(run):
    """A successful run without writes."""
    assert run.succeeded().writes == []
    assert run.last["changed"] is False
    return run.last


def codes(row):
    return [problem["code"] for problem in row["problems"]]


def test_an_instance_has_its_profile_role_and_association(aws, controller, arn):
    instance = run_instance(aws, "web")
    found = read_only(controller.module(MODULE, instance_id=instance))
    (row,) = found["instances"]
    profile_id = aws.iam.get_instance_profile(InstanceProfileName="web")["InstanceProfile"]["InstanceProfileId"]
    assert row["association"].pop("association_id").startswith("iip-assoc-")
    assert row == {
        "instance_id": instance,
        "state": "running",
        "instance_profile": {"arn": arn, "name": "web", "instance_profile_id": profile_id},
        "role_name": "web",
        "association": {"state": "associated"},
        "problems": [],
    }
    assert found["msg"] == "1 instance without a problem."
    assert set(found["counts"].values()) == {0}


def empty(aws, name="emptied"):
    aws.make_profile(name)
    instance = run_instance(aws, name)
    aws.iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=name)
    return instance


def missing(aws, name="deleted"):
    instance = empty(aws, name)
    aws.iam.delete_instance_profile(InstanceProfileName=name)
    return instance


def stale(aws, name="again"):
    aws.make_profile(name)
    instance = run_instance(aws, name)
    aws.recreate_profile(name, name)
    return instance


def stale_and_empty(aws, name="both"):
    instance = stale(aws, name)
    aws.iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=name)
    return instance


def distrusted(aws, name="distrusted"):
    aws.make_profile(name)
    aws.iam.update_assume_role_policy(RoleName=name, PolicyDocument=LAMBDA)
    return run_instance(aws, name)


def reverting(aws, name="reverting"):
    aws.make_profile(name)
    groups = Groups(aws)
    (member,) = groups.shown(groups.group(groups.template(profile=name)))["Instances"]
    association = aws.association_of(member["InstanceId"])["AssociationId"]
    aws.ec2.replace_iam_instance_profile_association(AssociationId=association, IamInstanceProfile={"Name": "web"})
    return member["InstanceId"]


def disabled(aws):
    instance = run_instance(aws, "web", tokens="optional")
    aws.ec2.modify_instance_metadata_options(InstanceId=instance, HttpEndpoint="disabled")
    return instance


def terminated(aws):
    instance = run_instance(aws, "web", tokens="optional")
    aws.ec2.terminate_instances(InstanceIds=[instance])
    return instance


WRONG = [
    (lambda aws: UNKNOWN, ["not_found"]),
    (run_instance, ["no_profile"]),
    (missing, ["missing_profile"]),
    (empty, ["empty_profile"]),
    (distrusted, ["role_not_assumable_by_ec2"]),
    (stale, ["stale_profile"]),
    (stale_and_empty, ["empty_profile", "stale_profile"]),
    (reverting, ["reverts_on_replacement"]),
    (lambda aws: run_instance(aws, "web", tokens="optional"), ["imdsv1_allowed"]),
    (disabled, []),
    (terminated, []),
]


@pytest.fixture(scope="module", name="wrong")
def _wrong(aws):
    """The codes of problems by instance id: an instance for each line of WRONG."""
    return {make(aws): expected for make, expected in WRONG}


@pytest.mark.parametrize("arguments", [(), ("--check",)])
def test_problems_have_a_fix(controller, wrong, arguments):
    ids = [*reversed(wrong), *wrong]
    found = read_only(controller.play([{f"keyless.ec2.{MODULE}": {"instance_ids": ids}}], *arguments))
    assert [row["instance_id"] for row in found["instances"]] == list(reversed(wrong))
    assert {row["instance_id"]: codes(row) for row in found["instances"]} == wrong
    assert found["counts"] == {code: sum(code in each for each in wrong.values()) for each in wrong.values() for code in each}
    assert found["counts"] == {code: len(ids) for code, ids in found["affected"].items()}
    assert found["affected"]["stale_profile"] == [each for each in reversed(wrong) if "stale_profile" in wrong[each]]
    assert found["msg"].startswith("11 instances, 2 without a problem: 1 not_found, ")


def test_an_unknown_instance_has_only_that_problem(controller):
    (row,) = read_only(controller.module(MODULE, instance_ids=[UNKNOWN]))["instances"]
    nothing = {"state": None, "instance_profile": None, "role_name": None, "association": None}
    assert row == {"instance_id": UNKNOWN, **nothing, "problems": row["problems"]}


def role(name, **options):
    return {"keyless.ec2.iam_ec2_role": {"name": name, "instance_profile_name": name, **options}}


def attach(instance, profile):
    return {"keyless.ec2.instance_profile_attach": {"instance_ids": instance, "instance_profile": profile}}


def test_the_fixes_work(aws, controller):
    makers = [missing, empty, stale, stale_and_empty, distrusted]
    m, e, s, b, d = (make(aws, f"fixed-{make.__name__}") for make in makers)
    look = {f"keyless.ec2.{MODULE}": {"instance_ids": [m, e, s, b, d]}}
    both = [{"service": "ec2.amazonaws.com"}, {"service": "lambda.amazonaws.com"}]
    fixes = [
        role("fixed-missing"),
        attach(m, "fixed-missing"),
        role("fixed-empty", replace_profile_role=True),
        attach(s, "fixed-stale"),
        role("fixed-stale_and_empty", replace_profile_role=True),
        attach(b, "fixed-stale_and_empty"),
        role("fixed-distrusted", trusted_entities=both),
    ]
    run = controller.play([look, *fixes, look]).succeeded()
    first, last = run.results[0]["result"], run.last
    assert sum(bool(row["problems"]) for row in first["instances"]) == 5
    assert last["msg"] == "5 instances without a problem."


def test_terminated_instances_are_left_out(aws, controller):
    first, second, gone = (run_instance(aws, "web", name="listed") for _number in range(3))
    aws.ec2.terminate_instances(InstanceIds=[gone])
    listed = read_only(controller.module(MODULE, filters={"tag:Name": "listed"}))["instances"]
    assert [row["instance_id"] for row in listed] == sorted([first, second])
    region = read_only(controller.module(MODULE))["instances"]
    ids = [row["instance_id"] for row in region]
    assert ids == sorted(ids)
    assert {first, second} <= set(ids)
    assert gone not in ids
    assert [row for row in region if row["instance_id"] in (first, second)] == listed


def test_filters_without_a_match_are_reported(controller):
    found = read_only(controller.module(MODULE, filters={"tag:Name": "nobody"}))
    assert (found["instances"], found["msg"]) == ([], "No instances found.")


def run_fleet(aws, names):
    """The ids of 100 new instances that share new profiles with these names."""
    ids = []
    for number, name in enumerate(names):
        aws.make_profile(name)
        ids += aws.run_instances(100 // len(names) + (number < 100 % len(names)), name)
    return ids


@pytest.mark.parametrize("profiles, most", [(3, 5), (10, 3)])
def test_reading_takes_few_calls(aws, controller, profiles, most):
    names = [f"fleet-{profiles}-{number}" for number in range(profiles)]
    ids = run_fleet(aws, names)
    run = controller.module(MODULE, instance_ids=ids)
    found = read_only(run)
    assert found["counts"]["imdsv1_allowed"] == len(ids) == 100
    assert {row["role_name"] for row in found["instances"]} == set(names)
    assert len(run.calls) <= most


@pytest.mark.parametrize(
    "options, says",
    [
        ({"instance_ids": ["web-1"]}, "instance_ids: 'web-1' is not an instance id"),
        ({"filters": {}}, "filters: is empty"),
        ({"filters": {"tag:Name": None}}, "filters[tag:Name]: has no value"),
        ({"instance_ids": [UNKNOWN], "filters": {"tag:a": "b"}}, "mutually exclusive: instance_ids|filters"),
        ({"instance_idz": [UNKNOWN]}, "instance_idz. Supported parameters include: "),
    ],
)
def test_invalid_options_fail_without_a_call(controller, options, says):
    run = controller.module(MODULE, **options)
    assert run.returncode != 0
    assert says in run.last["msg"]
    assert run.calls == []


def test_without_instances_there_are_no_calls(controller):
    run = controller.module(MODULE, instance_ids=[])
    assert (read_only(run)["instances"], run.calls) == ([], [])


REFUSALS = [
    ("DescribeInstances", "UnauthorizedOperation", "ec2:DescribeInstances"),
    ("DescribeIamInstanceProfileAssociations", "UnauthorizedOperation", "ec2:DescribeIamInstanceProfileAssociations"),
    ("GetInstanceProfile", "AccessDenied", "iam:GetInstanceProfile"),
]


@pytest.mark.parametrize("operation, code, permission", REFUSALS)
def test_a_missing_permission_is_named(aws, controller, operation, code, permission):
    (instance,) = aws.run_instances(profile="web")
    aws.fail(operation, code)
    run = controller.module(MODULE, instance_ids=[instance])
    assert aws.clear_faults() == []
    assert run.returncode != 0
    assert f"Allow {permission} on " in run.last["msg"]
    assert (run.last["error"]["code"], run.last["error"]["operation"]) == (code, permission)
