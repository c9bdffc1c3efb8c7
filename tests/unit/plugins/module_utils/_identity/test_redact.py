# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever repeats a secret, no part of it is shown."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._identity.metadata import credentials_in
from ansible_collections.keyless.ec2.plugins.module_utils._identity.redact import REDACTED, SHORTEST, without_secrets

SECRETS = st.text("abcXYZ019+/=", min_size=20, max_size=60)


@given(SECRETS, st.integers(0, 40), st.integers(SHORTEST, 60), st.text(max_size=10), st.text(max_size=10))
def test_no_part_is_left(secret, start, length, before, after):
    part = secret[start:][:length]
    shown = without_secrets(before + part + after, [secret])
    parts = [secret[at : at + SHORTEST] for at in range(len(secret) - SHORTEST + 1)]
    assert not any(each in shown for each in parts)


@pytest.mark.parametrize("written", [lambda text: text, str.upper, lambda text: quote(text, safe=""), lambda text: text.replace("/", "\\/")])
def test_forms_of_a_secret(written):
    secret = "abc/def+ghi=jkl/mno+pqr=stu"
    assert without_secrets(f"before {written(secret)} after", ["other-secret-value", secret]) == f"before {REDACTED} after"


def test_other_texts_stay():
    assert without_secrets("Access denied for AKIAIOSFODNN7EXAMPLE", ["wJalrXUtnFEMI/K7MDENG", ""]) == "Access denied for AKIAIOSFODNN7EXAMPLE"
    assert without_secrets("short: abc, abcd", ["abcd"]) == f"short: abc, {REDACTED}"
    assert without_secrets("text", []) == "text"


def test_the_metadata_service_can_not_smuggle_a_secret_into_its_message():
    token = "IQoJb3JpZ2luX2VjEN0123456789"
    document = {
        "Code": "Odd",
        "Token": token,
        "SecretAccessKey": "wJalrXUtnFEMIK7MDENG",
        "Message": f"{token} and wJalrXUtnFEMIK7MDENG",
        "Type": token,
    }
    found = credentials_in(json.dumps(document))
    assert (found.message, found.type) == (f"{REDACTED} and {REDACTED}", REDACTED)
