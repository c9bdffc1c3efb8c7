# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of the keys, and the other values for tasks that run once."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.decisions import decide_about_play
from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.facts import HostFacts, Options
from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.table import closing, table
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.migration_facts import (
    KEY,
    OTHER,
    READ_ERROR,
    host_facts,
    iam_key,
    location,
    reported,
)

HEADER = "ACCESS KEY            STATE         USER                      LAST USED (UTC)   WHERE"


def test_a_line_for_each_place_of_each_key():
    results = {
        "a": reported(location(OTHER, "/b", line=None), location(path="/a")),
        "b": reported(location(path="/c", line=7), left=[location(path="/c")], ids_only=[location("AKIAQ3EGTZ2ZK7Q4RVWZ", "/log", has_secret=False)]),
    }
    owners = [iam_key(user="ann", last_used="2026-01-31T08:15:00+00:00"), iam_key(OTHER, user=None, status=None)]
    assert table(results, owners) == [
        HEADER,
        f"{KEY}  set aside     ann                       2026-01-31 08:15  a:/a:1",
        f"{KEY}  left          ann                       2026-01-31 08:15  b:/c:7",
        f"{OTHER}  set aside     -                         -                 a:/b",
        "AKIAQ3EGTZ2ZK7Q4RVWZ  id only       -                         -                 b:/log:1",
    ]


def test_the_last_line_counts_what_became_of_the_locations():
    migrated = reported(location(path="/a"), location(path="/b"), location(path="/c"), left=[location(path="/c")])
    planned = reported(location(path="/a"), state="planned", files=[{"path": "/a", "action": "aside", "msg": ""}])
    assert closing({"a": migrated}) == ["2 locations set aside, 1 location left."]
    assert closing({"a": planned}) == ["1 location to set aside."]
    assert closing({"a": reported()}) == closing({}) == []


def test_a_location_is_counted_once_if_its_original_that_is_set_aside_has_the_key_too():
    result = {"a": reported(location(path="/a"), location(path="/a"), left=[location(path="/a")])}
    assert (len(table(result, [])), closing(result)) == (2, ["1 location left."])


class Counted(list):
    """A list that counts how often it is read."""

    reads = 0

    def __iter__(self):
        self.reads += 1
        return super().__iter__()


def test_no_list_is_searched_for_each_location():
    """A user can plant thousands of keys, and the table is made several times."""
    places = [location(path=f"/{number}") for number in range(50)]
    files = [{"path": each["path"], "action": "left"} for each in places]
    result = {**reported(*places, left=places, files=files), "left": Counted(places), "files": Counted(files)}
    assert len(table({"a": result}, [])) == 51
    assert (result["left"].reads, result["files"].reads) == (1, 1)


FILES = [
    {"path": "/aside", "action": "aside", "msg": "The file has only credentials."},
    {"path": "/trimmed", "action": "trimmed", "msg": "A copy takes its place."},
    {"path": "/url", "action": "left", "msg": "Line 1 is in a URL. Remove the key by hand."},
    {"path": "/excluded", "action": "unchanged", "msg": "The file is excluded."},
    {"path": "/again", "action": "aside", "msg": "The file has only credentials."},
]
PROCESS = location(path="/proc/7/environ", kind="process_environment", line=None)


def outcomes(state, failure=None, left=("url", "excluded", "again")):
    """The state and the reason of each location of one key, of which some stay."""
    places = [*(location(path=each["path"], line=None) for each in FILES), location(path="/earlier", line=None), PROCESS]
    stays = [each for each in places if each["path"].strip("/") in (*left, "proc/7/environ")]
    lines = table({"a": reported(*places, left=stays, files=FILES, state=state, failure=failure)}, [])[1:]
    return {line[70:].split(":", 1)[1].partition(" ")[0].strip("/"): (line[22:34].strip(), line.partition(" (")[2]) for line in lines}


def test_each_location_says_what_was_done_and_why():
    """A location that was cleaned is not said to be in use because the key is elsewhere too."""
    assert outcomes("migrated") == {
        "aside": ("set aside", "The file has only credentials)"),
        "trimmed": ("set aside", "A copy takes its place)"),
        "url": ("left", "Line 1 is in a URL. Remove the key by hand)"),
        "excluded": ("left", "The file is excluded)"),
        "again": ("left", "The key is in the file again)"),
        "earlier": ("set aside", ""),
        "proc/7/environ": ("left", "The key is in the environment of a process. Restart the process without it)"),
    }


def test_check_mode_says_what_would_be_done():
    found = outcomes("planned")
    assert [found[each][0] for each in ("aside", "trimmed", "url", "earlier")] == ["to set aside", "to set aside", "left", "set aside"]


def test_a_host_that_was_put_back():
    unknown = "not everything could be put back, see the error)"
    for state, expected in (("as_before", ("put back", "")), ("partly_restored", ("unknown", unknown))):
        found = outcomes(state, "It failed.", left=("aside", "trimmed", "url"))
        assert {found[each] for each in ("aside", "trimmed", "url")} == {expected}
        assert found["earlier"] == ("set aside", ""), "a completed run set it aside"


def test_a_key_that_was_not_set_aside_yet_is_left_and_not_put_back():
    results = {"a": reported(location(path="/a"), left=[location(path="/a")], moved=[], state="as_before", failure="It failed.")}
    assert table(results, [])[1].split(None, 1)[1] == "left          -                         -                 a:/a:1 (the run failed before)"
    assert closing(results) == ["1 location left."]


def test_a_host_whose_search_failed_is_not_one_without_keys():
    failed, searched = reported(state="as_before", failure="No such directory."), reported(searched=["/etc"], failure="It failed.")
    assert "not searched" in table({"a": failed}, [])[1] and "a (the run failed before)" in table({"a": failed}, [])[1]
    assert table({"b": searched}, []) == ["No access keys were found on b."]


def test_without_any_key_there_is_no_table():
    assert table({"b": reported(), "a": reported()}, []) == ["No access keys were found on b, a."]
    assert table({}, []) == ["No host was searched for access keys."]
    assert table({"a": reported(incomplete=[READ_ERROR])}, [])[0] == HEADER


@pytest.mark.parametrize(
    ("date", "expected"), [("2026-01-31T08:15:59+00:00", "2026-01-31 08:15"), ("2026-01-31T08:15:00+02:00", "2026-01-31 06:15"), ("never", "never")]
)
def test_times_are_in_utc_to_the_minute(date, expected):
    assert f"  {expected}  " in table({"a": reported(location())}, [iam_key(last_used=date)])[1] + "  "


def test_a_line_for_what_a_role_does_not_allow_and_for_what_is_unknown():
    row = {"access_key_id": KEY, "user_name": "ann", "not_allowed": ["s3:ListBuckets", "sqs:*"]}
    result = reported(not_allowed=[row], usage_unknown=[OTHER])
    assert table({"a": result, "b": result}, []) == [
        HEADER,
        f"{KEY}  not allowed   ann                       -                 s3:ListBuckets, sqs:*",
        f"{OTHER}  unknown       -                         -                 whether the role allows what it did",
    ]


def test_a_line_for_what_was_not_searched():
    assert table({"a": reported(incomplete=[READ_ERROR])}, [])[1:] == [
        "?                     not searched  -                         -                 a:/c (Only the first 1048576 bytes were searched)"
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
