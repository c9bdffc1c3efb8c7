# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the answers of a metadata service to the module's return values, without secrets."""

from __future__ import annotations

import json
from email.utils import formatdate
from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._identity import info
from ansible_collections.keyless.ec2.plugins.module_utils._identity.imds import endpoints
from ansible_collections.keyless.ec2.plugins.module_utils._identity.info import gather
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._identity.imds import fake_imds
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._identity.imds_answers import (
    ARN,
    DOCUMENT,
    INSTANCE_ID,
    METADATA,
    NOW,
    ROLES,
    SECRETS,
    pages,
)


@pytest.fixture(name="hardware", autouse=True)
def _hardware(monkeypatch):
    """Sets whether this machine looks like an EC2 instance; by default it does not."""

    def set_ec2(is_ec2):
        monkeypatch.setattr(info, "is_ec2_hardware", lambda: is_ec2)

    set_ec2(False)
    return set_ec2


def find(url=None, expected_role=None, wait=False, wait_timeout=5, environment=None, probe=False):
    options = {"endpoint": url, "expected_role": expected_role, "wait": wait, "wait_timeout": wait_timeout}
    options.update(probe_imdsv1=probe, probe_hop_limit=False, probe_sdks=False, actions=[], aws_endpoint=None)
    result = gather(options, environment or {})
    assert not [secret for secret in SECRETS if secret in json.dumps(result)]
    assert "\n" not in result["msg"]
    return result


def codes(result):
    return [problem["code"] for problem in result["problems"]]


@pytest.fixture(name="sleeps", autouse=True)
def _sleeps(monkeypatch):
    """The clock of the fake service.  Time only passes while the code sleeps."""
    sleeps = []
    clock = SimpleNamespace(time=lambda: NOW + 0.5, monotonic=lambda: sum(sleeps), sleep=sleeps.append)
    monkeypatch.setattr(info, "time", clock)
    return sleeps


def test_everything_but_the_secrets_is_returned(serve):
    assert find(serve(pages()).url, expected_role="web") == {
        "identity": {
            "instance_id": INSTANCE_ID,
            "region": "eu-central-1",
            "account_id": "123456789012",
            "role_name": "web",
            "instance_profile_arn": ARN,
            "instance_profile_id": "AIPA1",
            "imdsv1_allowed": None,
            "credentials": {
                "code": "Success",
                "type": "AWS-HMAC",
                "expiration": "2026-11-24T08:59:00Z",
                "seconds_left": 21540,
            },
        },
        "containers": None,
        "sdks": [],
        "incomplete": [],
        "problems": [],
        "msg": f"{INSTANCE_ID} acts as role web (credentials for another 5 h 59 min).",
    }


def without_token(imds):
    """The paths of requests without a token."""
    asked = [each for each in imds.asked if each[0] == "GET"]
    return [each[1] for each in asked if "x-aws-ec2-metadata-token" not in fake_imds.headers_in(each)]


def test_every_request_has_the_token(serve):
    imds = serve(pages(), without_token=(200, INSTANCE_ID))
    assert find(imds.url)["identity"]["imdsv1_allowed"] is None
    assert without_token(imds) == []


@pytest.mark.parametrize(("answer", "expected"), [((200, INSTANCE_ID), True), ((401, ""), False), (fake_imds.hang_up, None)])
def test_probing_imdsv1_sends_one_request_without_a_token(serve, answer, expected):
    imds = serve(pages(), without_token=answer)
    found = find(imds.url, probe=True)
    assert (found["identity"]["imdsv1_allowed"], codes(found)) == (expected, ["imdsv1_allowed"] if expected else [])
    assert without_token(imds) == [METADATA + "instance-id"]


def test_the_instance_is_known_without_an_identity_document(serve):
    more = {METADATA + "instance-id": (200, INSTANCE_ID), METADATA + "placement/region": (200, "eu-central-1\n")}
    found = find(serve({**pages(document=None), **more}).url)
    assert found["identity"]["instance_id"] == INSTANCE_ID
    assert found["identity"]["region"] == "eu-central-1"
    assert found["identity"]["account_id"] is None
    assert codes(found) == []


def identity_fields(result):
    return [name for name, value in result["identity"].items() if value and name != "credentials"]


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
    (pages(), {"without_token": (200, INSTANCE_ID)}, ["imdsv1_allowed"]),
    (pages(), {"without_token": (403, "")}, []),
    (pages(), {"without_token": fake_imds.hang_up}, []),
    (pages(), {"token": (403, ""), "bad_token": (403, "")}, ["imds_unreachable"]),
    (pages(), {"token": (404, ""), "bad_token": (200, "")}, ["imds_unreachable"]),
    (pages(), {"token": (500, "")}, ["imds_unreachable"]),
    (pages(), {"token": fake_imds.garbage, "bad_token": fake_imds.garbage}, ["imds_unreachable"]),
    (pages(), {"token": fake_imds.silent, "bad_token": fake_imds.silent}, ["imds_unreachable"]),
    (pages(), {"token": fake_imds.silent, "bad_token": (403, "")}, ["imds_unreachable"]),
    (pages(), {"token": fake_imds.silent, "bad_token": (404, "")}, ["imds_unreachable"]),
    (pages(), {"token": fake_imds.silent}, ["hop_limit_too_small"]),
    (pages(), {"token": fake_imds.silent, "without_token": (200, "x")}, ["hop_limit_too_small", "imdsv1_allowed"]),
    (pages(info=(500, "")), {}, ["imds_unreachable"]),
    (pages(info=(401, "")), {}, ["imds_unreachable"]),
    (pages(info=(200, "<html>")), {}, ["imds_unreachable"]),
    (pages(web=(200, json.dumps(DOCUMENT)[:-1])), {}, ["imds_unreachable"]),
    (pages(web=fake_imds.silent), {}, ["imds_unreachable"]),
    (pages(web=fake_imds.huge), {}, ["imds_unreachable"]),
]


