# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The instance profile of a host: the planned change, and what has to be attached again after a failure.  Pure."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from .._variables.option_names import by_variable
from .facts import HostFacts, Options, Result, Row, message, rows
from .rollback import Rollback, interrupted

NEXT_STEP = "Set migrate_keys_on_conflict to replace to give it the new one, or to skip to leave the instance profile as it is."
VARIABLES = ("migrate_keys_instance_profile", "migrate_keys_on_conflict", "migrate_keys_wait_timeout")


def wanted(facts: HostFacts, options: Options) -> dict[str, Optional[str]]:
    """What instance_profile_attach is asked to plan: without an instance profile, the one that an interrupted run attached."""
    left = interrupted(facts)
    if not facts.identity or not (options.instance_profile or left.changes_profile):
        return {}
    return {facts.identity["instance_id"]: options.instance_profile or left.after}


def error(facts: HostFacts) -> str:
    """Why the host does not have the instance profile; empty if it has."""
    result = facts.attachment if _was_attached(facts) else facts.plan
    row = _row(facts, result)
    if row.get("action", "failed") != "failed":
        return ""
    if row.get("reason") == "conflict":
        return f"{row['msg']}. {NEXT_STEP}"
    failure = by_variable(message(result) or "", "migrate_keys", VARIABLES)
    return row.get("msg") or failure or "instance_profile_attach returned nothing for this host."


def is_planned(facts: HostFacts) -> bool:
    """Whether the instance profile has to be attached."""
    return bool(_row(facts, facts.plan).get("changed"))


def to_write_down(facts: HostFacts, paths: list[str], options: Options) -> Rollback:
    """Both changes of this run, and those of the interrupted one that it continues."""
    left, plan = interrupted(facts), _row(facts, facts.plan)
    continues = _continues(left, plan)
    changes = continues or (is_planned(facts) and bool(options.instance_profile))
    before, after = (left.before if continues else plan["before"], plan["after"]) if changes else (None, None)
    account_id, region, instance_id = (facts.identity.get(name) for name in ("account_id", "region", "instance_id"))
    return Rollback(account_id, region, instance_id, paths, changes, before, after)


def previous(facts: HostFacts) -> Mapping[str, Any]:
    """What has to be attached again, as instance_profile_attach takes it; empty if no run has changed it, or somebody else has since."""
    left, plan = interrupted(facts), _row(facts, facts.plan)
    if _continues(left, plan):
        return {facts.identity["instance_id"]: left.before}
    if not _was_attached(facts):
        return {}
    # A task that returned nothing for the instance may have changed it.
    row = _row(facts, facts.attachment) or plan
    return {row["instance_id"]: row["before"]} if row.get("changed") else {}


def unknown(facts: HostFacts) -> str:
    """Why the change of an interrupted run can't be undone; empty if it can."""
    left = interrupted(facts)
    if not left.changes_profile or _continues(left, _row(facts, facts.plan)):
        return ""
    if not _row(facts, facts.plan):
        return f"the current instance profile is unknown, so that of before the interrupted run is not attached ({left.before or 'none'})"
    return f"somebody else has changed the instance profile since the interrupted run. Before that, it was {left.before or 'none'}"


def _continues(left: Rollback, plan: Row) -> bool:
    """Whether the instance still has what it had before the interrupted run, or what that run attached."""
    return left.changes_profile and bool(plan) and plan["before"] in (left.before, left.after)


def _was_attached(facts: HostFacts) -> bool:
    return bool(facts.attachment) and not facts.attachment.get("skipped")


def _row(facts: HostFacts, result: Result) -> Row:
    """What instance_profile_attach returned for the host; empty if it returned nothing."""
    return next((each for each in rows(result, "instances") if each["instance_id"] == facts.identity.get("instance_id")), {})
