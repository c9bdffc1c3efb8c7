# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roles that only AWS can change: IAM answers UnmodifiableEntity to everybody else.  Pure.

Paths that begin with /aws- are reserved: /aws-service-role/ is for service-linked roles, /aws-reserved/ for those that services
such as IAM Identity Center (SSO) create in an account.
"""

from __future__ import annotations

from typing import NamedTuple, Optional

SERVICE_LINKED_PATH = "/aws-service-role/"
RESERVED_PATH = "/aws-reserved/"


class Protection(NamedTuple):
    """Why a role can't be changed, as the rest of a sentence about it, and how it is changed or deleted."""

    reason: str
    deletion: str


def protection_of(path: str) -> Optional[Protection]:
    """Why nobody but AWS can change a role with this path; None if others can."""
    if path.startswith(SERVICE_LINKED_PATH):
        service = path[len(SERVICE_LINKED_PATH) :].rstrip("/")
        reason = f"is linked to the service {service}, and only that service can change it."
        return Protection(reason, "A service-linked role is deleted in the service, or with iam:DeleteServiceLinkedRole.")
    if path.startswith(RESERVED_PATH):
        service = path[len(RESERVED_PATH) :].split("/", 1)[0]
        reason = f"belongs to {service or 'AWS'}, and only AWS can change it."
        return Protection(reason, "Change it where it was created: that of a permission set in IAM Identity Center, for example.")
    return None
