# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a metadata service's answers mean, what is wrong, and that no secret is told."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path
from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._identity import info, observation
from ansible_collections.keyless.ec2.plugins.module_utils._identity.hardware import is_ec2_hardware
from ansible_collections.keyless.ec2.plugins.module_utils._identity.imds import endpoints
from ansible_collections.keyless.ec2.plugins.module_utils._identity.info import look
from ansible_collections.keyless.ec2.plugins.module_utils._identity.metadata import (
    Credentials,
    Host,
    Profile,
    credentials_in,
    host_in,
    profile_in,
)
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
from ansible_collections.keyless.ec2.plugins.module_utils._identity.problems import CAUSES, HEALED_BY_TIME
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._identity.imds import test_service as fake

ROOT = Path(__file__).resolve().parents[5]
INSTANCE_ID = "i-0123456789abcdef0"
ARN = "arn:aws:iam::123456789012:instance-profile/path/web"
NOW = 1795489200.0  # 2026-11-24T03:00:00Z
SECRETS = ("ASIA234567ABCDEFGHIJ", "the-secret-access-key-of-a-role", "the-session-token-of-a-role", fake.SESSION)
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


# What is wrong

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
    ({"allows_v1": True}, ["imdsv1_open"]),
    ({"unanswered": "It stopped.", "credentials": None, "allows_v1": True, "clock_ahead": 400}, ["interrupted"]),
    ({"access": TURNED_OFF, "profile": None}, ["turned_off"]),
    ({"access": BEHIND_A_HOP, "profile": None}, ["hop_limit_too_small"]),
    ({"access": BEHIND_A_HOP, "profile": None, "allows_v1": True}, ["hop_limit_too_small", "imdsv1_open"]),
    ({"access": NONE, "unanswered": "No route to host.", "is_ec2": True}, ["silent"]),
    ({"access": NONE, "unanswered": "No route to host.", "is_ec2": False}, ["not_ec2"]),
    ({"credentials": None, "clock_ahead": 400, "allows_v1": True}, ["no_document", "clock_wrong", "imdsv1_open"]),
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
    assert sorted(documented) == sorted({code for code, message, mend in CAUSES.values()})


@pytest.mark.parametrize("cause", CAUSES)
def test_every_text_is_whole_and_tells_what_to_do(monkeypatch, cause):
    monkeypatch.setattr(observation, "causes", lambda *each: [cause])
    (problem,) = problems(replace(GOOD, unanswered="No route to host."), "api")
    assert set(problem) == {"code", "message", "mend"}
    for text in (problem["message"], problem["mend"]):
        assert re.fullmatch("[A-Z].*[.]", text)
        assert not re.search("[{}]|None|<", text)


