# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No text from AWS or a host moves the cursor of a terminal, or makes a message read as another one."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies

from ansible_collections.keyless.ec2.plugins.module_utils._common.quoting import lines, one_line, readable, readable_result


@given(strategies.text())
def test_every_character_shows(text):
    assert one_line(text).isprintable()
    assert all(line.isprintable() for line in lines(text).split("\n")) and lines(text).count("\n") == text.count("\n")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("web-1 (Zürich, 東京)", "web-1 (Zürich, 東京)"),
        ("\x1b[2Jok", "\\x1b[2Jok"),
        ("\x9b2Jok", "\\x9b2Jok"),
        ("a\u202egnp.exe", "a\\u202egnp.exe"),
        ("a\u2066b\u200b", "a\\u2066b\\u200b"),
        ("a\nb\r\t", "a\\nb\\r\\t"),
        ("\udcff", "\\udcff"),
    ],
)
def test_what_is_escaped(text, shown):
    assert one_line(text) == shown


def test_only_texts_for_people_are_escaped():
    row = {
        "name": "\u202ea",
        "msg": "\u202eb",
        "problems": [{"code": "x", "message": "\x1bc", "fix": "\x1bd\ne"}],
        "diff": {"before": {"tags": ["\x9b"]}},
    }
    assert readable_result({"rows": [row], "warnings": ["\x07"], "count": 1}) == {
        "rows": [
            {
                "name": "\u202ea",
                "msg": "\\u202eb",
                "problems": [{"code": "x", "message": "\\x1bc", "fix": "\\x1bd\ne"}],
                "diff": {"before": {"tags": ["\\x9b"]}},
            }
        ],
        "warnings": ["\\x07"],
        "count": 1,
    }
    assert readable([1, None, "\x1b", ("\x1b",)]) == [1, None, "\\x1b", ["\\x1b"]]
