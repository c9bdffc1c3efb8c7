# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which instances get the instance profile, and what became of one of them.  Pure."""

from __future__ import annotations

from typing import Any, Iterable, Mapping

from .facts import HostFacts, Row, message, rows
from .usage import findings


def attachments(hosts: Iterable[HostFacts], instance_profile: str) -> list[dict[str, Any]]:
    """A call of instance_profile_attach for each region: the instances of hosts that were searched and do not stop."""
    regions: dict[str, dict[str, str]] = {}
    for facts in hosts:
        if facts.identity and "credentials" in facts.found and not findings(facts).stops:
            regions.setdefault(facts.identity["region"], {})[facts.identity["instance_id"]] = instance_profile
    return [{"region": region, "attachments": instances} for region, instances in regions.items()]


def row(facts: HostFacts) -> Row:
    """What instance_profile_attach returned for the host; empty if it returned nothing."""
    found = (each for result in rows(facts.attachment, "results") for each in rows(result, "instances"))
    return next((each for each in found if each["instance_id"] == facts.identity.get("instance_id")), {})


def error(facts: HostFacts) -> str:
    """Why the host does not have the instance profile; empty if it has it."""
    found = row(facts)
    if found.get("action", "failed") != "failed":
        return ""
    said = [found["msg"]] if found.get("msg") else [message(each) or "" for each in rows(facts.attachment, "results")]
    return " ".join(filter(None, said)) or "instance_profile_attach returned nothing for this host."


def previous(facts: HostFacts) -> Mapping[str, Any]:
    """The instance's former profile, in the form of the option attachments of instance_profile_attach; empty if it was not changed."""
    found = row(facts)
    return {found["instance_id"]: found["before"]} if found.get("changed") else {}
