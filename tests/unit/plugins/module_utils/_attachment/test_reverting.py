# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instances whose replacements would have another instance profile."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._attachment.plan import AttachmentPlan, Desired
from ansible_collections.keyless.ec2.plugins.module_utils._attachment.reverting import (
    reverting,
    reverting_rows,
    reverting_warning,
)
from ansible_collections.keyless.ec2.plugins.module_utils._attachment.row import Row
from ansible_collections.keyless.ec2.plugins.module_utils._launch_sources.source import Launch, ReplacingSources
from ansible_collections.keyless.ec2.plugins.module_utils._values.launch import Template
from ansible_collections.keyless.ec2.plugins.module_utils._values.managers import PROFILE_SETTINGS
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._launch_sources.sources import launches, source

ARN = "arn:aws:iam::123456789012:instance-profile/team/"
SHOP = source("old")


def templated(template_id):
    """What a launch template launches."""
    return Launch({}, Template(template_id, "name", 1, 1, {}))


GIVE = "Run keyless.ec2.launch_profile_attach with auto_scaling_groups=shop and instance_profile=web"


@pytest.mark.parametrize(
    "launched, has, says",
    [
        (("old",), "web", "launches the next instance with old, not with web."),
        ((None,), "web", "launches the next instance without an instance profile, not with web."),
        (("old", "old"), "web", "launches the next instance with old, not with web."),
        (("old", None), "web", "launches the next instance with old or without an instance profile, not with web."),
        (("WEB", "old"), "web", "may launch the next instance with old, not with web."),
        (("web",), None, "launches the next instance with web, not without an instance profile."),
    ],
)
def test_the_profile_of_the_next_instance(launched, has, says):
    problem = reverting(replace(SHOP, launches=launches(*launched)), has)
    assert problem.message == f"The Auto Scaling group shop {says}"
    assert problem.code == "reverts_on_replacement"


@pytest.mark.parametrize(
    "changed, has, says",
    [
        ({}, "web", f"{GIVE}, if all instances"),
        ({}, None, "with auto_scaling_groups=shop and state=absent, if no instance"),
        ({"has_launch_configuration": True}, "web", f"{GIVE} and convert_launch_configurations=true, if all"),
        (
            {"kind": "EC2 Fleet", "launches": (templated("lt-1"), templated("lt-2"))},
            "web",
            "with launch_templates=lt-1,lt-2 and instance_profile=web, if all",
        ),
        ({"kind": "EC2 Fleet", "launches": (templated("lt-1"),)}, None, "with launch_templates=lt-1 and state=absent, if no instance"),
        ({"kind": "Spot Fleet"}, "web", "A Spot Fleet with launch specifications can't be changed: create a new one with web,"),
        *(({"managed_by": manager}, "web", f"Set the instance profile {place}: {manager}") for manager, place in PROFILE_SETTINGS.items()),
    ],
)
def test_fixes(changed, has, says):
    assert says in reverting(replace(SHOP, **changed), has).fix


@pytest.mark.parametrize(
    "action, after, reason, reverts",
    [
        ("associated", "web", None, True),
        ("replaced", "web", "conflict", True),
        ("unchanged", "web", None, True),
        ("unchanged", "old", None, False),
        ("unchanged", "Old", None, False),
        ("detached", None, None, True),
        ("unchanged", None, None, True),
        ("unchanged", "web", "other_profile", False),
        ("skipped", "web", "conflict", False),
        ("failed", "web", "timed_out", False),
    ],
)
def test_only_instances_with_the_wanted_profile_count(action, after, reason, reverts):
    row = Row("i-1", action, after=after and ARN + after, reason=reason)
    assert bool(reverting_rows([row], {"i-1": SHOP})) is reverts


def plan_of(*names, not_known=()):
    """A plan in which an instance for each of the groups has got the profile web."""
    rows = tuple(Row(f"i-{number}", "associated", after=f"{ARN}web") for number, _name in enumerate(names))
    of = {f"i-{number}": replace(SHOP, name=name) for number, name in enumerate(names) if name}
    return AttachmentPlan(rows, Desired({}), ReplacingSources(of, not_known))


def test_the_instances_of_a_group_are_in_one_row():
    found = plan_of("shop", "bank", "shop", None).reverting()
    assert [(row["auto_scaling_group"], row["instance_ids"]) for row in found] == [("shop", ["i-0", "i-2"]), ("bank", ["i-1"])]
    assert found[0]["message"] == "The Auto Scaling group shop launches the next instance with old, not with web."
    assert found[0]["fix"].startswith(GIVE)
    assert [row["fleet"] for row in found] == [None, None]


def test_a_fleet_has_its_id():
    row = Row("i-1", "associated", after=f"{ARN}web")
    (told,) = reverting_rows([row], {"i-1": replace(SHOP, kind="EC2 Fleet", name="fleet-1")})
    assert (told["auto_scaling_group"], told["fleet"]) == (None, "fleet-1")
    assert "have now: fleet-1. " in reverting_warning([told, told])


def test_the_summary_has_the_warning():
    plan = plan_of("shop", "shop")
    (warning,) = plan.warnings
    assert "shop launches the next" in warning and GIVE in warning
    assert plan.summary(False) == f"2 attached. 2 reverts_on_replacement: {warning}"
    (warning,) = plan_of("a", "b", "c", "d", "e").warnings
    assert "have now: a, b, c and 2 more. reverts_on_replacement" in warning
    assert plan_of(None).warnings == () and reverting_warning([]) == ""


def test_read_errors_are_warnings():
    (warning,) = plan_of(None, not_known=("Could not read.",)).warnings
    assert warning == "reverts_on_replacement is not known for all instances. Could not read."
