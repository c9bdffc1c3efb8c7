# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths with unprintable characters: escaped on one line, and accepted in that form."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._common.visible import is_visible
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host.path_escaping import (
    escaped,
    escaped_path,
    unescaped_path,
)
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.aside_files import (
    LINES,
    actions,
    find,
    found_in,
    plant,
    run,
)

FORGED = "/home/a/x\n/etc/shadow  AKIAQ3EGTZ2ZK7Q4RVWX  line 1.env"
PATHS = [
    ("/home/a/x.env", "/home/a/x.env"),
    ("/home/a/$HOME/~x.env", "/home/a/$HOME/~x.env"),
    ("/etc/systemd/system/a\\x2db.service", "/etc/systemd/system/a\\x2db.service"),
    ("/home/é.env", "/home/é.env"),
    ("/home/a\nb.env", "escaped:/home/a\\x0ab.env"),
    ("/home/a\\x0a\nb", "escaped:/home/a\\x5cx0a\\x0ab"),
    ("/home/a\u3164", "escaped:/home/a\\xe3\\x85\\xa4"),
    ("/home/\x1b[2J", "escaped:/home/\\x1b[2J"),
    ("/home/\u202egpj.env", "escaped:/home/\\xe2\\x80\\xaegpj.env"),
    (os.fsdecode(b"/home/caf\xe9"), "escaped:/home/caf\\xe9"),
]


@pytest.mark.parametrize("path, escaped_form", PATHS)
def test_escaping_and_unescaping_a_path(path, escaped_form):
    assert escaped_path(path) == escaped_form and unescaped_path(escaped_form) == path


@given(st.binary(min_size=1, max_size=40))
def test_any_path_can_be_escaped_and_unescaped(data):
    path = "/" + os.fsdecode(data.replace(b"\0", b""))
    escaped_form = escaped_path(path)
    assert unescaped_path(escaped_form) == path
    assert is_visible(escaped_form) and escaped_form.encode()
    assert is_visible(escaped(path))


@pytest.mark.parametrize("escaped_form", ["escaped:/a\\", "escaped:/a\\n", "escaped:/a\\x0", "escaped:/a\\x0A"])
def test_invalid_escapes_are_rejected(escaped_form):
    with pytest.raises(ValueError, match="backslash"):
        unescaped_path(escaped_form)


@pytest.mark.parametrize("path", [FORGED, os.fsdecode(b"/home/a/caf\xe9.env"), "/home/a/$HOME/~/x.env"])
def test_paths_from_a_scan_can_be_set_aside_and_restored(tmp_path, path):
    plant(tmp_path, path, LINES)
    (path_found,) = found_in(tmp_path)
    assert path_found.isprintable() and path_found.startswith(("/home/a/$", "escaped:/home/a/"))
    json.dumps(find(tmp_path)).encode()
    (row,) = run(tmp_path, path_found).rows
    assert (row.action, row.path, row.as_result()["real_path"]) == ("trimmed", path_found, path_found)
    assert json.dumps(row.as_result()).isprintable()
    assert found_in(tmp_path) == [] and len(find(tmp_path)["aside"]) == 1
    assert actions(run(tmp_path, path_found, state="restored")) == [("restored", None)]
    assert found_in(tmp_path) == [path_found]
    assert found_in(tmp_path, exclude=[path_found]) == []


def test_the_command_of_a_process_is_escaped(tmp_path):
    plant(tmp_path, "/proc/7/environ", LINES)
    plant(tmp_path, "/proc/7/cmdline", b"app\x1b[2Jforged\0")
    (row,) = find(tmp_path, scan_processes=True)["credentials"]
    assert row["command"] == "app\\x1b[2Jforged"
