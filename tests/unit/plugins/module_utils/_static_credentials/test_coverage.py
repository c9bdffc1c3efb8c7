# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What static_credentials_info says that it searched, and that it did not."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials import info
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host.tree import Tree
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.time_slicing import TimeOver
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


def fails(error):
    def call(*_arguments):
        raise error

    return call


@pytest.mark.parametrize("is_late", [True, False])
def test_a_directory_that_cannot_be_listed_counts_as_one_with_files(monkeypatch, is_late):
    if is_late:
        monkeypatch.setattr(info, "in_time", fails(TimeOver()))
    assert info._list_in_time(SimpleNamespace(entries=fails(OSError(5, "Input/output error"))), "/") == ([], True)


def test_only_directories_and_files_count_in_a_listing(tmp_path):
    """What a link leads to is searched where it is."""
    plant(tmp_path, "/a/file", "")
    (tmp_path / "link").symlink_to("a/file")
    assert info._list_folder(Tree(str(tmp_path)), "/") == (["/a"], False)
    plant(tmp_path, "/file", "")
    assert info._list_folder(Tree(str(tmp_path)), "/") == (["/a"], True)
