# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_rollout.hosts: which host each instance is, and what its answer shows."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.plugin_utils._rollout.hosts import checks_of, hosts_by_instance_id, is_verified, verification

from .rollouts import HOSTS, WEB, failed, row


def answer(instance_id="i-1", profile=WEB, *codes, msg="It acts as web."):
    identity = {"instance_id": instance_id, "instance_profile_arn": profile}
    return {"identity": identity, "problems": [{"code": code} for code in codes], "msg": msg}


CHECK = {"role": "attach", "instance_id": "i-1", "name": "one", "endpoint": None, "after": WEB}
DETACHED = {**CHECK, "after": None}


def test_hosts_are_found_by_either_variable():
    inventory = [
        {"name": "a", "instance_id": "i-1", "ansible_connection": "local", "ansible_python_interpreter": "/py", "verify_endpoint": "http://x"},
        {"name": "b", "ec2_instance_id": "i-2"},
        {"name": "c", "ec2_instance_id": "i-1"},
        {"name": "d"},
    ]
    assert hosts_by_instance_id(inventory) == {
        "i-1": {"name": "a", "endpoint": "http://x", "connection": "local", "python": "/py"},
        "i-2": {"name": "b", "endpoint": None, "connection": "ssh", "python": "auto"},
    }


def test_failed_instances_and_unknown_hosts_are_not_asked():
    assert checks_of([row("i-1"), row("i-2")], HOSTS) == [CHECK]
    assert checks_of([failed("i-1")], HOSTS) == []


@pytest.mark.parametrize(
    ("check", "given", "expected"),
    [
        (CHECK, answer(), True),
        (CHECK, answer("i-1", WEB, "imdsv1_allowed"), True),
        (CHECK, answer("i-1", WEB, "imdsv1_allowed", "stale_profile"), False),
        (CHECK, answer("i-2"), False),
        (CHECK, answer("i-1", "old"), False),
        (CHECK, answer("i-1", None), False),
        (CHECK, {"failed": True, "msg": "no metadata service"}, False),
        (CHECK, {"unreachable": True}, False),
        (DETACHED, answer("i-1", None, "no_profile"), True),
        (DETACHED, answer(), False),
    ],
)
def test_an_answer_verifies_the_right_instance_with_a_working_profile(check, given, expected):
    assert is_verified(check, given) is expected


def of_imdsv2(instance_id="i-1", allowed=False, *codes):
    return {"identity": {"instance_id": instance_id, "imdsv1_allowed": allowed}, "problems": [{"code": code} for code in codes], "msg": "x"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (of_imdsv2(), True),
        (of_imdsv2("i-1", False, "no_profile", "clock_wrong"), True),
        (of_imdsv2("i-2"), False),
        (of_imdsv2("i-1", True, "imdsv1_allowed"), False),
        # It was not probed, or there was no answer.
        (of_imdsv2("i-1", None), False),
        (of_imdsv2("i-1", False, "imds_unreachable"), False),
        (of_imdsv2("i-1", False, "hop_limit_too_small"), False),
        (of_imdsv2("i-1", False, "sdk_too_old"), False),
        ({"unreachable": True}, False),
    ],
)
def test_an_answer_proves_that_tokens_are_required_and_arrive(given, expected):
    assert is_verified({**CHECK, "role": "require_imdsv2", "after": {"http_tokens": "required"}}, given) is expected


def test_hosts_that_need_no_tokens_are_not_asked():
    required, left = {"http_tokens": "required"}, {"http_tokens": "optional"}
    rows = [row("i-1", "modified", required), row("i-2", "skipped", left)]
    hosts = {**HOSTS, "i-2": HOSTS["i-1"]}
    assert [each["instance_id"] for each in checks_of(rows, hosts, "require_imdsv2")] == ["i-1"]
    assert checks_of([row("i-1", "skipped", left), row("i-2", "failed", required)], hosts, "require_imdsv2") == []


def test_the_result_names_wrong_answers_and_instances_without_one():
    checks = [CHECK, {**CHECK, "instance_id": "i-2", "name": "two"}, {**DETACHED, "instance_id": "i-3", "name": "three"}]
    found = verification(checks, [answer("i-2"), {"unreachable": True}, answer("i-3")], [f"i-{number}" for number in range(10, 21)])
    assert found == {
        "error": "one: It acts as web.; three: It acts as web. It should have no instance profile.",
        "unverified": [
            "Not verified: i-10, i-11, i-12, i-13, i-14, i-15, i-16, i-17, i-18, i-19 and 1 more (not in the inventory).",
            "Not verified: i-2 (host two is unreachable).",
        ],
    }
    assert verification([CHECK], [answer()], []) == {"error": "", "unverified": []}
