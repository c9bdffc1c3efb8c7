# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of the table for what does not use the role without its keys."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.table import table

ABOUT = {"type": "profile", "name": "deploy", "home": "/home/a"}
ROW = {**ABOUT, "without_keys": "error", "uses_role": False, "message": "It has no keys.", "fix": "Do x."}


@pytest.mark.parametrize(
    "row, line",
    [
        ({}, "a: profile deploy in /home/a: It has no keys. Do x."),
        ({"type": "user", "name": "/home/a", "fix": ""}, "a: user /home/a: It has no keys."),
        ({"without_keys": "nothing"}, "a: profile deploy in /home/a: It has no keys. Do x."),
        ({"without_keys": "assume_role"}, "a: profile deploy in /home/a: It has no keys. Do x."),
        ({"without_keys": "shared_credentials"}, None),
        ({"without_keys": "instance_role", "uses_role": True}, None),
    ],
)
def test_what_does_not_use_the_role_is_in_the_table(row, line):
    lines = table({"a": {"sdk_credentials": [{**ROW, **row}]}}, [])[1:]
    assert [each.split("  ")[-1].strip() for each in lines] == ([line] if line else [])
