# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the subnets and security groups exist in which a role launches instances, before it writes anything.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Optional, Sequence

from ansible_collections.keyless.ec2.plugins.module_utils._common.missing import Missing

Result = Mapping[str, Any]  # what a module returned; empty for a task that has not run


@dataclass(frozen=True)
class Network:
    """What was given, by the names of the variables, and what ec2_vpc_subnet_info and ec2_security_group_info found of it."""

    prefix: str
    subnet_variable: str
    subnet_ids: Sequence[str] = ()
    groups: Sequence[str] = ()  # ids or names
    found_subnets: Result = field(default_factory=dict)
    found_groups: Result = field(default_factory=dict)

    @property
    def missing_subnets(self) -> list[str]:
        """The subnets that do not exist."""
        if "subnets" not in self.found_subnets:
            return []
        known = {each["subnet_id"] for each in self.found_subnets["subnets"]}
        return [each for each in self.subnet_ids if each not in known]

    @property
    def missing_groups(self) -> list[str]:
        """The security groups that do not exist, or only in another VPC than the subnets."""
        if "security_groups" not in self.found_groups:
            return []
        known = {each[key] for each in self.found_groups["security_groups"] for key in ("group_id", "group_name")}
        return [each for each in self.groups if each not in known]

    def plan(self, check_mode: bool, needed: bool = True) -> dict[str, Any]:
        """What to read and, once it is read, the errors; in check mode, notes instead, because an earlier task may have planned it."""
        error = "\n".join(filter(None, (self._error(self.subnet_variable, self.missing_subnets), self._groups_error())))
        return {
            "needed": needed and bool(self.subnet_ids or self.groups),
            "subnet_ids": list(self.subnet_ids),
            "has_groups": bool(self.groups),
            "group_filters": self._group_filters(),
            "error": "" if check_mode else error,
            "notes": self._notes() if check_mode else [],
        }

    def _group_filters(self) -> dict[str, Any]:
        """The narrowest filters that match all of the groups.  Filters can't match one list by id or by name."""
        by_id = [each for each in self.groups if each.startswith("sg-")]
        key = {len(self.groups): "group-id", 0: "group-name"}.get(len(by_id))
        return {**({key: list(self.groups)} if key else {}), **({"vpc-id": self._vpcs()} if self._vpcs() else {})}

    def _vpcs(self) -> list[str]:
        return sorted({each["vpc_id"] for each in self.found_subnets.get("subnets", ())})

    def _groups_error(self) -> str:
        return self._error(f"{self.prefix}_security_groups", self.missing_groups, f" in {', '.join(self._vpcs())}" if self._vpcs() else "")

    def _error(self, variable: str, missing: Sequence[str], where: str = "") -> str:
        if not missing:
            return ""
        verb = "does" if len(missing) == 1 else "do"
        return f"{variable}: {', '.join(missing)} {verb} not exist{where}. Check the spelling, and {self.prefix}_region."

    def _notes(self) -> list[str]:
        missing = [*(("subnet", each) for each in self.missing_subnets), *(("security group", each) for each in self.missing_groups)]
        return [Missing(kind, name, "").warning for kind, name in missing]

    def existing_groups(self) -> list[str]:
        """The security groups that were not found missing."""
        return [each for each in self.groups if each not in self.missing_groups]

    def existing_subnet(self) -> Optional[str]:
        """The first subnet that was not found missing."""
        return next((each for each in self.subnet_ids if each not in self.missing_subnets), None)
