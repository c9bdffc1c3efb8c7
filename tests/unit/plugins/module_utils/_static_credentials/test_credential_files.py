# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE name, in units, profiles and processes."""

from __future__ import annotations

import os

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host.credential_files import named_files
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.corpus import INI, KEY, PASSWD, SECRET, plant
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.test_info import find

KEYS = INI.format(key=KEY, secret=SECRET)


@pytest.fixture(name="root")
def _root(tmp_path):
    plant(tmp_path, "/etc/passwd", PASSWD)
    return tmp_path


@pytest.mark.parametrize(
    "text, paths",
    [
        ("AWS_CONFIG_FILE=/x/y", ["/x/y"]),
        ("export AWS_CONFIG_FILE='/x/y z'; a", ["/x/y z"]),
        ('Environment=A=b "AWS_CONFIG_FILE=/x/y" C=d', ["/x/y"]),
        ('[program:a]\nenvironment=A="b",AWS_CONFIG_FILE="/x/y"', ["/x/y"]),
        ("env[AWS_CONFIG_FILE] = /x/y", ["/x/y"]),
        ("set -gx AWS_CONFIG_FILE /x/y", ["/x/y"]),
        ("setenv AWS_CONFIG_FILE /x/y", ["/x/y"]),
        (': "${AWS_CONFIG_FILE:=/x/y}"', ["/x/y"]),
        ("    AWS_CONFIG_FILE: /x/y", ["/x/y"]),
        ("AWS_CONFIG_FILE=~/y", ["/h/y", "/i/y"]),
        ('AWS_CONFIG_FILE="${HOME}/y"', ["/h/y", "/i/y"]),
        ("Environment=AWS_CONFIG_FILE=%h/y", ["/h/y", "/i/y"]),
    ],
)
def test_the_paths_that_a_text_names(text, paths):
    assert [(each.kind, list(each.paths)) for each in named_files(text, ["/h", "/i"])] == [("config", paths)]


@pytest.mark.parametrize("text", ["AWS_CONFIG_FILE=$DIR/y", "AWS_CONFIG_FILE=y", "AWS_CONFIG_FILE=/run/%i", "AWS_CONFIG_FILE=`x`"])
def test_a_path_that_is_only_known_at_run_time(text):
    assert [each.paths for each in named_files(text, ["/h"])] == [()]


@pytest.mark.parametrize(
    "text",
    [
        "# AWS_CONFIG_FILE=/x",
        "AWS_CONFIG_FILE=",
        "AWS_CONFIG_FILE= run",
        '[ -z "$AWS_CONFIG_FILE" ]',
        "cat $AWS_CONFIG_FILE | grep x",
        "MY_AWS_CONFIG_FILE=/x",
        "unset AWS_CONFIG_FILE && x",
    ],
)
def test_a_text_that_names_no_file(text):
    assert not list(named_files(text, ["/h"]))


@pytest.mark.parametrize(
    "naming, text, path, kind",
    [
        ("/etc/systemd/system/a.service", "[Service]\nEnvironment=AWS_SHARED_CREDENTIALS_FILE=/data/a/keys\n", "/data/a/keys", "shared_credentials"),
        ("/etc/profile.d/aws.sh", "export AWS_CONFIG_FILE=/data/a/config\n", "/data/a/config", "config"),
        ("/home/a/.profile", "export AWS_CONFIG_FILE=~/a/b/c/d/e/f/g/h/config.bak\n", "/home/a/a/b/c/d/e/f/g/h/config.bak", "config"),
        ("/proc/7/environ", "HOME=/data\0AWS_SHARED_CREDENTIALS_FILE=~/keys\0", "/data/keys", "shared_credentials"),
        ("/etc/init.d/a", "AWS_CONFIG_FILE=/data/a/config run\n", "/data/a/config", "config"),
    ],
)
def test_a_named_file_is_searched(root, naming, text, path, kind):
    plant(root, path, KEYS)
    assert find(root)["credentials"] == []
    plant(root, naming, text)
    (row,) = find(root)["credentials"]
    assert (row["path"], row["kind"]) == (path, kind)


def test_an_unknown_path_is_reported(root):
    plant(root, "/etc/default/a", "AWS_CONFIG_FILE=$DIR/config\n")
    (row,) = find(root)["incomplete"]
    assert (row["target"], row["reason"]) == ("/etc/default/a", "unknown_path") and "$DIR/config" in row["message"]


@pytest.mark.needs_root
def test_a_user_cannot_have_the_file_of_another_searched(root):
    plant(root, "/data/keys", KEYS)
    os.chown(plant(root, "/home/a/.profile", "AWS_CONFIG_FILE=/data/keys\n"), 1000, 1000)
    found = find(root)
    assert (found["credentials"], [each["reason"] for each in found["incomplete"]]) == ([], ["other_owner"])


@pytest.mark.parametrize(
    "path, kind",
    [
        ("/etc/rc.local", "system_config"),
        ("/etc/init.d/app", "system_config"),
        ("/etc/logrotate.d/app", "system_config"),
        ("/etc/gitlab-runner/config.toml", "system_config"),
        ("/etc/grafana/grafana.ini", "system_config"),
        ("/etc/docker/a/b/c/d/e/f/g/h/i/j/x", "system_config"),
        ("/usr/local/bin/backup", "other"),
        ("/usr/local/etc/app/conf", "other"),
        ("/home/a/backup", "other"),
        ("/home/a/bin/backup.pl", "other"),
        ("/home/a/work/.envrc", "other"),
        ("/home/a/notebooks/report.ipynb", "other"),
    ],
)
def test_whole_folders_scripts_and_notebooks_are_searched(root, path, kind):
    plant(root, path, f'["id = \\"{KEY}\\"\\n", "secret = \\"{SECRET}\\"\\n"]')
    (row,) = find(root)["credentials"]
    assert (row["path"], row["kind"]) == (path, kind)


def test_a_folder_that_is_too_deep_to_be_searched_completely_is_reported(root):
    plant(root, "/etc" + "/d" * 20 + "/file", "")
    assert [(each["target"], each["reason"]) for each in find(root)["incomplete"]] == [("/etc" + "/d" * 16, "too_deep")]
