# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a Python module as a program, and writes the peak of its resident memory in bytes to a file.

Usage: python -m ansible_collections.keyless.ec2.tests.benchmark.peak FILE MODULE [ARGUMENT…]
"""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path


def main() -> None:
    """Runs the module in this process. The file is also written if the module exits."""
    written, module, *arguments = sys.argv[1:]
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        Path(written).write_text(str(peak()), encoding="utf-8")


def peak() -> int:
    """Returns the peak of this program alone. getrusage would include the program that started it."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    assert found
    return int(found[1]) * 1024


if __name__ == "__main__":
    main()
