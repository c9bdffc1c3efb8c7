# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""iam_ec2_role: the number of calls, and errors."""

from __future__ import annotations

import json

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import EC2_TRUST

S3 = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
EC2 = "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess"
COUNTED = {"name": "counted", "managed_policies": [S3, EC2]}


def test_the_number_of_calls_is_limited(controller):
    created = controller.module("iam_ec2_role", **COUNTED).succeeded()
    assert created.last["changed"] is True
    assert len(created.calls) <= 12
    again = controller.module("iam_ec2_role", **COUNTED).succeeded()
    assert again.last["changed"] is False
    assert len(again.calls) <= 5


def test_the_result_has_the_form_of_amazon_aws(aws, controller):
    ours = controller.module("iam_ec2_role", name="shape", managed_policies=[S3], tags={"a": "1"}).succeeded().last
    task = {
        "name": "theirs",
        "amazon.aws.iam_role": {"name": "shape", "assume_role_policy_document": ours["iam_role"]["assume_role_policy_document"]},
    }
    theirs = controller.play([task]).succeeded().last["iam_role"]
    assert theirs.keys() - ours["iam_role"].keys() <= {"assume_role_policy_document_raw"}
    for key in theirs.keys() & ours["iam_role"].keys():
        assert ours["iam_role"][key] == theirs[key]


def test_a_customer_managed_policy_is_given_by_name(aws, controller):
    document = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}'
    arn = aws.iam.create_policy(PolicyName="ours", Path="/team/", PolicyDocument=document)["Policy"]["Arn"]
    controller.module("iam_ec2_role", name="named", managed_policies=["ours", "AWSLambdaBasicExecutionRole", "DataScientist"]).succeeded()
    assert aws.attached("named") == {
        arn,
        "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
        "arn:aws:iam::aws:policy/job-function/DataScientist",
    }


def test_policies_without_a_path_are_found_without_lists(aws, controller):
    document = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}'
    aws.iam.create_policy(PolicyName="plain", PolicyDocument=document)
    run = controller.module("iam_ec2_role", name="found", managed_policies=["plain", "AmazonS3ReadOnlyAccess"]).succeeded()
    assert "ListPolicies" not in {call["operation"] for call in run.calls}
    assert len(aws.attached("found")) == 2


def trusting_aws(principal):
    return {"Version": "2012-10-17", "Statement": [{**EC2_TRUST["Statement"][0], "Principal": {"AWS": principal}}]}


def test_a_deleted_principal_is_a_warning_and_can_not_be_sent_again(aws, controller):
    aws.make_role("former")
    former = aws.iam.get_role(RoleName="former")["Role"]
    aws.iam.create_role(RoleName="haunted", AssumeRolePolicyDocument=json.dumps(trusting_aws(former["Arn"])))
    aws.iam.delete_role(RoleName="former")
    run = controller.task("iam_ec2_role", name="haunted").succeeded()
    assert any(former["RoleId"] in each and "deleted" in each for each in run.last["warnings"])
    for name, trust in (("haunted", trusting_aws([former["RoleId"], "123456789012"])), ("another", trusting_aws(former["RoleId"]))):
        again = controller.module("iam_ec2_role", name=name, assume_role_policy_document=trust)
        assert f"assume_role_policy_document: names {former['RoleId']}, the id of no user or role in this account." in again.last["msg"]
        assert not again.writes


def test_the_id_of_an_existing_principal_becomes_its_arn(aws, controller):
    aws.make_role("deploy")
    user = aws.iam.create_user(UserName="alice")["User"]
    ids = [aws.iam.get_role(RoleName="deploy")["Role"]["RoleId"], user["UserId"]]
    for changed in (True, False):
        run = controller.module("iam_ec2_role", name="by-id", assume_role_policy_document=trusting_aws(ids)).succeeded()
        assert (run.last["changed"], run.last.get("warnings", [])) == (changed, [])
    [statement] = run.last["iam_role"]["assume_role_policy_document"]["Statement"]
    assert user["Arn"] in statement["Principal"]["AWS"]


def test_a_role_that_another_client_creates_in_the_meantime_is_used(aws, controller):
    trust = json.dumps(EC2_TRUST)
    aws.meanwhile("CreateRole", "CreateRole", service="iam", RoleName="raced", AssumeRolePolicyDocument=trust)
    run = controller.module("iam_ec2_role", name="raced", managed_policies=[S3]).succeeded()
    made = [f"iam:{call['operation']}" for call in run.writes if call["status"] == 200]
    assert [action["operation"] for action in run.last["actions"]] == made
    assert "iam:CreateRole" not in made and aws.attached("raced") == {S3}


