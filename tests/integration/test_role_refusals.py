# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each role ends with the reason if AWS refuses one of its calls, whatever module made it."""

from __future__ import annotations

import itertools

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import REGION
from ansible_collections.keyless.ec2.tests.integration.support.groups import ZONES

REASON = "The reason that has to be shown."
ROLES = {
    "launch": {
        "launch_name": "{{ inventory_hostname }}",
        "launch_create_role": True,
        "launch_spot": True,
        "launch_security_groups": ["default"],
        "ec2_role_name": "{{ inventory_hostname }}",
    },
    "launch_group": {
        "launch_group_name": "{{ inventory_hostname }}",
        "launch_group_instance_profile": "refused",
        "launch_group_availability_zones": ZONES,
    },
    "attach": {"attach_instance_profile": "refused", "attach_batches": "100%", "attach_verify": False},
    "retire": {"retire_role_name": "{{ inventory_hostname }}", "retire_regions": [REGION]},
    "ec2_role": {"ec2_role_name": "{{ inventory_hostname }}", "ec2_role_managed_policies": ["AmazonS3ReadOnlyAccess"], "ec2_role_tags": {"a": "b"}},
    "require_imdsv2": {"require_imdsv2_batches": "100%", "require_imdsv2_verify": False, "require_imdsv2_on_use": "ignore"},
    "report": {"report_regions": [REGION], "report_formats": ["json"], "report_directory": "{{ folder }}"},
}
# Without these, a role reports what is unknown and goes on.
OPTIONAL = {"GetAccountSummary", "ListPolicies", "ValidatePolicy", "DescribeRegions", "GetPolicy", "ListRoleTags", "DescribeSpotFleetRequests"}
# The launch template for Spot Instances is the same for all hosts, so only one of them creates it.
SHARED = {"launch": {"CreateLaunchTemplate"}}
USUAL = {
    "launch": ["RunInstances"],
    "launch_group": ["CreateAutoScalingGroup", "DescribeLaunchTemplateVersions", "GetInstanceProfile"],
    "attach": ["AssociateIamInstanceProfile"],
    "retire": ["PutRolePolicy"],
    "ec2_role": ["AttachRolePolicy"],
    "require_imdsv2": ["ModifyInstanceMetadataOptions"],
    "report": ["DescribeInstances"],
}
# It reports what it could read, and why not all.
ENDS = {"report": "ok"}
# amazon.aws says what it could not do, and not why.
HIDDEN = {
    "DescribeSecurityGroups",
    "DescribeInstanceAttribute",
    "DescribeInstanceStatus",
    "DescribeSubnets",
    "DescribeVpcs",
    "ModifyInstanceAttribute",
}
NUMBERS = itertools.count()
AS_ROLE = [
    {
        "environment": {"AWS_ACCESS_KEY_ID": "{{ access_key }}"},
        "block": [{"ansible.builtin.include_role": {"name": "keyless.ec2.{{ role }}"}}],
    }
]


@pytest.fixture(scope="module", autouse=True)
def _profile(aws):
    aws.make_profile("refused")


def play_of(aws, controller, cases):
    """A play in which each host uses a role with resources of its own; the results and the access key by host."""
    hosts = {}
    for name, role in cases.items():
        hosts[name] = {"role": role, "access_key": f"AKIAREFUSED{next(NUMBERS):09d}", **ROLES[role]}
        if role in ("attach", "require_imdsv2"):
            hosts[name][f"{role}_instance_ids"] = aws.run_instances()
        if role == "report":
            hosts[name]["folder"] = str(controller.folder / name)
        if role == "retire":
            aws.make_role(name)
    return hosts, lambda *arguments: controller.play(AS_ROLE, *arguments, hosts=hosts)


def refused(aws, controller, refusals, prefix=""):
    """The last results of the roles by role and refused operation."""
    cases = {f"{prefix}{role.replace('_', '-')}-{operation}": (role, operation) for role, operations in refusals.items() for operation in operations}
    hosts, play = play_of(aws, controller, {name: role for name, (role, _operation) in cases.items()})
    for name, (_role, operation) in cases.items():
        aws.fail(operation, "AccessDenied", message=REASON, count=None, access_key_id=hosts[name]["access_key"])
    run = play()
    aws.clear_faults()
    shown = {name: [each for each in run.results if each["host"] == name and each["status"] != "skipped"][-1] for name in cases}
    return {case: shown[name] for name, case in cases.items()}


def assert_reasons(results):
    wrong = {}
    for (role, operation), last in results.items():
        reason = "" if role == "launch" and operation in HIDDEN else REASON
        if last["status"] not in ("failed", ENDS.get(role)) or not last["result"].get("msg") or reason not in str(last["result"]):
            wrong[role, operation] = f"{last['task']}: {last['status']}: {last['result'].get('msg')}"
    assert wrong == {}


def test_the_reason_is_shown_last(aws, controller):
    assert_reasons(refused(aws, controller, USUAL))


@pytest.mark.exhaustive
@pytest.mark.parametrize("role", ROLES)
def test_the_reason_is_shown_last_whatever_call_is_refused(aws, controller, role):
    hosts, play = play_of(aws, controller, {f"all-{role.replace('_', '-')}": role})
    play().succeeded()
    made = {call["operation"] for each in hosts.values() for call in aws.calls(each["access_key"])}
    operations = {role: sorted(made - OPTIONAL - SHARED.get(role, set()))}
    assert_reasons(refused(aws, controller, operations, "each-"))
