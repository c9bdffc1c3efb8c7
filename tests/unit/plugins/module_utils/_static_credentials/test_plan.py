# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan for files in every state, without any file on disk."""

from __future__ import annotations

import base64
import errno
import gzip
import os

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host.tree import File, NotRegular
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.plan import AsidePlan, plan_files
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.row import FileRow
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.state import MAX_SIZE, FilesFound, PathState
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.target import FileTarget

KEYS = b"AWS_ACCESS_KEY_ID=AKIAQ3EGTZ2ZK7Q4RVWX\n"
MIXED = KEYS + b"TZ=UTC\n"


def file(data, number=1, uid=0, gid=0):
    return File(os.stat_result((0o100600, number, 1, 1, uid, gid, len(data), 0, 0, 0)), data, True, uid)


def state_of(path, current=None, backup=None, real=None, **more):
    target = FileTarget(path, real or path, f".keyless.{os.path.basename(real or path)}.keyless-aside")
    return PathState(path, target, FilesFound(current, backup), **more)


def planned(*observations, state="aside"):
    return [(row.action, row.reason) for row in plan_files(observations, state).rows]


@pytest.mark.parametrize("other, expected", [({}, ("restored", None)), ({"uid": 1}, ("left", "other_owner")), ({"gid": 1}, ("left", "other_owner"))])
def test_a_backup_with_another_owner_is_not_restored(other, expected):
    left, original = b"TZ=UTC\n", file(MIXED, 2, **other)
    assert planned(state_of("/a", file(left), original), state="restored") == [expected]


@pytest.mark.parametrize("is_required, action", [(False, "aside"), (True, "trimmed")])
def test_a_file_that_a_unit_names_gets_a_replacement(is_required, action):
    assert planned(state_of("/a", file(KEYS), is_required=is_required)) == [(action, None)]


@pytest.mark.parametrize(
    "header, path, action",
    [
        ("", "/home/a/.aws/credentials", "aside"),
        ("[default]\n", "/home/a/.aws/credentials", "trimmed"),
        ("[default]\n[prod]\n", "/home/a/.aws/credentials", "trimmed"),
        ("[profile prod]\n", "/home/a/.aws/config", "trimmed"),
        ("[prod]\n", "/data/keys", "trimmed"),
        ("[Credentials]\n", "/home/a/.boto", "aside"),
    ],
)
def test_the_headers_of_profiles_stay(header, path, action):
    target = FileTarget(path, path, f".keyless.{os.path.basename(path)}.keyless-aside")
    state = PathState(path, target, FilesFound(file(header.encode() + KEYS), None))
    (row,) = plan_files([state], "aside").rows
    assert (row.action, row.replacement) == (action, header.encode() if action == "trimmed" else None)


IN_BASE64 = b"id: " + base64.b64encode(b"AKIAQ3EGTZ2ZK7Q4RVWX")
ENCODED = {
    "utf-16": KEYS.decode().encode("utf-16"),
    "gzip": gzip.compress(KEYS),
    "base64": IN_BASE64,
    "both": KEYS + IN_BASE64,
}


@pytest.mark.parametrize("data", ENCODED.values(), ids=ENCODED)
def test_a_file_with_an_encoded_key_is_left(data):
    assert planned(state_of("/a", file(data))) == [("left", "encoded")]
    assert "AKIA" not in plan_files([state_of("/a", file(data))], "aside").rows[0].msg


@pytest.mark.parametrize(
    "path, action",
    [
        ("/home/a/.bash_history", "aside"),
        ("/etc/ecs/ecs.config", "trimmed"),
        ("/etc/php-fpm.d/www.conf", "trimmed"),
    ],
)
def test_a_file_of_a_required_kind_gets_a_replacement(path, action):
    assert planned(state_of(path, file(KEYS))) == [(action, None)]


@pytest.mark.parametrize(
    "current, backup, expected",
    [
        (None, None, ("unchanged", "not_found")),
        (file(MIXED), None, ("unchanged", "not_aside")),
        (None, file(KEYS), ("restored", None)),
        (file(MIXED), file(MIXED), ("restored", None)),
        (file(b"TZ=UTC\n"), file(MIXED, 2), ("restored", None)),
        (file(b"TZ=CET\n"), file(MIXED, 2), ("left", "changed_meanwhile")),
    ],
)
def test_what_restored_does_depends_on_both_files(current, backup, expected):
    assert planned(state_of("/a", current, backup), state="restored") == [expected]


