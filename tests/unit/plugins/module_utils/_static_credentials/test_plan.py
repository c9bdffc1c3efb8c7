# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is planned for files by what was seen of them, without any file."""

from __future__ import annotations

import base64
import errno
import gzip
import os

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host.tree import File, NotRegular
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.plan import (
    AsidePlan,
    FileRow,
    Observation,
    plan_files,
)
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.target import MAX_SIZE, FilesFound, FileTarget

KEYS = b"AWS_ACCESS_KEY_ID=AKIAQ3EGTZ2ZK7Q4RVWX\n"
MIXED = KEYS + b"TZ=UTC\n"


def file(data, number=1, uid=0, gid=0):
    return File(os.stat_result((0o100600, number, 1, 1, uid, gid, len(data), 0, 0, 0)), data, True)


def seen(path, here=None, aside=None, real=None, **more):
    target = FileTarget(path, real or path, f".keyless.{os.path.basename(real or path)}.keyless-aside")
    return Observation(path, target, FilesFound(here, aside), **more)


def planned(*observations, state="aside"):
    return [(row.action, row.reason) for row in plan_files(observations, state).rows]


@pytest.mark.parametrize("other, expected", [({}, ("restored", None)), ({"uid": 1}, ("left", "other_owner")), ({"gid": 1}, ("left", "other_owner"))])
def test_what_is_restored_over_a_file_has_its_owner(other, expected):
    left, original = b"TZ=UTC\n", file(MIXED, 2, **other)
    assert planned(seen("/a", file(left), original), state="restored") == [expected]


@pytest.mark.parametrize("is_required, action", [(False, "aside"), (True, "trimmed")])
def test_a_file_that_a_unit_names_gets_something_in_its_place(is_required, action):
    assert planned(seen("/a", file(KEYS), is_required=is_required)) == [(action, None)]


IN_BASE64 = b"id: " + base64.b64encode(b"AKIAQ3EGTZ2ZK7Q4RVWX")
ENCODED = {
    "utf-16": KEYS.decode().encode("utf-16"),
    "gzip": gzip.compress(KEYS),
    "base64": IN_BASE64,
    "both": KEYS + IN_BASE64,
}


@pytest.mark.parametrize("data", ENCODED.values(), ids=ENCODED)
def test_an_encoded_key_is_left_where_it_is(data):
    assert planned(seen("/a", file(data))) == [("left", "encoded")]
    assert "AKIA" not in plan_files([seen("/a", file(data))], "aside").rows[0].msg


@pytest.mark.parametrize(
    "path, action",
    [
        ("/home/a/.bash_history", "aside"),
        ("/etc/ecs/ecs.config", "trimmed"),
        ("/etc/php-fpm.d/www.conf", "trimmed"),
    ],
)
def test_a_file_without_which_something_may_not_start_gets_something_in_its_place(path, action):
    assert planned(seen(path, file(KEYS))) == [(action, None)]


@pytest.mark.parametrize(
    "here, aside, expected",
    [
        (None, None, ("unchanged", "not_found")),
        (file(MIXED), None, ("unchanged", "not_aside")),
        (None, file(KEYS), ("restored", None)),
        (file(MIXED), file(MIXED), ("restored", None)),
        (file(b"TZ=UTC\n"), file(MIXED, 2), ("restored", None)),
        (file(b"TZ=CET\n"), file(MIXED, 2), ("left", "changed_meanwhile")),
    ],
)
def test_what_is_restored_is_known_by_both_files(here, aside, expected):
    assert planned(seen("/a", here, aside), state="restored") == [expected]


@pytest.mark.parametrize("state, action", [("aside", "aside"), ("restored", "unchanged")])
def test_a_file_under_several_paths_is_planned_for_once(state, action):
    rows = plan_files([seen("/a", file(KEYS), real="/c"), seen("/b", file(KEYS), real="/c")], state).rows
    assert [row.action for row in rows] == [action, "unchanged"]
    assert (rows[1].reason, rows[1].msg) == ("same_file", "It is the same file as /a.")
    assert rows[1].as_result()["aside_path"] == "/.keyless.c.keyless-aside"


