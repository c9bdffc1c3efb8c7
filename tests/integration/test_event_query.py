# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Automation Controller counts managed instances with the queries of extensions/audit."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

# The oldest and the newest environment have it not: it speaks neither with Ansible nor with AWS.
jq = pytest.importorskip("jq")

PAGE = Path(__file__).resolve().parents[2] / "extensions" / "audit" / "event_query.yml"
QUERIES = yaml.safe_load(PAGE.read_text(encoding="utf-8"))
FACTS = {"infra_type": "PublicCloud", "infra_bucket": "Compute", "device_type": "EC2"}


@pytest.fixture(name="instances")
def _instances(aws, groups):  # groups makes the profile web
    """Three instances, of which one is gone."""
    ids = aws.run_instances(3)
    aws.ec2.terminate_instances(InstanceIds=ids[2:])
    return ids


def counted(module, run):
    """The instances that are counted in the result."""
    found = jq.compile(QUERIES[f"keyless.ec2.{module}"]["query"]).input(run.last).all()
    assert all(set(each) == {"name", "canonical_facts", "facts"} and each["facts"] == FACTS for each in found)
    return sorted(each["name"] for each in found)


def test_instances_with_the_profile_are_counted_and_missing_ones_are_not(controller, instances):
    run = controller.module("instance_profile_attach", instance_ids=instances, instance_profile="web")
    assert counted("instance_profile_attach", run) == sorted(instances[:2])
    again = controller.module("instance_profile_attach", instance_ids=instances[:2], instance_profile="web")
    assert counted("instance_profile_attach", again) == sorted(instances[:2])


def test_the_members_of_a_group_are_counted(controller, instances, groups):
    group = groups.group(groups.template())
    run = controller.module("launch_profile_attach", auto_scaling_groups=[group], instance_profile="web").succeeded()
    assert counted("launch_profile_attach", run) == [each["instance_id"] for each in run.last["instances"]] != []


def test_instances_that_were_read_are_counted(controller, instances):
    run = controller.module("instance_profile_attach_info", instance_ids=[*instances[:2], "i-0123456789abcdef0"]).succeeded()
    assert counted("instance_profile_attach_info", run) == sorted(instances[:2])
    run = controller.module("estate_info", regions=["eu-central-1"]).succeeded()
    assert set(instances[:2]) <= set(counted("estate_info", run))


def test_every_module_that_returns_instances_has_a_query():
    assert {name.rpartition(".")[2] for name in QUERIES} == {
        "estate_info",
        "instance_profile_attach",
        "instance_profile_attach_info",
        "launch_profile_attach",
    }
