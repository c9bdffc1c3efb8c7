# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role verify asks the policy simulator, shows, and fails on.  Pure."""

from __future__ import annotations

from typing import Any, Iterable, Mapping, Optional, Sequence

from ...module_utils._common.plan_summary import FAILED, Item, Kind, summary
from ...module_utils._common.quoting import readable
from .disagreements import disagreements
from .table import table

# For more roles, iam_ec2_role_info reads lists of the whole account, which takes other permissions.
ROLES_PER_CALL = 4

# What an earlier task of the same playbook repairs in a real run, and in check mode does not.
PLANNED = {
    *("no_profile", "profile_not_found", "no_credentials", "trust_refuses_ec2", "unexpected_role"),
    *("action_denied", "action_allowed", "action_unknown"),
}
AS_PLANNED = "Not a failure in check mode, in case an earlier task gives the host its role: {codes}."

VERIFIED, WITHOUT_ROLE, NOT_ASKED = "verified", "without a role yet", "not asked"

Result = Mapping[str, Any]  # what a module returned


def verification(
    results: Mapping[str, Optional[Result]],
    actions: Sequence[Any],
    simulations: Sequence[Result],
    tolerated: Sequence[str],
    awaited: Sequence[str] = (),
    check_mode: bool = False,
) -> dict[str, Any]:
    """The decision about hosts, by their results of instance_identity_info, None for a host without one.

    ``simulations`` are the results of iam_ec2_role_info, one for each batch of roles, ``awaited`` the hosts that can still have a result.
    """
    hosts = {host: _host(result, simulations, tolerated, check_mode) for host, result in results.items() if result and "problems" in result}
    return {
        "simulate": {"roles": _batches(_roles(results.values())), "actions": [each for each in actions if not _has_own_call(each)]},
        "table": table(results) + _refusals(simulations) + [_summary(results, hosts)],
        "is_complete": all(results.get(each) for each in awaited),
        "hosts": hosts,
    }


def _roles(results: Iterable[Optional[Result]]) -> list[str]:
    names = (((result or {}).get("identity") or {}).get("role_name") for result in results)
    return list(dict.fromkeys(name for name in names if name))


def _batches(names: list[str]) -> list[list[str]]:
    return [names[start : start + ROLES_PER_CALL] for start in range(0, len(names), ROLES_PER_CALL)]


def _has_own_call(action: Any) -> bool:
    """Whether the user describes the request; the simulator only knows actions."""
    return isinstance(action, Mapping) and "call" in action


def _refusals(simulations: Sequence[Result]) -> list[str]:
    """Why the simulator was not asked; the first reason stands for all."""
    refused = [each["msg"] for each in simulations if "iam_roles" not in each and "msg" in each]
    return readable([f"The policy simulator was not asked: {refused[0]}"]) if refused else []


def _host(result: Result, simulations: Sequence[Result], tolerated: Sequence[str], check_mode: bool) -> dict[str, Any]:
    differing = disagreements(result.get("actions") or [], _simulated(result["identity"], simulations))
    wrong = [each for each in [*result["problems"], *differing] if each["code"] not in tolerated]
    planned = [each for each in wrong if check_mode and each["code"] in PLANNED]
    failing = [each for each in wrong if each not in planned]
    notes = [AS_PLANNED.format(codes=", ".join(dict.fromkeys(each["code"] for each in planned)))] if planned else []
    return {
        "lines": readable([result["msg"], *map(_sentences, differing), *notes]),
        "planned": bool(planned),
        "problems": failing,
        "failure": readable(" ".join(map(_sentences, failing))),
    }


def _summary(results: Mapping[str, Optional[Result]], hosts: Mapping[str, Mapping[str, Any]]) -> str:
    """How many hosts passed, and what is wrong with the first of the others."""
    failures = [f"{host}: {', '.join(each['code'] for each in found['problems'])}" for host, found in hosts.items() if found["problems"]]
    outcomes = [_outcome(hosts.get(host)) for host in results]
    items = [Item(each) for each in (VERIFIED, WITHOUT_ROLE, NOT_ASKED, FAILED) for _one in range(outcomes.count(each))]
    said: str = readable(summary([Kind(items, "host")], False, failures, "No hosts."))
    return said


def _outcome(found: Optional[Mapping[str, Any]]) -> str:
    if not found:
        return NOT_ASKED
    return FAILED if found["problems"] else WITHOUT_ROLE if found["planned"] else VERIFIED


def _sentences(problem: Mapping[str, Any]) -> str:
    return f"{problem['message']} {problem['fix']}"


def _simulated(identity: Mapping[str, Any], simulations: Sequence[Result]) -> list[Mapping[str, Any]]:
    """What the simulator decided for the host's role, which may have namesakes in other accounts."""
    roles = (role for each in simulations for role in each.get("iam_roles", ()))
    account = f":{identity['account_id']}:" if identity["account_id"] else ""
    own = (role for role in roles if role["role_name"] == identity["role_name"] and account in role["arn"])
    return [row for role in own for row in role.get("simulated", ())]
