# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode plans all of a new estate, although no task creates what the next one needs."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.groups import ZONES

NEW = {"attach_instance_profile": "estate", "attach_auto_scaling_groups": ["estate-group"], "attach_launch_templates": "estate-template"}
MISSING = [f"The {each} does not exist" for each in ("instance profile estate", "Auto Scaling group estate-group", "launch template estate-template")]


def use(role, **variables):
    return {"name": role, "ansible.builtin.include_role": {"name": f"keyless.ec2.{role}"}, "vars": variables}


@pytest.fixture(scope="module", name="estate")
def _estate(aws):
    ids = aws.run_instances()
    launch = {"launch_name": "estate", "launch_instance_profile": "estate", "launch_security_groups": ["default"]}
    group = {"launch_group_name": "estate-group", "launch_group_create_role": True, "launch_group_availability_zones": ZONES}
    role = {"ec2_role_name": "estate", "ec2_role_managed_policies": "AmazonS3ReadOnlyAccess"}
    attach = {**NEW, "attach_instance_ids": ids, "attach_on_loss": "fail"}
    return [
        use("launch_group", **group, **role),
        use("launch", **launch),
        use("attach", **attach),
        use("attach", **attach, attach_batches="100%"),
        use("verify", verify_expected_role="estate", verify_wait=True, verify_endpoint=f"{aws.endpoint}/imds/{ids[0]}"),
        use("require_imdsv2", require_imdsv2_instance_ids=ids, require_imdsv2_on_use="ignore"),
        use("retire", retire_role_name="estate-old"),
    ]


def test_the_plan_is_complete_and_warns_of_what_does_not_exist_yet(controller, estate):
    run = controller.play(estate, "--check").succeeded()
    assert (run.changed, run.writes) == (True, [])
    assert run.of("keyless.ec2.launch_group : Report the result")["msg"] == "1 launch template to create, 1 group to create."
    assert run.of("keyless.ec2.launch_group : Set the result")["ansible_facts"]["launch_group_result"]["changed"] is True
    assert [text for text in MISSING if text not in " ".join(run.output.split())] == [], run
    assert "in case an earlier task gives the host its role: no_profile." in run.output and "deprecated" not in run.output
    actions = [row.get("action") for each in run.results for row in each["result"].get("instances") or []]
    assert (actions.count("associated"), actions.count("modified")) == (2, 1), run


@pytest.mark.parametrize("batches", ["", "100%"])
def test_a_real_run_refuses_before_it_writes_anything(aws, controller, batches):
    variables = {**NEW, "attach_instance_ids": aws.run_instances(), "attach_batches": batches}
    run = controller.run("keyless.ec2.attach", variables=variables)
    assert run.returncode != 0 and run.writes == []
    assert "there is no instance profile 'estate' in account 123456789012" in run.output
