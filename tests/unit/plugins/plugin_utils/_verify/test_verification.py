# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role verify asks, shows and fails on."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.plugin_utils._verify.verification import AS_PLANNED, PLANNED, verification

PROBLEM = {"code": "no_profile", "message": "It has no profile.", "fix": "Attach one."}
OWN_CALL = {"action": "ec2:DescribeAddresses", "call": {"service": "ec2"}}


def result(*problems, role_name="web", account_id="123456789012", answer="denied"):
    tried = {"action": "s3:ListAllMyBuckets", "resource": None, "answer": answer, "code": None}
    identity = {"instance_id": "i-0123456789abcdef0", "account_id": account_id, "role_name": role_name}
    return {"identity": identity, "problems": list(problems), "actions": [tried], "msg": "It acts as role web."}


def simulation(decision="allowed", role_name="web", account="123456789012"):
    row = {"action": "s3:ListAllMyBuckets", "resource": None, "decision": decision, "missing_context_values": []}
    return {"iam_roles": [{"role_name": role_name, "arn": f"arn:aws:iam::{account}:role/{role_name}", "simulated": [row]}]}


def decide(results, actions=(), simulations=(), tolerated=()):
    return verification(results, list(actions), list(simulations), list(tolerated))


def decide_one(*arguments, **options):
    return decide({"web1": arguments[0]}, *arguments[1:], **options)["hosts"]["web1"]


@pytest.mark.parametrize("awaited, complete", [("ab", False), ("a", True), ("", True)])
def test_the_table_is_complete_once_all_hosts_that_can_be_reached_have_a_result(awaited, complete):
    assert verification({"a": result(), "b": None}, [], [], [], awaited)["is_complete"] is complete


def test_each_role_is_simulated_once_in_batches_of_four():
    results = {f"host{number}": result(role_name=f"role{number % 5}") for number in range(10)}
    assert decide(results)["simulate"]["roles"] == [["role0", "role1", "role2", "role3"], ["role4"]]


@pytest.mark.parametrize("found", [None, {"failed": True, "msg": "No Python"}, result(role_name=None)])
def test_without_a_role_nothing_is_simulated(found):
    assert decide({"web1": found})["simulate"]["roles"] == []


def test_the_simulator_is_not_asked_about_calls_that_the_user_describes():
    actions = ["ec2:DescribeVpcs", {"action": "s3:ListBucket", "resource": "arn:aws:s3:::a"}, OWN_CALL]
    assert decide({}, actions)["simulate"]["actions"] == actions[:2]


def test_a_host_with_a_problem_fails_with_its_fix():
    found = decide_one(result(PROBLEM))
    assert found["problems"] == [PROBLEM] and found["failure"] == "It has no profile. Attach one."
    assert found["lines"] == ["It acts as role web."]


def test_tolerated_problems_do_not_fail_a_host():
    found = decide_one(result(PROBLEM), tolerated=["no_profile"])
    assert (found["problems"], found["failure"]) == ([], "")


def test_a_disagreement_is_shown_and_fails_the_host_unless_it_is_tolerated():
    strict = decide_one(result(), simulations=[simulation()])
    lenient = decide_one(result(), simulations=[simulation()], tolerated=["simulator_disagrees"])
    assert len(strict["lines"]) == len(lenient["lines"]) == 2
    assert strict["lines"][1] == strict["failure"] and lenient["failure"] == ""


@pytest.mark.parametrize(
    ("role_name", "account_id", "count"),
    [("web", "123456789012", 1), ("web", None, 1), ("web", "999999999999", 0), ("other", "123456789012", 0), (None, None, 0)],
)
def test_only_the_role_of_the_host_in_its_account_is_compared(role_name, account_id, count):
    found = decide_one(result(role_name=role_name, account_id=account_id), simulations=[simulation()])
    assert len(found["problems"]) == count


def test_a_refused_simulation_is_reported_once_below_the_table():
    refused = {"msg": "Access denied.", "failed": True}
    assert decide({"web1": result()}, simulations=[refused, refused])["table"][2:-1] == ["The policy simulator was not asked: Access denied."]
    assert len(decide({"web1": result()}, simulations=[simulation()])["table"]) == 3


def test_hosts_without_a_result_are_only_in_the_table():
    found = decide({"gone": None, "web1": result()})
    assert list(found["hosts"]) == ["web1"] and len(found["table"]) == 4


def test_the_table_ends_with_a_summary():
    results = {"gone": None, "a": result(), "b": result(PROBLEM), "c": result(PROBLEM), "d": result()}
    said = "2 hosts verified, 1 host not asked, 2 hosts failed. b: no_profile; c: no_profile."
    assert decide(results)["table"][-1] == said
    assert decide(results, tolerated=["no_profile"])["table"][-1] == "4 hosts verified, 1 host not asked."


@pytest.mark.parametrize("code", sorted(PLANNED))
def test_check_mode_does_not_fail_on_what_an_earlier_task_would_repair(code):
    found = verification({"a": result({**PROBLEM, "code": code})}, [], [], [], check_mode=True)
    assert (found["hosts"]["a"]["problems"], found["hosts"]["a"]["failure"]) == ([], "")
    assert found["hosts"]["a"]["lines"][-1] == AS_PLANNED.format(codes=code)
    assert found["table"][-1] == "1 host without a role yet."


@pytest.mark.parametrize("code", ["imds_unreachable", "clock_wrong", "simulator_disagrees"])
def test_check_mode_fails_on_everything_else(code):
    problem = {**PROBLEM, "code": code}
    found = verification({"a": result(problem, PROBLEM)}, [], [], [], check_mode=True)
    assert found["hosts"]["a"]["problems"] == [problem] and "1 host failed. a: " + code in found["table"][-1]