def test_what_could_not_be_looked_at_fails_and_a_process_is_left():
    observations = [
        Observation("/a", error=OSError(errno.EIO, "Input/output error")),
        Observation("/b", error=NotRegular()),
        Observation("/proc/1/environ", reason="process"),
    ]
    assert planned(*observations) == [("failed", "error"), ("left", "not_regular"), ("left", "process")]


def test_the_summary_begins_with_what_failed():
    assert AsidePlan(()).summary() == "no files."
    assert plan_files([seen("/a", file(KEYS)), seen("/b")], "aside").summary() == "1 set aside, 1 unchanged."
    failed = Observation("/c", error=OSError(errno.EIO, "Input/output error"))
    assert plan_files([seen("/a", file(KEYS)), failed], "aside").summary() == ("/c: It can't be read: Input/output error. (1 set aside, 1 failed)")


# Each rule by itself

NONE = b"TZ=UTC\n"


def large(data, number=1):
    return file(data, number)._replace(whole=False)


def owned(data, number, uid=0, gid=0, links=1):
    return File(os.stat_result((0o100600, number, 1, links, uid, gid, len(data), 0, 0, 0)), data, True)


@pytest.mark.parametrize(
    "here, aside, expected",
    [
        (file(NONE), None, ("unchanged", "no_access_key")),
        (None, file(KEYS), ("unchanged", "already_aside")),
        (file(NONE), file(KEYS, 2), ("unchanged", "already_aside")),
        (file(KEYS), file(KEYS, 2), ("left", "aside_exists")),
        (file(KEYS), file(KEYS), ("aside", None)),  # an interrupted run has left it with two names
        (file(MIXED), file(MIXED), ("trimmed", None)),
        (large(KEYS), None, ("left", "too_large")),
        (large(NONE), None, ("left", "too_large")),
        (large(KEYS), file(KEYS, 2), ("left", "too_large")),
        (file(KEYS + b"\0"), None, ("left", "binary")),
        (file(NONE + b"\0"), None, ("unchanged", "no_access_key")),
        (file(b"U=https://AKIAQ3EGTZ2ZK7Q4RVWX@h/\n"), None, ("left", "in_url")),
    ],
)
def test_what_is_set_aside_is_known_by_both_files(here, aside, expected):
    assert planned(seen("/a", here, aside)) == [expected]


@pytest.mark.parametrize(
    "here, aside, expected",
    [
        (owned(NONE, 1), owned(MIXED, 2), ("restored", None)),
        (owned(NONE, 1, uid=7), owned(MIXED, 2), ("left", "other_owner")),
        (owned(NONE, 1, gid=7), owned(MIXED, 2), ("left", "other_owner")),
        (owned(NONE, 1, uid=7, gid=8), owned(MIXED, 2, uid=7, gid=8), ("restored", None)),
        (owned(MIXED, 1, uid=7), owned(MIXED, 1), ("restored", None)),  # one file with two names
        (large(NONE), file(MIXED, 2), ("left", "changed_meanwhile")),
        (file(NONE), large(MIXED, 2), ("left", "changed_meanwhile")),
        (file(KEYS), file(b"U=https://AKIAQ3EGTZ2ZK7Q4RVWX@h/\n", 2), ("left", "changed_meanwhile")),
        (file(b"[a]\n"), file(b"[a]\naws_access_key_id = AKIAQ3EGTZ2ZK7Q4RVWX\n", 2), ("restored", None)),
    ],
)
def test_what_comes_back_is_what_was_there(here, aside, expected):
    (row,) = plan_files([seen("/a", here, aside)], "restored").rows
    assert (row.action, row.reason) == expected
    # What does not come back fails, so that nobody takes it for restored.
    assert row.has_failed == (expected[0] == "left")


def test_what_was_left_of_a_file_of_another_kind_is_known_too():
    """Under another path it was another kind of file, which has other names of settings."""
    original = b"access_key = AKIAQ3EGTZ2ZK7Q4RVWX\nsecret_key = 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\nuse_https = True\n"
    left = seen("/home/a/.s3cfg", file(b"use_https = True\n"), file(original, 2))
    elsewhere = seen("/elsewhere", file(b"use_https = True\n"), file(original, 2))
    assert planned(left, state="restored") == planned(elsewhere, state="restored") == [("restored", None)]


