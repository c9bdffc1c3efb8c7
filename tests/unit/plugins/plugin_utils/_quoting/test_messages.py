# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever resources, hosts and their files are called, each message shows all of its characters, and a table has a line for each row."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timezone

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.run import run_info
from ansible_collections.keyless.ec2.plugins.module_utils._common.visible import is_visible
from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.decisions import decide_about_host, decide_about_play, result_after_failure
from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.facts import HostFacts, Options
from ansible_collections.keyless.ec2.plugins.plugin_utils._report.outcome import outcome as report_outcome
from ansible_collections.keyless.ec2.plugins.plugin_utils._retire.retirement import Options as RetireOptions
from ansible_collections.keyless.ec2.plugins.plugin_utils._retire.retirement import plan_retirement
from ansible_collections.keyless.ec2.plugins.plugin_utils._rollout.progress import NONE, check
from ansible_collections.keyless.ec2.plugins.plugin_utils._verify.verification import verification
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.migration_facts import KEY, host_facts, iam_key, location, reported
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.pasting import ATTACKS

ATTACK = "".join(ATTACKS)


def readable(value):
    """Whether each text in the value shows all of its characters."""
    if isinstance(value, str):
        return is_visible(value.replace("\n", ""))
    return all(map(readable, value.values() if isinstance(value, dict) else value)) if isinstance(value, (dict, list, tuple)) else True


class End(Exception):
    """The end of a module."""


class Module:
    """What ends a module."""

    def __init__(self):
        self.params = {}

    def exit_json(self, **result):
        raise End(result)


def test_the_results_of_modules():
    with pytest.raises(End) as caught:
        run_info(Module(), lambda: {"msg": ATTACK, "rows": [{"name": ATTACK, "problems": [{"code": "x", "message": ATTACK, "fix": ATTACK}]}]})
    (result,) = caught.value.args
    assert readable(result["msg"]) and readable(result["rows"][0]["problems"])
    assert result["rows"][0]["name"] == ATTACK


def test_verify():
    problem = {"code": ATTACK, "message": ATTACK, "fix": ATTACK}
    hostile = {"identity": {"instance_id": ATTACK, "role_name": ATTACK, "account_id": None}, "problems": [problem], "msg": ATTACK}
    found = verification({"a": hostile}, [], [{"msg": ATTACK}], [])
    assert readable(found["table"]) and not any("\n" in line for line in found["table"][:2])
    assert readable(found["hosts"]["a"]["lines"]) and readable(found["hosts"]["a"]["failure"])


def test_migrate_keys():
    results = {
        "a": reported(location(path=ATTACK), incomplete=[{"target": ATTACK, "message": ATTACK}], not_searched=[{"target": ATTACK, "message": ATTACK}])
    }
    facts = dataclasses.replace(host_facts(), attachment={"msg": ATTACK})
    options = Options.parse(
        {"deactivate": [ATTACK], "owners": {"access_keys": [iam_key(user=ATTACK)], "msg": ATTACK}, "hosts": ["a"], "batch": ["a"]}
    )
    play = decide_about_play({"a": facts}, results, options)
    assert KEY in play["table"][1] and not any("\n" in line for line in play["table"])
    assert all(readable(play[name]) for name in ("table", "suggestion", "kept", "not_searched", "states"))
    host = decide_about_host(facts, options)
    assert all(readable(host[name]) for name in ("usage", "attachment", "rollback_error", "deactivation_error", "request") if name != "request")
    assert readable(host["request"]["errors"])
    assert readable(result_after_failure(HostFacts(), options, {"name": "x"}, {"msg": ATTACK})["failure"])


def test_retire():
    role = {
        "role_name": "web",
        "path": "/",
        "tags": {},
        "inline_policies": {},
        "attached_policies": [],
        "launched_by": [{"kind": "Auto Scaling group", "name": ATTACK, "region": ATTACK}],
    }
    found = plan_retirement({"iam_roles": [role]}, RetireOptions("web", "retired", 14, False, datetime.now(timezone.utc))).as_result()
    assert found["error"] and readable(found["error"])


def test_attach_and_report():
    assert readable(check({**NONE, "error": ATTACK}, []))
    made = {"files": {}, "drift": [ATTACK], "summary": ATTACK, "new": None, "waivers_expired": [ATTACK], "waivers_unused": [ATTACK]}
    found = report_outcome(made, "/x", {}, "")
    assert readable(found["messages"]) and readable(found["error"])
