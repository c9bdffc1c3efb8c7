# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role retire does next, and what it reports.  Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Mapping, Optional, Sequence

from ansible_collections.keyless.ec2.plugins.module_utils._common.quoting import readable
from ansible_collections.keyless.ec2.plugins.module_utils._values.protected_roles import protection_of

from .._quoting.commands import aws_command, playbook_command
from .quarantine import POLICY, TAG, denial, format_time, has_policy, other_policies, other_tags, quarantine_of
from .uses import describe_uses, uses_of

MANAGED = "If a managed policy denies it everything, it is still attached: name it in retire_quarantine_policy, and restore the role again."


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
    inline_policies: Mapping[str, Any] = field(default_factory=dict)
    managed_policies: Sequence[str] = ()
    remove_denial: bool = False
    detach: bool = False
    other_policies: Sequence[str] = ()
    delete: bool = False

    def as_result(self) -> dict[str, Any]:
        """The plan for the role's tasks, with the name of the inline policy."""
        # The task shows each text of a list on a line of its own.
        said = readable((self.message or "").split("\n"))
        shown = {"error": readable(self.error), "message": said if len(said) > 1 else self.message and said[0]}
        return {**asdict(self), **shown, "policy": POLICY}


@dataclass(frozen=True)
class Options:
    """The role's variables, and the time by AWS's clock, None if AWS did not say it.

    ``policy`` is the name of a managed policy that quarantines the role instead of an inline policy, if any; ``denies`` says
    whether it exists and denies everything.
    """

    name: str
    state: str
    after_days: int
    although_used: bool
    now: Optional[datetime]
    check_mode: bool = False
    policy: str = ""
    denies: bool = True

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
    quarantine, name = quarantine_of(role, options.policy), role["role_name"]
    is_denied, is_attached = POLICY in role["inline_policies"], has_policy(role, options.policy)
    state = "restored" if is_denied or is_attached or quarantine.tag is not None else "unchanged"
    is_unclear = quarantine.tag is not None and not (is_denied or is_attached or options.policy)
    return Retirement(
        {**_result(state), "last_used": _last_used(role)},
        _result("unchanged"),
        name,
        message=_restored(name, state, is_unclear, options),
        remove_tag=quarantine.tag is not None,
        other_tags=other_tags(role),
        remove_denial=is_denied,
        detach=is_attached,
        other_policies=other_policies(role, options.policy),
    )


def _restored(name: str, state: str, is_unclear: bool, options: Options) -> str:
    if state != "restored":
        return f"The role {name} is not in quarantine; nothing to restore."
    restored = options.said(f"The role {name} was restored", f"The role {name} would be restored")
    return f"{restored}, but it has no inline policy {POLICY}. {MANAGED}" if is_unclear else f"{restored}: its other policies apply again."


class _Retiring:
    """Plans the next step for a role that exists."""

    def __init__(self, role: Mapping[str, Any], options: Options, now: datetime) -> None:
        self._role = role
        self._options = options
        self._now = now
        self._name = role["role_name"]
        self._quarantine = quarantine_of(role, options.policy)
        self._uses = uses_of(role)

    def plan(self, incomplete: Any) -> Retirement:
        error = self._protected() or self._bad_policy() or self._bad_tag()
        if error:
            return Retirement(_result("unchanged"), _result("unchanged"), self._name, error)
        since = self._quarantine.since
        if any(self._uses.values()) or incomplete:
            return self._planned("in_use", since, error=describe_uses(self._name, self._uses, incomplete))
        return self._continued(since) if since and self._quarantine.is_complete else self._begun()

    def _protected(self) -> Optional[str]:
        protection = protection_of(self._role["path"])
        return f"retire_role_name: the role {self._name} {protection.reason} {protection.deletion}" if protection else None

    def _bad_policy(self) -> Optional[str]:
        if not self._options.policy or self._options.denies:
            return None
        return (
            f"retire_quarantine_policy: the account has no policy {self._options.policy} whose default version only denies everything: one "
            'statement with Effect "Deny", Action "*" and Resource "*". Nothing was changed. Create the policy, or leave the variable empty.'
        )

    def _bad_tag(self) -> Optional[str]:
        if self._quarantine.is_readable:
            return None
        # Not with retire_state=restored: whoever has changed the tag could then use the role again.
        command = aws_command("iam untag-role", {"role-name": self._name, "tag-keys": TAG})
        return (
            f'retire_role_name: the tag {TAG} of the role {self._name} is "{self._quarantine.tag}", which is not a date and time '
            f"like 2026-01-31T08:15:00Z. Somebody may have changed it. Remove it, and a run begins the quarantine again:\n{command}"
        )

    def _begun(self) -> Retirement:
        """The quarantine begins. A tag without the policy is removed first, because its time is too early."""
        since = self._now
        policy = self._options.policy
        named = {"retire_quarantine_policy": policy} if policy else {}
        restore = playbook_command("retire", {"retire_role_name": self._name, "retire_state": "restored", **named})
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
            inline_policies={} if policy else {POLICY: denial(since)},
            managed_policies=[policy] if policy else [],
        )

    def _continued(self, since: datetime) -> Retirement:
        last_used, begun = _last_used(self._role), self._quarantine.begun or since
        if last_used and datetime.fromisoformat(last_used["date"]) > begun and not self._options.although_used:
            return self._planned("in_use", since, error=self._used_in_quarantine(last_used, begun))
        left = since + timedelta(days=self._options.after_days) - self._now
        if left <= timedelta(0):
            message = self._options.said(f"The role {self._name} was deleted.", f"The role {self._name} would be deleted.")
            return self._planned("deleted", since, message=f"{message}{self._disagreement()}", delete=True)
        days = ceil(left / timedelta(days=1))
        message = (
            f"The role {self._name} has been in quarantine since {format_time(since)}. From {self._end(since)} on, a run deletes it "
            f"(days left: {days}).{self._disagreement()}"
        )
        return self._planned("waiting", since, message=message)

    def _disagreement(self) -> str:
        """Whether somebody may have changed the tag."""
        tagged, denied = self._quarantine.tagged, self._quarantine.denied_since
        if not tagged or not denied or tagged == denied:
            return ""
        return (
            f" The tag {TAG} says {format_time(tagged)}, and the policy {POLICY} says {format_time(denied)}: the later time counts. "
            "Somebody may have changed the tag."
        )

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
