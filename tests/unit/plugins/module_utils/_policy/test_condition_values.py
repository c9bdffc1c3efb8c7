# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of conditions: which texts are addresses or ranges of addresses."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._policy.condition_values import is_network


@pytest.mark.parametrize(
    "text, expected",
    [
        ("192.0.2.1", True),
        ("192.0.2.7/24", True),
        ("2001:db8::/32", True),
        ("2001:db8::1", True),
        ("192.0.2.0/33", False),
        ("web", False),
        ("", False),
    ],
)
def test_a_range_may_begin_inside_of_its_network(text, expected):
    assert is_network(text) is expected
