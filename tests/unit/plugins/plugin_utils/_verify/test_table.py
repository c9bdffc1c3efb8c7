# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of all hosts."""

from __future__ import annotations

from ansible_collections.keyless.ec2.plugins.plugin_utils._verify.table import table

ID = "i-0123456789abcdef0"


def result(*codes, instance_id=ID, role_name="web"):
    return {"identity": {"instance_id": instance_id, "role_name": role_name}, "problems": [{"code": each} for each in codes]}


def test_each_host_has_a_line():
    hosts = {"a": result(), "b": result("no_profile", "clock_wrong", role_name=None), "c": result("imds_unreachable", instance_id=None)}
    assert table(hosts) == [
        "HOST  INSTANCE             ROLE                      PROBLEMS",
        f"a     {ID}  web                       -",
        f"b     {ID}  -                         no_profile, clock_wrong",
        "c     -                    web                       imds_unreachable",
    ]


def test_hosts_without_a_result_are_in_it():
    lines = table({"unreachable": None, "failed": {"failed": True, "msg": "No Python"}, "web1": result()})
    assert [line.split() for line in lines[1:3]] == [["unreachable", "-", "-", "not", "asked"], ["failed", "-", "-", "not", "asked"]]


def test_the_column_of_hosts_is_as_wide_as_the_longest_name():
    lines = table({"x" * 30: result(), "web1": result()})
    assert lines[2] == f"{'web1':<30}  {ID}  web                       -"
    assert [line.index("  web") for line in lines[1:]] == [51, 51]
