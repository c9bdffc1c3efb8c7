# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role with everything that an instance needs: created, and run again with nothing to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .comparison import judged, run_peer
from .figures import CREATE, NOTHING, RUNS, Figure, typical
from .fleet import LATENCY_MILLISECONDS, Fleet
from .peers import Peer

ROLE = "web"
POLICY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


def compare_roles(fleet: Fleet, peers: Sequence[Peer]) -> list[Figure]:
    """Returns the figures for both jobs. The tools take turns."""
    found: dict[tuple[str, str], list[Figure]] = {}
    for _round in range(RUNS):
        for peer in peers:
            for figure in _made_twice(fleet, peer):
                found.setdefault((figure.job, figure.peer), []).append(figure)
    return [typical(figures) for figures in found.values()]


def _made_twice(fleet: Fleet, peer: Peer) -> Iterator[Figure]:
    fleet.empty()
    for job in (CREATE, NOTHING):
        fleet.slow_down(LATENCY_MILLISECONDS)
        ending, calls = run_peer(fleet, peer)
        fleet.slow_down(0)
        yield judged(Figure(peer.name, job, 1, calls=len(calls)), ending, _missing(fleet), calls)


def _missing(fleet: Fleet) -> str:
    """Returns what is missing from the role in IAM."""
    if not fleet.iam.list_roles()["Roles"]:
        return "without the role"
    there = {
        "the managed policy": POLICY in fleet.attached(ROLE),
        "the inline policy": bool(fleet.iam.list_role_policies(RoleName=ROLE)["PolicyNames"]),
        "the instance profile": bool(fleet.iam.list_instance_profiles_for_role(RoleName=ROLE)["InstanceProfiles"]),
    }
    missing = [each for each, is_there in there.items() if not is_there]
    return f"without {' and '.join(missing)}" if missing else ""
