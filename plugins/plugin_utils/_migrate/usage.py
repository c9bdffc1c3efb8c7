# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Uses of a host's keys that its role does not allow.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterable, Optional, Sequence

from .facts import HostFacts, Options, Row, message, rows
from .request import LONG_TERM

NOT_ALLOWED = "{access_key_id} of user {user_name} was used in the last {days} days for actions that role {role} does not allow: {actions}."
UNKNOWN = "It could not be found out whether role {role} allows what {ids} did: {reason}"
NO_ROLE = "The use of {ids} could not be compared with a role: {reason}"
NOTHING = "No use of the keys was found that role {role} does not allow."
NOT_COMPARED = (
    "No long-term key was found in its place, so nothing was compared with what role {role} allows. Keys that an earlier run set aside are not "
    "compared again."
)
NEXT_STEP = "{how} migrate_keys_usage to warn to migrate the host nevertheless."


@dataclass(frozen=True)
class Findings:
    """Rows of access_key_usage_info for keys with uses that the role does not allow, the ids whose use is unknown, and sentences about both."""

    not_allowed: Sequence[Row] = ()
    unknown: Sequence[str] = ()
    lines: Sequence[str] = ()
    stops: bool = False

    @property
    def in_result(self) -> dict[str, Any]:
        """The part of it that is in migrate_keys_result."""
        return {"not_allowed": list(self.not_allowed), "usage_unknown": list(self.unknown)}


def role_of(facts: HostFacts, options: Options) -> str:
    """The role that the host will have; empty if it is unknown."""
    current = facts.identity.get("role_name") or ""
    keeps_it = options.on_conflict != "replace" and current
    if options.expected_role or keeps_it or not options.instance_profile:
        return options.expected_role or current
    profiles = rows(facts.profile, "iam_instance_profiles")
    return next((role["role_name"] for profile in profiles for role in rows(profile, "roles")), "")


def comparison(facts: HostFacts, options: Options) -> dict[str, Any]:
    """The role to compare the host's keys with, and the result."""
    return {"role": role_of(facts, options), "fails": options.usage == "fail", "days": options.usage_days}


def queries(hosts: Iterable[HostFacts], region: Optional[str]) -> list[dict[str, Any]]:
    """A call of access_key_usage_info for each role, for the keys of all hosts that have it."""
    roles: dict[str, set[str]] = {}
    for facts in hosts:
        if facts.comparison.get("role"):
            roles.setdefault(facts.comparison["role"], set()).update(long_term_keys(facts))
    return [{"role_name": role, "access_key_ids": sorted(roles[role]), "region": region} for role in sorted(roles) if roles[role]]


def long_term_keys(facts: HostFacts) -> list[str]:
    """The ids of the long-term keys on the host, sorted.  Temporary ones expire."""
    return sorted({each["access_key_id"] for each in rows(facts.found, "credentials") if each["access_key_id"].startswith(LONG_TERM)})


def findings(facts: HostFacts) -> Findings:
    """The result of the comparison; empty if there was none."""
    if not facts.comparison:
        return Findings()
    answer = _answer(facts)
    ids = long_term_keys(facts)
    known = [each for each in rows(answer or {}, "access_keys") if each["access_key_id"] in ids]
    not_allowed = [each for each in known if each["not_allowed"]]
    described = {each["access_key_id"] for each in known if each["user_name"]}
    unknown = [each for each in ids if each not in described]
    lines = [_not_allowed(each, facts.comparison) for each in not_allowed] + _unknown(unknown, answer, facts)
    stops = bool(lines) and facts.comparison["fails"]
    good = (NOTHING if ids else NOT_COMPARED).format(role=facts.comparison["role"] or "(unknown)")
    if stops:
        lines.append(NEXT_STEP.format(how="Allow it in the role, or set" if not_allowed else "Set"))
    return Findings(not_allowed, unknown, lines or [good], stops)


def _answer(facts: HostFacts) -> Optional[Row]:
    answers = rows(facts.usage, "results")
    return next((each for each in answers if each["item"]["role_name"] == facts.comparison["role"]), None)


def _not_allowed(row: Row, compared: Row) -> str:
    return NOT_ALLOWED.format(
        access_key_id=row["access_key_id"],
        user_name=row["user_name"],
        days=compared["days"],
        role=compared["role"],
        actions=", ".join(row["not_allowed"]),
    )


def _unknown(ids: Sequence[str], answer: Optional[Row], facts: HostFacts) -> list[str]:
    if not ids:
        return []
    role = facts.comparison["role"]
    if not role:
        return [NO_ROLE.format(ids=", ".join(ids), reason=message(facts.profile) or "the role of the host is unknown.")]
    reason = message(answer) if answer and "access_keys" not in answer else None
    return [UNKNOWN.format(role=role, ids=", ".join(ids), reason=reason or "AWS names no user of this account that has it.")]
