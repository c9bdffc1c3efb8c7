# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Permissions whose use IAM's last-accessed data never shows, so that a service without a date may have been used.  Pure.

"The iam:PassRole action is not tracked and is not included in IAM action last accessed information":
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html. AWS names no other action there. It tracks
no data events, and single actions only of the services in
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed-action-last-accessed.html. For those actions,
the date of the service counts.
"""

from __future__ import annotations

from .wildcards import matches

UNTRACKED = ("iam:PassRole",)


def untracked_actions(action: str) -> list[str]:
    """The permissions that match the pattern and that IAM tracks in no way."""
    return [each for each in UNTRACKED if matches(action, each)]
