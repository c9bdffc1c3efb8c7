# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the screenshot of the report for docs/docsite/rst/images, from the page that `make demo` has written.

Usage: .venv/bin/python tools/picture.py
"""

from __future__ import annotations

import os
import shutil

from demo import REPORT
from environment import CHECKOUT
from playwright.sync_api import ViewportSize, sync_playwright
from steps import CHROMIUM

PICTURE = CHECKOUT / "docs" / "docsite" / "rst" / "images" / "report.png"
SCREEN: ViewportSize = {"width": 1280, "height": 860}
CHOSEN = "stale_profile"


def main() -> None:
    """Takes a screenshot of the page with one row selected."""
    path = os.environ.get("KEYLESS_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        page = browser.new_page(viewport=SCREEN)
        page.goto((REPORT / "report.html").as_uri())
        page.locator("[name=problem]").select_option(CHOSEN)
        page.locator("#rows .row").first.click()
        page.screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    main()