def test_a_role_that_another_client_deletes_in_the_meantime_is_an_error(aws, controller):
    aws.make_role("deleted")
    aws.meanwhile("AttachRolePolicy", "DeleteRole", service="iam", RoleName="deleted")
    run = controller.module("iam_ec2_role", name="deleted", managed_policies=[S3])
    assert run.returncode != 0
    assert "deleted in the meantime" in run.last["msg"] and "run again" in run.last["msg"]
    assert controller.module("iam_ec2_role", name="deleted", managed_policies=[S3]).succeeded().last["changed"]


def test_what_another_client_removes_in_the_meantime_counts_as_removed(aws, controller):
    aws.make_role("emptied", (S3,))
    for before in ("DetachRolePolicy", "DetachRolePolicy"):
        aws.meanwhile(before, "DetachRolePolicy", service="iam", RoleName="emptied", PolicyArn=S3)
    run = controller.module("iam_ec2_role", name="emptied", state="absent", regions=["eu-central-1"]).succeeded()
    assert [action["operation"] for action in run.last["actions"]] == ["iam:DetachRolePolicy", "iam:DeleteRole"]
    assert "emptied" not in {role["RoleName"] for role in aws.iam.list_roles()["Roles"]}


def trusting(arn):
    statement = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


MISSING = "arn:aws:iam::123456789012:user/nobody"


@pytest.mark.parametrize(
    "options, says, warned",
    [
        ({"wait": False}, "IAM does not know it", False),
        ({"wait_timeout": 2}, "IAM did not know it for 2 seconds", True),
    ],
)
def test_an_unknown_principal_is_an_error_after_wait_timeout(controller, options, says, warned):
    run = controller.task("iam_ec2_role", name="trusting", trust_policy=trusting(MISSING), **options)
    assert run.returncode != 0
    assert says in run.last["msg"] and MISSING in run.last["msg"]
    assert {call["operation"] for call in run.writes} == {"CreateRole"}
    assert [MISSING in each for each in run.last.get("warnings", ()) if "Retrying" in each] == [True] * warned
    assert warned or len(run.writes) == 1


def test_it_waits_for_a_new_principal(aws, controller):
    aws.meanwhile("CreateRole", "CreateUser", after=1, service="iam", UserName="late")
    arn = "arn:aws:iam::123456789012:user/late"
    run = controller.task("iam_ec2_role", name="early", trust_policy=trusting(arn)).succeeded()
    assert [call["error"] for call in run.writes if call["operation"] == "CreateRole"] == ["MalformedPolicyDocument", None]
    (warning,) = [each for each in run.last["warnings"] if "Retrying" in each]
    assert arn in warning and "30 seconds" in warning


def test_a_tag_in_another_case_replaces_the_old_one(aws, controller):
    aws.make_role("tagged", Tags=[{"Key": "Department", "Value": "a"}])
    controller.module("iam_ec2_role", name="tagged", tags={"department": "b"}).succeeded()
    assert aws.iam.list_role_tags(RoleName="tagged")["Tags"] == [{"Key": "department", "Value": "b"}]


def test_a_role_and_its_profile_are_found_in_any_case(aws, controller):
    aws.make_profile("Mixed")
    asked = {"name": "mIXED", "managed_policies": [S3]}
    run = controller.module("iam_ec2_role", **asked).succeeded()
    assert [call["operation"] for call in run.writes] == ["AttachRolePolicy"]
    assert (run.last["iam_role"]["role_name"], run.last["instance_profile"]["roles"]) == ("Mixed", ["Mixed"])
    (instance,) = aws.run_instances()
    named = {"instance_ids": [instance], "instance_profile": "MIXED"}
    attached = controller.module("instance_profile_attach", **named).succeeded()
    assert attached.last["instances"][0]["after"].endswith("/Mixed")
    assert controller.module("instance_profile_attach", **named, state="absent").succeeded().last["changed"]
    infos = controller.module("iam_ec2_role_info", names=["MIXED", "a", "b", "c", "mixed"]).succeeded().last
    assert [each["role_name"] for each in infos["iam_roles"]] == ["Mixed", "Mixed"]
    gone = controller.module("iam_ec2_role", name="mixed", state="absent", regions=["eu-central-1"]).succeeded()
    assert "DeleteInstanceProfile" in {call["operation"] for call in gone.writes}


def document(size):
    """A policy document with that many characters."""
    found = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::"}]}
    found["Statement"][0]["Resource"] += "x" * (size - len(json.dumps(found, separators=(",", ":"))))
    return found


@pytest.mark.parametrize("known", [True, False])
def test_a_policy_is_shrunk_before_another_one_grows(aws, controller, known):
    name = f"tight-{known}"
    before = {"shrinks": document(8500), "grows": document(500)}
    controller.module("iam_ec2_role", name=name, inline_policies=before).succeeded()
    if not known:
        aws.fail("GetAccountSummary", "AccessDenied")
    after = {"grows": document(8400), "shrinks": document(400)}
    run = controller.module("iam_ec2_role", name=name, inline_policies=after).succeeded()
    assert [call["parameters"]["PolicyName"] for call in run.writes] == ["shrinks", "grows"]
    assert aws.clear_faults() == []


