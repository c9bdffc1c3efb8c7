# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each documented option of each filter has its effect: another value has another result."""

from __future__ import annotations

import csv
import importlib
import io
import json
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from ansible_collections.keyless.ec2.plugins.plugin_utils._retire.quarantine import DENIAL, POLICY, TAG, denial
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils._launch_group.groups import role_variables
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.estates import LATER, TAKEN, estate, instance, kept
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.migration_facts import KEY, OTHER, location

FILTERS = Path(__file__).resolve().parents[4] / "plugins" / "filter"
INPUT = "_input"
WAIVER = {"problem": "no_profile", "reason": "Being replaced", "expires": "2026-06-01"}


class Case(NamedTuple):
    """An option with a value, and what the filter gives with it; ``without`` is what it gives with the options of the base alone."""

    value: Any
    result: Any
    without: Any
    shown: Callable[[Any], Any] = lambda result: result


def allowed(policy):
    """The actions of a policy."""
    return {action for each in policy["Statement"] for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])}


def resources(policy, sid="PassRole"):
    return next(each["Resource"] for each in policy["Statement"] if each["Sid"] == sid)


def conditions(policy, sid="Instances"):
    return next(each.get("Condition") for each in policy["Statement"] if each["Sid"] == sid)


def tagged(key, value="web"):
    return {"StringEquals": {f"aws:ResourceTag/{key}": value}}


def of_templates(policy):
    return resources(policy, "LaunchTemplates")


def limited(policy, action, key):
    """The value to which the key is limited for the action."""
    found = next(each for each in policy["Statement"] if action in [each["Action"]] or action in each["Action"])
    return found["Condition"]["ArnLike"].get(key)


def principal(policy):
    return policy["Statement"][0]["Principal"]


def verified(problem):
    """The variables of two hosts that have a problem."""
    identity = {"instance_id": "i-0123456789abcdef0", "account_id": "123456789012", "role_name": "web"}
    result = {"identity": identity, "problems": [{"code": problem, "message": "Bad.", "fix": "Fix it."}], "msg": "Bad."}
    return {"web1": {"verify_result": result}, "web2": {"verify_result": result}}


def failing(decision):
    return [each["code"] for each in decision["hosts"]["web1"]["problems"]]


def changed(instance_id):
    """A result of launch_profile_attach."""
    return {"instances": [{"instance_id": instance_id, "changed": True}], "undo": {"instances": {instance_id: None}}}


def retire_state(plan):
    return plan["result"]["state"]


def problems_in(report):
    return [row["problem"] for row in csv.DictReader(io.StringIO(report["files"]["csv"]))]


def taken(report):
    return json.loads(report["files"]["json"])["taken"]


def searched(**hosts):
    """hostvars, with a key that was found on each host."""
    return {host: {"__migrate_keys_found": {"credentials": [location(key)]}} for host, key in hosts.items()}


def keys_of_result(decision):
    return [each["access_key_id"] for each in decision["result"]["credentials"]]


