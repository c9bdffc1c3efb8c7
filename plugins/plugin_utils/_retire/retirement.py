# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role retire does next, and what it reports.  Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Mapping, Optional

from ansible_collections.keyless.ec2.plugins.module_utils._common.quoting import readable
from ansible_collections.keyless.ec2.plugins.module_utils._values.protected_roles import protection_of
from ansible_collections.keyless.ec2.plugins.plugin_utils._steps.failure import Step, describe_failure

from .._quoting.commands import playbook_command
from .quarantine import DENIAL, POLICY, TAG, format_time, other_tags, quarantine_of
from .uses import describe_uses, uses_of


@dataclass(frozen=True)
class Retirement:
    """The changes to make, in the order of the fields, and what to report.

    ``result`` is for a run that makes them, ``result_if_failed`` for one that fails.  ``error`` is why nothing may be changed,
    ``message`` is the closing sentence of a run without an error.
    """

    result: Mapping[str, Any]
    result_if_failed: Mapping[str, Any]
    role: str = ""
    error: Optional[str] = None
    message: Optional[str] = None
    remove_tag: bool = False
    other_tags: Mapping[str, str] = field(default_factory=dict)
    deny: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    remove_denial: bool = False
    delete: bool = False

    def as_result(self) -> dict[str, Any]:
        """The plan for the role's tasks, with the name and the document of the policy."""
        # The task shows each text of a list on a line of its own.
        said = readable((self.message or "").split("\n"))
        shown = {"error": readable(self.error), "message": said if len(said) > 1 else self.message and said[0]}
        return {**asdict(self), **shown, "policy": POLICY, "inline_policies": {POLICY: DENIAL}}


def result_after_failure(plan: Retirement, task: str, failed: Mapping[str, Any]) -> dict[str, Any]:
    """The result of a run in which this task failed."""
    steps = [
        Step("Remove the quarantine tag", f"remove the tag {TAG}" * plan.remove_tag),
        Step("Deny the role everything", f"add the policy {POLICY}" * plan.deny),
        Step("Write the quarantine tag", f"add the tag {TAG}" * plan.deny),
        Step("Remove the quarantine policy", f"remove the policy {POLICY}" * plan.remove_denial, is_known=False),
        Step("Delete the role", "delete the role" * plan.delete),
        Step("Set the result"),
        Step("Show what was done"),
    ]
    is_changed, message = describe_failure(f"The role {plan.role}", steps, task, failed)
    if not is_changed:
        return {**plan.result_if_failed, "state": "unchanged", "failure": message}
    return {**plan.result_if_failed, "state": "incomplete", "quarantined_at": None, "deletable_from": None, "failure": message}


@dataclass(frozen=True)
class Options:
    """The role's variables, and the time by AWS's clock, None if AWS did not say it."""

    name: str
    state: str
    after_days: int
    although_used: bool
    now: Optional[datetime]
    check_mode: bool = False

    def said(self, done: str, planned: str) -> str:
        """The first sentence in a real run, the second in check mode."""
        return planned if self.check_mode else done


NO_TIME = "AWS's responses did not say what time it is, so the days of a quarantine can't be counted, and nothing was changed. Run again."


def plan_retirement(found: Mapping[str, Any], options: Options) -> Retirement:
    """The plan for what iam_ec2_role_info returned as ``found``."""
    state = "unchanged" if found["iam_roles"] else "absent"
    result = _result(state)
    if options.after_days < 0:
        return Retirement(result, result, error=f"retire_after_days: {options.after_days} is negative. With 0, the next run deletes the role.")
    if not found["iam_roles"]:
        verb = "restore" if options.state == "restored" else "retire"
        return Retirement(result, result, message=f"There is no role {options.name}; nothing to {verb}.")
    role = found["iam_roles"][0]
    if options.state == "restored":
        return _plan_restoring(role, options)
    if options.now is None:
        return Retirement(result, result, error=NO_TIME)
    return _Retiring(role, options, options.now).plan(found.get("incomplete", ()))


def _plan_restoring(role: Mapping[str, Any], options: Options) -> Retirement:
    quarantine = quarantine_of(role)
    is_denied = POLICY in role["inline_policies"]
    name, state = role["role_name"], "restored" if is_denied or quarantine.tag is not None else "unchanged"
    restored = options.said(f"The role {name} was restored", f"The role {name} would be restored")
    return Retirement(
        {**_result(state), "last_used": _last_used(role)},
        _result("unchanged"),
        name,
        message=f"{restored}: its other policies apply again."
        if state == "restored"
        else f"The role {name} is not in quarantine; nothing to restore.",
        remove_tag=quarantine.tag is not None,
        other_tags=other_tags(role),
        remove_denial=is_denied,
    )


