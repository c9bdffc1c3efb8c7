# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No text from AWS or a host moves the cursor of a terminal, or makes a message read as another one."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, strategies

from ansible_collections.keyless.ec2.plugins.module_utils._common.quoting import lines, one_line, readable, readable_result
from ansible_collections.keyless.ec2.plugins.module_utils._common.visible import IGNORABLE, is_visible


@given(strategies.text())
def test_every_character_shows(text):
    assert is_visible(one_line(text))
    assert all(map(is_visible, lines(text).split("\n"))) and lines(text).count("\n") == text.count("\n")


# Words in the names of characters that show as nothing, or as a space
INVISIBLE = re.compile(
    r"(^| )(BRAILLE PATTERN BLANK|(FULL|HALF) BLANK|(CHOSEONG|JUNGSEONG|HANGUL|SCRIPT) FILLER|INVISIBLE [A-Z]+|NULL NOTEHEAD|[A-Z]*(CON|SUB)JOINER"
    r"|(WORD|CONSONANT|NUMBER|GRAPHEME|NON-)? ?JOINER|VARIATION SELECTOR(-\d+| [A-Z]+)|ZERO WIDTH .*|NO-BREAK SPACE|.*-PER-EM SPACE)$"
    r"|^(TAG .*|SOFT HYPHEN)$"
)


def test_what_no_reader_sees_is_escaped():
    found = [each for each in map(chr, range(0x110000)) if INVISIBLE.search(unicodedata.name(each, ""))]
    assert len(found) > 380 and {"\u3164", "\u115f", "\u1160", "\u2800", "\ufe0f", "\U000e0100", "\u034f", "\u00a0"} <= set(found)
    assert [f"{ord(each):04X}" for each in found if is_visible(each)] == []


def test_the_class_of_characters_that_may_be_ignored_is_whole():
    """DerivedCoreProperties.txt of Unicode 17.0 says: Total code points: 4174."""
    assert len(re.findall(f"[{IGNORABLE}]", "".join(map(chr, range(0x110000))))) == 4174


@pytest.mark.parametrize("text", ["web-1 (Zürich, 東京)", "नमस्ते", "한국어", "שלום", "🚀", "e\u0301", "␢"])
def test_writing_of_people_stays_as_it_is(text):
    assert one_line(text) == text


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
