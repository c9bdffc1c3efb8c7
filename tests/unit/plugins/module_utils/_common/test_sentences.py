# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.sentences import listed, number_of


@pytest.mark.parametrize("number, text", [(0, "0 keys"), (1, "1 key"), (2, "2 keys")])
def test_a_number_decides_between_singular_and_plural(number, text):
    assert number_of(number, "key") == text


@pytest.mark.parametrize("one, several", [("policy", "2 policies"), ("day", "2 days"), ("class path", "2 class paths")])
def test_the_plural_of_a_word(one, several):
    assert number_of(2, one) == several


def test_an_irregular_plural_is_given():
    assert (number_of(1, "process", "processes"), number_of(2, "process", "processes")) == ("1 process", "2 processes")


@pytest.mark.parametrize("shown, text", [(1, "a and 2 more"), (2, "a, b and 1 more"), (3, "a, b, c"), (4, "a, b, c")])
def test_the_rest_of_a_long_list_is_counted(shown, text):
    assert listed(["a", "b", "c"], shown) == text
