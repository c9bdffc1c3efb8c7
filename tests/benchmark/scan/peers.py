# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tools that look for keys, their commands, and the files in which they report AWS keys."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.keyless.ec2.tools.environment import BENCH_VENV, VENV

OURS = "keyless.ec2"
MODULE = "ansible_collections.keyless.ec2.tests.benchmark.scan.ours"


@dataclass(frozen=True)
class Peer:
    """A tool. ``paths`` gets the folder of its output, and returns the files that it reports."""

    name: str
    package: str | None
    venv: Path
    command: tuple[str, ...]
    paths: Callable[[Path], set[str]]


def _ours(folder: Path) -> set[str]:
    return {row["path"] for row in _json(folder / "printed")["credentials"]}


def _detect_secrets(folder: Path) -> set[str]:
    found = _json(folder / "printed")["results"]
    return {_below(path) for path, each in found.items() if any(one["type"] == "AWS Access Key" for one in each)}


def _credsweeper(*rules: str) -> Callable[[Path], set[str]]:
    def paths(folder: Path) -> set[str]:
        found = [each for each in _json(folder / "found.json") if each["rule"] in rules]
        return {_below(line["path"]) for each in found for line in each["line_data_list"]}

    return paths


def _json(file: Path):
    text = file.read_text(encoding="utf-8")
    return json.loads(text[min(text.find(mark) for mark in "[{" if mark in text) :])


def _below(path: str) -> str:
    return "/" + path.split("host/", 1)[1]


SWEEP = ("credsweeper", "--path", "host", "--pedantic", "--depth", "2", "--save-json", "found.json", "--log", "error")
PEERS = (
    Peer(OURS, None, VENV, (sys.executable, "-m", MODULE, "host"), _ours),
    Peer("detect-secrets", "detect-secrets", BENCH_VENV, ("detect-secrets", "scan", "--all-files", "host"), _detect_secrets),
    Peer("credsweeper", "credsweeper", BENCH_VENV, SWEEP, _credsweeper("AWS Client ID", "AWS Multi")),
    Peer("credsweeper, pairs", "credsweeper", BENCH_VENV, SWEEP, _credsweeper("AWS Multi")),
)
