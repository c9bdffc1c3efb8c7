# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SDKs in system directories: their versions, and whether they can use IMDSv2."""

from __future__ import annotations

import os
import time

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common import detached, mounts
from ansible_collections.keyless.ec2.plugins.module_utils._identity import sdk_versions
from ansible_collections.keyless.ec2.plugins.module_utils._identity.sdk_versions import find_sdks, old_sdks, search, unknown_sdks

PYTHON = "usr/lib/python3/dist-packages"
NOTES = "etc/amazon/ssm/RELEASENOTES.md"
SNAP = "snap/amazon-ssm-agent/current/meta/snap.yaml"


def host(root, *paths, **texts):
    for path in paths:
        (root / path).mkdir(parents=True)
    for path, text in texts.items():
        file = root / {"notes": NOTES, "snap": SNAP, "program": "usr/bin/amazon-ssm-agent"}[path]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return [(each.name, each.version, each.supports_imdsv2) for each in find_sdks(str(root))]


@pytest.mark.parametrize(
    "path, name, version, is_new",
    [
        (f"{PYTHON}/botocore-1.13.24.dist-info", "botocore", "1.13.24", False),
        (f"{PYTHON}/botocore-1.13.25.egg-info", "botocore", "1.13.25", True),
        ("usr/local/lib/python3.9/site-packages/boto3-1.12.5.dist-info", "boto3", "1.12.5", False),
        ("usr/lib64/python3.7/site-packages/boto3-1.9-py3.7.egg-info", "boto3", "1.9", False),
        ("usr/lib/python2.7/dist-packages/awscli-1.16.289.dist-info", "awscli", "1.16.289", True),
        ("opt/app/lib/python3.12/site-packages/botocore-1.40.1.dist-info", "botocore", "1.40.1", True),
        ("opt/team/app/lib/python3.12/site-packages/botocore-1.2.dist-info", "botocore", "1.2", False),
        ("usr/local/aws-cli/v2/2.0.0", "awscli", "2.0.0", True),
    ],
)
def test_packages(tmp_path, path, name, version, is_new):
    assert host(tmp_path, path) == [(name, version, is_new)]
    (found,) = find_sdks(str(tmp_path))
    assert found.path == f"/{path}"
    assert bool(old_sdks([found])) is not is_new and unknown_sdks([found], str(tmp_path)) == []


@pytest.mark.parametrize(
    "path", [f"{PYTHON}/botocore", f"{PYTHON}/botocore_stubs-1.1.dist-info", "usr/local/aws-cli/v2/current", "home/a/boto3-1.1.dist-info"]
)
def test_what_is_no_sdk(tmp_path, path):
    assert host(tmp_path, path) == []


@pytest.mark.parametrize(
    "texts, found",
    [
        ({"notes": "3.2.582.0\n=====\n- Fixes\n\n3.2.500.0\n====\n"}, [("amazon-ssm-agent", "3.2.582.0", True)]),
        ({"notes": "Latest\n=====\n\n2.3.813.0\n====\n"}, [("amazon-ssm-agent", "2.3.813.0", False)]),
        ({"snap": "name: amazon-ssm-agent\nversion: 3.3.40.0\n"}, [("amazon-ssm-agent", "3.3.40.0", True)]),
        ({"program": ""}, [("amazon-ssm-agent", None, None)]),
        ({"program": "", "notes": "nothing"}, [("amazon-ssm-agent", None, None)]),
        ({"program": "", "notes": "2.3.814.0\n"}, [("amazon-ssm-agent", "2.3.814.0", True)]),
    ],
)
def test_the_agent(tmp_path, texts, found):
    assert host(tmp_path, **texts) == found
    assert [each["reason"] for each in unknown_sdks(find_sdks(str(tmp_path)), str(tmp_path))] == ["unknown_version"] * (found[0][1] is None)


def test_links_and_directories_of_others_are_not_searched(tmp_path, monkeypatch):
    """With links that lead to each other, the number of paths would multiply with each part of a pattern."""
    host(tmp_path, "elsewhere/lib/python3.12/site-packages/boto3-1.0.0.dist-info")
    (tmp_path / "opt").mkdir()
    (tmp_path / "opt" / "app").symlink_to(tmp_path / "elsewhere")
    assert find_sdks(str(tmp_path)) == []
    assert host(tmp_path, "opt/own/lib/python3.12/site-packages/boto3-1.0.0.dist-info") == [("boto3", "1.0.0", False)]
    real = os.lstat
    monkeypatch.setattr(os, "lstat", lambda path: os.stat_result([*real(path)[:4], 1234, *real(path)[5:]]))
    assert find_sdks(str(tmp_path)) == []


