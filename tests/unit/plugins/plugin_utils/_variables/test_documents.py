# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents of others: what is refused, and that no error shows their text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.plugin_utils._variables.documents import TOO_DEEP, plain, read_json, read_yaml

# Each level has ten times as many values.
BOMB = "\n".join(["a0: &a0 [s3cr3t]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12))])
NOT_ALLOWED = "it has a value or a key that is not allowed"


@pytest.mark.parametrize(
    "text, says",
    [
        (BOMB, "anchors and aliases are not allowed: write the value out in line 1"),
        ("a: 1\nb: &s3cr3t {<<: *s3cr3t}", "not allowed: write the value out in line 2"),
        ("- 1\n- *s3cr3t", "not allowed: write the value out in line 2"),
        ("&s3cr3t a: 1", "not allowed: write the value out in line 1"),
        ("[" * 20000, TOO_DEEP),
        ("a: 2026-02-30", NOT_ALLOWED),
        (f"a: {'9' * 5000}", NOT_ALLOWED),
        ("a: !!python/name:os.system s3cr3t", "could not determine a constructor"),
        ("a: !s3cr3t", "could not determine a constructor for the tag … in line 1"),
        ("a: !s3cr3t!x", "found undefined tag handle … in line 1"),
        ("a:\n\t- s3cr3t", "found character '\\t' that cannot start any token in line 2"),
        ("'s3cr3t", "found unexpected end of stream"),
        ("a: \x07s3cr3t", "it is not YAML"),
        ("? [s3cr3t]\n: 1", "found unhashable key in line 1"),
    ],
)
def test_yaml_that_is_refused(text, says):
    with pytest.raises(ValueError) as caught:
        read_yaml(text)
    assert says in str(caught.value) and "\n" not in str(caught.value) and "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(
    "text, says",
    [
        ('{"a": NaN}', NOT_ALLOWED),
        ('{"a": [-Infinity]}', NOT_ALLOWED),
        ('{"a": 1e999}', NOT_ALLOWED),
        ("[" * 200000, TOO_DEEP),
        (f"[{'9' * 5000}]", NOT_ALLOWED),
        ('{"s3cr3t" 1}', "Expecting ':' delimiter in line 1"),
    ],
)
def test_json_that_is_refused(text, says):
    with pytest.raises(ValueError) as caught:
        read_json(text)
    assert str(caught.value) == says


@pytest.mark.parametrize("text", ["a: .nan", "[.inf]", "2026-01-01: a"])
def test_what_json_does_not_have_is_refused(text):
    with pytest.raises(ValueError, match=NOT_ALLOWED):
        plain(read_yaml(text))


def test_usual_documents_are_read():
    assert plain(read_yaml("Version: 2012-10-17\nb: [1, 2.5, true, null, '&a *b']")) == {"Version": "2012-10-17", "b": [1, 2.5, True, None, "&a *b"]}
    assert read_json('{"a": [1, 2.5, true, null]}') == {"a": [1, 2.5, True, None]}


@given(st.text())
def test_no_text_raises_anything_else(text):
    for read in (read_yaml, read_json):
        try:
            plain(read(text))
        except ValueError as error:
            assert "\n" not in str(error)
