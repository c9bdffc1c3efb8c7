# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which access keys may be deactivated, and why the others stay active.  Pure.

Deactivating a key that is still needed takes an application down, and nobody notices before it runs.  So a key is deactivated
only if nothing speaks against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Iterable, Mapping, Optional, Sequence

from ...module_utils._common.suggestions import did_you_mean
from .._quoting.commands import aws_command, extra_variables
from .facts import Row, rows
from .request import Request

SEVERAL = "several keys of user {user} were found, and any user of a host could have written the id of one of them there. Name each by its id."
ACTIVE, INACTIVE = "Active", "Inactive"
# The secrets are not tried: signing with a key that was found would be a use of it, which hides when its owner used it last.
NOT_VERIFIED = (
    "Not verified: whether the secrets that were found with them are theirs. Every user of a host can write the id of somebody else's key next to "
    "invented characters, so check the users and the locations in the table."
)
SUGGESTION = (
    f"The search found these keys on no host of this play any more. {NOT_VERIFIED} If nothing else needs them, deactivate them with {{arguments}}"
)
PLANNED_SUGGESTION = (
    f"After a run without check mode, these keys would be on no host of this play. {NOT_VERIFIED} If nothing else needs them then, deactivate "
    "them with {arguments}"
)


@dataclass(frozen=True)
class Report:
    """The keys of one host, by id, as its migrate_keys_result has them."""

    found: frozenset[str] = frozenset()
    with_secret: frozenset[str] = frozenset()
    remaining: frozenset[str] = frozenset()
    set_aside: frozenset[str] = frozenset()  # by this run, or by the interrupted one that it continues
    needed: frozenset[str] = frozenset()  # of a host that was put back: it may not work without those either that are set aside
    is_complete: bool = True

    @classmethod
    def parse(cls, result: Row) -> Report:
        """The report from the host's migrate_keys_result."""
        credentials = rows(result, "credentials")
        return cls(
            found=frozenset(each["access_key_id"] for each in credentials),
            with_secret=frozenset(each["access_key_id"] for each in credentials if each["has_secret"]),
            remaining=frozenset(each["access_key_id"] for each in rows(result, "left")),
            set_aside=frozenset(result.get("moved") or ()),
            needed=frozenset(each["access_key_id"] for each in credentials if result.get("failure") is not None),
            is_complete=not result.get("incomplete"),
        )


@dataclass(frozen=True)
class Play:
    """What all hosts of a play reported; None for a host that has not reported."""

    reports: Mapping[str, Optional[Report]]
    limit: str = ""

    @cached_property
    def found(self) -> frozenset[str]:
        """The ids of the keys that were found on any host."""
        return self._any("found")

    @cached_property
    def with_secret(self) -> frozenset[str]:
        """Those that were found together with their secret."""
        return self._any("with_secret")

    @cached_property
    def remaining(self) -> frozenset[str]:
        """Those that are still on a host."""
        return self._any("remaining")

    @cached_property
    def needed(self) -> frozenset[str]:
        """Those that a host which was put back may need."""
        return self._any("needed")

    @cached_property
    def set_aside(self) -> frozenset[str]:
        """Those that this run has set aside."""
        return self._any("set_aside")

    @property
    def blockers(self) -> list[str]:
        """Why no key at all may be deactivated: on a host that was not searched, any key may be in use."""
        silent = [host for host, report in self.reports.items() if report is None]
        incomplete = [host for host, report in self.reports.items() if report and not report.is_complete]
        reasons = {
            f"these hosts of the play have not reported: {', '.join(silent)}": silent,
            f"these hosts were not searched completely: {', '.join(incomplete)}": incomplete,
            f"the run is limited to {self.limit}, and other hosts may have the keys": self.limit,
        }
        return [reason for reason, applies in reasons.items() if applies]

    def _any(self, name: str) -> frozenset[str]:
        return frozenset().union(*(getattr(report, name) for report in self.reports.values() if report))


@dataclass(frozen=True)
class Key:
    """What IAM says about a key; ``status`` is None if it says nothing, and ``message`` then says why."""

    access_key_id: str
    user_name: Optional[str]
    status: Optional[str]
    used_by_task: bool
    message: Optional[str] = None

    @classmethod
    def parse(cls, row: Row) -> Key:
        """The key from a row of access_key_info."""
        return cls(row["access_key_id"], row.get("user_name"), row.get("status"), bool(row.get("used_by_task")), row.get("msg"))

    def is_named(self, request: Request) -> bool:
        """Whether the request names the key or its user."""
        return self.access_key_id in request.names or self.user_name in request.names


