# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option ``filters``."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._common.filters import aws_filters

EMPTY = OptionError("filters", "is empty.", "Give at least one filter.")


@pytest.mark.parametrize(
    "value, values",
    [("web", ["web"]), ("", [""]), (["web", "db"], ["web", "db"]), (("web",), ["web"]), (True, ["true"]), (3, ["3"]), ([1, False], ["1", "false"])],
)
def test_values_are_converted_to_lists_of_strings(value, values):
    assert aws_filters({"tag:Name": value}, EMPTY) == [{"Name": "tag:Name", "Values": values}]


def test_a_number_as_a_name_is_a_string_too():
    assert aws_filters({1: 2}, EMPTY) == [{"Name": "1", "Values": ["2"]}]


def test_no_filters_stay_none():
    assert aws_filters(None, EMPTY) is None


@pytest.mark.parametrize(
    "filters, option",
    [({}, "filters"), *(({"tag:Name": each}, "filters[tag:Name]") for each in (None, [], {}, {"a": 1}, ["a", None], [["a"]], [{"a": 1}]))],
)
def test_filters_without_values_are_rejected(filters, option):
    with pytest.raises(OptionError) as error:
        aws_filters(filters, EMPTY)
    assert error.value.option == option and ("is a dictionary" in str(error.value)) == (filters == {"tag:Name": {"a": 1}})
