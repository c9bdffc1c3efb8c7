# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_rollout.preflight: what is left as it is before tokens are required, and what is not known."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.plugin_utils._rollout.preflight import (
    groups_of_refused,
    hosts_to_ask,
    preflight_lines,
    without_refused,
)

from .rollouts import HOSTS

OPTIONAL, REQUIRED = {"http_tokens": "optional"}, {"http_tokens": "required"}
ALL = {**HOSTS, "i-2": {**HOSTS["i-1"], "name": "two"}}


def changing(*ids):
    return [
        {
            "instance_id": each,
            "changed": True,
            "action": "modified",
            "before": OPTIONAL,
            "after": REQUIRED,
            "reason": None,
            "msg": "x",
            "auto_scaling_group": "web",
        }
        for each in ids
    ]


def result(*ids):
    return {"instances": changing(*ids), "undo": {"account": "1", "instances": dict.fromkeys(ids, OPTIONAL)}}


def answer(*codes, incomplete=()):
    problems = [{"code": code, "message": f"It has {code}."} for code in codes]
    return {"identity": {"instance_id": "i"}, "problems": problems, "incomplete": [{"message": each} for each in incomplete]}


def without(answers, hop_limit=None, ids=("i-1", "i-2")):
    found = result(*ids)
    return without_refused(found, hosts_to_ask(found, ALL), answers, hop_limit)


def test_only_hosts_of_instances_that_change_are_asked():
    found = {"instances": [*changing("i-1", "i-3"), {**changing("i-2")[0], "changed": False}]}
    assert [each["instance_id"] for each in hosts_to_ask(found, ALL)] == ["i-1"]
    assert hosts_to_ask({"failed": True}, ALL) == []


@pytest.mark.parametrize(
    "codes, hop_limit, is_refused",
    [
        ([], None, False),
        (["imdsv1_allowed", "no_profile"], None, False),
        (["hop_limit_too_small"], None, True),
        (["hop_limit_too_small"], 1, True),
        # It is raised in the same call.
        (["hop_limit_too_small"], 2, False),
        (["sdk_too_old"], 2, True),
    ],
)
def test_what_would_be_cut_off_is_skipped(codes, hop_limit, is_refused):
    kept = without([answer(*codes), answer()], hop_limit)
    first, second = kept["instances"]
    assert second == changing("i-2")[0]
    assert (first["changed"], first["action"], first["after"]) == ((False, "skipped", OPTIONAL) if is_refused else (True, "modified", REQUIRED))
    assert kept["undo"]["instances"].keys() == ({"i-2"} if is_refused else {"i-1", "i-2"})
    assert first["reason"] == (codes[0] if is_refused else None)


def test_what_is_skipped_or_not_known_is_reported():
    found = result("i-1", "i-2", "i-3")
    checks = hosts_to_ask(found, ALL)
    answers = [answer("sdk_too_old"), answer(incomplete=["It could not be measured."])]
    lines = preflight_lines(without_refused(found, checks, answers, None), checks, answers)
    assert lines == [
        "Skipped: i-1: It has sdk_too_old.",
        "Not checked for containers and old SDKs: i-3 (not in the inventory, or no answer).",
        "Not known: two: It could not be measured.",
    ]
    unreachable = [{"unreachable": True}, answer()]
    assert "i-1, i-3 (not in the inventory" in preflight_lines(found, checks, unreachable)[0]


@pytest.mark.parametrize(
    "codes, hop_limit, selected, left",
    [
        (["sdk_too_old"], 2, ["web", "other"], ["web"]),
        (["hop_limit_too_small"], None, ["web"], ["web"]),
        (["hop_limit_too_small"], 2, ["web"], []),
        (["sdk_too_old"], 2, ["other"], []),
        ([], None, ["web"], []),
    ],
)
def test_a_group_is_left_with_an_instance_that_would_be_cut_off(codes, hop_limit, selected, left):
    """Its next instance runs the same software."""
    rows = groups_of_refused(without([answer(*codes), answer(*codes)], hop_limit), selected)
    assert [row["name"] for row in rows] == left
    for row in rows:
        assert (row["action"], row["changed"], row["reason"], row["msg"]) == ("skipped", False, codes[0], f"its instance i-1: It has {codes[0]}.")
    lines = preflight_lines({"instances": []}, [], [], rows)
    assert lines == [f"Skipped: {name}: its instance i-1: It has {codes[0]}." for name in left]
