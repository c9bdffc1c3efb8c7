# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Estimates of how long a run takes and what it costs, with prices above those of most regions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from .limits import ONCE, SHARED, Limits
from .probe import Probe

# US dollars for an hour of t3.nano, of its public address, and of its disk of 8 GiB
INSTANCE, ADDRESS, DISK = 0.009, 0.005, 0.0016
HOUR = INSTANCE + ADDRESS + DISK
# EC2 bills at least a minute, and instances take about one to end.
LEAST_SECONDS = 120
# How long it takes to remove everything, and the main job
CLEANUP_SECONDS, MAIN_JOB_SECONDS = 120, 600


@dataclass(frozen=True)
class Estimate:
    seconds: float
    dollars: float
    instances: int


def estimate(probes: Collection[Probe], workers: int, limits: Limits, has_main_job: bool = False) -> Estimate:
    """An estimate from how long each probe takes on AWS, and how many instances it launches."""
    seconds = CLEANUP_SECONDS + _probing_seconds(probes, workers, limits.at_a_time) + MAIN_JOB_SECONDS * has_main_job
    own = sum(probe.instances for probe in probes)
    shared = (SHARED + ONCE) * bool(probes)
    busy = sum(probe.instances * max(probe.seconds, LEAST_SECONDS) for probe in probes) + shared * seconds + 4 * MAIN_JOB_SECONDS * has_main_job
    return Estimate(seconds, busy / 3600 * HOUR, own + shared + 4 * has_main_job)


def _probing_seconds(probes: Collection[Probe], workers: int, at_a_time: int) -> float:
    """What takes longest: the slowest probe, the work of each worker, or the instances that must wait for each other."""
    together = [probe for probe in probes if not probe.runs_alone]
    alone = sum(probe.seconds for probe in probes if probe.runs_alone)
    work = sum(probe.seconds for probe in together) / workers
    instances = sum(probe.seconds * probe.instances for probe in together) / at_a_time
    return alone + max([work, instances, *(probe.seconds for probe in together)])


def described(expected: Estimate, limits: Limits, instance_type: str) -> str:
    """A few sentences for people, before anything is created."""
    most = limits.instances * limits.seconds / 3600 * HOUR
    lines = (
        f"This run takes about {max(1, round(expected.seconds / 60))} minutes and launches about {expected.instances} instances of the type "
        f"{instance_type}, {limits.at_a_time} at a time.",
        f"It costs about {max(0.01, expected.dollars):.2f} US dollars.",
        f"It ends before it has launched more than {limits.instances} instances, and after at most {limits.seconds / 60:g} minutes. "
        f"If all of them ran all the time, that would be {most:.2f} US dollars for t3.nano.",
        "Roles, policies, users, launch templates, target groups, groups and fleets cost nothing.",
        "AWS may create its service-linked roles for Auto Scaling, EC2 Fleet and Spot, if the account does not have them yet. They stay.",
    )
    return "\n".join(lines)
