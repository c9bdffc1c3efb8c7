# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One Chromium for all browser tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from ansible_collections.keyless.ec2.plugins.filter.estate_report import filter_estate_report
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.estates import TAKEN

NAMES = ("chromium", "chromium-browser", "google-chrome")
SCREEN = {"width": 1280, "height": 800}


@pytest.fixture(scope="session", name="browser")
def _browser() -> Iterator[Browser]:
    path = os.environ.get("KEYLESS_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    assert path, "There is no Chromium: install it (apt-get install chromium), or name it in KEYLESS_CHROMIUM."
    with sync_playwright() as playwright:
        # Chromium's own sandbox does not work as root. A process of its own for drawing in software takes more CPU time.
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=path, args=["--in-process-gpu", *sandbox])
        yield browser
        browser.close()


@pytest.fixture(name="open_page")
def _open_page(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Opens the page of an estate from a file.  Errors in the browser and network requests fail the test."""
    contexts, complaints = [], []

    def open_page(estate: dict, fragment: str = "", context: dict | None = None, taken: str = TAKEN, **options: Any) -> Page:
        file = tmp_path / f"report-{len(contexts)}.html"
        file.write_text(filter_estate_report(estate, taken, formats=["html"], **options)["files"]["html"], encoding="utf-8")
        contexts.append(browser.new_context(**{"viewport": SCREEN, **(context or {})}))
        page = contexts[-1].new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: None if request.url.startswith(file.as_uri()) else complaints.append(request.url))
        page.goto(file.as_uri() + fragment)
        page.wait_for_selector("html[data-ready]")
        return page

    open_page.complaints = complaints
    yield open_page
    for each in contexts:
        each.close()
    assert complaints == []
