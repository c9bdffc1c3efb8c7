# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What uses a role, and the commands that remove each use.  Pure."""

from __future__ import annotations

from itertools import groupby
from typing import Any, Callable, Iterable, Iterator, Mapping

from ...module_utils._common.quoting import one_line
from .._quoting.commands import playbook_command

GROUP, TEMPLATE = "Auto Scaling group", "launch template"
OPTIONS = {GROUP: "attach_auto_scaling_groups", TEMPLATE: "attach_launch_templates"}
KEYS = ("instances", "launched_by", "trusting_roles")

Row = Mapping[str, Any]


def uses_of(role: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The uses that iam_ec2_role_info found; all empty if it did not look for them."""
    return {key: list(role.get(key, ())) for key in KEYS}


def describe_uses(role_name: str, uses: Mapping[str, list[Any]], incomplete: Iterable[Row]) -> str:
    """The error that lists all uses. Launch sources come first, because they would launch the instances again."""
    verb = "is" if any(uses.values()) else "may be"
    return "\n".join(
        (
            f"retire_role_name: the role {role_name} {verb} in use, so nothing was changed.",
            *_launch_sources(uses["launched_by"]),
            *_instances(uses["instances"]),
            *_trusting_roles(uses["trusting_roles"]),
            *_unread_regions(incomplete),
        )
    )


def _launch_sources(rows: Iterable[Row]) -> Iterator[str]:
    for (region, _kind), some in _grouped(rows, lambda row: (row["region"], row["kind"].lower())):
        kind = some[0]["kind"]
        names = [row["name"] for row in some]
        yield f"- {kind} {', '.join(map(one_line, names))} ({region}) would launch instances with it."
        if kind in OPTIONS:
            yield f"  Remove it there: {_detach(region, **{OPTIONS[kind]: names})}"
        elif kind.endswith("Fleet"):
            command = f"{_detach(region)} -e attach_launch_templates=ID"
            yield f"  If its type is maintain, change its launch template: {command}. Otherwise cancel it."
        else:
            yield "  A request can't be changed: cancel it."


def _instances(rows: Iterable[Row]) -> Iterator[str]:
    for region, some in _grouped(rows, lambda row: row["region"]):
        ids = [row["instance_id"] for row in some]
        yield f"- {'Instances' if len(ids) > 1 else 'Instance'} {', '.join(ids)} ({region}) {'use' if len(ids) > 1 else 'uses'} it."
        yield f"  Detach it: {_detach(region, attach_instance_ids=ids)}"


def _trusting_roles(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        command = playbook_command("ec2_role", {"ec2_role_create_instance_profile": "false", "ec2_role_name": name})
        yield f"- Role {one_line(name)} names it in its trust policy."
        yield f"  Remove it there, with a new ec2_role_trust_policy: {command}"


def _unread_regions(incomplete: Iterable[Row]) -> Iterator[str]:
    for each in incomplete:
        yield f"- Access denied in {each['target']} ({each['reason']})."
        yield (
            "  Set retire_regions to the regions that you use, or run with credentials that can read all regions "
            "(ec2:Describe*, autoscaling:Describe*)."
        )


def _grouped(rows: Iterable[Row], key: Callable[[Row], Any]) -> Iterator[tuple[Any, list[Row]]]:
    yield from ((value, list(some)) for value, some in groupby(sorted(rows, key=key), key))


def _detach(region: str, **selected: list[str]) -> str:
    return playbook_command("attach", {"attach_state": "absent", "attach_region": region, **selected})