@pytest.mark.parametrize("state, action", [("aside", "aside"), ("restored", "unchanged")])
def test_only_the_first_path_of_a_file_gets_an_action(state, action):
    rows = plan_files([state_of("/a", file(KEYS), real="/c"), state_of("/b", file(KEYS), real="/c")], state).rows
    assert [row.action for row in rows] == [action, "unchanged"]
    assert (rows[1].reason, rows[1].msg) == ("same_file", "This is the same file as /a.")
    assert rows[1].as_result()["aside_path"] == "/.keyless.c.keyless-aside"


def test_unreadable_files_and_processes_are_left():
    observations = [
        PathState("/a", error=OSError(errno.EIO, "Input/output error")),
        PathState("/b", error=NotRegular()),
        PathState("/proc/1/environ", reason="process"),
    ]
    assert planned(*observations) == [("left", "error"), ("left", "not_regular"), ("left", "process")]


def test_the_summary_counts_files_and_names_failures():
    assert AsidePlan(()).summary(True) == "No files."
    planned = plan_files([state_of("/a", file(KEYS)), state_of("/b")], "aside")
    assert (planned.summary(True), planned.summary(False)) == ("1 to set aside, 1 unchanged.", "1 set aside, 1 unchanged.")
    failed = PathState("/c", error=OSError(errno.EIO, "Input/output error"))
    assert plan_files([state_of("/a", file(KEYS)), failed], "aside").summary(False) == "1 set aside, 1 left."
    restored = plan_files([state_of("/a", None, file(KEYS)), failed], "restored")
    assert restored.summary(False) == "1 restored, 1 left. /c: Could not read the file: Input/output error."
    assert [row.errno for row in restored.rows] == [None, "EIO"]


# Each rule

NONE = b"TZ=UTC\n"


def large(data, number=1):
    return file(data, number)._replace(is_complete=False)


def owned(data, number, uid=0, gid=0, links=1):
    return File(os.stat_result((0o100600, number, 1, links, uid, gid, len(data), 0, 0, 0)), data, True, uid)


@pytest.mark.parametrize(
    "current, backup, expected",
    [
        (file(NONE), None, ("unchanged", "no_access_key")),
        (None, file(KEYS), ("unchanged", "already_aside")),
        (file(NONE), file(KEYS, 2), ("unchanged", "already_aside")),
        (file(KEYS), file(KEYS, 2), ("left", "aside_exists")),
        (file(KEYS), file(KEYS), ("aside", None)),  # an interrupted run left it with two names
        (file(MIXED), file(MIXED), ("trimmed", None)),
        (large(KEYS), None, ("left", "too_large")),
        (large(NONE), None, ("left", "too_large")),
        (large(KEYS), file(KEYS, 2), ("left", "too_large")),
        (file(KEYS + b"\0"), None, ("left", "binary")),
        (file(NONE + b"\0"), None, ("unchanged", "no_access_key")),
        (file(b"U=https://AKIAQ3EGTZ2ZK7Q4RVWX@h/\n"), None, ("left", "in_url")),
    ],
)
def test_what_aside_does_depends_on_both_files(current, backup, expected):
    assert planned(state_of("/a", current, backup)) == [expected]


