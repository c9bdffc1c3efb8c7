# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role launch launches and returns.  Pure."""

from __future__ import annotations

from typing import Any, Mapping, Optional, Sequence

from ansible_collections.keyless.ec2.plugins.module_utils._common.differing import differing
from ansible_collections.keyless.ec2.plugins.module_utils._common.plan_summary import Item, Kind, summary
from ansible_collections.keyless.ec2.plugins.module_utils._values.instance_profile import is_unknown_to_ec2

from .._steps.failure import Step, describe_failure
from .existing import ExistingInstances
from .network import Network
from .profile import RoleProfile, missing_in_iam, profile_id

Result = Mapping[str, Any]  # what a module returned; empty for a task that has not run

# amazon.aws.ec2_instance requests Spot Instances only through a launch template.  A version never changes, and this is its first.
SPOT_TEMPLATE = "keyless-ec2-spot"
SPOT_VERSION = "1"
SPOT_OPTIONS = {"market_type": "spot", "spot_options": {"spot_instance_type": "one-time"}}


def plan(
    count: int,
    is_spot: bool,
    given_profile: Optional[str],
    role: RoleProfile,
    results: Mapping[str, Result],
    network: Network,
    on_conflict: str = "fail",
    check_mode: bool = False,
) -> dict[str, Any]:
    """The plan from what is known so far; each part needs only the ``results`` of the tasks before it."""
    profile = role.name(given_profile)
    existing = ExistingInstances(results["instance_info"].get("instances") or [], profile, profile_id(results.get("profile") or {}))
    missing = max(count - len(existing.ids), 0)
    ids = list(dict.fromkeys([*existing.ids, *results["launched"].get("instance_ids", [])]))
    refusal = existing.refusal() if on_conflict == "fail" else None
    skipped = set(existing.others) if on_conflict == "skip" else set()
    attach_ids = [each for each in ids if each not in skipped]
    # In check mode, an earlier task may have planned it.
    is_needed = not role.create and not check_mode
    templates = _templates(results)
    return {
        "profile": profile,
        # In check mode, there may be no instances yet.
        "attach": not role.is_planned and bool(attach_ids),
        "attach_ids": attach_ids,
        "refusal": refusal,
        "missing": missing,
        # Before anything is written.
        "checks_profile": (missing > 0 and is_needed) or bool(existing.ids and on_conflict != "replace"),
        "profile_error": missing_in_iam("launch", profile, results.get("profile") or {}) if is_needed else None,
        "needs_template": is_spot and missing > 0,
        "has_template": bool(results["template_info"].get("launch_templates")),
        "template_name": SPOT_TEMPLATE,
        "template_error": _template_error(templates),
        "template_options": SPOT_OPTIONS,
        # In check mode, an earlier task did not create it: instance_profile_attach warns of that, and amazon.aws.ec2_instance would fail.
        "options": {
            "iam_instance_profile": None if role.is_planned or check_mode else profile,
            **_spot_options(is_spot, templates),
            **_placed(network),
        },
        "network": network.plan(check_mode, missing > 0),
        "retry": bool(results["launched"].get("failed")) and is_unknown_to_ec2(str(results["launched"].get("msg"))),
        "instance_ids": [] if refusal else ids,
        "summary": _summary(existing.ids, skipped, missing, results, check_mode),
    }


def _summary(found: Sequence[str], skipped: set[str], missing: int, results: Mapping[str, Result], check_mode: bool) -> str:
    """The role's last line: how many instances were launched or would be, and what became of the profiles of all."""
    new = missing if check_mode else len(set(results["launched"].get("instance_ids", [])) - set(found))
    old = [Item("skipped", "without this instance profile") if each in skipped else Item("unchanged") for each in found]
    said = summary([Kind([*[Item("launched")] * new, *old], "instance")], check_mode, nothing="No instances.")
    attached = results.get("attached", {})
    return f"{said} {attached['msg']}" if attached.get("changed") and attached.get("msg") else said


def _templates(results: Mapping[str, Result]) -> Sequence[Mapping[str, Any]]:
    """The launch template, as it was created or else found; somebody else may have created it between these tasks."""
    created = results.get("template", {})
    if created.get("template"):
        return [{**created["template"], "versions": created.get("versions") or []}]
    return results["template_info"].get("launch_templates") or []


def _spot_options(is_spot: bool, templates: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """With a launch template, amazon.aws.ec2_instance accepts a subnet and security groups only with a network interface.

    The template has its id, because its name could stand for another one by now, unless check mode has not created it.
    """
    named = {"id": templates[0]["launch_template_id"]} if templates else {"name": SPOT_TEMPLATE}
    return {
        "launch_template": {**named, "version": SPOT_VERSION} if is_spot else None,
        "network_interfaces": [{"device_index": 0}] if is_spot else None,
    }


def _placed(network: Network) -> dict[str, Any]:
    """What of the network exists: amazon.aws.ec2_instance looks it up in check mode, too."""
    return {"vpc_subnet_id": network.existing_subnet(), "security_groups": network.existing_groups()}


def _template_error(templates: Sequence[Mapping[str, Any]]) -> Optional[str]:
    """Why the launch template that exists cannot be used."""
    versions = (each for template in templates for each in template["versions"])
    found: Mapping[str, Any] = next((each["launch_template_data"] for each in versions if str(each["version_number"]) == SPOT_VERSION), {})
    wanted = {"instance_market_options": SPOT_OPTIONS}
    if not templates or (found.keys() == wanted.keys() and not differing(wanted, found)):
        return None
    return (
        f"launch_spot: the launch template {SPOT_TEMPLATE} exists and is not the one that this role creates, so nothing was launched "
        "from it. Delete it, and this role creates its own."
    )


def failure_message(name: str, role: RoleProfile, results: Mapping[str, Result], task: str, failed: Result) -> str:
    """What was done before this task failed, and why it did."""
    changed = {key: results.get(key, {}).get("changed", False) for key in ("template", "launched", "attached")}
    steps = [
        Step("Find the existing instances"),
        Step("Read the instance profile"),
        Step("Refuse an instance profile that does not exist"),
        Step("Refuse instances without this instance profile"),
        Step("Read the subnets"),
        Step("Read the security groups"),
        Step("Check the subnets and security groups"),
        Step("Read the launch template"),
        Step("Refuse a launch template that this role did not create"),
        Step("Check the variables"),  # of the role ec2_role
        Step("Manage the IAM role and its instance profile", "create the IAM role", role.create and (role.result or {}).get("changed", False)),
        Step("Report the result"),
        Step("Create the launch template", "create the launch template for Spot Instances", changed["template"], False),
        Step("Refuse a launch template that somebody else created first"),
        Step("Launch the missing instances", "launch the missing instances", changed["launched"], False),
        Step("Attach the instance profile to all instances", "attach the instance profile", changed["attached"]),
        Step("Set the result"),
    ]
    return describe_failure(f"Instances with the name {name}", steps, task, failed)[1]
