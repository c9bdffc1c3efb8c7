# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with an observed identity, and its messages."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._identity import problems as problems_file
from ansible_collections.keyless.ec2.plugins.module_utils._identity.actions.checks import PROBLEMS as OF_ACTIONS
from ansible_collections.keyless.ec2.plugins.module_utils._identity.causes import CAUSES, TEMPORARY
from ansible_collections.keyless.ec2.plugins.module_utils._identity.metadata import Credentials, Host, Profile
from ansible_collections.keyless.ec2.plugins.module_utils._identity.observation import (
    AVAILABLE,
    NO_ANSWER,
    TOO_FEW_HOPS,
    TURNED_OFF,
    Observation,
)
from ansible_collections.keyless.ec2.plugins.module_utils._identity.problems import (
    causes,
    duration,
    is_settled,
    problems,
    summary,
)
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._identity.imds_answers import ARN, INSTANCE_ID, NOW

ROOT = Path(__file__).resolve().parents[5]
GOOD = Observation(
    AVAILABLE,
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
    ({"containers_get_tokens": True}, []),
    ({"containers_get_tokens": False}, ["containers_without_tokens"]),
    ({"old_sdks": ("boto3 1.9.0 (/usr/lib)",), "imdsv1_allowed": True}, ["sdk_too_old", "imdsv1_allowed"]),
    ({"clock_ahead": 301}, ["clock_wrong"]),
    ({"clock_ahead": -301}, ["clock_wrong"]),
    ({"clock_ahead": 300}, []),
    ({"clock_ahead": -300}, []),
    ({"imdsv1_allowed": True}, ["imdsv1_allowed"]),
    ({"unanswered": "It stopped.", "credentials": None, "imdsv1_allowed": True, "clock_ahead": 400}, ["interrupted"]),
    ({"access": TURNED_OFF, "profile": None}, ["turned_off"]),
    ({"access": TOO_FEW_HOPS, "profile": None}, ["hop_limit_too_small"]),
    ({"access": TOO_FEW_HOPS, "profile": None, "imdsv1_allowed": True}, ["hop_limit_too_small", "imdsv1_allowed"]),
    ({"access": NO_ANSWER, "unanswered": "No route to host.", "is_ec2": True}, ["silent"]),
    ({"access": NO_ANSWER, "unanswered": "No route to host.", "is_ec2": False}, ["not_ec2"]),
    ({"credentials": None, "clock_ahead": 400, "imdsv1_allowed": True}, ["no_document", "clock_wrong", "imdsv1_allowed"]),
]


@pytest.mark.parametrize(("changes", "expected"), CASES)
def test_the_causes_of_each_observation(changes, expected):
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
def test_the_role_is_compared_with_the_expected_one(expected_role, role, expected):
    assert causes(replace(GOOD, role_name=role), expected_role) == expected


def test_every_cause_has_a_case():
    assert {cause for changes, expected in CASES for cause in expected} | {"unexpected_role"} == set(CAUSES)


def test_every_code_is_documented():
    text = (ROOT / "plugins" / "modules" / "instance_identity_info.py").read_text(encoding="utf-8")
    documented = re.findall(r"- V\((\w+)\) - ", text)
    assert sorted(documented) == sorted({code for code, message, fix in CAUSES.values()} | set(OF_ACTIONS))


@pytest.mark.parametrize("cause", CAUSES)
def test_every_problem_has_a_complete_message_and_fix(monkeypatch, cause):
    monkeypatch.setattr(problems_file, "causes", lambda *each: [cause])
    (problem,) = problems(replace(GOOD, unanswered="No route to host."), "api")
    assert set(problem) == {"code", "message", "fix"}
    for text in (problem["message"], problem["fix"]):
        assert re.fullmatch("[A-Z].*[.]", text)
        assert not re.search("[{}]|None|<", text)


def test_messages_have_the_observed_values():
    wrong = replace(GOOD, clock_ahead=-3599.6, **credentials(code="Failed", message="Try again.", expiration=None))
    not_success, clock = problems(wrong, None)
    assert "AWS returned Failed (Try again.)" in not_success["message"]
    assert "is 1 h 0 min behind AWS's" in clock["message"]
    assert "is 7 min ahead of AWS's" in problems(replace(GOOD, clock_ahead=400), None)[0]["message"]
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
        replace(GOOD, access=NO_ANSWER, unanswered="No route to host.", is_ec2=False),
        "No instance metadata service answers, so this does not seem to be an EC2 instance. No route to host.",
    ),
]


@pytest.mark.parametrize(("seen", "expected"), SUMMARIES)
def test_the_summary_is_one_line(seen, expected):
    assert summary(seen, None) == expected


def test_the_summary_has_the_role_and_the_problems():
    line = summary(replace(GOOD, imdsv1_allowed=True), "api")
    assert re.fullmatch(".* acts as role web .* has the role web, not api. .*IMDSv1.*", line)


@pytest.mark.parametrize(("seconds", "text"), [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3599.7, "1 h 0 min"), (21540, "5 h 59 min")])
def test_durations_are_readable(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize("cause", CAUSES)
def test_only_temporary_causes_are_not_settled(monkeypatch, cause):
    monkeypatch.setattr(problems_file, "causes", lambda *each: [cause])
    permanent = {"not_ec2", "turned_off", "hop_limit_too_small", "containers_without_tokens", "sdk_too_old", "clock_wrong", "imdsv1_allowed"}
    assert is_settled(GOOD, None) is (cause in permanent)
    assert set(CAUSES) - permanent == TEMPORARY