@dataclass(frozen=True)
class Decision:
    """The keys to deactivate, those to suggest, and why requested keys stay active, in sentences."""

    deactivate: Sequence[Key]
    suggest: Sequence[str]
    kept: Sequence[str]

    def done(self, check_mode: bool = False) -> list[str]:
        """What became of the keys to deactivate, or in check mode would become of them, and how to activate each again."""
        if not self.deactivate:
            return []
        keys = ", ".join(f"{key.access_key_id} of user {key.user_name}" for key in self.deactivate)
        commands = [_activate(key) for key in self.deactivate]
        return [f"To deactivate: {keys}."] if check_mode else [f"Deactivated: {keys}. To activate again:", *commands]

    def suggestion(self, check_mode: bool = False) -> list[str]:
        """A sentence with the command that deactivates the suggested keys; empty if there are none."""
        text = PLANNED_SUGGESTION if check_mode else SUGGESTION
        return [text.format(arguments=extra_variables({"migrate_keys_deactivate": list(self.suggest)}))] if self.suggest else []


def _activate(key: Key) -> str:
    """The command that activates the key again."""
    return aws_command("iam update-access-key", {"user-name": str(key.user_name), "access-key-id": key.access_key_id, "status": ACTIVE})


def obstacle(key: Key, play: Play) -> Optional[str]:
    """Why this key must stay active; None if nothing about this key prevents its deactivation."""
    if key.used_by_task:
        return "this run calls AWS with it."
    if key.status != ACTIVE:
        return key.message or f"its status is {key.status or 'unknown'}."
    if key.access_key_id in play.remaining:
        return "it is still on a host."
    if key.access_key_id in play.needed:
        return "a host that has it was put back, and may need it."
    if key.access_key_id not in play.with_secret:
        return "it was never found together with its secret."
    return None


def decide(request: Request, play: Play, keys: Iterable[Key], lookup_message: Optional[str] = None) -> Decision:
    """The decision about the keys that were found; ``lookup_message`` says why IAM did not describe them."""
    known = list(keys)
    blockers = _blockers(request, play, known, lookup_message)
    free = [] if blockers else [key for key in known if obstacle(key, play) is None]
    named = [key for key in free if key.is_named(request) and not _is_ambiguous(key, request, play, known)]
    return Decision(
        deactivate=sorted(named, key=lambda key: key.access_key_id not in request.names),
        suggest=[key.access_key_id for key in free if key.access_key_id in play.set_aside],
        kept=[f"No key is deactivated: {each}." for each in blockers] + _not_found(request, play, known) + _kept(request, play, known),
    )


def _is_ambiguous(key: Key, request: Request, play: Play, known: Sequence[Key]) -> bool:
    """Whether only the name of its user stands for this key, and for another one: anybody could have written the id of one of them into a file."""
    others = (each for each in known if each.user_name == key.user_name and each.access_key_id not in (key.access_key_id, *request.names))
    is_other = any(each.status != INACTIVE and each.access_key_id in play.with_secret for each in others)
    return is_other and key.access_key_id not in request.names


def _reason(key: Key, request: Request, play: Play, known: Sequence[Key]) -> Optional[str]:
    """Why a requested key stays as it is; None if it does not."""
    if key.status == INACTIVE:
        return "it is inactive already."
    return obstacle(key, play) or (SEVERAL.format(user=key.user_name) if _is_ambiguous(key, request, play, known) else None)


def _blockers(request: Request, play: Play, known: Sequence[Key], lookup_message: Optional[str]) -> list[str]:
    invalid = ["migrate_keys_deactivate is not valid"] if request.errors() else []
    unknown = [f"IAM does not say whose keys they are: {(lookup_message or 'no answer').rstrip('.')}"] if play.found and not known else []
    return [*invalid, *play.blockers, *unknown]


def _not_found(request: Request, play: Play, known: Sequence[Key]) -> list[str]:
    users = {key.user_name for key in known if key.user_name}
    wrong = [name for name in request.names if name not in play.found and name not in users]
    return [f"{name}: not found on the hosts of this play. {did_you_mean(name, users)}".rstrip() for name in wrong]


def _kept(request: Request, play: Play, known: Sequence[Key]) -> list[str]:
    """A sentence for each requested key that stays as it is."""
    named = [key for key in known if key.is_named(request)]
    reasons = {key.access_key_id: _reason(key, request, play, known) for key in named}
    return [f"{key_id}: {reason}" for key_id, reason in reasons.items() if reason]
