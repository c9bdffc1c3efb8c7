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
    Observation,
    plan_files,
)
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.target import FilesFound, FileTarget

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
