# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instances on which IMDSv2 is required, and required again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .comparison import judged, run_peer
from .figures import AGAIN, IMDS_LIMIT, REQUIRE, Figure
from .fleet import LATENCY_MILLISECONDS, Fleet
from .peers import Peer

INSTANCES = 200
DAYS = 20  # for how long the instances have run


def compare_metadata(fleet: Fleet, peers: Sequence[Peer]) -> list[Figure]:
    """Returns the figures for both jobs."""
    return [figure for peer in peers for figure in _required_twice(fleet, peer)]


def _required_twice(fleet: Fleet, peer: Peer) -> Iterator[Figure]:
    """Runs the job twice, unless the first run did not end in time."""
    fleet.empty()
    fleet.instance_ids = fleet.run_instances_earlier(DAYS, INSTANCES, name="fleet")
    first = _measure(fleet, peer, REQUIRE)
    yield first
    if first.holds:
        yield _measure(fleet, peer, AGAIN)


def _measure(fleet: Fleet, peer: Peer, job: str) -> Figure:
    fleet.slow_down(LATENCY_MILLISECONDS)
    ending, calls = run_peer(fleet, peer, IMDS_LIMIT)
    fleet.slow_down(0)
    return judged(Figure(peer.name, job, len(fleet.instance_ids), calls=len(calls)), ending, _missing(fleet), calls)


def _missing(fleet: Fleet) -> str:
    """Returns how many instances still answer requests without a token."""
    optional = sum(fleet.metadata_options(each)["HttpTokens"] != "required" for each in fleet.instance_ids)
    return f"{optional} of {len(fleet.instance_ids)} without IMDSv2" if optional else ""
