# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each variable of the role attach has an effect in the plan, the run and the rollback."""

from __future__ import annotations

import json

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import HERE, REGION
from ansible_collections.keyless.ec2.tests.integration.support.effects import DO, PLAN, UNDO, check, options_of, passes, play_of

ROLE = "attach"
INSTANCES, LAUNCH = "keyless.ec2.instance_profile_attach", "keyless.ec2.launch_profile_attach"
IDENTITY = "keyless.ec2.instance_identity_info"
NOBODY = "i-0123456789abcdef9"
SHARED = {
    "attach_on_loss": "warn",
    "attach_wait": False,
    "attach_wait_timeout": 4,
    "attach_max_concurrency": 3,
    "attach_region": REGION,
}


@pytest.fixture(scope="module", name="uses")
def _uses(aws, groups, controller, tmp_path_factory):
    """A rollout in two batches that fails at the group and is rolled back, one with verified hosts, and uses that exclude batches."""
    folder = tmp_path_factory.mktemp("attach")
    (folder / "healthy.yml").write_text("- ansible.builtin.debug:\n    msg: Checked {{ attach_batch.number }}\n", encoding="utf-8")
    first, second, other, detached, undone, verified = aws.run_instances(6)
    for each in (detached, undone):
        aws.ec2.associate_iam_instance_profile(InstanceId=each, IamInstanceProfile={"Name": "web"})
    aws.tag(detached, Name="detached")
    group, template = groups.group(groups.template(profile=None), size=0), groups.template(profile=None)
    # This group follows the newest version. So only the other group is updated, and gets the error.
    groups.group(groups.template(), "$Latest", size=0, tags={"team": "a"})
    aws.fail("UpdateAutoScalingGroup", "AccessDenied", count=1)
    variables = {
        "batches": {
            **SHARED,
            "instance_id": first,
            "verify_endpoint": f"{aws.endpoint}/imds/{first}",
            "attach_instance_profile": "web",
            "attach_instance_ids": [first, second, NOBODY],
            "attach_auto_scaling_groups": [group],
            "attach_launch_templates": [template],
            "attach_members": False,
            "attach_convert_launch_configurations": True,
            "attach_on_conflict": "skip",
            "attach_include_managed": True,
            "attach_renew": True,
            "attach_not_found_timeout": 1,
            "attach_batches": [1],
            "attach_max_failures": 1,
            "attach_verify": False,
            "attach_health_check": str(folder / "healthy.yml"),
            "attach_undo_file": str(folder / "undo.json"),
        },
        "verified": {
            **SHARED,
            "instance_id": verified,
            "verify_endpoint": f"{aws.endpoint}/imds/{verified}",
            "attach_instance_profile": "web",
            "attach_instance_ids": [verified],
            "attach_batches": ["100%"],
        },
        "absent": {
            **SHARED,
            "attach_state": "absent",
            "attach_filters": {"tag:Name": "detached"},
            "attach_auto_scaling_group_filters": {"tag:team": "a"},
            "attach_members": False,
        },
        "attachments": {**SHARED, "attach_attachments": {other: "old"}},
        "nothing": {**SHARED, "attach_instance_ids": [], "attach_allow_empty": True, "attach_instance_profile": "web"},
        "undo": {**SHARED, "attach_manifest": {**HERE, "instances": {undone: None}}},
    }
    uses = play_of(controller, ROLE, variables, AWS_REGION="us-east-1")
    assert aws.clear_faults() == []
    assert [use for use in variables if uses.failed(use)] == ["batches"], str(uses.run)
    return uses


def passed(option, *modules, use="batches"):
    """The variable reaches this option of the modules in the plan and in the run."""
    return [passes(use, module, option, PLAN, DO) for module in modules]


def rolled_back(option):
    """It reaches the rollback after a failure, and a run with attach_manifest."""
    return [passes(use, LAUNCH, option, UNDO) for use in ("batches", "undo")]


def in_batches(uses, _variable):
    first, second, _nobody = uses.variables["batches"]["attach_instance_ids"]
    assert sorted(each["instance_ids"] for each in uses.of("batches", INSTANCES)) == sorted([[first], [second]])


def one_may_fail(uses, _variable):
    assert len(uses.of("batches", INSTANCES)) == 2


def asks_the_hosts(uses, _variable):
    assert uses.of("batches", IDENTITY) == [] != uses.of("verified", IDENTITY)
    assert "Not verified" not in uses.said("batches")


def limits_the_verification(uses, _variable):
    """A host is asked every five seconds, or once more after a shorter timeout."""
    assert [(each.retries, each.delay) for each in uses.calls_of("verified", IDENTITY)] == [(1, 4)]


def is_run_after_each_batch(uses, _variable):
    assert all(f"Checked {number}" in uses.said("batches") for number in (1, 2))


def has_the_manifest(uses, variable):
    with open(uses.variables["batches"][variable], encoding="utf-8") as file:
        assert set(json.load(file)["attach_undo"]["instances"]) == set(uses.variables["batches"]["attach_instance_ids"]) - {NOBODY}


EFFECTS = {
    "attach_instance_profile": passed("instance_profile", INSTANCES, LAUNCH),
    "attach_state": [passes("absent", module, "state") for module in (INSTANCES, LAUNCH)],
    "attach_instance_ids": [passes("batches", INSTANCES, "instance_ids", PLAN)],
    "attach_filters": [passes("absent", INSTANCES, "filters")],
    "attach_attachments": [passes("attachments", INSTANCES, "attachments")],
    "attach_auto_scaling_groups": [*passed("auto_scaling_groups", LAUNCH), *passed("changed_later", INSTANCES)],
    "attach_auto_scaling_group_filters": [passes("absent", LAUNCH, "filters")],
    "attach_launch_templates": passed("launch_templates", LAUNCH),
    "attach_allow_empty": [passes("nothing", INSTANCES, "instance_ids", value=[])],
    "attach_members": [passes("batches", LAUNCH, "members", PLAN), passes("absent", LAUNCH, "members")],
    "attach_convert_launch_configurations": passed("convert_launch_configurations", LAUNCH),
    "attach_manifest": [passes("undo", LAUNCH, "undo", UNDO)],
    "attach_on_conflict": passed("on_conflict", INSTANCES, LAUNCH),
    "attach_on_loss": passed("on_loss", INSTANCES, LAUNCH),
    "attach_include_managed": passed("include_managed", INSTANCES, LAUNCH),
    "attach_renew": passed("renew", INSTANCES),
    "attach_wait": passed("wait", INSTANCES, LAUNCH) + rolled_back("wait"),
    "attach_wait_timeout": passed("wait_timeout", INSTANCES, LAUNCH) + rolled_back("wait_timeout") + [limits_the_verification],
    "attach_not_found_timeout": passed("not_found_timeout", INSTANCES),
    "attach_max_concurrency": passed("max_concurrency", INSTANCES, LAUNCH) + rolled_back("max_concurrency"),
    "attach_region": passed("region", INSTANCES, LAUNCH) + rolled_back("region"),
    "attach_batches": [in_batches],
    "attach_max_failures": [one_may_fail],
    "attach_verify": [asks_the_hosts],
    "attach_health_check": [is_run_after_each_batch],
    "attach_undo_file": [has_the_manifest],
}


@pytest.mark.parametrize("variable", options_of(ROLE))
def test_each_variable_has_its_effect(uses, variable):
    check(ROLE, EFFECTS, uses, variable)
