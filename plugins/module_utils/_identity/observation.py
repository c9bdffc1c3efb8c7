# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was observed on an instance: its metadata service, role and credentials.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional, Tuple

from .metadata import Credentials, Host, Profile, unix_time

# Access to the metadata service
AVAILABLE, TURNED_OFF, TOO_FEW_HOPS, NO_ANSWER = "available", "turned_off", "hop_limit_too_small", "no_answer"
UNKNOWN_HOST = Host(None, None, None)


@dataclass(frozen=True)
class Observation:
    """``unanswered`` is a sentence that says why there was no answer, to the token request or, if ``access`` is AVAILABLE, to a later one.

    What that request was for is None.  ``is_ec2`` only counts if there was no answer; ``imdsv1_allowed`` is None if it
    was not probed, and so is ``containers_get_tokens``.  ``now`` is in unix seconds by AWS's clock, as far as it is known;
    ``clock_ahead`` is how many seconds the host's clock is ahead of it.  ``old_sdks`` can't use IMDSv2.
    """

    access: str
    now: float
    clock_ahead: float = 0.0
    unanswered: Optional[str] = None
    is_ec2: bool = True
    imdsv1_allowed: Optional[bool] = None
    containers_get_tokens: Optional[bool] = None
    old_sdks: Tuple[str, ...] = ()
    host: Host = UNKNOWN_HOST
    profile: Optional[Profile] = None
    role_name: Optional[str] = None
    credentials: Optional[Credentials] = None

    @property
    def seconds_left(self) -> Optional[int]:
        """How long the credentials are still valid."""
        end = unix_time(self.credentials.expiration) if self.credentials else None
        return None if end is None else max(0, int(end - self.now))

    def identity(self) -> dict[str, Any]:
        """The return value ``identity``."""
        current = self.credentials
        return {
            "instance_id": self.host.instance_id,
            "region": self.host.region,
            "account_id": self.host.account_id,
            "role_name": self.role_name,
            "instance_profile_arn": self.profile and self.profile.arn,
            "instance_profile_id": self.profile and self.profile.profile_id,
            "imdsv1_allowed": self.imdsv1_allowed,
            "credentials": {
                "code": current and current.code,
                "type": current and current.type,
                "expiration": current and current.expiration,
                "seconds_left": self.seconds_left,
            },
        }
