# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which host each instance is, and whether a host has the instance profile that it should have.  Pure."""

from __future__ import annotations

from typing import Any, Iterable, Mapping, Optional, Sequence, TypedDict

from ...module_utils._common.sentences import listed

SHOWN = 10  # instances in a sentence
TOLERATED = "imdsv1_allowed"  # says nothing about the instance profile

Facts = Mapping[str, Any]  # an inventory host's name and variables, as in VARIABLES
VARIABLES = ("instance_id", "ec2_instance_id", "verify_endpoint", "ansible_connection", "ansible_python_interpreter")


class Host(TypedDict):
    """A host of the inventory, and how to reach it."""

    name: str
    endpoint: Optional[str]
    connection: str
    python: str


class Check(TypedDict):
    """A host to ask for its identity, and the ARN of the instance profile that it should have."""

    instance_id: str
    name: str
    endpoint: Optional[str]
    after: Optional[str]


def hosts_by_instance_id(inventory: Iterable[Facts]) -> dict[str, Host]:
    """The hosts with the variable ``instance_id``, or ``ec2_instance_id``; if two have the same id, the former wins."""
    known = list(inventory)
    return {str(each[name]): _host(each) for name in ("ec2_instance_id", "instance_id") for each in known if each.get(name)}


def _host(facts: Facts) -> Host:
    return {
        "name": facts["name"],
        "endpoint": facts.get("verify_endpoint"),
        "connection": facts.get("ansible_connection") or "ssh",
        "python": facts.get("ansible_python_interpreter") or "auto",
    }


def checks_of(rows: Iterable[Mapping[str, Any]], hosts: Mapping[str, Host]) -> list[Check]:
    """The hosts to ask after a batch: those of its instances that have not failed."""
    return [
        {
            "instance_id": row["instance_id"],
            "name": hosts[row["instance_id"]]["name"],
            "endpoint": hosts[row["instance_id"]]["endpoint"],
            "after": row["after"],
        }
        for row in rows
        if row["action"] != "failed" and row["instance_id"] in hosts
    ]


def is_verified(check: Check, answer: Mapping[str, Any]) -> bool:
    """Whether a host's answer, the result of instance_identity_info, shows the right instance with a working profile, or with none."""
    identity = answer.get("identity") or {}
    if identity.get("instance_id") != check["instance_id"] or identity.get("instance_profile_arn") != check["after"]:
        return False
    return check["after"] is None or all(each["code"] == TOLERATED for each in answer.get("problems", ()))


def verification(checks: Sequence[Check], answers: Sequence[Mapping[str, Any]], not_in_inventory: Sequence[str]) -> dict[str, Any]:
    """What the answers of a batch's hosts show: ``error``, and the sentences ``unverified`` about instances that could not be asked."""
    pairs = list(zip(checks, answers))
    refuted = [(check, answer) for check, answer in pairs if not answer.get("unreachable") and not is_verified(check, answer)]
    unreachable = [
        f"Not verified: {check['instance_id']} (host {check['name']} is unreachable)." for check, answer in pairs if answer.get("unreachable")
    ]
    missing = [f"Not verified: {listed(not_in_inventory, SHOWN)} (not in the inventory)."] if not_in_inventory else []
    return {"error": "; ".join(_refutation(*each) for each in refuted), "unverified": [*missing, *unreachable]}


def _refutation(check: Check, answer: Mapping[str, Any]) -> str:
    expected = "" if check["after"] else " It should have no instance profile."
    return f"{check['name']}: {answer.get('msg', '')}{expected}"
