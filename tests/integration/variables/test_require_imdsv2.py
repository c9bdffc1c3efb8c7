# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every variable of the role require_imdsv2 has its effect."""

from __future__ import annotations

import json

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import HERE, REGION
from ansible_collections.keyless.ec2.tests.integration.support.effects import DO, PLAN, UNDO, check, options_of, passes, play_of

ROLE = "require_imdsv2"
OPTIONS, IDENTITY = "keyless.ec2.instance_metadata_options", "keyless.ec2.instance_identity_info"
NOBODY = "i-0123456789abcdef9"
PASSED = ("require_imdsv2_hop_limit", "require_imdsv2_unused_days", "require_imdsv2_on_use", "require_imdsv2_include_managed")
SHARED = {"require_imdsv2_wait_timeout": 4, "require_imdsv2_max_concurrency": 3, "require_imdsv2_region": REGION}


@pytest.fixture(scope="module", name="uses")
def _uses(aws, groups, controller, tmp_path_factory):
    """A rollout in batches that its health check stops, one with a verified host that is found by a filter, one of a group, and an undo."""
    folder = tmp_path_factory.mktemp("imdsv2")
    health = "- ansible.builtin.fail:\n    msg: Checked {{ require_imdsv2_batch.number }}\n  when: require_imdsv2_batch.number == 2\n"
    (folder / "health.yml").write_text(health, encoding="utf-8")
    first, second, verified, undone = aws.run_instances_earlier(40, 4)
    aws.tag(verified, Name="verified")
    of_group, template = (groups.template(None, MetadataOptions={"HttpTokens": "optional"}) for _number in range(2))
    variables = {
        "batches": {
            **SHARED,
            "require_imdsv2_instance_ids": [first, second, NOBODY],
            **dict(zip(PASSED, (3, 30, "fail", True))),
            "require_imdsv2_batches": [1],
            "require_imdsv2_max_failures": 1,
            "require_imdsv2_verify": False,
            "require_imdsv2_health_check": str(folder / "health.yml"),
            "require_imdsv2_undo_file": str(folder / "undo.json"),
        },
        "verified": {
            **SHARED,
            "instance_id": verified,
            "verify_endpoint": f"{aws.endpoint}/imds/{verified}",
            "require_imdsv2_filters": {"tag:Name": "verified"},
            "require_imdsv2_batches": ["100%"],
        },
        "launching": {
            **SHARED,
            **dict(zip(PASSED, (3, 30, "ignore", True))),
            "require_imdsv2_auto_scaling_groups": [groups.group(of_group, size=0)],
            "require_imdsv2_launch_templates": [template],
        },
        "undo": {**SHARED, "require_imdsv2_manifest": {**HERE, "instances": {undone: {"http_put_response_hop_limit": 5}}}},
    }
    uses = play_of(controller, ROLE, variables, AWS_REGION="us-east-1")
    assert [use for use in variables if uses.failed(use)] == ["batches"], str(uses.run)
    return uses


def passed(option):
    """The variable reaches this option of the module in the plan and in the run, for instances and for launch sources."""
    return [passes(use, OPTIONS, option, PLAN, DO) for use in ("batches", "launching")]


def rolled_back(option):
    """It reaches the rollback after a failure, and a run that undoes another one."""
    return [passes(use, OPTIONS, option, UNDO) for use in ("batches", "undo")]


def in_batches(uses, _variable):
    first, second, _nobody = uses.variables["batches"]["require_imdsv2_instance_ids"]
    assert [each["instance_ids"] for each in uses.of("batches", OPTIONS)] == [[first], [second]]


def one_may_fail(uses, _variable):
    assert len(uses.of("batches", OPTIONS)) == 2


def asks_the_hosts(uses, _variable):
    assert uses.of("batches", IDENTITY) == []
    before, after = uses.of("verified", IDENTITY)
    assert (before.get("probe_imdsv1"), after["probe_imdsv1"]) == (None, True)
    assert all(each["probe_hop_limit"] and each["probe_sdks"] for each in (before, after))


def limits_the_verification(uses, _variable):
    """A host is asked every five seconds, or once more after a shorter timeout."""
    assert (uses.calls_of("verified", IDENTITY)[-1].retries, uses.calls_of("verified", IDENTITY)[-1].delay) == (1, 4)


def is_run_after_each_batch(uses, _variable):
    assert "Checked 2" in uses.said("batches")


def has_the_manifest(uses, variable):
    with open(uses.variables["batches"][variable], encoding="utf-8") as file:
        assert set(json.load(file)["require_imdsv2_undo"]["instances"]) == set(uses.variables["batches"]["require_imdsv2_instance_ids"]) - {NOBODY}


EFFECTS = {
    "require_imdsv2_instance_ids": [passes("batches", OPTIONS, "instance_ids", PLAN)],
    "require_imdsv2_filters": [passes("verified", OPTIONS, "filters", PLAN)],
    "require_imdsv2_auto_scaling_groups": [passes("launching", OPTIONS, "auto_scaling_groups", PLAN, DO)],
    "require_imdsv2_launch_templates": [passes("launching", OPTIONS, "launch_templates", PLAN, DO)],
    "require_imdsv2_manifest": [passes("undo", OPTIONS, "undo", UNDO)],
    "require_imdsv2_hop_limit": passed("http_put_response_hop_limit"),
    "require_imdsv2_unused_days": passed("unused_days"),
    "require_imdsv2_on_use": passed("on_use"),
    "require_imdsv2_include_managed": passed("include_managed"),
    "require_imdsv2_wait_timeout": passed("wait_timeout") + rolled_back("wait_timeout") + [limits_the_verification],
    "require_imdsv2_max_concurrency": passed("max_concurrency") + rolled_back("max_concurrency"),
    "require_imdsv2_region": passed("region") + rolled_back("region"),
    "require_imdsv2_batches": [in_batches],
    "require_imdsv2_max_failures": [one_may_fail],
    "require_imdsv2_verify": [asks_the_hosts],
    "require_imdsv2_health_check": [is_run_after_each_batch],
    "require_imdsv2_undo_file": [has_the_manifest],
}


@pytest.mark.parametrize("variable", options_of(ROLE))
def test_each_variable_has_its_effect(uses, variable):
    check(ROLE, EFFECTS, uses, variable)
