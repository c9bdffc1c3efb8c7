# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Problems from a table, with values."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.problem import Problem

TABLE = {
    "silent": Problem("unreachable", "{name} does not answer.", "Turn {name} on."),
    "refused": Problem("unreachable", "{name} refuses every request.", "Let it answer."),
}


def test_values_are_filled_into_the_texts():
    problem = TABLE["silent"].with_values({"name": "{x}", "unused": None})
    assert problem == Problem("unreachable", "{x} does not answer.", "Turn {x} on.")
    assert TABLE["silent"].message == "{name} does not answer."


def test_a_missing_value_is_an_error():
    with pytest.raises(KeyError, match="name"):
        TABLE["refused"].with_values({})


def test_the_result_has_code_message_and_fix():
    assert Problem("a", "B.", "C.").as_result() == {"code": "a", "message": "B.", "fix": "C."}
