# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation site in a browser."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GUIDES = sorted(path.stem for path in (ROOT / "docs" / "docsite" / "rst").glob("*.rst"))
PAGES = ["index", "collections/keyless/ec2/index", *(f"collections/keyless/ec2/docsite/{name}" for name in GUIDES)]
PLUGINS = ["iam_ec2_role_module", "instance_profile_attach_module", "attach_role", "trust_policy_filter", "ec2_identity_inventory"]
NARROW, WIDE = {"width": 400, "height": 800}, {"width": 1280, "height": 800}
IMAGES = "images => images.filter((image) => !image.naturalWidth).map((image) => image.src)"


@pytest.fixture(scope="session", name="site")
def _site(tmp_path_factory):
    """The site that an earlier step of the tests has built, or a new one."""
    if built := os.environ.get("KEYLESS_SITE"):
        return Path(built)
    folder = tmp_path_factory.mktemp("site") / "docs"
    program = [sys.executable, str(ROOT / "tools" / "docs.py"), "--out", str(folder)]
    done = subprocess.run(program, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return folder


@pytest.fixture(scope="module", name="page")
def _page(browser):
    """One page for all tests, because a new one takes a second."""
    context = browser.new_context(viewport=WIDE)
    yield context.new_page()
    context.close()


@pytest.fixture(name="show")
def _show(page, site):
    def show(name, screen=None):
        page.set_viewport_size(screen or WIDE)
        page.goto((site / f"{name}.html").as_uri())
        return page

    yield show
    page.emulate_media(media="screen")


@pytest.mark.parametrize("name", [*PAGES, *(f"collections/keyless/ec2/{each}" for each in PLUGINS)])
def test_a_page_shows_its_pictures_and_does_not_scroll_sideways(show, name):
    page = show(name)
    for screen in (WIDE, NARROW):
        page.set_viewport_size(screen)
        assert page.locator("[role=main] img").evaluate_all(IMAGES) == []
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= screen["width"], f"{name} is {width} wide on a screen of {screen['width']}"


WIDER_THAN_ITS_FRAME = "frames => frames.map((frame) => frame.scrollWidth - frame.clientWidth).filter((more) => more > 1)"


@pytest.mark.parametrize("name", ["errors", "guide_amazon_aws", "benchmark", "emulator"])
def test_a_table_fits_on_a_phone_and_on_paper(show, name):
    page = show(f"collections/keyless/ec2/docsite/{name}", NARROW)
    tables = page.locator(".wy-table-responsive")
    assert tables.count() > 0 and tables.evaluate_all(WIDER_THAN_ITS_FRAME) == []
    # Nothing is cut into columns of a few letters.
    widths = page.locator("[role=main] td:has(p)").evaluate_all("cells => cells.map((cell) => cell.clientWidth)")
    assert min(widths) > 200
    page = show(f"collections/keyless/ec2/docsite/{name}", {"width": 720, "height": 900})
    page.emulate_media(media="print")
    assert tables.evaluate_all(WIDER_THAN_ITS_FRAME) == []


def test_every_guide_can_be_reached_from_the_first_page(show):
    page = show("index")
    links = page.locator("[role=main] a").evaluate_all("links => links.map((link) => link.getAttribute('href'))")
    assert {f"collections/keyless/ec2/docsite/{name}.html" for name in GUIDES} <= set(links)
    titles = page.locator("[role=navigation] .toctree-l1 > a").all_inner_texts()
    assert len(titles) >= len(GUIDES) and all(titles)


def test_a_guide_names_files_above_their_blocks_and_marks_output(show):
    page = show("collections/keyless/ec2/docsite/guide_first_role")
    assert page.locator(".code-block-caption .caption-text").first.inner_text().strip() == "web.yml"
    # On the left, where the block begins
    caption, block = (page.locator(each).first.bounding_box() for each in (".code-block-caption .caption-text", ".literal-block-wrapper pre"))
    assert abs(caption["x"] - block["x"]) < 20
    assert page.locator(".highlight-text").first.evaluate("each => getComputedStyle(each).borderLeftWidth") == "3px"


def test_a_module_page_has_options_return_values_and_links(show):
    page = show("collections/keyless/ec2/iam_ec2_role_module")
    assert "trusted_entities" in page.locator("[role=main]").inner_text()
    assert page.locator("[role=main] a[href*='instance_profile_attach_module.html#']").count() > 0
