# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong by what was seen of the metadata service, and how that is told."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._identity import observation
from ansible_collections.keyless.ec2.plugins.module_utils._identity.actions.checks import PROBLEMS as OF_ACTIONS
from ansible_collections.keyless.ec2.plugins.module_utils._identity.causes import CAUSES, HEALED_BY_TIME
from ansible_collections.keyless.ec2.plugins.module_utils._identity.metadata import Credentials, Host, Profile
from ansible_collections.keyless.ec2.plugins.module_utils._identity.observation import (
    BEHIND_A_HOP,
    GIVEN,
    NONE,
    TURNED_OFF,
    Observation,
    causes,
    duration,
    is_settled,
    problems,
    summary,
)
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._identity.imds_answers import ARN, INSTANCE_ID, NOW

ROOT = Path(__file__).resolve().parents[5]
GOOD = Observation(
    GIVEN,
    NOW,
    host=Host(INSTANCE_ID, "eu-central-1", "123456789012"),
    profile=Profile("Success", ARN, "AIPA1"),
    role_name="web",
    credentials=Credentials("Success", "AWS-HMAC", "2026-11-24T08:59:00Z", None),
)


def credentials(**changes):
    return {"credentials": GOOD.credentials._replace(**changes)}


CASES = [
    ({}, []),
    ({"role_name": None, "credentials": None}, ["no_role"]),
    ({"credentials": None}, ["no_document"]),
    ({"profile": None, "role_name": None, "credentials": None}, ["no_profile"]),
    ({"profile": Profile("InstanceProfileNotFound", None, None), "role_name": None}, ["profile_not_found"]),
    (credentials(code="AssumeRoleUnauthorizedAccess", expiration=None), ["trust_refuses_ec2"]),
    (credentials(code="Failed", expiration=None), ["not_success"]),
    (credentials(code=None), ["not_success"]),
    (credentials(expiration="2026-11-24T03:00:00Z"), ["expired"]),
    (credentials(expiration="2026-11-24T03:00:01Z"), []),
    (credentials(expiration=None), []),
    ({"clock_ahead": 301}, ["clock_wrong"]),
    ({"clock_ahead": -301}, ["clock_wrong"]),
    ({"clock_ahead": 300}, []),
    ({"clock_ahead": -300}, []),
    ({"allows_v1": True}, ["imdsv1_allowed"]),
    ({"unanswered": "It stopped.", "credentials": None, "allows_v1": True, "clock_ahead": 400}, ["interrupted"]),
    ({"access": TURNED_OFF, "profile": None}, ["turned_off"]),
    ({"access": BEHIND_A_HOP, "profile": None}, ["hop_limit_too_small"]),
    ({"access": BEHIND_A_HOP, "profile": None, "allows_v1": True}, ["hop_limit_too_small", "imdsv1_allowed"]),
    ({"access": NONE, "unanswered": "No route to host.", "is_ec2": True}, ["silent"]),
    ({"access": NONE, "unanswered": "No route to host.", "is_ec2": False}, ["not_ec2"]),
    ({"credentials": None, "clock_ahead": 400, "allows_v1": True}, ["no_document", "clock_wrong", "imdsv1_allowed"]),
]


@pytest.mark.parametrize(("changes", "expected"), CASES)
def test_what_is_wrong_is_known_by_what_was_seen(changes, expected):
    assert causes(replace(GOOD, **changes), "web") == expected
    assert [each["code"] for each in problems(replace(GOOD, **changes), None)] == [CAUSES[each][0] for each in expected]


EXPECTATIONS = [
    (None, "web", []),
    ("web", "web", []),
    ("api", "web", ["unexpected_role"]),
    ("Web", "web", ["unexpected_role"]),
    ("api", None, ["no_role"]),
]


@pytest.mark.parametrize(("expected_role", "role", "expected"), EXPECTATIONS)
def test_the_role_is_held_against_the_one_that_is_expected(expected_role, role, expected):
    assert causes(replace(GOOD, role_name=role), expected_role) == expected


def test_every_cause_has_been_seen():
    assert {cause for changes, expected in CASES for cause in expected} | {"unexpected_role"} == set(CAUSES)


def test_every_code_is_documented():
    text = (ROOT / "plugins" / "modules" / "instance_identity_info.py").read_text(encoding="utf-8")
    documented = re.findall(r"- V\((\w+)\) - ", text)
    assert sorted(documented) == sorted({code for code, message, fix in CAUSES.values()} | set(OF_ACTIONS))


@pytest.mark.parametrize("cause", CAUSES)
def test_every_text_is_whole_and_tells_what_to_do(monkeypatch, cause):
    monkeypatch.setattr(observation, "causes", lambda *each: [cause])
    (problem,) = problems(replace(GOOD, unanswered="No route to host."), "api")
    assert set(problem) == {"code", "message", "fix"}
    for text in (problem["message"], problem["fix"]):
        assert re.fullmatch("[A-Z].*[.]", text)
        assert not re.search("[{}]|None|<", text)


def test_messages_tell_what_was_seen():
    wrong = replace(GOOD, clock_ahead=-3599.6, **credentials(code="Failed", message="Try again.", expiration=None))
    not_success, clock = problems(wrong, None)
    assert "AWS says Failed (Try again.)" in not_success["message"]
    assert "is 1 h 0 min behind that of AWS" in clock["message"]
    assert "is 7 min ahead of that of AWS" in problems(replace(GOOD, clock_ahead=400), None)[0]["message"]
    (role,) = problems(replace(GOOD, role_name=None), None)
    assert "instance_profile_name=web " in role["fix"]


SUMMARIES = [
    (GOOD, f"{INSTANCE_ID} acts as role web (credentials for another 5 h 59 min)."),
    (replace(GOOD, **credentials(expiration=None)), f"{INSTANCE_ID} acts as role web."),
    (
        replace(GOOD, profile=None, role_name=None, credentials=None),
        f"The instance {INSTANCE_ID} has no instance profile, so its applications get no credentials.",
    ),
    (
        replace(GOOD, access=NONE, unanswered="No route to host.", is_ec2=False),
        "No instance metadata service answers, so this does not seem to be an EC2 instance. No route to host.",
    ),
]


@pytest.mark.parametrize(("seen", "expected"), SUMMARIES)
def test_the_summary_is_one_line(seen, expected):
    assert summary(seen, None) == expected


def test_the_summary_tells_both_what_works_and_what_does_not():
    said = summary(replace(GOOD, allows_v1=True), "api")
    assert re.fullmatch(".* acts as role web .* has the role web, not api. .*IMDSv1.*", said)


@pytest.mark.parametrize(("seconds", "text"), [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3599.7, "1 h 0 min"), (21540, "5 h 59 min")])
def test_durations_are_for_people(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize("cause", CAUSES)
def test_waiting_ends_where_time_heals_nothing(monkeypatch, cause):
    monkeypatch.setattr(observation, "causes", lambda *each: [cause])
    unhealed = {"not_ec2", "turned_off", "hop_limit_too_small", "clock_wrong", "imdsv1_allowed"}
    assert is_settled(GOOD, None) is (cause in unhealed)
    assert set(CAUSES) - unhealed == HEALED_BY_TIME