class _Retiring:
    """Plans the next step for a role that exists."""

    def __init__(self, role: Mapping[str, Any], options: Options, now: datetime) -> None:
        self._role = role
        self._options = options
        self._now = now
        self._name = role["role_name"]
        self._quarantine = quarantine_of(role)
        self._uses = uses_of(role)

    def plan(self, incomplete: Any) -> Retirement:
        error = self._protected() or self._bad_tag()
        if error:
            return Retirement(_result("unchanged"), _result("unchanged"), self._name, error)
        since = self._quarantine.since
        if any(self._uses.values()) or incomplete:
            return self._planned("in_use", since, error=describe_uses(self._name, self._uses, incomplete))
        return self._continued(since) if since and self._quarantine.is_complete else self._begun()

    def _protected(self) -> Optional[str]:
        protection = protection_of(self._role["path"])
        return f"retire_role_name: the role {self._name} {protection.reason} {protection.deletion}" if protection else None

    def _bad_tag(self) -> Optional[str]:
        if self._quarantine.is_readable:
            return None
        return (
            f'retire_role_name: the tag {TAG} of the role {self._name} is "{self._quarantine.tag}", which is not a date and time '
            "like 2026-01-31T08:15:00Z. Take the role out of quarantine with retire_state=restored, and retire it again."
        )

    def _begun(self) -> Retirement:
        """The quarantine begins. A tag without the policy is removed first, because its time is too early."""
        since = self._now
        restore = playbook_command("retire", {"retire_role_name": self._name, "retire_state": "restored"})
        message = self._options.said(
            f"The role {self._name} is now denied everything. From {self._end(since)} on, a run deletes it. To restore it:\n{restore}",
            f"The role {self._name} would be denied everything. From {self._end(since)} on, a run would delete it.",
        )
        return self._planned(
            "quarantined",
            since,
            message=message,
            remove_tag=self._quarantine.tag is not None,
            other_tags=other_tags(self._role),
            deny=True,
            tags={TAG: format_time(since)},
        )

    def _continued(self, since: datetime) -> Retirement:
        last_used = _last_used(self._role)
        if last_used and datetime.fromisoformat(last_used["date"]) > since and not self._options.although_used:
            return self._planned("in_use", since, error=self._used_in_quarantine(last_used, since))
        left = since + timedelta(days=self._options.after_days) - self._now
        if left <= timedelta(0):
            message = self._options.said(f"The role {self._name} was deleted.", f"The role {self._name} would be deleted.")
            return self._planned("deleted", since, message=message, delete=True)
        days = ceil(left / timedelta(days=1))
        message = (
            f"The role {self._name} has been in quarantine since {format_time(since)}. From {self._end(since)} on, a run deletes it "
            f"(days left: {days})."
        )
        return self._planned("waiting", since, message=message)

    def _used_in_quarantine(self, last_used: Mapping[str, Any], since: datetime) -> str:
        return (
            f"retire_role_name: the role {self._name} was used in {last_used['region']} at {last_used['date']}, during the quarantine "
            f"that began at {format_time(since)}. So something needs it and is now denied access. Nothing was changed. "
            "Take the role out of quarantine with retire_state=restored, or set retire_although_used to true."
        )

    def _planned(self, state: str, since: Optional[datetime], **plan: Any) -> Retirement:
        return Retirement(self._result(state, since), self._result("in_use", self._quarantine.since), self._name, **plan)

    def _result(self, state: str, since: Optional[datetime]) -> dict[str, Any]:
        times = {} if since is None else {"quarantined_at": format_time(since), "deletable_from": self._end(since)}
        return {**_result(state), **times, "last_used": _last_used(self._role), "used_by": self._uses}

    def _end(self, since: datetime) -> str:
        return format_time(since + timedelta(days=self._options.after_days))


def _result(state: str) -> dict[str, Any]:
    return {"state": state, "quarantined_at": None, "deletable_from": None, "last_used": None, "used_by": uses_of({}), "failure": None}


def _last_used(role: Mapping[str, Any]) -> Optional[dict[str, Any]]:
    last_used = role.get("role_last_used")
    return {"date": last_used["last_used_date"], "region": last_used["region"]} if last_used else None
