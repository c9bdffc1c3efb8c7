# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of what is set aside: nothing reads it any more, and it is found again."""

from __future__ import annotations

import os
from glob import glob

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host.backup_names import asides_of, original_of
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.aside_files import (
    DEDICATED,
    KEY,
    LINES,
    MIXED,
    actions,
    contents,
    find,
    plant,
    run,
)


@pytest.mark.parametrize(
    "name, pattern",
    [
        ("aws", "*"),
        ("aws", "aws*"),
        ("web.env", "*.env*"),
        (".env", ".env*"),
        (".env", ".e*"),
        ("a", "[!.]*"),
    ],
)
def test_no_glob_that_read_it_reads_it_still(tmp_path, name, pattern):
    plant(tmp_path, "/etc/systemd/system/web.service", f"[Service]\nEnvironmentFile=/etc/web/{pattern}\n".encode())
    plant(tmp_path, f"/etc/web/{name}", b"TZ=UTC\n" + LINES)
    assert glob(f"{tmp_path}/etc/web/{pattern}") == [f"{tmp_path}/etc/web/{name}"]
    run(tmp_path, f"/etc/web/{name}")
    read = {path: contents(tmp_path)[path[len(str(tmp_path)) :]] for path in glob(f"{tmp_path}/etc/web/{pattern}")}
    assert list(read) == [f"{tmp_path}/etc/web/{name}"]
    assert KEY.encode() not in b"".join(read.values())


def test_a_name_with_a_dot_and_one_without_do_not_get_into_each_others_way(tmp_path):
    for name, data in (("env", DEDICATED), (".env", MIXED)):
        plant(tmp_path, f"/opt/{name}", data)
    run(tmp_path, "/opt/env", "/opt/.env")
    assert sorted(row["path"] for row in find(tmp_path, paths=["/opt"])["aside"]) == ["/opt/.env", "/opt/env"]
    run(tmp_path, "/opt/.env", state="restored")
    run(tmp_path, "/opt/env", state="restored")
    assert contents(tmp_path) == {"/opt/env": DEDICATED, "/opt/.env": MIXED}


@pytest.mark.parametrize(
    "path, aside",
    [
        ("/home/a/.boto", "/home/a/.boto.keyless-aside"),
        ("/etc/cron.d/job", "/etc/cron.d/.job.keyless-aside"),
        ("/opt/.env", "/opt/.env.keyless-aside"),
    ],
)
def test_what_earlier_versions_have_set_aside_is_told_and_restored(tmp_path, path, aside):
    plant(tmp_path, aside, DEDICATED)
    (told,) = find(tmp_path)["aside"]
    assert (told["path"], told["real_path"], told["aside_path"]) == (path, path, aside)
    (row,) = run(tmp_path, path).rows
    assert (row.reason, row.as_result()["aside_path"]) == ("already_aside", aside)
    assert actions(run(tmp_path, path, state="restored")) == [("restored", None)]
    assert contents(tmp_path) == {path: DEDICATED}


def test_what_an_earlier_version_left_half_done_is_ended(tmp_path):
    os.link(plant(tmp_path, "/opt/.env", DEDICATED), tmp_path / "opt/.env.keyless-aside")
    run(tmp_path, "/opt/.env")
    assert contents(tmp_path) == {"/opt/.env": b"[default]\r\n", "/opt/.env.keyless-aside": DEDICATED}


@pytest.mark.parametrize("path", ["/etc/cron.d/job", "/a", "/.a", "/a.keyless-aside.b", "/é\n"])
def test_the_original_is_known_by_either_name(path):
    assert {original_of(aside) for aside in asides_of(path)} == {path}
    assert original_of(path) is None
