# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Problems out of a table with values."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.problem import Problem

TABLE = {
    "silent": Problem("unreachable", "{name} does not answer.", "Turn {name} on."),
    "refused": Problem("unreachable", "{name} refuses every request.", "Let it answer."),
}


def test_the_texts_get_their_values_and_the_code_stays():
    problem = TABLE["silent"].with_values({"name": "{x}", "unused": None})
    assert problem == Problem("unreachable", "{x} does not answer.", "Turn {x} on.")
    assert TABLE["silent"].message == "{name} does not answer."


def test_a_value_that_is_missing_is_an_error():
    with pytest.raises(KeyError, match="name"):
        TABLE["refused"].with_values({})


def test_the_result_has_all_three():
    assert Problem("a", "B.", "C.").as_result() == {"code": "a", "message": "B.", "fix": "C."}
