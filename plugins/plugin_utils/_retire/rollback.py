# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role retire takes back after a failure, and what is left then.  Pure.

Everything can be put back but a deleted role: a role of the same name is another one.  The module deletes the role after everything that can be put
back, and its instance profile last.  So if the role is gone, only the instance profile can be left, and is deleted too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Optional, Sequence

from ansible_collections.keyless.ec2.plugins.plugin_utils._steps.failure import Ending, State

from .quarantine import POLICY, TAG, has_policy, other_policies, other_tags, quarantine_of

Result = Mapping[str, Any]
LEFT = "the instance profile could not be deleted. Delete it with keyless.ec2.iam_ec2_role and state=absent. {message}"


@dataclass(frozen=True)
class Results:
    """What was read again after a failure (``left``), and what the tasks returned that put the role and its profiles back, or delete the rest."""

    left: Result = field(default_factory=dict)
    role: Result = field(default_factory=dict)
    profiles: Result = field(default_factory=dict)
    deleted: Result = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """The planned change: whether it denies the role everything with this tag, or deletes it; otherwise it takes it out of quarantine."""

    deny: bool
    delete: bool
    tag: Optional[str] = None
    policy: str = ""


class Rollback:
    """Decides from the role as it was ``before``."""

    def __init__(self, before: Mapping[str, Any], plan: Plan, results: Results) -> None:
        self._before = before
        self._plan = plan
        self._results = results
        found = results.left.get("iam_roles")
        self._is_known = isinstance(found, Sequence) and not results.left.get("failed", False)
        self._left: Optional[Mapping[str, Any]] = found[0] if self._is_known and found else None

    def as_plan(self) -> dict[str, Any]:
        """What to put back: the policies and tags that the role should have, and the profiles that lost it; or whether to delete what is left."""
        if self._left is None or self._is_done:
            return {"restore": False, "profiles": [], "delete_rest": self._is_deleted}
        named = (each["instance_profile_name"] for each in self._before.get("instance_profiles", ()))
        containing = [each["instance_profile_name"] for each in self._left.get("instance_profiles", ())]
        return {
            "restore": True,
            "inline_policies": {**_without(self._left["inline_policies"], POLICY), **self._before["inline_policies"]},
            "managed_policies": list(dict.fromkeys([*other_policies(self._left, self._plan.policy), *_arns(self._before)])),
            "tags": {**other_tags(self._left), **{key: each for key, each in self._before["tags"].items() if not key.startswith("aws:")}},
            "profiles": [each for each in named if each not in containing],
            "delete_rest": False,
        }

    def ending(self) -> Ending:
        """What is left of the changes."""
        results = self._results
        if self._is_done:
            failed = _failed(results.deleted)
            return Ending(State.DONE, LEFT.format(message=failed) if failed else "")
        if self._left is None:
            return Ending(
                State.PARTLY, "the role no longer exists." if self._is_known else str(results.left.get("msg") or "the role could not be read.")
            )
        failed = _failed(results.role) or _failed(results.profiles)
        if failed:
            return Ending(State.PARTLY, failed)
        is_changed = any(each.get("changed", False) for each in (results.role, results.profiles))
        return Ending(State.ROLLED_BACK if is_changed else State.NONE)

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
    rows = [each for each in result.get("results", ()) if each.get("failed", False) or each.get("unreachable", False)]
    return str((rows[0] if rows else result).get("msg") or "there was no message.")


def _arns(role: Mapping[str, Any]) -> list[str]:
    return [each["policy_arn"] for each in role["attached_policies"]]


def _without(policies: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: each for key, each in policies.items() if key != name}
