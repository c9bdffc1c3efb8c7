# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tools that build the site, make releases and make mutants: what they decide, without what they run."""

from __future__ import annotations

import importlib
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[3] / "tools"


@pytest.fixture(name="tool")
def _tool(monkeypatch):
    """A program of the folder, whose folder is on the path when it runs."""
    monkeypatch.syspath_prepend(TOOLS)
    return importlib.import_module


@pytest.fixture(name="site")
def _site(tmp_path):
    """Two pages, one of which has an anchor."""
    (tmp_path / "index.html").write_text('<a href="sub/page.html#there">x</a>', encoding="utf-8")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "page.html").write_text('<h1 id="there">x</h1><a href="../index.html">x</a>', encoding="utf-8")
    return tmp_path


REPOSITORY = "https://github.com/keyless/ec2/blob/main/"


@pytest.mark.parametrize(
    "link",
    ["sub/page.html", "sub/page.html#there", "#", f"{REPOSITORY}README.md", f"{REPOSITORY}README.md#support", "https://example.com/", "mailto:a@b"],
)
def test_a_link_that_leads_somewhere(tool, site, link):
    (site / "other.html").write_text(f'<a href="{link}">x</a>', encoding="utf-8")
    assert list(tool("docs").broken_links(site)) == []


@pytest.mark.parametrize("link", ["page.html", "sub/page.html#elsewhere", "#nowhere", "sub/picture.png", f"{REPOSITORY}NONE.md"])
@pytest.mark.parametrize("element", ['<a href="{}">x</a>', '<img src="{}">'])
def test_a_link_that_leads_nowhere_is_told_with_its_page(tool, site, link, element):
    (site / "other.html").write_text(element.format(link), encoding="utf-8")
    assert list(tool("docs").broken_links(site)) == [f"other.html: {link} leads nowhere"]


def test_warnings_are_errors_but_for_pages_of_others(tool):
    docs = tool("docs")
    assert docs.FOREIGN.search("a.rst:1: WARNING: undefined label: 'ansible_collections.amazon.aws.ec2_module' [ref.ref]")
    assert not docs.FOREIGN.search("a.rst:1: WARNING: undefined label: 'ansible_collections.keyless.ec2.docsite.none' [ref.ref]")


@pytest.mark.parametrize("arguments", [[], ["1.2"], ["1.2.3-rc1"], ["v1.2.3"], ["01.2.3"], ["1.2.3", "1.2.4"]])
def test_no_version_is_no_release(tool, arguments):
    with pytest.raises(SystemExit, match="Name the version"):
        tool("release").asked_for(arguments)


def test_a_version_comes_after_those_that_are_released(tool, monkeypatch):
    release = tool("release")
    monkeypatch.setattr(release, "released", lambda: ["1.9.0", "1.10.0"])
    assert [release.asked_for([each]) for each in ("1.10.0", "1.9.0", "1.11.0")] == ["1.10.0", "1.9.0", "1.11.0"]
    with pytest.raises(SystemExit, match=r"VERSION=1\.9\.1 comes before 1\.10\.0"):
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


def test_what_is_expected_of_the_importer_is_no_complaint(tool):
    importer = tool("importer")
    said = "WARNING: Could not get role description, no role metadata found\nINFO: fine\nERROR: this is one\n"
    assert importer.complaints(said) == ["ERROR: this is one"]


@pytest.fixture(name="drawn")
def _drawn(tool, tmp_path):
    """The jobs that are left of these mutants: operator, line and column of each."""

    def drawn(lines, mutants, each, seed=0):
        session = tmp_path / "session.sqlite"
        session.unlink(missing_ok=True)
        with sqlite3.connect(session) as database:
            database.execute("CREATE TABLE mutation_specs (job_id, operator_name, start_pos_row, start_pos_col, occurrence)")
            database.execute("CREATE TABLE work_items (job_id)")
            for number, (operator, row, column) in enumerate(mutants):
                database.execute("INSERT INTO mutation_specs VALUES (?, ?, ?, ?, 0)", (str(number), operator, row, column))
                database.execute("INSERT INTO work_items VALUES (?)", (str(number),))
        tool("mutation").draw(session, lines, each, seed)
        with sqlite3.connect(session) as database:
            left = {int(job) for (job,) in database.execute("SELECT job_id FROM mutation_specs")}
            assert left == {int(job) for (job,) in database.execute("SELECT job_id FROM work_items")}
        return left

    return drawn


def test_mutants_are_drawn_by_lot(drawn):
    """The same seed draws the same."""
    mutants = [("core/AddNot", 1, column) for column in range(40)]
    assert drawn(["x = 1"], mutants, 5, 1) == drawn(["x = 1"], mutants, 5, 1) != drawn(["x = 1"], mutants, 5, 2)
    assert len(drawn(["x = 1"], mutants, 5)) == 5
    assert len(drawn(["x = 1"], mutants, 100)) == 40


def test_a_place_with_many_mutants_counts_once(drawn):
    adds = [(f"core/ReplaceBinaryOperator_Add_{name}", 1, 2) for name in ("Sub", "Mul", "Div")]
    assert len(drawn(["x + 1"], adds, 10)) == 1


@pytest.mark.parametrize(
    "operator",
    [
        "core/ReplaceBinaryOperator_Pow_Add",
        "core/ReplaceComparisonOperator_Eq_Is",
        "core/ReplaceComparisonOperator_Eq_IsNot",
        "core/ReplaceComparisonOperator_NotEq_Is",
    ],
)
def test_no_mutant_that_every_test_notices_or_none(drawn, operator):
    assert drawn(["@dataclass(frozen=True)", "x = 1"], [(operator, 2, 0), ("core/RemoveDecorator", 1, 0), ("core/AddNot", 2, 4)], 10) == {2}


def test_tests_that_fail_anyway_notice_no_mutant(tool, tmp_path):
    mutation = tool("mutation")
    file = tmp_path / "a" / "b" / "c" / "test_it.py"
    file.parent.mkdir(parents=True)
    file.write_text("def test_it():\n    pass\n", encoding="utf-8")
    assert mutation.seconds_without("test_it.py", file.parent) > 0
    file.with_name("test_wrong.py").write_text("def test_it():\n    raise ValueError\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="The tests fail without any mutant"):
        mutation.seconds_without("test_wrong.py", file.parent)


def test_the_tests_that_mirror_a_file_come_first(tool):
    mutation = tool("mutation")
    utils, tests = mutation.UTILS, mutation.TESTS
    assert mutation.tests_of(utils / "_policy" / "trust.py", mutation.CHECKOUT) == [tests / "_policy" / "test_trust.py", tests / "_policy"]
    assert mutation.tests_of(utils / "_policy" / "places.py", mutation.CHECKOUT) == [tests / "_policy"]
    assert mutation.tests_of(utils / "_none" / "none.py", mutation.CHECKOUT) == []


def test_a_mutant_that_gathers_without_end_fails():
    """Its limit holds for what it starts; an own process, as a limit can't be taken back."""
    gathers = "bytearray(8 << 30)"
    starts = f"import mutation, subprocess, sys; mutation.limit_memory(); sys.exit(subprocess.run([sys.executable, '-c', {gathers!r}]).returncode)"
    finished = subprocess.run([sys.executable, "-c", starts], cwd=TOOLS, check=False, capture_output=True, text=True)
    assert finished.returncode == 1 and "MemoryError" in finished.stderr
