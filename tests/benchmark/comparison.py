# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the tools one after the other, each on its own instances."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from ansible_collections.keyless.ec2.tests.integration.support.aws import READS

from .figures import ATTACH, LIMIT, NOTHING, Figure, judge, runs, typical
from .fleet import Fleet
from .peers import Peer, environment, hand_over
from .process import Ending, run


def compare(fleet: Fleet, peers: Sequence[Peer], sizes: Sequence[int]) -> Iterator[Figure]:
    """Yields the figures. A tool that was too slow for one size is not asked to do a larger one."""
    for job in (ATTACH, NOTHING):
        late: set[str] = set()
        for size in sorted(sizes):
            for figure in _of_size(fleet, peers, job, size, late):
                if figure.late:
                    late.add(figure.peer)
                yield figure


def _of_size(fleet: Fleet, peers: Sequence[Peer], job: str, size: int, late: set[str]) -> Iterator[Figure]:
    """Returns a figure for each tool. The tools take turns, so that the load of the machine affects all of them."""
    asked = [peer for peer in peers if peer.name not in late]
    rounds = [[measure(fleet, peer, job, size) for peer in asked] for _round in range(runs(size))]
    found = {figures[0].peer: typical(figures) for figures in zip(*rounds)}
    return (found.get(peer.name) or Figure(peer.name, job, size, late=True) for peer in peers)


def measure(fleet: Fleet, peer: Peer, job: str, size: int) -> Figure:
    """Measures one tool for one job."""
    fleet.populate(size, attached=job == NOTHING)
    ending, calls = run_peer(fleet, peer)
    lacking = fleet.lacking()
    missing = f"{lacking} of {size} without the profile" if lacking else ""
    return judged(Figure(peer.name, job, size, calls=len(calls)), ending, missing, calls)


def run_peer(fleet: Fleet, peer: Peer, limit: int = LIMIT) -> tuple[Ending, list[dict]]:
    """Runs a tool in a folder of its own. Returns how it ended, and its AWS calls."""
    variables = fleet.variables()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        hand_over(fleet, folder)
        ending = run((*peer.command, peer.job_file), folder, environment(peer) | variables, limit)
    return ending, fleet.calls(variables["AWS_ACCESS_KEY_ID"])


def judged(figure: Figure, ending: Ending, missing: str, calls: list[dict]) -> Figure:
    """Returns the figure with the outcome of the job. If it failed, the tool's output is printed."""
    writes = sum(not call["operation"].startswith(READS) for call in calls)
    figure = judge(figure, ending, missing, writes)
    if figure.error:
        print(ending.output, flush=True)
    return figure
