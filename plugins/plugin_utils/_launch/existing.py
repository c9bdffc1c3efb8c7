# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The instances that have the name already: those of the role, and others.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Optional, Sequence

from ansible_collections.keyless.ec2.plugins.module_utils._common.identifiers import name_in_arn, same_name
from ansible_collections.keyless.ec2.plugins.module_utils._common.sentences import listed, number_of

SHOWN = 10


@dataclass(frozen=True)
class ExistingInstances:
    """Instances as amazon.aws.ec2_instance_info returns them, and the name or ARN of the instance profile that they should have.

    Whoever may set tags can give any instance the name.  But the role's own have the instance profile from their launch on.

    ``profile_id`` is the id of the one that exists now, empty if there is none, and None if it was not read: somebody else may have launched an
    instance with another one of the name, and deleted that.
    """

    instances: Sequence[Mapping[str, Any]]
    profile: Optional[str]
    profile_id: Optional[str] = None

    @property
    def ids(self) -> list[str]:
        """The ids of all."""
        return [each["instance_id"] for each in self.instances]

    @property
    def others(self) -> dict[str, str]:
        """The names of the instance profiles of those that do not have this one, or "none", by instance id."""
        return {each["instance_id"]: self._other(each) for each in self.instances if self._other(each)}

    def _other(self, instance: Mapping[str, Any]) -> str:
        """The instance profile of an instance that does not have this one; empty if it has."""
        found = instance.get("iam_instance_profile") or {}
        name = name_in_arn(found.get("arn") or "")
        if not same_name(name, name_in_arn(self.profile or "")):
            return name or "none"
        is_former = self.profile_id is not None and found.get("id") != self.profile_id
        return f"a deleted {name}" if is_former else ""

    def refusal(self) -> Optional[str]:
        """Why the run can't go on, unless something else was chosen for the others."""
        if not self.others:
            return None
        found = listed([f"{instance_id} ({name})" for instance_id, name in self.others.items()], SHOWN)
        have = number_of(len(self.others), "instance has", "instances have")
        do = "does" if len(self.others) == 1 else "do"
        return (
            f"launch_name: {have} this name and {do} not have the instance profile {self.profile}: {found}. Nothing was changed. "
            "Anybody who may set tags can name an instance so. If they are yours, set launch_on_conflict to replace, and they get the "
            "instance profile; with skip, they count but stay as they are. Otherwise, choose another name."
        )
