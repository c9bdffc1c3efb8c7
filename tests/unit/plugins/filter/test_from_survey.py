# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parsing the answers of a survey."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.keyless.ec2.plugins.filter import from_survey
from ansible_collections.keyless.ec2.plugins.filter.from_survey import FilterModule

read = FilterModule().filters()["from_survey"]
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}]}


@pytest.mark.parametrize(
    "answer, says",
    [
        ("i-1", ["i-1"]),
        ("i-1,i-2", ["i-1", "i-2"]),
        ("i-1, i-2 ,", ["i-1", "i-2"]),
        ("i-1\r\ni-2\n\n", ["i-1", "i-2"]),
        ("- i-1\n- i-2\n", ["i-1", "i-2"]),
        ('["i-1", "i-2"]', ["i-1", "i-2"]),
        ("arn:aws:iam::aws:policy/ReadOnlyAccess", ["arn:aws:iam::aws:policy/ReadOnlyAccess"]),
        ("no", ["no"]),
        ("null", ["null"]),
        ("123456789012", ["123456789012"]),
        ("*.pem\n/srv/*", ["*.pem", "/srv/*"]),
        ("team: web\nmy stage: test", {"team": "web", "my stage": "test"}),
        ('{"tag:team": "web"}', {"tag:team": "web"}),
        ("{}", {}),
        ("[]", []),
        ("Version: 2012-10-17\nStatement:\n  - {Effect: Allow, Action: 's3:Get*', Resource: '*'}", POLICY),
        ("- service: ec2.amazonaws.com", [{"service": "ec2.amazonaws.com"}]),
    ],
)
def test_a_text_is_parsed_as_a_list_or_a_dictionary(answer, says):
    assert read(answer) == says


EMPTY = (
    None,
    "",
    " ",
    "  \n",
    "\r\n",
    "\t",
    ",",
    ", ,\n",
    "\u00a0",
    "---",
    "---\n",
    "-",
    "- ",
    "- \n",
    '""',
    "''",
    "- ''",
    "[null]",
    "[ '' ]",
)


@pytest.mark.parametrize("answer", EMPTY)
def test_an_empty_answer_gives_the_default(answer):
    assert read(answer) is None
    assert read(answer, []) == []


@pytest.mark.parametrize("value", [[], {}, ["a"], {"a": 1}, True, 1])
def test_other_values_are_returned_unchanged(value):
    assert read(value, "default") is value


def test_the_error_for_invalid_text_does_not_contain_it():
    with pytest.raises(AnsibleFilterError, match="^launch_tags: the text is neither YAML nor JSON that can be used: .* in line 2.$") as caught:
        read('{"secret": "s3cr3t"\n "b" 1}', None, "launch_tags")
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize("answer", ["a: &a [1]\nb: [*a, *a]", "a: .nan", "[" * 20000, "a: 2026-02-30", "2026-01-01: a"])
def test_an_answer_that_no_list_or_dictionary_of_a_variable_can_be_is_refused(answer):
    """A few lines with aliases would fill the memory of the controller."""
    with pytest.raises(AnsibleFilterError, match="^launch_tags: the text is neither YAML nor JSON that can be used: "):
        read(answer, None, "launch_tags")


def test_every_answer_has_the_name_of_its_variable_for_errors():
    roles = Path(__file__).resolve().parents[4] / "roles"
    texts = [
        line for path in sorted(roles.rglob("*.yml")) for line in path.read_text(encoding="utf-8").splitlines() if "keyless.ec2.from_survey" in line
    ]
    assert [line for line in texts if not re.search(r"\b(\w+) \| keyless\.ec2\.from_survey\(.+, '\1'\)", line)] == [] != texts
    filters = Path(from_survey.__file__).parent
    calls = [call for path in sorted(filters.glob("*.py")) for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    named = [len(call.args) for call in calls if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "filter_from_survey"]
    assert set(named) == {3}
