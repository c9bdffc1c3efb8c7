# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work to redact a text grows no faster than the text, whatever users write."""

from __future__ import annotations

import re
import sys

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.text import line_syntax, redact
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.text.regex_steps import steps

KEY = "AKIAQ3EGTZ2ZK7Q4RVWX"
EXPRESSIONS = {name: value for module in (line_syntax, redact) for name, value in vars(module).items() if isinstance(value, re.Pattern)}
SEARCHED = {"_TRAILING_COMMENT", "_UNIT_WORD", "_CONTINUES", "_OPENS_BLOCK", "_LINE"}  # with search(), not match()
HOSTILE = {
    "blanks before the value": lambda count: "a=" + " " * count + "(",
    "blanks after the value": lambda count: "a=b" + " " * count + "(",
    "blanks in a list": lambda count: "- a=" + " " * count + '"',
    "blanks after a list": lambda count: "- a=b" + " " * count + "'",
    "blanks in a quoted list": lambda count: "- 'a=" + " " * count + '"',
    "blanks in set": lambda count: "set -x a" + " " * count + "(",
    "options of set": lambda count: "set " + "--a " * count + "(",
    "dashes": lambda count: "set -" + "-" * count + "(",
    "blanks only": lambda count: " " * count + "(",
    "blanks after a command": lambda count: "x" + " |" * count + " " * count + "(",
    "words": lambda count: "export " + "a=b " * count + "(",
    "quotes": lambda count: "Environment=" + "\"'" * count,
    "quotes in quotes": lambda count: 'a="' + '\\"' * count,
    "dollars": lambda count: "a=" + "${" * count,
    "closed dollars": lambda count: "a=" + "${a}" * count + "${",
    "brackets": lambda count: "[" * count,
    "braces": lambda count: "{ #" * count + "\n",
    "header": lambda count: "[a" + "]  " * count + "x\n",
    "comments": lambda count: "a=b" + " #" * count + "\n",
    "hashes": lambda count: "# ;/" * count,
    "colons": lambda count: "a:" * count + KEY,
    "key": lambda count: KEY + ":" + "x" * count + " x",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
@pytest.mark.parametrize("name", sorted(EXPRESSIONS))
def test_matching_twice_the_text_takes_at_most_twice_the_steps(name, text):
    short, long = (steps(EXPRESSIONS[name], text(count), anywhere=name in SEARCHED) for count in (40, 80))
    assert long <= 2 * short + 40


def work(text):
    """How many functions are called to redact the text, Python's own included."""
    count = 0

    def see(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(see)
    try:
        redact.without_credentials(text, "other")
    except redact.NotRedactable:
        pass
    finally:
        sys.setprofile(None)
    return count


TEXTS = {
    "keys": lambda count: "a=1\n" + f"AWS_ACCESS_KEY_ID={KEY}\n" * count + "b=1\n",
    "keys and comments": lambda count: f"AWS_ACCESS_KEY_ID={KEY}\n# x\n\n" * count,
    "environments": lambda count: "".join(" " * number + "environment:\n" for number in range(count)) + " " * count + f"AWS_ACCESS_KEY_ID: {KEY}\n",
    "sections": lambda count: f"[a]\naws_access_key_id={KEY}\n" * count,
    "assignments": lambda count: "Environment=" + f"AWS_ACCESS_KEY_ID={KEY} " * count + "\n",
    "words": lambda count: "export " + f"AWS_ACCESS_KEY_ID={KEY} " * count + "\n",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
def test_redacting_twice_as_many_keys_is_at_most_twice_the_work(text):
    short, long = (work(text(count)) for count in (100, 200))
    assert short > 100 and long <= 2.2 * short


def test_any_number_of_nested_environments_is_removed():
    nested = TEXTS["environments"](1100)
    assert redact.without_credentials("a: 1\n" + nested, "compose") == "a: 1\n"


@pytest.mark.parametrize(
    "reason, text",
    [
        ("unclear", f"A={KEY} {'x' * 40000}\n"),
        ("unclear", f"A={'x ' * 20000}{KEY}\n"),
        ("too_large", "\n" * 100001 + f"A={KEY}\n"),
        ("in_json", "[" + "1" * 10000 + f', "{KEY}"]'),
    ],
)
def test_texts_that_nobody_writes_by_hand_are_left(reason, text):
    with pytest.raises(redact.NotRedactable) as caught:
        redact.without_credentials(text, "other")
    assert caught.value.reason == reason


def test_a_long_line_without_a_key_stays():
    text = f"A={'x ' * 20000}\nAWS_ACCESS_KEY_ID={KEY}\n"
    assert redact.without_credentials(text, "other") == f"A={'x ' * 20000}\n"