@pytest.mark.parametrize(("answers", "service", "expected"), ANSWERS)
def test_the_problem_of_each_answer(serve, impatient, answers, service, expected):
    found = find(serve(answers, **service).url, probe=True)
    assert codes(found) == expected
    if set(expected) - {"imdsv1_allowed"}:
        assert "acts as" not in found["msg"]
    if "token" in service:
        assert set(identity_fields(found)) <= {"imdsv1_allowed"}


@pytest.mark.parametrize("token", [(403, ""), fake_imds.silent])
def test_a_service_that_refuses_everything_is_turned_off(serve, impatient, token):
    assert "turned off" in find(serve(token=token, bad_token=(403, "")).url)["msg"]


def test_answers_before_an_interruption_are_returned(serve):
    identity = find(serve(pages(web=fake_imds.hang_up)).url)["identity"]
    assert (identity["instance_id"], identity["role_name"]) == (INSTANCE_ID, "web")


@pytest.mark.parametrize(("is_ec2", "text"), [(True, "This is an EC2 instance"), (False, "does not seem to be")])
def test_without_an_answer_the_hardware_decides_whether_this_is_ec2(hardware, is_ec2, text):
    hardware(is_ec2)
    (problem,) = find(f"http://127.0.0.1:{fake_imds.closed_port()}")["problems"]
    assert text in problem["message"]
    assert "Connection refused" in problem["message"]


def test_the_clock_of_the_host_is_compared_with_the_service_s(serve):
    imds = serve(pages())
    imds.date = formatdate(NOW - 3600, usegmt=True)
    found = find(imds.url)
    assert codes(found) == ["clock_wrong"]
    assert "1 h 0 min ahead of" in found["problems"][0]["message"]
    assert found["identity"]["credentials"]["seconds_left"] == 21540 + 3600
    imds.date = "no date"
    assert codes(find(imds.url)) == []


def test_ipv6_is_used_if_ipv4_does_not_answer(serve, monkeypatch):
    monkeypatch.setattr(endpoints, "IPV4", f"http://127.0.0.1:{fake_imds.closed_port()}")
    monkeypatch.setattr(endpoints, "IPV6", serve(pages()).url)
    assert codes(find()) == []


def test_the_endpoint_of_the_environment_is_used(serve):
    assert codes(find(environment={endpoints.ENDPOINT: serve(pages()).url})) == []


# Waiting


class Changing(dict):
    """Pages that are replaced by others after a few requests."""

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


TEMPORARY = [
    pages(info=None, security_credentials=None),
    pages(info=(200, '{"Code": "InstanceProfileNotFound"}'), security_credentials=None),
    pages(security_credentials=None),
    pages(web=None),
    pages(web=(200, json.dumps(REFUSED))),
    {**pages(security_credentials=(200, "old")), ROLES + "old": (200, json.dumps(DOCUMENT))},
    pages(web=(500, "")),
]


@pytest.mark.parametrize("before", TEMPORARY)
def test_it_waits_for_temporary_problems(serve, before):
    imds = serve(Changing(before, pages()))
    assert codes(find(imds.url, "web", wait=True, probe=True)) == []
    assert without_token(imds) == [METADATA + "instance-id"]


def test_it_does_not_wait_unless_asked_to(serve):
    imds = serve(Changing(pages(web=None), pages()))
    assert codes(find(imds.url)) == ["no_credentials"]


def test_waiting_times_out(serve, sleeps):
    found = find(serve(pages(info=None)).url, wait=True, wait_timeout=3.5)
    assert codes(found) == ["no_profile"]
    assert sleeps == [1, 1, 1, 0.5]


PERMANENT = [
    {"without_token": (200, INSTANCE_ID)},
    {"token": (403, "")},
    {"token": (404, "")},
    {"token": fake_imds.silent},
]


@pytest.mark.parametrize("service", PERMANENT)
def test_it_does_not_wait_for_permanent_problems(serve, impatient, sleeps, service):
    assert codes(find(serve(pages(), **service).url, wait=True, wait_timeout=60, probe=True)) != []
    assert sleeps == []


def test_it_waits_for_the_metadata_service_of_an_ec2_instance(serve, hardware):
    hardware(True)
    imds = serve(pages(), token=fake_imds.in_turn(*[(503, "")] * 4, (200, fake_imds.SESSION)))
    assert codes(find(imds.url, wait=True)) == []
