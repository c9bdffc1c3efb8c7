# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible tasks that change what launches instances: groups, launch templates, fleets and Spot Instance requests.

There is no module for fleets, so the AWS CLI makes these calls.
"""

from __future__ import annotations

from typing import Any, Sequence

from .._quoting.ansible_yaml import Template
from .rows import ReportRow
from .tasks import PROFILE, role_task, task

GROUP, LAUNCH_TEMPLATE, SPOT_FLEET, SPOT_REQUEST = "Auto Scaling group", "launch template", "Spot Fleet", "Spot Instance request"
MAINTAIN = "maintain"  # the type of fleets that AWS can change
TEMPLATE = Template("{{ launch_template }}")
KEPT = "--no-terminate-instances"


def is_changeable(row: ReportRow) -> bool:
    """Whether AWS can change what it launches: a launch specification is fixed, and so is a fleet that only launches once."""
    if row.kind in (GROUP, LAUNCH_TEMPLATE):
        return True
    return row.kind != SPOT_REQUEST and row.data.get("type", MAINTAIN) == MAINTAIN and _has_templates(row)


def set_profile(row: ReportRow, profile: str = PROFILE) -> list[dict]:
    """Tasks that give the next instances the profile."""
    if not is_changeable(row):
        return replace_source(row)
    options = {"region": row.region, **_selected(row), "instance_profile": profile}
    converted = {} if _has_templates(row) else {"convert_launch_configurations": True}
    return [task(f"Launch instances of {row.id} with an instance profile", "keyless.ec2.launch_profile_attach", {**options, **converted})]


def require_imdsv2(row: ReportRow) -> list[dict]:
    """Tasks that require IMDSv2 of the next instances."""
    if not is_changeable(row):
        return replace_source(row)
    first = [] if _has_templates(row) else set_profile(row, row.profile or PROFILE)
    variables = {f"require_imdsv2_{option}": names for option, names in _selected(row).items()}
    return [*first, role_task("Require IMDSv2 of the next instances", "require_imdsv2", {"require_imdsv2_region": row.region, **variables})]


def set_template(row: ReportRow) -> list[dict]:
    """Tasks that give it a launch template that exists."""
    if not is_changeable(row):
        return replace_source(row)
    name = "Launch from an existing template"
    if row.kind == GROUP:
        template = {"launch_template_name": TEMPLATE, "version": "$Latest"}
        return [task(name, "amazon.aws.autoscaling_group", {"region": row.region, "name": row.id, "launch_template": template})]
    call = ["modify-spot-fleet-request", "--spot-fleet-request-id"] if row.kind == SPOT_FLEET else ["modify-fleet", "--fleet-id"]
    return [_cli(row, name, [*call, row.id, "--launch-template-configs", Template("{{ launch_template_configs | to_json }}")])]


def replace_source(row: ReportRow) -> list[dict]:
    """Tasks that request another one, and then cancel this one; its instances stay."""
    create, cancel = f"Create another {row.kind}", f"Cancel {row.id}, and keep its instances"
    if row.kind == SPOT_REQUEST:
        module, where = "amazon.aws.ec2_spot_instance", {"region": row.region}
        new = {**where, "spot_type": "persistent", "launch_specification": Template("{{ launch_specification }}")}
        return [task(create, module, new), task(cancel, module, {**where, "spot_instance_request_ids": [row.id], "state": "absent"})]
    new_call: list[str] = ["create-fleet", "--cli-input-json", Template("{{ fleet | to_json }}")]
    end_call: list[str] = ["delete-fleets", "--fleet-ids", row.id]
    if row.kind == SPOT_FLEET:
        new_call = ["request-spot-fleet", "--spot-fleet-request-config", Template("{{ spot_fleet_request | to_json }}")]
        end_call = ["cancel-spot-fleet-requests", "--spot-fleet-request-ids", row.id]
    return [_cli(row, create, new_call), _cli(row, cancel, [*end_call, KEPT])]


def _selected(row: ReportRow) -> dict[str, Any]:
    """The options that select it; a fleet launches from its templates."""
    if row.kind == GROUP:
        return {"auto_scaling_groups": [row.id]}
    names = dict.fromkeys(each["launch_template_name"] or each["launch_template_id"] for each in row.data.get("launches", ()))
    return {"launch_templates": [row.id] if row.kind == LAUNCH_TEMPLATE else list(names)}


def _has_templates(row: ReportRow) -> bool:
    return all(each.get("launch_template_id") for each in row.data.get("launches", ()))


def _cli(row: ReportRow, name: str, call: Sequence[str]) -> dict:
    return task(name, "ansible.builtin.command", {"argv": ["aws", "ec2", *call, "--region", row.region]})
