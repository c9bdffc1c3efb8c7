# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work to search a text for keys grows no faster than the text."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.text import access_keys, decode
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.text.regex_steps import steps

KEY = "AKIAQ3EGTZ2ZK7Q4RVWX"
SEARCHED = {
    "id": access_keys._KEY_ID,
    "scope": access_keys._SCOPE,
    "secret": access_keys._SECRET_WORD,
    "bare secret": access_keys._BARE_SECRET,
    "sealed secret": access_keys._JENKINS_SECRET,
    "base64": decode._ENCODED,
}
HOSTILE = {
    "letters": lambda count: "a" * 8 * count,
    "slashes": lambda count: "/" * 8 * count,
    "escaped slashes": lambda count: "\\/" * 4 * count,
    "escapes": lambda count: "\\u002B" * count,
    "percent": lambda count: "%2F" * 2 * count,
    "ids": lambda count: KEY * count,
    "ids and slashes": lambda count: (KEY + "/") * count,
    "credentials": lambda count: "Credential=AKIA" * count,
    "braces": lambda count: "{AQAA" * 2 * count,
    "brackets": lambda count: "[" * 8 * count,
    "blanks": lambda count: " " * 8 * count + "x",
    "headers": lambda count: "[a] " * 2 * count + "x",
    "lines": lambda count: "[a\n---\n" * count,
    "equals": lambda count: "a" * 30 + "=" * 8 * count,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
@pytest.mark.parametrize("name", sorted(SEARCHED))
def test_searching_twice_the_text_takes_at_most_twice_the_steps(name, text):
    # More than the longest possible match, 200 characters.
    short, long = (steps(SEARCHED[name], text(count), anywhere=True) for count in (60, 120))
    assert long <= 2.2 * short + 300
