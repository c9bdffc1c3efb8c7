# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Estates as keyless.ec2.estate_info returns them, of any size, the same each time."""

from __future__ import annotations

from ansible_collections.keyless.ec2.plugins.module_utils._attachment.problems import PROBLEMS
from ansible_collections.keyless.ec2.plugins.module_utils._estate.problems import PROBLEMS as OF_ACCOUNTS
from ansible_collections.keyless.ec2.plugins.module_utils._launch.problems import PROBLEMS as OF_LAUNCH_SOURCES
from ansible_collections.keyless.ec2.plugins.module_utils._role.problems import PROBLEMS as OF_ROLES

TAKEN, LATER, NOW = "2026-06-01T08:00:00Z", "2026-06-02T08:00:00Z", "2026-06-02T09:00:00Z"
ACCOUNTS = ("111122223333", "444455556666", "777788889999")
REGIONS = ("eu-central-1", "us-east-1")
ROLES = ("web", "worker", "deploy")
MAY_DO = "May read S3 (shop-assets/*)."
VALUES = {
    "profile": "web",
    "role": "web",
    "name": "shop",
    "detaching": "",
    "replacing": "",
    "kind": "Auto Scaling group",
    "launches": "launches",
    "others": "without an instance profile",
    "own": "web",
    "fix": "Run it.",
    "keys": "AKIAQ3EGRI4BXKCWZN5T",
    "members": "i-1",
    "option": "auto_scaling_groups",
    "target": "shop",
    "missing": "shop",
    "unique_id": "AIDA1",
    "used": 95,
    "allowed": 100,
}
TABLES = {"instance": PROBLEMS, "launch_source": OF_LAUNCH_SOURCES, "role": OF_ROLES, "account": OF_ACCOUNTS}
OF_INSTANCES = [code for code in PROBLEMS if code != "not_found"]
KINDS = ("accounts", "regions", "instances", "auto_scaling_groups", "launch_templates", "fleets", "spot_requests", "roles", "instance_profiles")


def problem(table, code, **values):
    return TABLES[table][code].with_values({**VALUES, **values}).as_result()


def instance(number, *codes, **others):
    """An instance with these problems; every third has no instance profile."""
    instance_id = f"i-{number:017x}"
    role = ROLES[number % len(ROLES)]
    profile = {"arn": f"arn:aws:iam::1:instance-profile/{role}", "name": role, "instance_profile_id": "AIPA1"}
    return {
        "account_id": ACCOUNTS[number % len(ACCOUNTS)],
        "region": REGIONS[number % len(REGIONS)],
        "instance_id": instance_id,
        "name": f"{role}-{number}",
        "state": "running",
        "launch_time": TAKEN,
        "tags": {"Name": f"{role}-{number}", "team": f"team-{number % 40}", "stage": "production"},
        "instance_profile": None if "no_profile" in codes else profile,
        "role_name": None if "no_profile" in codes else role,
        "may_do": None if "no_profile" in codes else MAY_DO,
        "launched_by": [{"kind": "Auto Scaling group", "name": "shop", "region": "eu-central-1"}],
        "problems": [problem("instance", code, instance_id=instance_id, profile=role) for code in codes],
        **others,
    }


def launch_source(name, *codes, **others):
    launches = [{"launch_template_id": "lt-1", "launch_template_name": "shop", "version": "1", "instance_profile": "web", "role_name": "web"}]
    problems = [problem("launch_source", code, name=name) for code in codes]
    return {"account_id": ACCOUNTS[0], "region": REGIONS[0], "name": name, "launches": launches, "managed_by": None, "problems": problems, **others}


def role(name, *codes):
    problems = [problem("role", code, role=name) for code in codes]
    return {
        "account_id": ACCOUNTS[0],
        "role_name": name,
        "arn": f"arn:aws:iam::1:role/{name}",
        "instance_profiles": [],
        "may_do": MAY_DO,
        "problems": problems,
    }


def profile(name, *codes, role_name=None):
    problems = [problem("account", code, name=name) for code in codes]
    arn = f"arn:aws:iam::1:instance-profile/{name}"
    return {"account_id": ACCOUNTS[0], "name": name, "arn": arn, "role_name": role_name, "problems": problems}


def account(account_id, *codes, incomplete=()):
    return {"account_id": account_id, "name": None, "incomplete": list(incomplete), "problems": [problem("account", code) for code in codes]}


READ_ERROR = {"target": "ec2:DescribeInstances", "reason": "UnauthorizedOperation", "message": "Could not list the instances."}


def estate(**rows):
    """An estate with these rows only."""
    return {**{kind: [] for kind in KINDS}, **rows}


def estate_of(count):
    """``count`` instances; three of every ten have a problem, all kinds in turn."""
    instances = []
    for number in range(count):
        codes = [OF_INSTANCES[number // 10 % len(OF_INSTANCES)]] if number % 10 < 3 else []
        instances.append(instance(number, *codes))
    return estate(
        instances=instances,
        accounts=[account(each) for each in ACCOUNTS],
        auto_scaling_groups=[launch_source("shop", "no_profile"), launch_source("fine")],
        roles=[role("web"), role("unattached", "no_profile")],
        instance_profiles=[profile("web", role_name="web"), profile("old", "orphaned_profile")],
    )


def kept(found, taken=TAKEN):
    """The document of a report.json."""
    return {"format": 1, "taken": taken, "estate": found}
