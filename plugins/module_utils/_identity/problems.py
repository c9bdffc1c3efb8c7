# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the identity of an instance, and its summary in one line.  Pure."""

from __future__ import annotations

from typing import Any, Optional

from .._common.identifiers import name_in_arn
from .._common.sentences import listed
from .causes import CAUSES, TEMPORARY
from .observation import AVAILABLE, TOO_FEW_HOPS, TURNED_OFF, Observation

SHOWN_SDKS = 5
MAX_CLOCK_DIFFERENCE = 300  # seconds; AWS refuses signatures that are older or newer


def causes(seen: Observation, expected_role: Optional[str]) -> list[str]:
    """What is wrong, as keys of CAUSES, in the order in which to fix it."""
    found = [_access_cause(seen)]
    if not found[0]:
        found += [_role_cause(seen), _expectation_cause(seen, expected_role), _clock_cause(seen)]
    if seen.containers_get_tokens is False:
        found.append("containers_without_tokens")
    if seen.old_sdks:
        found.append("sdk_too_old")
    if seen.imdsv1_allowed and not seen.unanswered:
        found.append("imdsv1_allowed")
    return [each for each in found if each]


def is_settled(seen: Observation, expected_role: Optional[str]) -> bool:
    """Whether waiting would not help."""
    return not TEMPORARY.intersection(causes(seen, expected_role))


def problems(seen: Observation, expected_role: Optional[str]) -> list[dict[str, Any]]:
    """The return value ``problems``."""
    values = _values(seen, expected_role)
    return [CAUSES[each].with_values(values).as_result() for each in causes(seen, expected_role)]


def summary(seen: Observation, expected_role: Optional[str]) -> str:
    """Which role the instance acts as, and what is wrong, in one line."""
    acts = not _access_cause(seen) and not _role_cause(seen)
    wrong = [problem["message"] for problem in problems(seen, expected_role)]
    return " ".join(([_success(seen)] if acts else []) + wrong)


def _access_cause(seen: Observation) -> Optional[str]:
    if seen.access in (TURNED_OFF, TOO_FEW_HOPS):
        return seen.access
    if seen.unanswered is None:
        return None
    if seen.access == AVAILABLE:
        return "interrupted"
    return "silent" if seen.is_ec2 else "not_ec2"


def _role_cause(seen: Observation) -> Optional[str]:
    if seen.profile is None:
        return "no_profile"
    if seen.profile.code == "InstanceProfileNotFound":
        return "profile_not_found"
    if seen.role_name is None:
        return "no_role"
    if seen.credentials is None:
        return "no_document"
    if seen.credentials.code == "AssumeRoleUnauthorizedAccess":
        return "trust_refuses_ec2"
    if seen.credentials.code != "Success":
        return "not_success"
    return "expired" if seen.seconds_left == 0 else None


def _expectation_cause(seen: Observation, expected_role: Optional[str]) -> Optional[str]:
    differs = expected_role and seen.role_name and seen.role_name != expected_role
    return "unexpected_role" if differs else None


def _clock_cause(seen: Observation) -> Optional[str]:
    return "clock_wrong" if abs(seen.clock_ahead) > MAX_CLOCK_DIFFERENCE else None


def _values(seen: Observation, expected_role: Optional[str]) -> dict[str, Any]:
    """The values for the texts of CAUSES."""
    arn = seen.profile and seen.profile.arn
    current = seen.credentials
    return {
        "instance": f"instance {seen.host.instance_id}" if seen.host.instance_id else "instance",
        "instance_id": seen.host.instance_id or "<instance id>",
        "profile": name_in_arn(arn) if arn else "<profile name>",
        "role": seen.role_name,
        "expected_role": expected_role,
        "unanswered": seen.unanswered,
        "code": current and current.code,
        "detail": f" ({current.message})" if current and current.message else "",
        "expiration": current and current.expiration,
        "old_sdks": listed(seen.old_sdks, SHOWN_SDKS),
        "difference": duration(abs(seen.clock_ahead)) + (" ahead of" if seen.clock_ahead > 0 else " behind"),
    }


def _success(seen: Observation) -> str:
    left = "" if seen.seconds_left is None else f" (credentials for another {duration(seen.seconds_left)})"
    return f"{seen.host.instance_id or 'The instance'} acts as role {seen.role_name}{left}."


def duration(seconds: float) -> str:
    """For example "5 h 59 min" or "40 s"."""
    if seconds < 60:
        return f"{int(seconds)} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
