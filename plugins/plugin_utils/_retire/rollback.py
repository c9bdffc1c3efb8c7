# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role retire takes back after a failure, and what is left then.  Pure.

Everything can be put back but a deleted role: a role of the same name is another one.  The module deletes the role after everything that can be put
back, and its instance profile last.  So if the role is gone, only the instance profile can be left, and is deleted too.

What this run has written is known, although IAM may not show it yet.  The modules that put the role back read it too.  So both the reading and the
putting back are repeated until IAM shows the role as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Optional, Sequence

from ansible_collections.keyless.ec2.plugins.plugin_utils._steps.failure import Ending, State

from .quarantine import POLICY, TAG, has_policy, other_policies, other_tags, quarantine_of
from .written import arns_of, has_unknown_end, is_same, profiles_of, with_writes

Result = Mapping[str, Any]
LEFT = "the instance profile could not be deleted. Delete it with keyless.ec2.iam_ec2_role and state=absent. {message}"
NOT_SHOWN = "IAM does not show everything yet that this run has changed, so some of it may be left."


@dataclass(frozen=True)
class Results:
    """What the tasks returned that change something (``writes``), that read the role again after a failure (``left``), that put the role and its
    profiles back, and that delete the rest."""

    left: Result = field(default_factory=dict)
    role: Result = field(default_factory=dict)
    profiles: Result = field(default_factory=dict)
    deleted: Result = field(default_factory=dict)
    writes: Sequence[Result] = ()


@dataclass(frozen=True)
class Plan:
    """The planned change: whether it denies the role everything with this tag, or deletes it; otherwise it takes it out of quarantine."""

    deny: bool
    delete: bool
    tag: Optional[str] = None
    policy: str = ""


class Rollback:
    """Decides from the role as it was ``before``, from what the run has written, and from what IAM showed afterwards."""

    def __init__(self, before: Mapping[str, Any], plan: Plan, results: Results) -> None:
        self._before = before
        self._plan = plan
        self._results = results
        found = results.left.get("iam_roles")
        self._is_known = isinstance(found, Sequence)
        self._shown: Optional[Mapping[str, Any]] = found[0] if self._is_known and found else None
        self._left = with_writes(self._shown, results.writes) if self._shown else None

    def as_plan(self) -> dict[str, Any]:
        """What to put back: the policies and tags that the role should have, and the profiles that lost it; or whether to delete what is left.

        ``read_again`` and ``restore_again`` say whether a task is to be repeated, because IAM showed it an earlier state.
        """
        target = self._target
        if target is None or self._left is None:
            return {"read_again": self._is_outdated, "restore": False, "restore_again": False, "profiles": [], "delete_rest": self._is_deleted}
        return {
            "read_again": self._is_outdated,
            "restore": True,
            "restore_again": not _failed(self._results.role) and not is_same(target, self._put_back([self._results.role], target)),
            "inline_policies": target["inline_policies"],
            "managed_policies": arns_of(target),
            "tags": target["tags"],
            "profiles": [each for each in profiles_of(target) if each not in profiles_of(self._left)],
            "delete_rest": False,
        }

    def ending(self) -> Ending:
        """What is left of the changes."""
        results, target = self._results, self._target
        if self._is_done:
            failed = _failed(results.deleted)
            return Ending(State.DONE, LEFT.format(message=failed) if failed else "")
        if target is None:
            return Ending(
                State.PARTLY, "the role no longer exists." if self._is_known else str(results.left.get("msg") or "the role could not be read.")
            )
        failed = _failed(results.role) or _failed(results.profiles)
        if failed or not is_same(target, self._put_back([results.role, *_rows(results.profiles)])):
            return Ending(State.PARTLY, failed or NOT_SHOWN)
        is_changed = any(each.get("changed", False) for each in (results.role, results.profiles))
        return Ending(State.ROLLED_BACK if is_changed else State.NONE)

    @property
    def _target(self) -> Optional[Mapping[str, Any]]:
        """The role as it should be put back: as before, with what others have added since; None if it is gone or to be kept as it is."""
        left, before = self._left, self._before
        if left is None or self._is_done:
            return None
        managed = dict.fromkeys([*other_policies(left, self._plan.policy), *arns_of(before)])
        profiles = dict.fromkeys([*profiles_of(left), *profiles_of(before)])
        return {
            "inline_policies": {**_without(left["inline_policies"], POLICY), **before["inline_policies"]},
            "attached_policies": [{"policy_arn": each} for each in managed],
            "tags": {**other_tags(left), **{key: each for key, each in before["tags"].items() if not key.startswith("aws:")}},
            "instance_profiles": [{"instance_profile_name": each} for each in profiles],
        }

    def _put_back(self, results: Sequence[Result], others: Optional[Mapping[str, Any]] = None) -> Mapping[str, Any]:
        """The role after these results of the rollback, with the instance profiles of another one if it is given."""
        role = with_writes(self._left or {}, results) or {}
        return {**role, "instance_profiles": others["instance_profiles"]} if others else role

    @property
    def _is_outdated(self) -> bool:
        """Whether IAM may have shown an earlier state: something that this run has written is missing, or how a call ended is not known."""
        if self._shown is None:
            return False
        return self._left is None or not is_same(self._shown, self._left) or any(map(has_unknown_end, self._results.writes))

    @property
    def _is_deleted(self) -> bool:
        return self._plan.delete and self._is_known and self._left is None

    @property
    def _is_done(self) -> bool:
        """Whether the role is as it should be."""
        if self._left is None:
            return self._is_deleted
        quarantine = quarantine_of(self._left, self._plan.policy)
        if self._plan.deny:
            return quarantine.is_complete and quarantine.tag == self._plan.tag
        has_denial = POLICY in self._left["inline_policies"] or has_policy(self._left, self._plan.policy)
        return not (self._plan.delete or has_denial or TAG in self._left["tags"])


def _failed(result: Result) -> str:
    """Why a task failed; empty if it did not."""
    if not (result.get("failed", False) or result.get("unreachable", False)):
        return ""
    rows = [each for each in _rows(result) if each.get("failed", False) or each.get("unreachable", False)]
    failed = rows[0] if rows else result
    # A task that is repeated until IAM shows something fails in the end, although its module did not.
    return NOT_SHOWN if "iam_role" in failed else str(failed.get("msg") or "there was no message.")


def _rows(result: Result) -> Sequence[Result]:
    """The results of a loop's items."""
    rows: Sequence[Result] = result.get("results", ())
    return rows


def _without(policies: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: each for key, each in policies.items() if key != name}
