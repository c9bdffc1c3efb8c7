# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures how long Chromium takes to open a large report and react to a click. No test depends on it.

For the usual number of instances, it writes the figures of docs/docsite/rst/report.rst.

Usage: .venv/bin/python tools/page_speed.py [INSTANCES]
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from steps import CHROMIUM

from ansible_collections.keyless.ec2.plugins.filter.estate_report import filter_estate_report
from ansible_collections.keyless.ec2.tests.benchmark import kept
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.estates import TAKEN, estate_of
from ansible_collections.keyless.ec2.tools import figures

RUNS = 5
USUAL = 10_000  # instances


def main() -> None:
    """Prints the size of the page, and the median of some runs."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else USUAL
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.html"
        began = time.perf_counter()
        page = filter_estate_report(estate_of(count), TAKEN, formats=["html"])["files"]["html"]
        made = time.perf_counter() - began
        file.write_text(page, encoding="utf-8")
        times = sorted(measured(file.as_uri()))
    size = len(page.encode()) / 1e6
    print(
        f"{count} instances: {size:.1f} MB, made in {made:.1f} s, "
        f"usable after {statistics.median(times):.2f} s (of {RUNS} runs, at most {times[-1]:.2f} s)"
    )
    if count == USUAL:
        kept.keep(page={"instances": count, "megabytes": round(size, 1), "seconds": round(statistics.median(times), 1)})
        figures.main()


def measured(address: str) -> list[float]:
    """Returns the seconds until a click on the last row takes effect, for each run in a new window."""
    path = os.environ.get("KEYLESS_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        times = [once(browser, address) for _run in range(RUNS)]
        browser.close()
    return times


def once(browser: Browser, address: str) -> float:
    """Measures one run."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    began = time.perf_counter()
    page.goto(address)
    page.focus("#rows")
    page.keyboard.press("End")
    page.wait_for_selector("#detail h2")
    seconds = time.perf_counter() - began
    context.close()
    return seconds


if __name__ == "__main__":
    main()
