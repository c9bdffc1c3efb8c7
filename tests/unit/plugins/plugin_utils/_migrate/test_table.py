# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of the keys, and the other values for tasks that run once."""

from __future__ import annotations

from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.decisions import decide_about_play
from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.facts import HostFacts, Options
from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.table import table
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.migration_facts import (
    KEY,
    OTHER,
    READ_ERROR,
    host_facts,
    iam_key,
    location,
    reported,
)

HEADER = "ACCESS KEY            STATE         USER                      LAST USED             WHERE"


def test_a_line_for_each_place_of_each_key():
    results = {
        "a": reported(location(OTHER, "/b", line=None), location(path="/a")),
        "b": reported(location(path="/c", line=7), left=[location(path="/c")], ids_only=[location("AKIAQ3EGTZ2ZK7Q4RVWZ", "/log", has_secret=False)]),
    }
    owners = [iam_key(user="ann", last_used="2026-01-31T08:15:00+00:00"), iam_key(OTHER, user=None, status=None)]
    assert table(results, owners) == [
        HEADER,
        f"{KEY}  still in use  ann                       2026-01-31T08:15:00+00:00  a:/a:1",
        f"{KEY}  still in use  ann                       2026-01-31T08:15:00+00:00  b:/c:7",
        f"{OTHER}  set aside     -                         -                     a:/b",
        "AKIAQ3EGTZ2ZK7Q4RVWZ  id only       -                         -                     b:/log:1",
    ]


def test_a_line_for_what_a_role_does_not_allow_and_for_what_is_unknown():
    row = {"access_key_id": KEY, "user_name": "ann", "not_allowed": ["s3:ListBuckets", "sqs:*"]}
    result = reported(not_allowed=[row], usage_unknown=[OTHER])
    assert table({"a": result, "b": result}, []) == [
        HEADER,
        f"{KEY}  not allowed   ann                       -                     s3:ListBuckets, sqs:*",
        f"{OTHER}  unknown       -                         -                     whether the role allows what it did",
    ]


def test_a_line_for_what_was_not_searched():
    assert table({"a": reported(incomplete=[READ_ERROR])}, [])[1:] == [
        "?                     not searched  -                         -                     a:/c (Only the first 1048576 bytes were searched)"
    ]


def test_names_are_not_interpreted():
    """They come from hosts and from AWS."""
    lines = table({"{a}%s": reported(location(path="/%s{{ x }}"))}, [iam_key(user="{0}%d")])
    assert lines[1].endswith("{a}%s:/%s{{ x }}:1") and "{0}%d" in lines[1]


def test_what_is_asked_for_all_hosts():
    hosts = {"a": HostFacts(), "b": host_facts(2, region="us-east-1"), "c": host_facts(3)}
    results = {"a": None, "b": reported(location(OTHER)), "c": reported(location(), location(OTHER))}
    decision = decide_about_play(hosts, results, Options(hosts=list(hosts), batch=["c"], instance_profile="app"))
    assert decision["region"] == "us-east-1"
    assert decision["access_key_ids"] == [KEY, OTHER]
    assert decision["usage_queries"] == []


def test_a_play_without_an_instance_asks_in_the_default_region():
    assert decide_about_play({"a": HostFacts()}, {"a": None}, Options(hosts=["a"], batch=["a"]))["region"] is None
