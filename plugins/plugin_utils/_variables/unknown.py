# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables with the prefix of a role that the role does not have: usually spelling mistakes, which would have no effect.  Pure."""

from __future__ import annotations

from typing import Collection, Iterable

from ansible_collections.keyless.ec2.plugins.module_utils._common.suggestions import nearest

# What has the prefix and is no option: the results of each role, the variables of its playbook, and those that others define.
OTHERS = {
    "attach": ("attach_batch", "attach_launch_result", "attach_result", "attach_undo_manifest"),
    "ec2_role": ("ec2_role_result",),
    # amazon.aws.aws_ec2 gives each host its launch_time.
    "launch": ("launch_attach_result", "launch_instance_ids", "launch_time"),
    "launch_group": ("launch_group_attach_result", "launch_group_result"),
    "migrate_keys": ("migrate_keys_become", "migrate_keys_hosts", "migrate_keys_result"),
    "operator_policy": ("operator_policy_can_become", "operator_policy_document"),
    "report": ("report_result",),
    "require_imdsv2": ("require_imdsv2_batch", "require_imdsv2_result", "require_imdsv2_undo_manifest"),
    "retire": ("retire_result",),
    "verify": ("verify_hosts", "verify_result"),
}


# Variables of the inventory that say which host this is, and which instance
OF_INVENTORY = ("inventory_hostname", "instance_id", "ec2_instance_id")
RETURNED = (
    "{names}: {is_one} that the host has returned, which Ansible takes before what the inventory says. Root on the host may have chosen the value. "
    "Find out where it comes from; if it is of a task of your own, give the task another name for it, or do not cache it."
)


def unknown_variables(role: str, names: Iterable[str], options: Collection[str]) -> list[str]:
    """An error for each of these variables that has the role's prefix and is unknown; ``options`` are those of its argument spec."""
    known = {*options, *OTHERS[role]}
    longer = tuple(f"{other}_" for other in OTHERS if other.startswith(f"{role}_"))
    own = (name for name in names if name.startswith(f"{role}_") and not (longer and name.startswith(longer)))
    return [_unknown(role, name, options) for name in sorted(set(own) - known)]


def returned_by_host(role: str, facts: Iterable[str]) -> list[str]:
    """An error if the host has returned facts with the names of variables of the role, which Ansible takes before the inventory and defaults."""
    names = sorted(each for each in map(str, facts) if each.startswith((f"{role}_", f"__{role}_")) or each in OF_INVENTORY)
    return [RETURNED.format(names=", ".join(names), is_one="is a fact" if len(names) == 1 else "are facts")] if names else []


def _unknown(role: str, name: str, options: Iterable[str]) -> str:
    # Without the prefix, which would make all of them similar.
    prefix = f"{role}_"
    given, known = name.removeprefix(prefix), [each.removeprefix(prefix) for each in options]
    found = nearest(given, known) or next((each for each in known if set(given.split("_")) <= set(each.split("_"))), None)
    suggestion = f"Did you mean {prefix}{found}? " if found else ""
    return f"{name}: is not a variable of the role {role}. {suggestion}If it is your own, rename it, for example to my_{name}."
