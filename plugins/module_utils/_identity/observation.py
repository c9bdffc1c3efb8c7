# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which role an instance has, and what is wrong with it.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional

from .._common.identifiers import name_in_arn
from .causes import CAUSES, HEALED_BY_TIME
from .metadata import Credentials, Host, Profile, seconds_of

GIVEN, TURNED_OFF, BEHIND_A_HOP, NONE = "given", "turned_off", "hop_limit_too_small", "none"
MAX_CLOCK_DIFFERENCE = 300  # seconds; AWS refuses signatures that are older or younger
NOBODY = Host(None, None, None)


@dataclass(frozen=True)
class Observation:
    """What was seen on the host.

    ``access`` to the metadata service is GIVEN, TURNED_OFF, BEHIND_A_HOP or NONE. ``unanswered`` is a sentence
    that says why there was no answer, or, with access GIVEN, none to a later question; what that was about is None.
    ``is_ec2`` counts where there was no answer; ``allows_v1`` is None where that was not asked.
    ``now`` is in unix seconds by AWS's clock, as far as it is known; ``clock_ahead`` is the host's, in seconds.
    """

    access: str
    now: float
    clock_ahead: float = 0.0
    unanswered: Optional[str] = None
    is_ec2: bool = True
    allows_v1: Optional[bool] = None
    host: Host = NOBODY
    profile: Optional[Profile] = None
    role_name: Optional[str] = None
    credentials: Optional[Credentials] = None

    @property
    def seconds_left(self) -> Optional[int]:
        """How long the credentials are good for."""
        end = seconds_of(self.credentials.expiration) if self.credentials else None
        return None if end is None else max(0, int(end - self.now))

    def identity(self) -> dict[str, Any]:
        """The return value ``identity``."""
        held = self.credentials
        return {
            "instance_id": self.host.instance_id,
            "region": self.host.region,
            "account_id": self.host.account_id,
            "role_name": self.role_name,
            "instance_profile_arn": self.profile and self.profile.arn,
            "instance_profile_id": self.profile and self.profile.profile_id,
            "imdsv1_allowed": self.allows_v1,
            "credentials": {
                "code": held and held.code,
                "type": held and held.type,
                "expiration": held and held.expiration,
                "seconds_left": self.seconds_left,
            },
        }


def causes(seen: Observation, expected_role: Optional[str]) -> list[str]:
    """What is wrong, as keys of CAUSES, the first to be fixed first."""
    found = [_access_cause(seen)]
    if not found[0]:
        found += [_role_cause(seen), _difference(seen, expected_role), _clock_cause(seen)]
    if seen.allows_v1 and not seen.unanswered:
        found.append("imdsv1_allowed")
    return [each for each in found if each]


def is_settled(seen: Observation, expected_role: Optional[str]) -> bool:
    """Whether waiting is of no use any more."""
    return not HEALED_BY_TIME.intersection(causes(seen, expected_role))


def problems(seen: Observation, expected_role: Optional[str]) -> list[dict[str, Any]]:
    """The return value ``problems``."""
    values = _values(seen, expected_role)
    return [CAUSES[each].with_values(values).as_result() for each in causes(seen, expected_role)]


def summary(seen: Observation, expected_role: Optional[str]) -> str:
    """One line for people: as which role the instance acts, and what is wrong."""
    acts = not _access_cause(seen) and not _role_cause(seen)
    wrong = [problem["message"] for problem in problems(seen, expected_role)]
    return " ".join(([_success(seen)] if acts else []) + wrong)


def _access_cause(seen: Observation) -> Optional[str]:
    if seen.access in (TURNED_OFF, BEHIND_A_HOP):
        return seen.access
    if seen.unanswered is None:
        return None
    if seen.access == GIVEN:
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


def _difference(seen: Observation, expected_role: Optional[str]) -> Optional[str]:
    differs = expected_role and seen.role_name and seen.role_name != expected_role
    return "unexpected_role" if differs else None


def _clock_cause(seen: Observation) -> Optional[str]:
    return "clock_wrong" if abs(seen.clock_ahead) > MAX_CLOCK_DIFFERENCE else None


def _values(seen: Observation, expected_role: Optional[str]) -> dict[str, Any]:
    """What the texts of CAUSES are filled with."""
    arn = seen.profile and seen.profile.arn
    held = seen.credentials
    return {
        "instance": f"instance {seen.host.instance_id}" if seen.host.instance_id else "instance",
        "instance_id": seen.host.instance_id or "<instance id>",
        "profile": name_in_arn(arn) if arn else "<profile name>",
        "role": seen.role_name,
        "expected_role": expected_role,
        "unanswered": seen.unanswered,
        "code": held and held.code,
        "said": f" ({held.message})" if held and held.message else "",
        "expiration": held and held.expiration,
        "difference": duration(abs(seen.clock_ahead)) + (" ahead of" if seen.clock_ahead > 0 else " behind"),
    }


def _success(seen: Observation) -> str:
    left = "" if seen.seconds_left is None else f" (credentials for another {duration(seen.seconds_left)})"
    return f"{seen.host.instance_id or 'The instance'} acts as role {seen.role_name}{left}."


def duration(seconds: float) -> str:
    """For people, for example "5 h 59 min" or "40 s"."""
    if seconds < 60:
        return f"{int(seconds)} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