@pytest.mark.parametrize(
    "current, backup, expected",
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
def test_only_an_unchanged_replacement_gives_way_to_the_original(current, backup, expected):
    (row,) = plan_files([state_of("/a", current, backup)], "restored").rows
    assert (row.action, row.reason) == expected
    # A file that is not restored fails, so that nobody believes it is.
    assert row.has_failed == (expected[0] == "left")


def test_the_replacement_is_recognized_under_a_path_of_another_kind():
    """Other kinds of files have other names for credentials."""
    original = b"access_key = AKIAQ3EGTZ2ZK7Q4RVWX\nsecret_key = wJalrXUtnFEMI/K7MDENG+bPxRfiCY3aQzT5hV8c\nuse_https = True\n"
    left = state_of("/home/a/.s3cfg", file(b"use_https = True\n"), file(original, 2))
    elsewhere = state_of("/elsewhere", file(b"use_https = True\n"), file(original, 2))
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
def test_a_blocker_only_affects_files_that_would_move(data, state, expected):
    observation = state_of("/a", file(data))
    assert planned(observation._replace(found=observation.found._replace(blocker="mount")), state=state) == [expected]


@pytest.mark.parametrize("reason, state, missed", [("timeout", "aside", False), ("timeout", "restored", True), ("process", "restored", False)])
def test_a_file_that_was_not_read_fails_only_if_it_should_be_restored(reason, state, missed):
    plan = plan_files([PathState("/a", reason=reason)], state)
    assert [(row.action, row.reason, row.is_missed) for row in plan.rows] == [("left", reason, missed)]
    assert (bool(plan.failed), plan.changes) == (missed, ())


@pytest.mark.parametrize("state", ["aside", "restored"])
def test_excluded_files_are_unchanged_and_do_not_fail(state):
    plan = plan_files([PathState("/a", reason="excluded"), PathState("/a", reason="excluded")], state)
    assert [(row.action, row.reason, row.msg) for row in plan.rows] == [("unchanged", "excluded", "The file is excluded.")] * 2
    assert plan.failed == ()


def test_a_file_that_cannot_be_parsed_is_left_and_reveals_nothing():
    broken = file(KEYS)._replace(data=None)
    (row,) = plan_files([state_of("/a", broken)], "aside").rows
    assert (row.action, row.reason, row.found) == ("left", "error", None) and row.msg.startswith("Could not parse the file: ")


@pytest.mark.parametrize(
    "links, names, others",
    [(1, 1, 0), (2, 1, 1), (3, 1, 2), (2, 2, 0), (3, 2, 1)],
)
@pytest.mark.parametrize("data", [KEYS, MIXED])
def test_hard_links_that_are_not_given_are_counted(links, names, others, data):
    rows = [state_of(f"/{name}", owned(data, 5, links=links)) for name in "abc"[:names]]
    warnings = plan_files(rows, "aside").warnings
    links_text = "1 hard link" if others == 1 else f"{others} hard links"
    assert warnings == ((f"The key is still in {links_text} of /a that paths does not list.",) if others else ())


def test_the_backup_of_an_interrupted_run_does_not_count_as_a_hard_link():
    one = owned(KEYS, 5, links=2)
    assert plan_files([state_of("/a", one, one)], "aside").warnings == ()
    assert plan_files([state_of("/a", owned(NONE, 5, links=2))], "aside").warnings == ()


@pytest.mark.parametrize(
    "state, current, backup, before, after",
    [("aside", KEYS, None, "in place", "aside"), ("aside", MIXED, None, "in place", "trimmed"), ("restored", None, KEYS, "aside", "in place")],
)
def test_the_diff_of_each_action(state, current, backup, before, after):
    plan = plan_files([state_of("/a", current and file(current), backup and file(backup)), state_of("/b")], state)
    assert plan.diff() == {"before": {"/a": before}, "after": {"/a": after}}


def test_the_contents_of_the_replacement():
    assert [row.replacement for row in plan_files([state_of("/a", file(KEYS)), state_of("/b", file(MIXED))], "aside").rows] == [None, b"TZ=UTC\n"]


@pytest.mark.parametrize("row", [FileRow("/a", "left", ""), FileRow("/a", "left", "", target=state_of("/a").target)])
def test_a_row_without_files_has_no_target_to_show(row):
    with pytest.raises(ValueError, match="Nothing was found"):
        assert row.files is None
    assert row.as_result()["real_path"] == (row.target and "/a")


def test_the_size_limit_is_four_mebibytes():
    assert MAX_SIZE == 4 * 1024 * 1024
    assert "larger than 4 MiB" in plan_files([state_of("/a", large(KEYS))], "aside").rows[0].msg


def test_the_summary_names_several_failures():
    failed = [PathState(path, error=OSError(number, text)) for path, number, text in (("/c", errno.EIO, "One"), ("/d", errno.EIO, "Other"))]
    assert plan_files(failed, "restored").summary(True) == "2 left. /c: Could not read the file: One; /d: Could not read the file: Other."