@pytest.mark.parametrize(
    "others, shown", [(["app"], "/opt/app"), (["app", "b", "c", "d"], "/opt/app, /opt/b, /opt/c and 1 more"), (["team/app"], "/opt/team/app")]
)
def test_directories_of_others_are_not_known(tmp_path, monkeypatch, others, shown):
    """They may have any SDK, also an old one; nothing in them is looked at."""
    host(
        tmp_path,
        "opt/own/lib/python3.12/site-packages/boto3-2.0.0.dist-info",
        *(f"opt/{name}/lib/python3.12/site-packages/boto3-1.0.0.dist-info" for name in others),
    )
    owned = tuple(str(tmp_path / "opt" / name) for name in others)
    real, listing = os.lstat, os.listdir
    monkeypatch.setattr(
        os, "lstat", lambda path: os.stat_result([*real(path)[:4], 1234, *real(path)[5:]]) if str(path).startswith(owned) else real(path)
    )
    monkeypatch.setattr(os, "listdir", lambda path: pytest.fail(f"{path} is listed") if str(path).startswith(owned) else listing(path))
    sdks = find_sdks(str(tmp_path))
    assert [each.name for each in sdks] == ["boto3"]
    (unknown,) = unknown_sdks(sdks, str(tmp_path))
    assert unknown["reason"] == "not_searched" and unknown["message"].startswith(f"{shown}: not searched")


def test_a_directory_that_can_not_be_read_is_not_known(tmp_path, monkeypatch):
    host(tmp_path, "opt/closed/lib")
    monkeypatch.setattr(os, "access", lambda path, _mode: not str(path).endswith("closed"))
    (unknown,) = unknown_sdks([], str(tmp_path))
    assert unknown["message"].startswith("/opt/closed: not searched")


def test_a_name_with_a_line_break_adds_no_line_to_a_message(tmp_path, monkeypatch):
    host(tmp_path, "opt/a\nAll is well/lib")
    monkeypatch.setattr(os, "access", lambda path, _mode: not str(path).endswith("well"))
    (unknown,) = unknown_sdks([], str(tmp_path))
    assert unknown["message"].startswith("/opt/a\\nAll is well: not searched") and "\n" not in unknown["message"]


def test_a_file_or_a_link_is_no_directory_of_others(tmp_path):
    (tmp_path / "opt").mkdir()
    (tmp_path / "opt" / "file").write_text("", encoding="utf-8")
    (tmp_path / "opt" / "link").symlink_to(tmp_path)
    assert unknown_sdks([], str(tmp_path)) == []


def test_a_file_system_of_a_user_is_not_roots_and_not_even_looked_at(tmp_path, monkeypatch):
    """It shows the owner that its program chooses, and its program decides whether it ever responds."""
    host(tmp_path, "opt/app/lib/python3.12/site-packages/boto3-1.0.0.dist-info")
    top = str(tmp_path / "opt/app")
    escaped = top.replace(" ", "\\040")  # as the kernel writes it
    (tmp_path / "mountinfo").write_text(f"50 22 0:99 / {escaped} rw - fuse.x x rw,user_id=1001,allow_other\n", encoding="utf-8")
    monkeypatch.setattr(mounts, "MOUNTS", str(tmp_path / "mountinfo"))
    real = os.lstat
    monkeypatch.setattr(os, "lstat", lambda path: pytest.fail(f"{path} is looked at") if str(path).startswith(top) else real(path))
    assert find_sdks(str(tmp_path)) == []
    (unknown,) = unknown_sdks([], str(tmp_path))
    assert unknown["message"].startswith("/opt/app: not searched")


def test_a_file_system_that_does_not_respond_does_not_stop_the_module(tmp_path, monkeypatch):
    host(tmp_path, f"{PYTHON}/boto3-1.0.0.dist-info")
    assert [each.name for each in search(str(tmp_path)).sdks] == ["boto3"]
    monkeypatch.setattr(sdk_versions, "SECONDS", -detached.GRACE + 1)
    monkeypatch.setattr(os, "listdir", lambda _path: time.sleep(600))
    assert [(each["target"], each["reason"]) for each in search(str(tmp_path)).incomplete] == [("sdks", "timeout")]
