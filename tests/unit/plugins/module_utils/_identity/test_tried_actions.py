# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which credentials, region and endpoint actions are tried with, and how their problems follow those with the identity."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._identity import info
from ansible_collections.keyless.ec2.plugins.module_utils._identity.imds.client import NoAnswer, TurnedOff

SECRETS = {"AccessKeyId": "ASIAIOSFODNN7EXAMPLE", "SecretAccessKey": "s" * 40, "Token": "t"}
RESULT = {"problems": [{"code": "imdsv1_allowed", "message": "Open."}], "msg": "Good."}
DENIED = {"code": "action_denied", "message": "s3:GetObject was denied."}
CHECKS = ["check"]


class Imds:
    """A metadata service with the credentials of the role web, or with an error."""

    def __init__(self, answer=json.dumps(SECRETS)):
        self.answer, self.asked = answer, []

    def get_token(self):
        if isinstance(self.answer, TurnedOff):
            raise self.answer
        return SimpleNamespace(text="token")

    def get(self, path, token):
        self.asked.append((path, token))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture(name="tried")
def _tried(monkeypatch):
    """Tries actions, and returns what the client was made of, None without one, and the result."""

    def tried(*clients, role="web", region="eu-central-1", endpoint=None, found=()):
        made = []
        monkeypatch.setattr(info, "SignedClient", lambda *arguments: made.append(arguments) or "client")
        monkeypatch.setattr(info, "run_checks", lambda checks, client: ([(checks, client)], list(found)))
        seen = SimpleNamespace(host=SimpleNamespace(region=region), role_name=role, clock_ahead=3)
        result = info._with_actions(RESULT, CHECKS, seen, clients, endpoint)
        [(checks, client)] = result["actions"]
        assert checks == CHECKS and (client == "client") == bool(made)
        return (made[0] if made else None), result

    return tried


@pytest.mark.parametrize(
    "region, endpoint, used", [("eu-central-1", None, "eu-central-1"), (None, "http://x", "us-east-1"), ("a-1", "http://x", "a-1")]
)
def test_the_region_is_that_of_the_host(tried, region, endpoint, used):
    imds = Imds()
    (made_in, secrets, at, ahead), _result = tried(imds, region=region, endpoint=endpoint)
    assert (made_in, at, ahead, secrets.access_key_id) == (used, endpoint, 3, SECRETS["AccessKeyId"])
    assert imds.asked == [("/latest/meta-data/iam/security-credentials/web", "token")]


@pytest.mark.parametrize("answer, is_asked", [(NoAnswer("no"), True), (TurnedOff("off"), True), ("no JSON", True), ("{}", False), (None, False)])
def test_the_next_address_is_asked_if_the_first_one_does_not_answer(tried, answer, is_asked):
    """Both are addresses of the same service."""
    good = Imds()
    made, _result = tried(Imds(answer), good)
    assert bool(made) is bool(good.asked) is is_asked
    assert tried(Imds(answer))[0] is None


@pytest.mark.parametrize("options", [{"role": None}, {"region": None}])
def test_without_a_role_or_a_region_nothing_is_signed(tried, options):
    imds = Imds()
    assert tried(imds, **options)[0] is None and imds.asked == []


def test_problems_with_the_identity_come_first(tried):
    _made, result = tried(Imds(), found=[DENIED])
    assert result["problems"] == [*RESULT["problems"], DENIED] and result["msg"] == "Good. s3:GetObject was denied."
    assert tried(Imds())[1]["msg"] == "Good."
