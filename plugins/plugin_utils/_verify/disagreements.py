# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where AWS's answer to a host and the policy simulator's decision differ.  Pure."""

from __future__ import annotations

from typing import Any, Iterable, Mapping, Sequence

CODE = "simulator_disagrees"
MESSAGE = "{action}{on} is {answer}{code} on the host, but the policy simulator says {decision}{missing}."
# Needs no permission, but the simulator denies it.
ALWAYS_ALLOWED = ("sts:GetCallerIdentity",)
WHEN_DENIED = (
    "Check the policies of the resource and of the VPC endpoint, which the simulator does not know, and whether the host's session is older "
    "than the role's policies."
)
WHEN_ALLOWED = (
    "Check whether the resource's own policy allows it, and whether the role's policies have conditions on values that the simulator did not get."
)


def disagreements(tried: Iterable[Mapping[str, Any]], simulated: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A problem for each action that the host tried and the simulator decides differently."""
    decisions = {_key(each): each for each in simulated}
    pairs = ((each, decisions.get(_key(each))) for each in tried)
    return [_problem(real, decision) for real, decision in pairs if decision and _disagree(real, decision)]


def _key(row: Mapping[str, Any]) -> Sequence[Any]:
    return row["action"].lower(), row["resource"]


def _disagree(real: Mapping[str, Any], simulated: Mapping[str, Any]) -> bool:
    if real["action"] in ALWAYS_ALLOWED or real["answer"] == "unknown":
        return False
    return bool((real["answer"] == "allowed") != (simulated["decision"] == "allowed"))


def _problem(real: Mapping[str, Any], simulated: Mapping[str, Any]) -> dict[str, Any]:
    missing = simulated["missing_context_values"]
    message = MESSAGE.format(
        action=real["action"],
        on=f" on {real['resource']}" if real["resource"] else "",
        answer=real["answer"],
        code=f" ({real['code']})" if real["code"] else "",
        decision=simulated["decision"],
        missing=f" (without values for {', '.join(missing)})" if missing else "",
    )
    return {"code": CODE, "message": message, "fix": WHEN_DENIED if real["answer"] == "denied" else WHEN_ALLOWED}