RETIRING = {"name": "web", "state": "retired", "after_days": 14, "although_used": True, "check_mode": False}
RETIRED = {
    "role_name": "web",
    "path": "/",
    "tags": {TAG: "2026-01-01T00:00:00Z"},
    "inline_policies": {POLICY: denial(datetime(2026, 1, 1, tzinfo=timezone.utc))},
    "attached_policies": [],
    "role_last_used": {"last_used_date": "2026-01-01T08:00:00+00:00", "region": "eu-central-1"},
}
BARE = estate(instances=[instance(1, "no_profile")])
LAUNCH = {
    **dict.fromkeys(("image_id", "region", "subnet_id", "user_data")),
    "name": "web",
    "count": 1,
    "check_mode": False,
    "spot": False,
    "profile": "web",
    "security_groups": [],
    "tags": {},
    "hop_limit": 1,
    "on_conflict": "fail",
    "wait_timeout": 1,
    "names": [],
}
OWN = {"instance_id": "i-1", "iam_instance_profile": {"arn": "arn:aws:iam::123456789012:instance-profile/web"}}
NO_INSTANCES = {"instance_info": {}, "template_info": {}, "launched": {}}
GROUP = {**role_variables(), "names": [], "wait_timeout": 1}
NO_GROUP = {"template_info": {}, "group_info": {}, "attached": {}, "template": {}, "group": {}, "check_mode": False}
REPORT_INPUTS = {"directory": "/srv", "formats": ["json"], "estate": None, "since": None, "since_path": "", "waivers": [], "fail_on": []}
FAILED = {"task": "Create or update the launch template", "result": {"msg": "no"}}
ANYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
ANY_PROFILE, ANY_INSTANCE = "arn:aws:iam::*:instance-profile/*", "arn:aws:ec2:*:*:instance/*"
TEMPLATE = "lt-0123456789abcdef0"
FEATURES = [
    *("attach_launch_templates", "ec2_role_inline_policies", "ec2_role_managed_policies", "migrate_keys_deactivate", "report_accounts"),
    *("retire_quarantine_policy", "verify_actions"),
]
BASES = {
    "estate_report": {INPUT: BARE, "taken": TAKEN},
    "from_survey": {INPUT: ""},
    "key_migration": {INPUT: searched(a=KEY, b=OTHER), "options": {"deactivate": []}, "host": "a"},
    "launch_group_plan": {INPUT: GROUP, "role": {"create": False}, "results": NO_GROUP},
    "launch_plan": {INPUT: LAUNCH, "role": {"create": False}, "results": NO_INSTANCES},
    "escalations": {INPUT: ANYTHING},
    "operator_policy": {
        INPUT: ["attach", "ec2_role", "migrate_keys", "report", "retire"],
        "features": FEATURES,
        "launch_template_tags": {"x": "y"},
        "permissions_boundary": "limits",
        "quarantine_policy": "quarantine",
        "user_names": ["old"],
        "assume_roles": ["audit"],
    },
    "report_inputs": {INPUT: {**REPORT_INPUTS, "directory": "a"}, "start": "/"},
    "report_outcome": {INPUT: BARE, "inputs": REPORT_INPUTS, "taken": TAKEN},
    "role_variables": {INPUT: ["ec2_role_x"], "role": "ec2_role"},
    "rollout": {INPUT: changed("i-1"), "step": "changed_members"},
    "retirement": {INPUT: {"iam_roles": [RETIRED], "aws_time": "2026-02-01T00:00:00+00:00"}, "variables": RETIRING},
    "trust_policy": {INPUT: [{"account": "123456789012"}]},
    "verification": {INPUT: ["web1"], "variables": verified("no_profile"), "awaited": ["web1"]},
}
CASES = {
    "estate_report": {
        INPUT: Case(estate(instances=[instance(1, "stale_profile")]), ["stale_profile"], ["no_profile"], problems_in),
        "taken": Case(LATER, LATER, TAKEN, taken),
        "formats": Case(["csv"], ["csv"], ["csv", "html", "json", "junit"], lambda report: sorted(report["files"])),
        "waivers": Case([WAIVER], 0, 1, lambda report: report["counts"].get("no_profile", 0)),
        "since": Case(kept(estate(instances=[instance(1)])), (1, 0), (None, None), lambda report: (report["new"], report["gone"])),
        "fail_on": Case(["no_profile"], 1, 0, lambda report: len(report["drift"])),
    },
    "from_survey": {
        INPUT: Case("a", ["a"], None),
        "default": Case(["b"], ["b"], None),
    },
    "key_migration": {
        INPUT: Case(searched(a=OTHER), [OTHER], [KEY], keys_of_result),
        "options": Case({"deactivate": "ann, bob"}, ["ann", "bob"], [], lambda decision: decision["request"]["names"]),
        "host": Case("b", [OTHER], [KEY], keys_of_result),
        "failure": Case({"task": {"name": "Check"}, "result": {}}, True, False, lambda decision: "failure" in decision),
    },
    "launch_group_plan": {
        INPUT: Case({**GROUP, "min_size": "3"}, 3, 1, lambda plan: plan["group"]["min_size"]),
        "role": Case({"create": True}, False, True, lambda plan: "iam_instance_profile" in plan["template"]),
        "results": Case({**NO_GROUP, "group_info": {"results": []}, "group": {"changed": True}}, True, False, lambda plan: plan["result"]["changed"]),
        "failure": Case(FAILED, True, False, lambda plan: "failure" in plan),
    },
    "launch_plan": {
        INPUT: Case({**LAUNCH, "count": "3"}, 3, 1, lambda plan: plan["missing"]),
        "role": Case({"create": True, "names": ["x"]}, None, "web", lambda plan: plan["options"]["iam_instance_profile"]),
        "results": Case({**NO_INSTANCES, "instance_info": {"instances": [OWN]}}, ["i-1"], [], lambda plan: plan["instance_ids"]),
        "failure": Case(FAILED, True, False, lambda plan: "failure" in plan),
    },
    "escalations": {INPUT: Case([ANYTHING, DENIAL], 0, 11, len)},
    "operator_policy": {
        INPUT: Case(["verify"], {"iam:SimulatePrincipalPolicy"}, set(), lambda policy: allowed(policy) & {"iam:SimulatePrincipalPolicy"}),
        "features": Case([], False, True, lambda policy: "autoscaling:UpdateAutoScalingGroup" in allowed(policy)),
        "role_names": Case(["web"], "arn:aws:iam::*:role/web", "arn:aws:iam::*:role/*", resources),
        "instance_profile_names": Case(["web"], ANY_PROFILE.replace("/*", "/web"), ANY_PROFILE, lambda policy: resources(policy, "InstanceProfiles")),
        "tags": Case({"team": "web"}, tagged("team"), None, conditions),
        "launch_template_ids": Case([TEMPLATE], f"arn:aws:ec2:*:*:launch-template/{TEMPLATE}", "arn:aws:ec2:*:*:launch-template/*", of_templates),
        "launch_template_tags": Case({"a": "b"}, tagged("a", "b"), tagged("x", "y"), lambda policy: conditions(policy, "LaunchTemplates")),
        "auto_scaling_group_names": Case(["web"], True, False, lambda policy: resources(policy, "AutoScalingGroups").endswith("/web")),
        "auto_scaling_group_tags": Case({"a": "b"}, tagged("a", "b"), None, lambda policy: conditions(policy, "AutoScalingGroups")),
        "permissions_boundary": Case(
            "b",
            "arn:aws:iam::*:policy/b",
            "arn:aws:iam::*:policy/limits",
            lambda policy: limited(policy, "iam:CreateRole", "iam:PermissionsBoundary"),
        ),
        "allowed_policies": Case(["p"], True, False, lambda policy: "arn:aws:iam::*:policy/p" in json.dumps(policy)),
        "quarantine_policy": Case(
            "q",
            "arn:aws:iam::*:policy/q",
            "arn:aws:iam::*:policy/quarantine",
            lambda policy: conditions(policy, "Quarantine")["ArnLike"]["iam:PolicyARN"],
        ),
        "user_names": Case(["a"], "arn:aws:iam::*:user/a", "arn:aws:iam::*:user/old", lambda policy: resources(policy, "AccessKeyStatus")),
        "assume_roles": Case(["a"], "arn:aws:iam::*:role/a", "arn:aws:iam::*:role/audit", lambda policy: resources(policy, "OtherAccounts")),
        "account": Case("123456789012", "arn:aws:iam::123456789012:role/*", "arn:aws:iam::*:role/*", resources),
        "region": Case(
            "eu-central-1", ANY_INSTANCE.replace("ec2:*", "ec2:eu-central-1"), ANY_INSTANCE, lambda policy: resources(policy, "Instances")
        ),
    },
    "report_inputs": {
        INPUT: Case({**REPORT_INPUTS, "directory": "a", "fail_on": ["no_profile"]}, ["no_profile"], [], lambda inputs: inputs["fail_on"]),
        "start": Case("/start", "/start/a", "/a", lambda inputs: inputs["directory"]),
    },
    "report_outcome": {
        INPUT: Case(estate(), 0, 1, lambda outcome: len(outcome["result"]["counts"])),
        "inputs": Case({**REPORT_INPUTS, "fail_on": ["no_profile"]}, False, True, lambda outcome: outcome["error"] == ""),
        "taken": Case(LATER, LATER, TAKEN, lambda outcome: json.loads(outcome["contents"]["/srv/report.json"])["taken"]),
    },
    "rollout": {
        INPUT: Case(changed("i-2"), ["i-2"], ["i-1"]),
        "step": Case("undo", {"instances": {"i-1": None}}, ["i-1"]),
    },
    "role_variables": {
        INPUT: Case([], 0, 1, len),
        "role": Case("attach", 0, 1, len),
        "options": Case({"name": "a b"}, 2, 1, len),
    },
    "retirement": {
        INPUT: Case({"iam_roles": []}, "absent", "deleted", retire_state),
        "variables": Case({**RETIRING, "after_days": 60}, "waiting", "deleted", retire_state),
        "failure": Case(FAILED, True, False, lambda plan: "failure" in plan),
        "quarantine": Case({"policy": "deny", "compared": {"changed": True}}, "unchanged", "deleted", retire_state),
    },
    "trust_policy": {
        INPUT: Case([{"service": "ec2.amazonaws.com"}], {"Service": "ec2.amazonaws.com"}, {"AWS": "arn:aws:iam::123456789012:root"}, principal),
        "partition": Case("aws-cn", {"AWS": "arn:aws-cn:iam::123456789012:root"}, {"AWS": "arn:aws:iam::123456789012:root"}, principal),
    },
    "verification": {
        INPUT: Case(["web1", "web2"], ["web1", "web2"], ["web1"], lambda decision: list(decision["hosts"])),
        "variables": Case(verified("no_role"), ["no_role"], ["no_profile"], failing),
        "options": Case(
            {"actions": "ec2:DescribeVpcs", "simulation": {"results": [{"msg": "Denied."}]}, "tolerated": "no_profile"},
            (["ec2:DescribeVpcs"], 4, []),
            ([], 3, ["no_profile"]),
            lambda decision: (decision["simulate"]["actions"], len(decision["table"]), failing(decision)),
        ),
        "awaited": Case(["web2"], False, True, lambda decision: decision["is_complete"]),
        "claims": Case(True, True, False, lambda decision: decision["table_is_due"]),
    },
}
ONLY_IN_ERRORS = [("from_survey", "name")]  # tested in test_from_survey.py
DOCUMENTED = [
    (path.stem, option)
    for path in sorted(FILTERS.glob("*.yml"))
    for option in yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["DOCUMENTATION"]["options"]
    if (path.stem, option) not in ONLY_IN_ERRORS
]


def run(name, options):
    """What the filter gives, called as a template calls it: its input first, the other options by their documented names."""
    module = importlib.import_module(f"ansible_collections.keyless.ec2.plugins.filter.{name}")
    return module.FilterModule().filters()[name](options[INPUT], **{key: value for key, value in options.items() if key != INPUT})


@pytest.mark.parametrize(("name", "option"), DOCUMENTED)
def test_each_option_has_its_effect(name, option):
    assert option in CASES.get(name, {}), f"{name}: the option {option} has no case: add one with a value that changes the result"
    case, base = CASES[name][option], BASES[name]
    assert case.result != case.without
    assert case.shown(run(name, base)) == case.without
    assert case.shown(run(name, {**base, option: case.value})) == case.result
