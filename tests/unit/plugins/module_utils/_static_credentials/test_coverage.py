# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What static_credentials_info says that it searched, and that it did not."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.corpus import PAIR, PASSWD, plant
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.test_info import find


@pytest.fixture(name="root")
def _root(tmp_path):
    for path in ("/etc/environment", "/home/a/.aws/credentials", "/var/lib/cloud/x", "/var/spool/cron/x", "/usr/local/x", "/root/notes.doc"):
        plant(tmp_path, path, "")
    plant(tmp_path, "/etc/passwd", PASSWD)
    return tmp_path


def not_searched(found):
    return {each["target"]: each["message"] for each in found["not_searched"]}


def test_what_was_searched(root):
    rows = [(each["path"], each["scope"], each["levels"]) for each in find(root)["searched"]]
    assert rows == [
        ("/etc", "all", 16),
        ("/home/a", "by_name", 6),
        ("/home/a/.aws/credentials", "file", 0),
        ("/root", "by_name", 6),
        ("/usr/local", "all", 16),
        ("/var/lib/cloud", "all", 8),
        ("/var/spool/cron", "all", 8),
        ("/proc", "environments", 0),
    ]


@pytest.mark.parametrize(
    "path, target, message",
    [
        ("/data/keys", "/data", "Not searched"),
        ("/tmp/a/keys", "/tmp", "Not searched"),
        ("/var/log/app", "/var/log", "Not searched"),
        ("/usr/share/app/keys", "/usr/share", "Not searched"),
        ("/var/lib/grafana/keys", "/var/lib", "Only these were searched: /var/lib/cloud"),
        ("/home/b/keys.doc", "/home", "In homes, only known locations and files with known names were searched"),
        ("/root/keys.doc", "/root", "In homes, only known locations and files with known names were searched"),
        ("/keys", "/", "The files directly in this directory were not searched"),
        ("/opt/app/node_modules/keys", "/opt/app/node_modules", "Directories of this name are not searched"),
    ],
)
def test_a_key_that_is_not_found_is_in_a_folder_that_is_listed(root, path, target, message):
    plant(root, path, PAIR)
    found = find(root)
    assert (found["credentials"], not_searched(found)[target]) == ([], message)


def test_what_is_searched_is_not_listed(root):
    plant(root, "/data/keys", "")
    assert set(not_searched(find(root, paths=["/data"]))) == {"/home", "/root", "/var/lib", "/var/spool"}


def test_exclusions_and_processes_are_listed(root):
    found = not_searched(find(root, exclude=["/etc", "/opt/*/old"], scan_processes=False))
    assert (found["/etc"], found["/opt/*/old"]) == ("Excluded", "Excluded")
    assert found["/proc"] == "The environments of processes were not searched"


def test_many_skipped_folders_are_counted(root):
    for number in range(60):
        plant(root, f"/srv/{number}/.git/x", "")
    assert not_searched(find(root))["/"] == "10 more directories with such names were not searched"
