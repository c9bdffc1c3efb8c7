# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What migrate_keys says about folders that were not searched."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.coverage import UNKNOWN, not_searched
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils._migrate.test_deactivation import play
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.migration_facts import KEY, location, reported

DATA = {"target": "/data", "message": "Not searched"}
LIB = {"target": "/var/lib", "message": "Only these were searched: /var/lib/cloud"}


@pytest.mark.parametrize(
    "results, lines",
    [
        ({}, []),
        ({"a": {"not_searched": []}}, []),
        ({"a": {"not_searched": [DATA, LIB]}}, ["Not searched on a: /data; /var/lib (Only these were searched: /var/lib/cloud)"]),
        ({"a": {"not_searched": [{"target": "/net", "message": "A network"}]}}, ["Not searched on a: /net (A network)"]),
        ({host: {"not_searched": [DATA]} for host in "ab"}, ["Not searched on a, b: /data"]),
        ({"a": {"not_searched": [DATA]}, "b": {}}, ["Not searched on a: /data", f"Not searched on b: {UNKNOWN}"]),
        (
            {"a": {"not_searched": [DATA] * 41}},
            [f"Not searched on a: {'; '.join(['/data'] * 40)}; and 1 more, see migrate_keys_result.not_searched"],
        ),
    ],
)
def test_hosts_of_which_the_same_was_not_searched_are_listed_together(results, lines):
    assert not_searched(results) == lines


@pytest.mark.parametrize("named", [[], [KEY]])
def test_a_suggestion_and_a_deactivation_list_what_was_not_searched(named):
    decision = play(*named, hosts={"a": reported(location(), not_searched=[DATA])})
    assert "Not searched on a: /data" in decision["not_searched" if named else "suggestion"]
