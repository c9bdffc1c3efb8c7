# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role migrate_keys decides from: its options, and what its tasks registered on a host.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any, Callable, Hashable, Iterable, Mapping, NamedTuple, Optional, Sequence

Result = Mapping[str, Any]  # what a module returned
Row = Mapping[str, Any]


class Named(NamedTuple):
    """What somebody has named outside of the host: its instance, and the instance profiles that a rollback file of it may have."""

    instance_id: str = ""
    profiles: Sequence[str] = ()


@dataclass(frozen=True)
class Options:
    """The variables of the role, and those of Ansible, that decisions depend on."""

    instance_profile: str = ""
    former_profiles: Sequence[str] = ()
    instance_id: str = ""
    inventory_instance_id: str = ""
    on_conflict: str = "fail"
    expected_role: str = ""
    root: str = "/"
    usage: str = "warn"
    usage_days: Any = 90
    deactivate: Any = None
    check_mode: bool = False
    systemd_root: str = "/"
    # Of the play
    hosts: Sequence[str] = ()  # all, also those that failed or belong to a later batch
    batch: Sequence[str] = ()  # of the current batch, without those that failed
    limit: str = ""
    owners: Result = field(default_factory=dict)  # access_key_info
    deactivation: Result = field(default_factory=dict)  # a loop of iam_access_key
    reactivation: Result = field(default_factory=dict)  # a loop of iam_access_key

    @classmethod
    def parse(cls, given: Mapping[str, Any]) -> Options:
        """The options by name; null is the default."""
        return cls(**{key: given[key] for key in given if given[key] is not None})

    @property
    def named(self) -> Named:
        """What the variables name."""
        return Named(self.instance_id or self.inventory_instance_id, [each for each in (self.instance_profile, *self.former_profiles) if each])


@dataclass(frozen=True)
class HostFacts:
    """What the tasks registered on one host; a fact is empty until its task has run.

    Its variable is ``__migrate_keys_`` and the name of the field.
    """

    instance: Result = field(default_factory=dict)  # instance_identity_info
    rollback: Result = field(default_factory=dict)  # slurp
    found: Result = field(default_factory=dict)  # static_credentials_info, before the files are set aside
    remaining: Result = field(default_factory=dict)  # and afterwards
    profile: Result = field(default_factory=dict)  # iam_instance_profile_info
    comparison: Row = field(default_factory=dict)  # the role that the keys are compared with, and whether the host stops
    usage: Result = field(default_factory=dict)  # a loop of access_key_usage_info
    plan: Result = field(default_factory=dict)  # instance_profile_attach in check mode
    attachment: Result = field(default_factory=dict)  # instance_profile_attach
    set_aside: Result = field(default_factory=dict)  # static_credentials_aside
    restored: Result = field(default_factory=dict)  # static_credentials_aside
    reattachment: Result = field(default_factory=dict)  # instance_profile_attach
    restarted: Result = field(default_factory=dict)  # command
    named: Named = field(default=Named(), metadata={"of_options": True})

    @classmethod
    def read(cls, variable: Callable[[str], Any]) -> HostFacts:
        """The facts from the variables of the host; ``variable`` returns None for one that it does not have."""
        found: dict[str, Any] = {each.name: variable(f"__migrate_keys_{each.name}") or {} for each in fields(cls) if not each.metadata}
        return cls(**found)

    def with_names(self, options: Options) -> HostFacts:
        """The same with what the options name, against which what the host says is checked."""
        return replace(self, named=options.named)

    @property
    def identity(self) -> Row:
        """The identity of the host's instance; empty if the host is not one."""
        identity = self.instance.get("identity") or {}
        return identity if identity.get("instance_id") is not None else {}


def unique(values: Iterable[str]) -> list[str]:
    """The texts without repetitions, in order."""
    return list(dict.fromkeys(values))


def unique_rows(values: Iterable[Row], key: Callable[[Row], Hashable]) -> list[Row]:
    """One row for each key, in order."""
    return list({key(each): each for each in values}.values())


def rows(result: Result, name: str) -> list[Row]:
    """A list in a result; empty if it is missing."""
    return list(result.get(name) or [])


def message(result: Result) -> Optional[str]:
    """The message of a module, whether it failed or not."""
    said = result.get("msg")
    return None if said is None else " ".join(said) if isinstance(said, (list, tuple)) else str(said)
