# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The overhead of a task: the start of Ansible, and of a module that makes a client and a call."""

from __future__ import annotations

from collections.abc import Sequence

from .comparison import judged, run_peer
from .figures import NOTHING, RUNS, Figure, typical
from .fleet import Fleet
from .peers import Peer


def least(fleet: Fleet, peers: Sequence[Peer]) -> list[Figure]:
    """Returns a figure for each task. The tasks take turns."""
    fleet.populate(1, attached=True)
    rounds = [[_measure(fleet, peer) for peer in peers] for _round in range(RUNS)]
    return [typical(figures) for figures in zip(*rounds)]


def _measure(fleet: Fleet, peer: Peer) -> Figure:
    ending, calls = run_peer(fleet, peer)
    return judged(Figure(peer.name, NOTHING, 1, calls=len(calls)), ending, "", calls)
