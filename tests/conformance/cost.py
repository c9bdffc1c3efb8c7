# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An upper estimate of what a run costs, with prices above those of most regions."""

from __future__ import annotations

from .limits import Limits

# US dollars for an hour of t3.nano, of its public address, and of its disk of 8 GiB
INSTANCE, ADDRESS, DISK = 0.009, 0.005, 0.0016
# As long as an instance of a probe usually runs, and how many a run launches
USUAL_MINUTES, USUAL_INSTANCES = 3, 35
HOUR = INSTANCE + ADDRESS + DISK


def estimate(limits: Limits, instance_type: str) -> str:
    """A sentence or two for people, before anything is created."""
    usual = USUAL_INSTANCES * USUAL_MINUTES / 60 * HOUR
    most = limits.instances * limits.seconds / 3600 * HOUR
    lines = (
        f"This run launches up to {limits.instances} instances of the type {instance_type}, and ends after at most {limits.seconds / 60:g} minutes.",
        f"It usually costs about {usual:.2f} US dollars. If all of them ran as long as the run may take, it would be {most:.2f} for t3.nano.",
        "Roles, policies, users, launch templates, groups and fleets cost nothing.",
        "AWS may create its service-linked roles for Auto Scaling, EC2 Fleet and Spot, if the account does not have them yet. They stay.",
    )
    return "\n".join(lines)
