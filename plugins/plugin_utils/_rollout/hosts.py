# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which host each instance is, and whether a host shows what it should show after a batch.  Pure."""

from __future__ import annotations

from typing import Any, Iterable, Mapping, Optional, Sequence, TypedDict

from ...module_utils._common.sentences import listed
from .names import ATTACH
from .proof import PROOFS, must_be_proven

SHOWN = 10  # instances in a sentence

Facts = Mapping[str, Any]  # an inventory host's name and variables, as in VARIABLES
VARIABLES = ("instance_id", "ec2_instance_id", "verify_endpoint", "ansible_connection", "ansible_python_interpreter")


class Host(TypedDict):
    """A host of the inventory, and how to reach it."""

    name: str
    endpoint: Optional[str]
    connection: str
    python: str


class Check(TypedDict):
    """A host to ask for its identity, and what its instance should have: for ``attach``, the ARN of an instance profile."""

    role: str
    instance_id: str
    name: str
    endpoint: Optional[str]
    after: Any


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


def checks_of(rows: Iterable[Mapping[str, Any]], hosts: Mapping[str, Host], role: str = ATTACH.role) -> list[Check]:
    """The hosts to ask after a batch: those of its instances that have not failed."""
    return [check_of(row, hosts, role) for row in rows if must_be_proven(role, row) and row["instance_id"] in hosts]


def check_of(row: Mapping[str, Any], hosts: Mapping[str, Host], role: str) -> Check:
    """How to ask the host of one instance."""
    host = hosts[row["instance_id"]]
    return {"role": role, "instance_id": row["instance_id"], "name": host["name"], "endpoint": host["endpoint"], "after": row["after"]}


def is_verified(check: Check, answer: Mapping[str, Any]) -> bool:
    """Whether a host's answer, the result of instance_identity_info, comes from the right instance and proves what the role did."""
    identity = answer.get("identity") or {}
    return identity.get("instance_id") == check["instance_id"] and PROOFS[check["role"]](check["after"], answer)


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