REJECTED_BEFORE_ANY_WRITE = [
    ({"managed_policies": ["AmazonS3ReadOnlyAcces"]}, "Did you mean AmazonS3ReadOnlyAccess"),
    ({"managed_policies": [f"{S3}x"]}, "managed_policies: there is no managed policy arn:"),
    ({"permissions_boundary": f"{S3}x"}, "permissions_boundary: there is no managed policy arn:"),
]
REJECTED_BEFORE_ANY_CALL = [
    ({"assume_role_policy_document": {"Version": "2017-09-11", "Statement": []}}, "not the date on which the policy was written"),
    ({"inline_policies": {"a": {"Version": "2012-10-17"}}}, "inline_policies[a].Statement: is missing"),
    ({"max_session_duration": 60}, "max_session_duration: 60 seconds are out of range"),
    ({"permissions_boundary": "Power User"}, "permissions_boundary: "),
    ({"tags": {"Name": "a", "name": "b"}}, "tags[name]: is the same tag as Name"),
    ({"nmae": "x"}, "Unsupported parameters"),
]


@pytest.mark.parametrize("options, says", REJECTED_BEFORE_ANY_WRITE)
def test_a_missing_policy_is_an_error_before_any_write(controller, options, says):
    run = controller.module("iam_ec2_role", name="rejected", **options)
    assert run.returncode != 0
    assert says in run.last["msg"]
    assert run.calls and run.writes == []


@pytest.mark.parametrize("options, says", REJECTED_BEFORE_ANY_CALL)
def test_invalid_options_are_rejected_without_a_call(controller, options, says):
    run = controller.module("iam_ec2_role", name="rejected", **options)
    assert run.returncode != 0
    assert says in run.last["msg"]
    assert run.calls == []


def test_an_unknown_action_is_a_warning(controller):
    statement = {"Effect": "Allow", "Action": ["s3:GetObjct", "s3:GetObject"], "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    run = controller.task("iam_ec2_role", name="misspelled", inline_policies={"read": document}).succeeded()
    (warning,) = [each for each in run.last["warnings"] if "GetObjct" in each]
    assert "inline_policies[read].Statement[0].Action" in warning and "s3:GetObject?" in warning


def longest_chain(calls):
    """The largest number of calls that waited for each other."""
    chains = []  # the end of each call, and how many calls the longest chain has that it ends
    for call in sorted(calls, key=lambda call: call["started"]):
        before = [length for end, length in chains if end <= call["started"]]
        chains.append((call["started"] + call["seconds"], 1 + max(before, default=0)))
    return max(length for end, length in chains)


def test_independent_calls_are_made_in_parallel(aws, controller):
    """If there is nothing to do, at most three calls wait for each other."""
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    asked = {"name": "wide", "managed_policies": [S3, EC2], "inline_policies": dict.fromkeys("abc", document)}
    controller.module("iam_ec2_role", **asked).succeeded()
    # On a slow machine, calls must last longer to overlap.
    for milliseconds in (100, 400, 1600, 6400):
        aws.slow_down(milliseconds)
        run = controller.module("iam_ec2_role", **asked).succeeded()
        aws.slow_down(0)
        assert (run.last["changed"], len(run.calls)) == (False, 7)
        if longest_chain(run.calls) <= 3:
            break
    assert 2 <= longest_chain(run.calls) <= 3


def test_a_profile_with_another_role_is_an_error(aws, controller):
    aws.make_role("db")
    aws.make_profile("taken", "db")
    run = controller.module("iam_ec2_role", name="web", instance_profile_name="taken")
    assert run.returncode != 0
    assert "instance profile taken already contains the role db" in run.last["msg"]
    assert run.writes == []


@pytest.mark.parametrize(
    "module, options",
    [
        ("iam_ec2_role", {"name": "nobody"}),
        ("instance_profile_attach", {"instance_ids": ["i-0123456789abcdef0"], "state": "absent"}),
    ],
)
class TestWithoutAccess:
    def task(self, module, options):
        return [{"name": "task", f"keyless.ec2.{module}": options}]

    def test_without_credentials_the_error_says_how_to_give_them(self, controller, module, options):
        run = controller.play(self.task(module, options), AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
        assert run.returncode != 0
        assert "NoCredentials" in run.last["msg"]
        assert "AWS_PROFILE" in run.last["msg"]

    def test_without_a_connection_the_error_says_what_to_check(self, controller, module, options):
        fast = {**options, "aws_config": {"retries": {"total_max_attempts": 1}}}
        run = controller.play(self.task(module, fast), AWS_URL="http://127.0.0.1:9")
        assert run.returncode != 0
        assert "EndpointConnection" in run.last["msg"]
        assert "endpoint_url" in run.last["msg"]
