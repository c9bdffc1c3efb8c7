# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No user or password of a URL is in a message."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.urls import without_user


@pytest.mark.parametrize("password", ["secret", "a'secret", 'a"secret', "a secret", "a@secret", "a/secret", "a'b\"c secret"])
@pytest.mark.parametrize("text", ['Could not connect to "{}"', "Invalid endpoint: {} (it is not valid)"])
def test_a_password_is_hidden_whatever_characters_it_has(text, password):
    assert without_user(text.format(f"https://user:{password}@ec2.example.com/x")) == text.format("https://…@ec2.example.com/x")


@pytest.mark.parametrize("text", ["https://ec2.example.com/", "mail a@b, then https://ec2.example.com", "https://a.example.com/ of web@prod"])
def test_other_text_stays(text):
    assert without_user(text) == text