def test_messages_tell_what_was_seen():
    wrong = replace(GOOD, clock_ahead=-3599.6, **credentials(code="Failed", message="Try again.", expiration=None))
    not_success, clock = problems(wrong, None)
    assert "AWS says Failed (Try again.)" in not_success["message"]
    assert "is 1 h 0 min behind that of AWS" in clock["message"]
    assert "is 7 min ahead of that of AWS" in problems(replace(GOOD, clock_ahead=400), None)[0]["message"]
    (role,) = problems(replace(GOOD, role_name=None), None)
    assert "instance_profile_name=web " in role["mend"]


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


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3599.7, "1 h 0 min"), (21540, "5 h 59 min")]
)
def test_durations_are_for_people(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize("cause", CAUSES)
def test_waiting_ends_where_time_heals_nothing(monkeypatch, cause):
    monkeypatch.setattr(observation, "causes", lambda *each: [cause])
    unhealed = {"not_ec2", "turned_off", "hop_limit_too_small", "clock_wrong", "imdsv1_open"}
    assert is_settled(GOOD, None) is (cause in unhealed)
    assert HEALED_BY_TIME == set(CAUSES) - unhealed


# What the answers mean

DOCUMENT = {
    "Code": "Success",
    "LastUpdated": "2026-11-24T03:00:00Z",
    "Type": "AWS-HMAC",
    "AccessKeyId": SECRETS[0],
    "SecretAccessKey": SECRETS[1],
    "Token": SECRETS[2],
    "Expiration": "2026-11-24T08:59:00Z",
}


def test_of_credentials_only_what_is_no_secret_is_kept():
    assert credentials_in(json.dumps(DOCUMENT)) == ("Success", "AWS-HMAC", "2026-11-24T08:59:00Z", None)


@pytest.mark.parametrize("expiration", ["soon", "", 5, None, "2026-11-24", "2026-13-24T08:59:00Z"])
def test_an_expiration_that_is_no_time_is_none(expiration):
    assert credentials_in(json.dumps({**DOCUMENT, "Expiration": expiration})).expiration is None


def test_texts_come_in_one_line_and_not_too_long():
    said = credentials_in(json.dumps({"Code": ["x"], "Message": "a\nb" + "c" * 2000}))
    assert said.code is None
    assert said.message == "a b" + "c" * 997


@pytest.mark.parametrize("text", ["", "null", "[]", f'"{SECRETS[1]}"', f'{{"Token": "{SECRETS[2]}', "[" * 100000])
@pytest.mark.parametrize("parse", [credentials_in, profile_in])
def test_what_is_no_document_is_refused_without_a_trace_of_it(parse, text):
    with pytest.raises(ValueError, match="^This is no JSON object.$") as raised:
        parse(text)
    assert raised.value.__context__ is None


def test_an_identity_document_is_checked():
    good = {"instanceId": INSTANCE_ID, "region": "eu-central-1", "accountId": "123456789012"}
    assert host_in(json.dumps(good)) == GOOD.host
    bad = {"instanceId": "<html>", "region": "x y", "accountId": 5}
    assert host_in(json.dumps(bad)) == host_in("<html>") == (None, None, None)


HARDWARE = [
    ("class/dmi/id/sys_vendor", "Amazon EC2\n", True),
    ("class/dmi/id/board_vendor", "Amazon EC2\n", True),
    ("class/dmi/id/product_uuid", "EC2E1916-9099-7CAF-FD21-012345ABCDEF\n", True),
    ("hypervisor/uuid", "ec2e1916-9099-7caf-fd21-012345abcdef\n", True),
    ("class/dmi/id/sys_vendor", "QEMU\n", False),
    ("class/dmi/id/sys_vendor", "\u00e9\n", False),
    ("hypervisor/uuid", "00000000-0000-0000-0000-000000000ec2\n", False),
    ("elsewhere", "Amazon EC2\n", False),
]


@pytest.mark.parametrize(("name", "text", "expected"), HARDWARE)
def test_ec2_is_known_by_its_hardware(tmp_path, name, text, expected):
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    assert is_ec2_hardware(str(tmp_path)) is expected


# From the service to the module's return values

serve, impatient = fake._serve, fake._impatient


@pytest.fixture(name="hardware", autouse=True)
def _hardware(monkeypatch):
    """Tells the tests' machine what it is; by default it is none of EC2's."""

    def be(is_ec2):
        monkeypatch.setattr(info, "is_ec2_hardware", lambda: is_ec2)

    be(False)
    return be


METADATA = "/latest/meta-data/"
ROLES = METADATA + "iam/security-credentials/"
INFO = {"Code": "Success", "InstanceProfileArn": ARN, "InstanceProfileId": "AIPA1"}
IDENTITY_DOCUMENT = "/latest/dynamic/instance-identity/document"
PAGES = {
    IDENTITY_DOCUMENT: {"instanceId": INSTANCE_ID, "region": "eu-central-1", "accountId": "123456789012"},
    METADATA + "iam/info": INFO,
    ROLES: "web",
    ROLES + "web": DOCUMENT,
}


def pages(**changes):
    """PAGES with those of the last parts of their names changed, or, with None, taken away."""
    texts = {path: page if isinstance(page, str) else json.dumps(page) for path, page in PAGES.items()}
    answers = {path: (200, text) for path, text in texts.items()}
    for name, answer in changes.items():
        (path,) = [each for each in PAGES if each.strip("/").endswith(name.replace("_", "-"))]
        answers[path] = answer or (404, "not found")
    return answers


def find(url=None, expected_role=None, wait=False, wait_timeout=5, environment=None):
    options = {"endpoint": url, "expected_role": expected_role, "wait": wait, "wait_timeout": wait_timeout}
    result = look(options, environment or {})
    assert not [secret for secret in SECRETS if secret in json.dumps(result)]
    assert "\n" not in result["msg"]
    return result


def codes(result):
    return [problem["code"] for problem in result["problems"]]


@pytest.fixture(name="same_clock", autouse=True)
def _same_clock(monkeypatch):
    """The machine's clock is that of the fake service."""
    clock = SimpleNamespace(time=lambda: NOW + 0.5, monotonic=time.monotonic, sleep=time.sleep)
    monkeypatch.setattr(info, "time", clock)


def test_everything_is_told_but_the_secrets(serve):
    assert find(serve(pages()).url, expected_role="web") == {
        "identity": {
            "instance_id": INSTANCE_ID,
            "region": "eu-central-1",
            "account_id": "123456789012",
            "role_name": "web",
            "instance_profile_arn": ARN,
            "instance_profile_id": "AIPA1",
            "credentials": {
                "code": "Success",
                "type": "AWS-HMAC",
                "expiration": "2026-11-24T08:59:00Z",
                "seconds_left": 21540,
            },
        },
        "problems": [],
        "msg": f"{INSTANCE_ID} acts as role web (credentials for another 5 h 59 min).",
    }


def test_all_but_one_request_have_the_token(serve):
    imds = serve(pages())
    find(imds.url)
    bare = [each for each in imds.asked if each[0] == "GET" and "x-aws-ec2-metadata-token" not in fake.headers_in(each)]
    assert [each[1] for each in bare] == [METADATA + "instance-id"]


def test_the_instance_is_known_without_an_identity_document_too(serve):
    more = {METADATA + "instance-id": (200, INSTANCE_ID), METADATA + "placement/region": (200, "eu-central-1\n")}
    found = find(serve({**pages(document=None), **more}).url)
    assert found["identity"]["instance_id"] == INSTANCE_ID
    assert found["identity"]["region"] == "eu-central-1"
    assert found["identity"]["account_id"] is None
    assert codes(found) == []


def nothing(seen):
    return [name for name, value in seen["identity"].items() if value and name != "credentials"]


REFUSED = {"Code": "AssumeRoleUnauthorizedAccess", "Message": "EC2 cannot assume the role web."}
ANSWERS = [
    (pages(info=None, security_credentials=None), {}, ["no_profile"]),
    (pages(info=(200, '{"Code": "InstanceProfileNotFound"}'), security_credentials=None), {}, ["profile_not_found"]),
    (pages(security_credentials=None), {}, ["no_credentials"]),
    (pages(security_credentials=(200, "")), {}, ["no_credentials"]),
    (pages(security_credentials=(200, "<html>\n")), {}, ["no_credentials"]),
    (pages(security_credentials=(200, "web\n"), web=None), {}, ["no_credentials"]),
    (pages(web=(200, json.dumps(REFUSED))), {}, ["trust_refuses_ec2"]),
    (pages(web=(200, '{"Code": "Failed"}')), {}, ["no_credentials"]),
    (pages(web=(200, json.dumps({**DOCUMENT, "Expiration": "2026-11-24T02:59:00Z"}))), {}, ["no_credentials"]),
    (pages(), {"without_token": (200, INSTANCE_ID)}, ["imdsv1_open"]),
    (pages(), {"without_token": (403, "")}, []),
    (pages(), {"without_token": fake.hang_up}, []),
    (pages(), {"token": (403, ""), "without_token": (403, "")}, ["imds_unreachable"]),
    (pages(), {"token": (404, ""), "without_token": (200, "")}, ["imds_unreachable"]),
    (pages(), {"token": (500, "")}, ["imds_unreachable"]),
    (pages(), {"token": fake.garbage, "without_token": fake.garbage}, ["imds_unreachable"]),
    (pages(), {"token": fake.silent, "without_token": fake.silent}, ["imds_unreachable"]),
    (pages(), {"token": fake.silent, "without_token": (403, "")}, ["imds_unreachable"]),
    (pages(), {"token": fake.silent, "without_token": (404, "")}, ["imds_unreachable"]),
    (pages(), {"token": fake.silent}, ["hop_limit_too_small"]),
    (pages(), {"token": fake.silent, "without_token": (200, "x")}, ["hop_limit_too_small", "imdsv1_open"]),
    (pages(info=(500, "")), {}, ["imds_unreachable"]),
    (pages(info=(401, "")), {}, ["imds_unreachable"]),
    (pages(info=(200, "<html>")), {}, ["imds_unreachable"]),
    (pages(web=(200, json.dumps(DOCUMENT)[:-1])), {}, ["imds_unreachable"]),
    (pages(web=fake.silent), {}, ["imds_unreachable"]),
    (pages(web=fake.huge), {}, ["imds_unreachable"]),
]


@pytest.mark.parametrize(("answers", "service", "expected"), ANSWERS)
def test_every_answer_has_its_meaning(serve, impatient, answers, service, expected):
    found = find(serve(answers, **service).url)
    assert codes(found) == expected
    if set(expected) - {"imdsv1_open"}:
        assert "acts as" not in found["msg"]
    if "token" in service:
        assert nothing(found) == []


@pytest.mark.parametrize("token", [(403, ""), fake.silent])
def test_a_service_that_refuses_everything_is_turned_off(serve, impatient, token):
    assert "turned off" in find(serve(token=token, without_token=(403, "")).url)["msg"]


def test_what_was_answered_before_the_end_is_told(serve):
    identity = find(serve(pages(web=fake.hang_up)).url)["identity"]
    assert (identity["instance_id"], identity["role_name"]) == (INSTANCE_ID, "web")


@pytest.mark.parametrize(("is_ec2", "text"), [(True, "This is an EC2 instance"), (False, "does not seem to be")])
def test_where_nothing_answers_the_hardware_says_whether_this_is_ec2(hardware, is_ec2, text):
    hardware(is_ec2)
    (problem,) = find(f"http://127.0.0.1:{fake.closed_port()}")["problems"]
    assert text in problem["message"]
    assert "Connection refused" in problem["message"]


def test_the_clocks_are_compared(serve):
    imds = serve(pages())
    imds.date = formatdate(NOW - 3600, usegmt=True)
    found = find(imds.url)
    assert codes(found) == ["clock_wrong"]
    assert "1 h 0 min ahead of" in found["problems"][0]["message"]
    assert found["identity"]["credentials"]["seconds_left"] == 21540 + 3600
    imds.date = "no date"
    assert codes(find(imds.url)) == []


def test_without_an_endpoint_ipv6_is_asked_where_ipv4_does_not_answer(serve, monkeypatch):
    monkeypatch.setattr(endpoints, "IPV4", f"http://127.0.0.1:{fake.closed_port()}")
    monkeypatch.setattr(endpoints, "IPV6", serve(pages()).url)
    assert codes(find()) == []


def test_the_endpoint_of_the_environment_is_asked(serve):
    assert codes(find(environment={endpoints.ENDPOINT: serve(pages()).url})) == []


# Waiting


class Changing(dict):
    """Pages that become others when those that change have been looked up a few times."""

    def __init__(self, before, after, times=2):
        super().__init__(before)
        self._after, self._left = after, times

    def get(self, path, default=None):
        if path == ROLES:
            self._left -= 1
            if self._left < 0:
                self.clear()
                self.update(self._after)
        return super().get(path, default)


HEALING = [
    pages(info=None, security_credentials=None),
    pages(info=(200, '{"Code": "InstanceProfileNotFound"}'), security_credentials=None),
    pages(security_credentials=None),
    pages(web=None),
    pages(web=(200, json.dumps(REFUSED))),
    {**pages(security_credentials=(200, "old")), ROLES + "old": (200, json.dumps(DOCUMENT))},
    pages(web=(500, "")),
]


@pytest.fixture(name="quick")
def _quick(monkeypatch):
    monkeypatch.setattr(info, "PAUSE", 0.02)


@pytest.mark.parametrize("before", HEALING)
def test_it_waits_for_what_time_heals(serve, quick, before):
    imds = serve(Changing(before, pages()))
    assert codes(find(imds.url, "web", wait=True)) == []
    bare = [each for each in imds.asked if each[1] == METADATA + "instance-id"]
    assert len(bare) == 1


def test_it_does_not_wait_unless_asked_to(serve):
    imds = serve(Changing(pages(web=None), pages()))
    assert codes(find(imds.url)) == ["no_credentials"]


def test_waiting_has_an_end(serve, quick):
    begun = time.monotonic()
    found = find(serve(pages(info=None)).url, wait=True, wait_timeout=1)
    assert codes(found) == ["no_profile"]
    assert 1 <= time.monotonic() - begun < 2


NEVER_HEALED = [
    {"without_token": (200, INSTANCE_ID)},
    {"token": (403, "")},
    {"token": (404, "")},
    {"token": fake.silent},
]


@pytest.mark.parametrize("service", NEVER_HEALED)
def test_it_does_not_wait_for_what_time_does_not_heal(serve, impatient, service):
    begun = time.monotonic()
    assert codes(find(serve(pages(), **service).url, wait=True, wait_timeout=60)) != []
    assert time.monotonic() - begun < 5


def test_it_waits_for_the_service_of_an_ec2_instance(serve, quick, hardware):
    hardware(True)
    imds = serve(pages(), token=fake.in_turn(*[(503, "")] * 4, (200, fake.SESSION)))
    assert codes(find(imds.url, wait=True)) == []