@pytest.mark.parametrize(
    "data, state, expected",
    [
        (KEYS, "aside", ("left", "mount")),
        (MIXED, "aside", ("left", "mount")),
        (NONE, "aside", ("unchanged", "no_access_key")),
        (NONE, "restored", ("unchanged", "not_aside")),
    ],
)
def test_an_obstacle_matters_only_to_what_would_move(data, state, expected):
    observation = seen("/a", file(data))
    assert planned(observation._replace(found=observation.found._replace(obstacle="mount")), state=state) == [expected]


@pytest.mark.parametrize("reason, state, missed", [("timeout", "aside", False), ("timeout", "restored", True), ("process", "restored", False)])
def test_what_was_not_looked_at_fails_where_it_should_have_come_back(reason, state, missed):
    plan = plan_files([Observation("/a", reason=reason)], state)
    assert [(row.action, row.reason, row.is_missed) for row in plan.rows] == [("left", reason, missed)]
    assert (bool(plan.failed), plan.changes) == (missed, ())


@pytest.mark.parametrize("state", ["aside", "restored"])
def test_what_is_excluded_stays_and_fails_nothing(state):
    plan = plan_files([Observation("/a", reason="excluded"), Observation("/a", reason="excluded")], state)
    assert [(row.action, row.reason, row.msg) for row in plan.rows] == [("unchanged", "excluded", "It is excluded.")] * 2
    assert plan.failed == ()


def test_a_file_that_can_not_be_understood_fails_and_tells_nothing_of_it():
    broken = file(KEYS)._replace(data=None)
    (row,) = plan_files([seen("/a", broken)], "aside").rows
    assert (row.action, row.reason, row.found) == ("failed", "error", None) and row.msg.startswith("It can't be understood: ")


@pytest.mark.parametrize(
    "links, names, others",
    [(1, 1, 0), (2, 1, 1), (3, 1, 2), (2, 2, 0), (3, 2, 1)],
)
@pytest.mark.parametrize("data", [KEYS, MIXED])
def test_names_under_which_the_key_stays_are_counted(links, names, others, data):
    rows = [seen(f"/{name}", owned(data, 5, links=links)) for name in "abc"[:names]]
    warnings = plan_files(rows, "aside").warnings
    assert warnings == ((f"/a has more names than those given ({others}, hard links): the key stays under them.",) if others else ())


def test_the_name_of_an_interrupted_run_is_no_further_name():
    one = owned(KEYS, 5, links=2)
    assert plan_files([seen("/a", one, one)], "aside").warnings == ()
    assert plan_files([seen("/a", owned(NONE, 5, links=2))], "aside").warnings == ()


@pytest.mark.parametrize(
    "state, here, aside, before, after",
    [("aside", KEYS, None, "in place", "aside"), ("aside", MIXED, None, "in place", "trimmed"), ("restored", None, KEYS, "aside", "in place")],
)
def test_the_diff_of_each_action(state, here, aside, before, after):
    plan = plan_files([seen("/a", here and file(here), aside and file(aside)), seen("/b")], state)
    assert plan.diff() == {"before": {"/a": before}, "after": {"/a": after}}


def test_what_takes_the_place_of_a_file():
    assert [row.left for row in plan_files([seen("/a", file(KEYS)), seen("/b", file(MIXED))], "aside").rows] == [None, b"TZ=UTC\n"]


@pytest.mark.parametrize("row", [FileRow("/a", "left", ""), FileRow("/a", "left", "", target=seen("/a").target)])
def test_a_row_of_which_nothing_was_seen_has_nothing_to_show(row):
    with pytest.raises(ValueError, match="Nothing was seen"):
        assert row.seen is None
    assert row.as_result()["real_path"] == (row.target and "/a")


def test_sixteen_mebibytes_may_be_read():
    assert MAX_SIZE == 16 * 1024 * 1024
    assert "larger than 16 MiB" in plan_files([seen("/a", large(KEYS))], "aside").rows[0].msg


def test_of_several_that_failed_the_first_is_told():
    failed = [Observation(path, error=OSError(number, text)) for path, number, text in (("/c", errno.EIO, "One"), ("/d", errno.EIO, "Other"))]
    assert plan_files(failed, "aside").summary() == "/c: It can't be read: One. (2 failed)"
