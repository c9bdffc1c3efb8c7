# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backup names: nothing else reads these files, and the original path can be derived."""

from __future__ import annotations

import os
from glob import glob

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host.backup_names import backup_path, original_path
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.aside_files import (
    DEDICATED,
    KEY,
    LINES,
    MIXED,
    contents,
    find,
    job_for,
    plan_of,
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
def test_no_glob_that_matched_the_original_matches_the_backup(tmp_path, name, pattern):
    plant(tmp_path, "/etc/systemd/system/web.service", f"[Service]\nEnvironmentFile=/etc/web/{pattern}\n".encode())
    plant(tmp_path, f"/etc/web/{name}", b"TZ=UTC\n" + LINES)
    assert glob(f"{tmp_path}/etc/web/{pattern}") == [f"{tmp_path}/etc/web/{name}"]
    run(tmp_path, f"/etc/web/{name}")
    read = {path: contents(tmp_path)[path[len(str(tmp_path)) :]] for path in glob(f"{tmp_path}/etc/web/{pattern}")}
    assert list(read) == [f"{tmp_path}/etc/web/{name}"]
    assert KEY.encode() not in b"".join(read.values())


def test_names_with_and_without_a_dot_have_different_backups(tmp_path):
    for name, data in (("env", DEDICATED), (".env", MIXED)):
        plant(tmp_path, f"/opt/{name}", data)
    run(tmp_path, "/opt/env", "/opt/.env")
    assert sorted(row["path"] for row in find(tmp_path, paths=["/opt"])["aside"]) == ["/opt/.env", "/opt/env"]
    run(tmp_path, "/opt/.env", state="restored")
    run(tmp_path, "/opt/env", state="restored")
    assert contents(tmp_path) == {"/opt/env": DEDICATED, "/opt/.env": MIXED}


@pytest.mark.parametrize("path", ["/etc/cron.d/job", "/a", "/.a", "/a.keyless-aside.b", "/é\n", "/.keyless.a", "/a.php", "/a.b.PHP", "/.php"])
def test_the_original_path_is_derived_from_the_backup_path(path):
    assert original_path(backup_path(path)) == path
    assert original_path(path) is None


@pytest.mark.parametrize(
    "path",
    [
        "/a.keyless-aside",
        "/.keyless.a",
        "/.keyless.keyless-aside",
        "/.keyless..keyless-aside",
        "/.keyless.a/b.keyless-aside",
        "/.keyless.a.keyless-aside.php",
    ],
)
def test_other_paths_are_not_backups(path):
    assert original_path(path) is None


@pytest.mark.parametrize(
    "ending",
    [
        *("php", "php3", "php4", "php5", "php7", "php8", "phtml", "phar"),
        *("asp", "aspx", "ashx", "asmx", "cfm", "cgi", "fcgi", "jsp", "jspx", "lua", "pl", "py", "rb"),
    ],
)
def test_each_ending_of_what_a_web_server_runs_is_kept(ending):
    """With another one, the server would hand out the backup as text, with its keys."""
    assert backup_path(f"/var/www/a.{ending}").endswith(f".{ending}")


@pytest.mark.parametrize("name", ["wp-config.php", "settings.PHP", "config.inc.phtml", "app.cgi"])
def test_a_file_that_a_web_server_runs_keeps_its_ending(tmp_path, name):
    """With another one, the web server would hand out the text of the file, and with it passwords that have nothing to do with AWS."""
    written = []
    plant(tmp_path, f"/var/www/html/{name}", b"password=x\n" + LINES)
    job = job_for(tmp_path, f"/var/www/html/{name}")
    (row,) = job.apply(plan_of(job), written.append).rows
    ending = os.path.splitext(name)[1]
    assert row.action == "trimmed" and {os.path.splitext(each)[1] for each in (row.target.new, *os.listdir(tmp_path / "var/www/html"))} == {ending}
    (found,) = find(tmp_path)["aside"]
    assert found["path"] == f"/var/www/html/{name}"
    assert plan_of(job_for(tmp_path, found["aside_path"])).rows[0].reason == "backup"
    assert run(tmp_path, f"/var/www/html/{name}", state="restored").rows[0].action == "restored"
