# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the emulators of other projects do where AWS does something else: differences.yml, which people review.

Usage: .venv/bin/python -m ansible_collections.keyless.ec2.tests.elsewhere.differences

That observes both again and writes the file; look at what has changed before you commit it.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import yaml

from ansible_collections.keyless.ec2.tests.conformance.aws import Aws
from ansible_collections.keyless.ec2.tests.conformance.endpoints import elsewhere
from ansible_collections.keyless.ec2.tests.conformance.resources import new_run
from ansible_collections.keyless.ec2.tests.conformance.run import AS_CLAIMED, NOT_MADE, Result, load, run
from ansible_collections.keyless.ec2.tests.conformance.waiting import patience
from ansible_collections.keyless.ec2.tests.elsewhere.servers import running

EMULATORS = ("moto", "ministack")
FILE = Path(__file__).with_name("differences.yml")
HEAD = """\
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Each probe to which moto or ministack answers otherwise than AWS, and how. A probe that is not here is answered as AWS answers.
# Written by differences.py, and reviewed: a difference must be the emulator's, and not a mistake of the probe.
---
"""
REFUSED = re.compile(r"refused with ([\w.]+),|\w+: ([\w.]+): ")
# An emulator is there at once, or not at all.
SECONDS = 1


def observe(name: str, folder: Path) -> dict[str, str]:
    """What this emulator does otherwise, by probe."""
    before, patience.seconds = patience.seconds, SECONDS
    try:
        with running(name, folder) as endpoint:
            results = run(Aws(elsewhere(endpoint), new_run()), load())
            return {result.probe.name: brief(result) for result in results if result.outcome != AS_CLAIMED}
    finally:
        patience.seconds = before


def brief(result: Result) -> str:
    """What was observed, without what is different in each run."""
    if result.outcome == NOT_MADE or result.observed == "not refused":
        return result.observed.partition(":")[0]
    refusal = REFUSED.match(result.observed)
    return f"answers {refusal[1] or refusal[2]}" if refusal else "answers otherwise"


def read() -> dict[str, dict[str, str]]:
    """The reviewed differences: by probe, and then by emulator."""
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def of(name: str) -> dict[str, str]:
    return {probe: differences[name] for probe, differences in read().items() if name in differences}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        observed = {name: observe(name, Path(folder)) for name in EMULATORS}
    names = [probe.name for probe in load() if any(probe.name in each for each in observed.values())]
    rows = {name: {each: observed[each][name] for each in EMULATORS if name in observed[each]} for name in names}
    FILE.write_text(HEAD + yaml.safe_dump(rows, sort_keys=False, width=140), encoding="utf-8")


if __name__ == "__main__":
    main()
