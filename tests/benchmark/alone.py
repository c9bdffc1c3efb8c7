# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our module without Ansible: under throttling next to a bare thread pool, and with ten thousand instances."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.keyless.ec2.tools.environment import VENV, isolated

from .figures import LIMIT, OURS, POOL, THROTTLED_RUNS, Footprint, Throttled, middle, throttled
from .fleet import PROFILE, Fleet
from .process import run

PACKAGE = "ansible_collections.keyless.ec2"
MODULE = f"{PACKAGE}.plugins.modules.instance_profile_attach"
ASSOCIATE = "AssociateIamInstanceProfile"

# The capacity is AWS's. With its refill of 5 a second, every run would take three minutes.
BUCKET = {"capacity": 100, "refill": 50}
THROTTLED_SIZE = 1000
FOOTPRINT_SIZE = 10_000


@dataclass(frozen=True)
class Trace:
    """What a program did: its result, the peak of its memory in bytes, its seconds, and its AWS calls."""

    result: dict[str, Any]
    peak: int
    seconds: float
    calls: list[dict[str, Any]]


def under_throttle(fleet: Fleet) -> list[Throttled]:
    """Measures how fast a bucket allows the module and a bare pool to attach profiles. They take turns."""
    rounds = [[_throttled(fleet, tool) for tool in (OURS, POOL)] for _round in range(THROTTLED_RUNS)]
    return [middle(figures) for figures in zip(*rounds)]


def _throttled(fleet: Fleet, tool: str) -> Throttled:
    fleet.populate(THROTTLED_SIZE, attached=False)
    fleet.throttle(ASSOCIATE, BUCKET)
    if tool == OURS:
        found = trace_module(fleet, {"instance_ids": fleet.instance_ids})
        failed = found.result["counts"]["failed"]
    else:
        asked = {"instance_ids": fleet.instance_ids, "instance_profile": fleet.profile_arn}
        found = trace(fleet, f"{PACKAGE}.tests.benchmark.bare_pool", json.dumps(asked))
        failed = found.result["failed"]
    if failed != fleet.lacking():
        raise RuntimeError(f"{tool}: the count of failed instances is not what EC2 shows.")
    calls = [call for call in found.calls if call["operation"] == ASSOCIATE]
    return throttled(tool, THROTTLED_SIZE, BUCKET, calls, failed)


def footprints(fleet: Fleet) -> list[Footprint]:
    """Measures memory and calls for many instances with nothing to do, selected in two ways."""
    fleet.populate(FOOTPRINT_SIZE, attached=True)
    least = trace(fleet, f"{PACKAGE}.tests.benchmark.clients").peak
    ways = {"instance_ids": fleet.instance_ids, "filters": {"tag:Name": "fleet"}}
    return [footprint(fleet, option, value, least) for option, value in ways.items()]


def footprint(fleet: Fleet, option: str, value: Any, least: int) -> Footprint:
    """Returns the figure for instances that are selected with this option of the module."""
    found = trace_module(fleet, {option: value})
    if found.result["counts"]["unchanged"] != FOOTPRINT_SIZE:
        raise RuntimeError(f"Not all instances are unchanged: {found.result['counts']}")
    return Footprint(option, FOOTPRINT_SIZE, found.peak - least, found.seconds, len(found.calls))


def trace_module(fleet: Fleet, options: dict[str, Any]) -> Trace:
    """Runs the module with the profile and these options."""
    return trace(fleet, MODULE, json.dumps({"ANSIBLE_MODULE_ARGS": {"instance_profile": PROFILE, **options}}))


def trace(fleet: Fleet, module: str, arguments: str = "") -> Trace:
    """Runs a Python module with a file of these arguments."""
    variables = fleet.variables()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "arguments.json").write_text(arguments, encoding="utf-8")
        command = ("python", "-m", f"{PACKAGE}.tests.benchmark.peak", "peak", module, "arguments.json")
        ending = run(command, folder, isolated(VENV) | variables, LIMIT)
        if ending.returncode is None:
            raise RuntimeError(f"{module} was stopped after {LIMIT} seconds.")
        peak = int((folder / "peak").read_text(encoding="utf-8"))
    # The module's result is one line; Python may print warnings before it.
    results = [json.loads(line) for line in ending.output.splitlines() if line.startswith("{")]
    return Trace(results[-1] if results else {}, peak, ending.seconds, fleet.calls(variables["AWS_ACCESS_KEY_ID"]))
