# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The peers one after the other, each with a fleet of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from ansible_collections.keyless.ec2.tests.integration.support.aws import READS

from .figures import ATTACH, LIMIT, NOTHING, Figure, judge
from .fleet import Fleet
from .peers import Peer, environment, hand_over
from .process import run


def compare(fleet: Fleet, peers: Sequence[Peer], sizes: Sequence[int]) -> Iterator[Figure]:
    """The figures as they come; who is late with a fleet is not asked to do a larger one."""
    for job in (ATTACH, NOTHING):
        late: set[str] = set()
        for size in sorted(sizes):
            for peer in peers:
                if peer.name in late:
                    figure = Figure(peer.name, job, size, late=True)
                else:
                    figure = measure(fleet, peer, job, size)
                if figure.late:
                    late.add(peer.name)
                yield figure


def measure(fleet: Fleet, peer: Peer, job: str, size: int) -> Figure:
    """One peer's figure for one job; what it printed is shown if it failed."""
    fleet.populate(size, attached=job == NOTHING)
    variables = fleet.variables()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        hand_over(fleet, folder)
        ending = run((*peer.command, peer.told), folder, environment(peer) | variables, LIMIT)
    calls = fleet.calls(variables["AWS_ACCESS_KEY_ID"])
    writes = sum(not call["operation"].startswith(READS) for call in calls)
    figure = judge(Figure(peer.name, job, size, calls=len(calls)), ending, fleet.lacking(), writes)
    if figure.error:
        print(ending.output, flush=True)
    return figure
