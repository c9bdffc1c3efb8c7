# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every page is in the contents, and every block of code on it is run by a test."""

from __future__ import annotations

import re
import subprocess

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.support.elsewhere import ELSEWHERE, InFile, commands_left_out, left_out
from ansible_collections.keyless.ec2.tests.integration.support.pages import GUIDES, ROOT, blocks_of, read, sections_of

PAGES = sorted(path.stem for path in GUIDES.glob("*.rst"))
READMES = ["README.md", "CONTRIBUTING.md", *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("roles/*/README.md"))]
# The tests of pages that no reader follows
HELD_BY = {
    "benchmark": "tests/unit/docs/test_figures.py",
    "guide_awx": "tests/unit/docs/test_awx.py",
    "guide_how_it_works": "tests/integration/guides/test_reference_pages.py",
}
FOLLOWED = re.compile(r'(?:me|reader\(\))\.(?:follow|read)\("([\w./]+)"')


def followed() -> set[str]:
    """Returns the pages that a reader follows in some test."""
    files = (ROOT / "tests" / "integration" / "guides").glob("test_*.py")
    return {page for path in files for page in FOLLOWED.findall(path.read_text(encoding="utf-8"))}


@pytest.mark.parametrize("page", [*PAGES, *READMES])
def test_every_block_of_code_is_run_by_a_test(page):
    assert not blocks_of(page) or page in followed() or page in (ROOT / HELD_BY[page]).read_text(encoding="utf-8")


@pytest.mark.parametrize("page, beginning", [(page, beginning) for page, rows in ELSEWHERE.items() for beginning in rows])
def test_what_a_reader_skips_is_run_elsewhere(page, beginning):
    """If the other place is a page, its reader checks it, too: it may run the command in another way."""
    where, commands = ELSEWHERE[page][beginning], commands_left_out(page, beginning)
    assert commands, f"nothing on {page} begins with {beginning}"
    if isinstance(where, InFile):
        assert where.words in (ROOT / where.path).read_text(encoding="utf-8")
    else:
        there = {command for block in blocks_of(where.page) for command in block.commands if not left_out(where.page, command)}
        assert where.page in followed() and set(commands) <= there


def test_every_page_is_in_the_contents_of_galaxy_and_of_the_site():
    listed = yaml.safe_load((ROOT / "docs" / "docsite" / "extra-docs.yml").read_text(encoding="utf-8"))
    assert sorted(page for section in listed["sections"] for page in section["toctree"]) == PAGES
    index = (ROOT / "docs" / "docsite" / "sphinx" / "index.rst").read_text(encoding="utf-8")
    assert sorted(re.findall(r"docsite/(\w+)$", index, re.MULTILINE)) == PAGES


def test_only_galaxy_yml_has_an_address_of_this_repository():
    command = ["git", "grep", "--files-with-matches", "--extended-regexp", r"(github|example)\.com[/:]keyless/|keyless\.github"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout.splitlines()
    assert found == ["galaxy.yml"]


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_names_exists(page):
    named = set(re.findall(r"``((?:docs|extensions|playbooks|plugins|roles|tests|tools)/[\w./-]+)``", read(page)))
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_page_has_a_label():
    for page in PAGES:
        assert f".. _ansible_collections.keyless.ec2.docsite.{page}:\n\n" in read(page)


def test_every_playbook_has_a_section():
    sections = sections_of(read("playbooks"))
    names = {path.stem for path in (ROOT / "playbooks").glob("*.yml")}
    assert set(sections) - {"Playbooks"} == names
    assert [name for name in names if f"keyless.ec2.{name} " not in sections[name] + " " and f"keyless.ec2.{name}\n" not in sections[name]] == []
