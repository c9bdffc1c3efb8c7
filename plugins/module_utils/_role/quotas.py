# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of IAM's quotas a role uses.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Iterable, Mapping, Optional

from .._common.errors import OptionError
from .._policy.document import policy_size
from .._values.quotas import Quotas
from .._values.role import Role


@dataclass(frozen=True)
class Usage:
    """How much a role uses, in the units of Quotas."""

    attached: int
    trust_size: int
    inline_size: int


def usage(trust_policy: Mapping[str, Any], attached: Iterable[str], inline: Mapping[str, Mapping[str, Any]]) -> Usage:
    """What a role with these policies uses."""
    return Usage(len(set(attached)), policy_size(trust_policy), _size(inline))


def peak_usage(before: Optional[Role], trust_policy: Mapping[str, Any], attached: Iterable[str], inline: Mapping[str, Mapping[str, Any]]) -> Usage:
    """The most that a role uses on the way to these policies: after everything has grown, and before anything has shrunk."""
    if before is None:
        return usage(trust_policy, attached, inline)
    used = usage(trust_policy, [*before.managed_policies, *attached], {})
    return replace(used, inline_size=_size(before.inline_policies) + sum(growth(before.inline_policies, inline).values()))


def growth(before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """By how many characters each inline policy grows, without those that do not grow."""
    return {name: size for name, size in _differences(before, after).items() if size > 0}


def shrinkage(before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """By how many characters each inline policy shrinks or is deleted: those that stay come first."""
    return {name: -size for name, size in _differences(before, after).items() if size < 0}


def _differences(before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    names = dict.fromkeys([*after, *before])
    sizes = ((name, before.get(name), after.get(name)) for name in names)
    return {name: (policy_size(new) if new else 0) - (policy_size(old) if old else 0) for name, old, new in sizes}


def _size(inline: Mapping[str, Mapping[str, Any]]) -> int:
    return sum(policy_size(each) for each in inline.values())


def exceeds(used: Usage, quotas: Quotas) -> bool:
    """Whether the usage is more than the quotas allow."""
    return used.attached > quotas.attached or used.trust_size > quotas.trust_size or used.inline_size > quotas.inline_size


def check_quotas(used: Usage, quotas: Quotas) -> None:
    """Raises OptionError, with the numbers, if the usage is more than the quotas allow, as far as they are known."""
    checks = (
        ("managed_policies", used.attached, quotas.attached, "policies would be attached", "AttachedPoliciesPerRole"),
        ("assume_role_policy_document", used.trust_size, quotas.trust_size, "characters are too many", "AssumeRolePolicySize"),
        ("inline_policies", used.inline_size, quotas.inline_size, "characters in total are too many", "RolePolicySize"),
    )
    for option, count, quota, excess, name in checks:
        if count > quota and quotas.is_known:
            raise OptionError(
                option,
                f"{count} {excess}: the account's quota is {quota} ({name}Quota).",
                "Use less, combine managed policies, or request a higher quota from AWS if possible.",
            )
