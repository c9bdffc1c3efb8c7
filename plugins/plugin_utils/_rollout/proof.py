# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host must show of itself after a batch, by the role that changed it.  Pure."""

from __future__ import annotations

from typing import Any, Callable, Mapping

from .names import ATTACH, REQUIRE_IMDSV2

Answer = Mapping[str, Any]  # the result of instance_identity_info
TOLERATED = "imdsv1_allowed"  # says nothing about the instance profile
# Without these, the service refuses a request without a token, and answers one with a token, also to the SDKs and containers of the host.
OF_IMDSV2 = frozenset({"imds_unreachable", "hop_limit_too_small", "imdsv1_allowed", "sdk_too_old"})


def has_profile(after: Any, answer: Answer) -> bool:
    """Whether the instance has the instance profile with this ARN, and it works; or none."""
    if (answer.get("identity") or {}).get("instance_profile_arn") != after:
        return False
    return after is None or all(each["code"] == TOLERATED for each in answer.get("problems", ()))


def requires_tokens(_after: Any, answer: Answer) -> bool:
    """Whether the metadata service was seen to refuse a request without a token, and to answer those with one."""
    if (answer.get("identity") or {}).get("imdsv1_allowed") is not False:
        return False
    return not any(each["code"] in OF_IMDSV2 for each in answer.get("problems", ()))


PROOFS: Mapping[str, Callable[[Any, Answer], bool]] = {ATTACH.role: has_profile, REQUIRE_IMDSV2.role: requires_tokens}


def must_be_proven(role: str, row: Mapping[str, Any]) -> bool:
    """Whether a host has to show something after this happened to its instance."""
    if row["action"] == "failed":
        return False
    return role == ATTACH.role or (row["after"] or {}).get("http_tokens") == "required"
