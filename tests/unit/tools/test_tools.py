# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tools that build the site and make releases: their decisions, without the commands that they run."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[3] / "tools"


@pytest.fixture(name="tool")
def _tool(monkeypatch):
    """A tool as a module."""
    monkeypatch.syspath_prepend(TOOLS)
    return importlib.import_module


@pytest.fixture(name="site")
def _site(tmp_path):
    """Two pages, one of them with an anchor."""
    (tmp_path / "index.html").write_text('<a href="sub/page.html#there">x</a>', encoding="utf-8")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "page.html").write_text('<h1 id="there">x</h1><a href="../index.html">x</a>', encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "link",
    ["sub/page.html", "sub/page.html#there", "#", "https://example.com/", "mailto:a@b"],
)
def test_a_link_that_works(tool, site, link):
    (site / "other.html").write_text(f'<a href="{link}">x</a>', encoding="utf-8")
    assert list(tool("docs").broken_links(site)) == []


@pytest.mark.parametrize("link", ["page.html", "sub/page.html#elsewhere", "#nowhere", "sub/picture.png"])
@pytest.mark.parametrize("element", ['<a href="{}">x</a>', '<img src="{}">'])
def test_a_broken_link_is_reported_with_its_page(tool, site, link, element):
    (site / "other.html").write_text(element.format(link), encoding="utf-8")
    assert list(tool("docs").broken_links(site)) == [f"other.html: {link} is broken"]


def test_warnings_are_errors_except_about_pages_of_others(tool):
    docs = tool("docs")
    assert docs.FOREIGN.search("a.rst:1: WARNING: undefined label: 'ansible_collections.amazon.aws.ec2_module' [ref.ref]")
    assert not docs.FOREIGN.search("a.rst:1: WARNING: undefined label: 'ansible_collections.keyless.ec2.docsite.none' [ref.ref]")


@pytest.mark.parametrize("arguments", [[], ["1.2"], ["1.2.3-rc1"], ["v1.2.3"], ["01.2.3"], ["1.2.3", "1.2.4"]])
def test_a_release_needs_a_valid_version(tool, arguments):
    with pytest.raises(SystemExit, match="Set the version"):
        tool("release").asked_for(arguments)


def test_a_version_must_be_higher_than_all_released_ones(tool, monkeypatch):
    release = tool("release")
    monkeypatch.setattr(release, "released", lambda: ["1.9.0", "1.10.0"])
    assert [release.asked_for([each]) for each in ("1.10.0", "1.9.0", "1.11.0")] == ["1.10.0", "1.9.0", "1.11.0"]
    with pytest.raises(SystemExit, match=r"VERSION=1\.9\.1 is lower than 1\.10\.0"):
        release.asked_for(["1.9.1"])


def test_a_release_writes_the_version_and_the_changelog(tool, monkeypatch, tmp_path):
    release = tool("release")
    ran = []
    monkeypatch.setattr(release, "run", lambda *command, **_options: ran.append(command))
    monkeypatch.setattr(release, "GALAXY", tmp_path / "galaxy.yml")
    (tmp_path / "galaxy.yml").write_text("namespace: keyless\nversion: 1.0.0\n", encoding="utf-8")
    release.prepare("1.1.0")
    assert (tmp_path / "galaxy.yml").read_text(encoding="utf-8") == "namespace: keyless\nversion: 1.1.0\n"
    assert ran == [("antsibull-changelog", "release", "--version", "1.1.0")]


def test_expected_messages_of_the_importer_are_ignored(tool):
    importer = tool("importer")
    said = "WARNING: Could not get role description, no role metadata found\nINFO: fine\nERROR: this is one\n"
    assert importer.complaints(said) == ["ERROR: this is one"]
