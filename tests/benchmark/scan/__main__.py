# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares our search for keys with other tools, searches a large tree, and writes the figures of docs/docsite/rst/comparison_scanners.rst.

python -m ansible_collections.keyless.ec2.tests.benchmark.scan [--files N]

`make bench-scan` installs the other tools.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import signal
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from ansible_collections.keyless.ec2.tools import figures
from ansible_collections.keyless.ec2.tools.environment import isolated, site_packages

from .. import kept
from ..process import run
from . import corpus
from .peers import MODULE, PEERS, Peer
from .scores import NOT_IDS, Score, score
from .tree import FILES, plant_tree

LIMIT = 600  # seconds for one tool
PEAK = "ansible_collections.keyless.ec2.tests.benchmark.peak"


def main() -> None:
    """Measures, keeps the results, and writes them into the documentation."""
    # This stops everything that was started, and removes what was written.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit("Terminated"))
    parser = argparse.ArgumentParser(prog="scan", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--files", type=int, default=FILES, metavar="N", help="the number of files of the large tree; with 0, its figures stay")
    files = parser.parse_args().files
    without = corpus.without_keys()
    alike = sum(each.kind in NOT_IDS for each in without)
    found = [asdict(each) for each in _compared(corpus.with_keys(), without)]
    large = _large(files) if files else kept.read()["scan"]["large"]
    kept.keep(scan={"ids_alone": len(without) - alike, "look_alikes": alike, "scores": found, "large": large})
    figures.main()


def _compared(with_keys: list[corpus.Sample], without: list[corpus.Sample]) -> Iterator[Score]:
    for peer in PEERS:
        if peer.package and not _version(peer):
            sys.exit(f"{peer.name} is not installed: make setup-bench")
        reported, seconds = _run_tool(peer, with_keys)
        reported_without, more = _run_tool(peer, without)
        name = f"{peer.name} {_version(peer)}".rstrip()
        yield score(name, reported, reported_without, with_keys, without, seconds + more)


def _run_tool(peer: Peer, samples: list[corpus.Sample]) -> tuple[set[str], float]:
    """Returns the files that a tool reports, and its seconds."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        corpus.plant(folder / "host", samples)
        ending = run(peer.command, folder, isolated(peer.venv), LIMIT)
        if ending.returncode != 0:
            sys.exit(f"{peer.name} ended with {ending.returncode}:\n{ending.output[-2000:]}")
        return peer.paths(folder), ending.seconds


def _large(files: int) -> dict[str, float]:
    """Returns what is found in a large tree, the seconds, and the memory, including Python's own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        keys = plant_tree(folder / "host", files)
        command = (sys.executable, "-m", PEAK, "peak", MODULE, "host", str(LIMIT))
        ending = run(command, folder, isolated(), LIMIT * 2)
        found = json.loads(ending.output)
        memory = int((folder / "peak").read_text(encoding="utf-8")) / 2**20
        if found["incomplete"]:
            sys.exit(f"{len(found['incomplete'])} locations were not completely searched.")
        seconds = round(ending.seconds, 1)
        return {"files": files, "keys": keys, "found": len(found["credentials"]), "seconds": seconds, "mebibytes": round(memory)}


def _version(peer: Peer) -> str:
    """Returns the installed version, or an empty string for ours or if there is none."""
    if not peer.package or not peer.venv.exists():
        return ""
    found = importlib.metadata.distributions(name=peer.package, path=[str(site_packages(peer.venv))])
    return next((each.version for each in found), "")


if __name__ == "__main__":
    main()
