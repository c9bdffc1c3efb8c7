# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parsing the answers of the metadata service, without keeping secrets."""

from __future__ import annotations

import json

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._identity.metadata import (
    credentials_in,
    host_in,
    profile_in,
)
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._identity.imds_answers import (
    DOCUMENT,
    INSTANCE_ID,
    SECRETS,
)


def test_secrets_are_not_kept():
    assert credentials_in(json.dumps(DOCUMENT)) == ("Success", "AWS-HMAC", "2026-11-24T08:59:00Z", None)


@pytest.mark.parametrize("expiration", ["soon", "", 5, None, "2026-11-24", "2026-13-24T08:59:00Z"])
def test_an_invalid_expiration_is_none(expiration):
    assert credentials_in(json.dumps({**DOCUMENT, "Expiration": expiration})).expiration is None


def test_values_that_are_not_strings_are_none():
    assert credentials_in(json.dumps({"Code": ["x"], "Message": 5})) == (None, None, None, None)


UNPRINTABLE = [
    ("a\nb\tc\u2028d", "a b c d"),
    ("\x1b[2Jgone\x07", r"\x1b[2Jgone\x07"),
    ("\x00\x7f\x9b", r"\x00\x7f\x9b"),
    ("\u202eback\u200b", r"\u202eback\u200b"),
    ("\ud800\ue000\U000e0001", r"\ud800\ue000\U000e0001"),
    ("Z\u00fcrich \\x1b", "Z\u00fcrich \\x1b"),
]


@pytest.mark.parametrize(("given", "shown"), UNPRINTABLE)
def test_texts_are_printable_and_on_one_line(given, shown):
    found = credentials_in(json.dumps({"Code": given, "Message": given, "Type": given}))
    assert found == (shown, shown, None, shown)
    profile = profile_in(json.dumps({"Code": given, "InstanceProfileArn": given, "InstanceProfileId": given}))
    assert profile == (shown, shown, shown)


@pytest.mark.parametrize("character", ["c", "\x1b", "\ud800"])
def test_long_texts_are_shortened(character):
    assert credentials_in(json.dumps({"Message": "c" * 300})).message == "c" * 300
    found = credentials_in(json.dumps({"Code": character * 301, "Message": character * 2000}))
    for text in (found.code, found.message):
        assert len(text) == 300
        assert text.endswith("...")


def test_the_longest_arn_is_not_shortened():
    arn = f"arn:aws:iam::123456789012:instance-profile/{'p' * 510}/{'n' * 128}"
    assert profile_in(json.dumps({"Code": "Success", "InstanceProfileArn": arn})).arn == arn
    assert len(profile_in(json.dumps({"InstanceProfileArn": "a" * 60000})).arn) == 1000


@pytest.mark.parametrize("text", ["", "null", "[]", f'"{SECRETS[1]}"', f'{{"Token": "{SECRETS[2]}', "[" * 100000])
@pytest.mark.parametrize("parse", [credentials_in, profile_in])
def test_an_invalid_document_is_not_in_the_error(parse, text):
    with pytest.raises(ValueError, match="^This is not a JSON object.$") as raised:
        parse(text)
    assert raised.value.__context__ is None


def test_an_identity_document_is_checked():
    good = {"instanceId": INSTANCE_ID, "region": "eu-central-1", "accountId": "123456789012"}
    assert host_in(json.dumps(good)) == (INSTANCE_ID, "eu-central-1", "123456789012")
    bad = {"instanceId": "<html>", "region": "x y", "accountId": 5}
    assert host_in(json.dumps(bad)) == host_in("<html>") == (None, None, None)
