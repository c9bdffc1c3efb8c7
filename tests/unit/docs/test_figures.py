# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation has the measured figures, and no others."""

from __future__ import annotations

import re
from functools import cache

import pytest

from ansible_collections.keyless.ec2.tests.benchmark import kept, page
from ansible_collections.keyless.ec2.tests.integration.support.pages import GUIDES, ROOT
from ansible_collections.keyless.ec2.tools import figures

PAGES = figures.pages()
BENCHMARK = f"{figures.GUIDES}/benchmark.rst"
# Measurements look like this, and so do limits of AWS.
FIGURE = re.compile(r"\d[\d.,]*(?: ?×| times as| MiB| MB| s| %| seconds| minutes)(?= |,|;|\.|:|\)|\*|$)", re.MULTILINE)
LIMITS = {
    "CONTRIBUTING.md": {"90 %"},
    "emulator": {"16 MiB", "21,600 seconds", "30 seconds", "15 seconds", "300 seconds", "43,200 seconds"},
    "errors": {"4 MiB", "64 MiB"},
    "aws_claims": {"21,600 seconds", "43,200 seconds"},
    "comparison_scanners": {"30 s"},
}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_the_figures_of_the_results(path):
    """If not, `.venv/bin/python tools/figures.py` writes it."""
    assert (ROOT / path).read_text(encoding="utf-8") == PAGES[path]


def test_the_benchmark_is_one_of_the_pages():
    assert BENCHMARK in PAGES


class _Blank:
    """Replaces every value with nothing."""

    def __getitem__(self, name):
        return self

    __getattr__ = __getitem__

    def __format__(self, form):
        return ""


@cache
def _tables():
    return figures.tables(kept.read())


def _without_what_is_generated(path):
    text = (ROOT / path).read_text(encoding="utf-8")
    for table in _tables().get(path, ()):
        assert table in text
        text = text.replace(table, "")
    if path in figures.SENTENCES:
        text = figures.with_sentences(path, text, _Blank())
    return figures.TIMES.sub("", text) if path == "CONTRIBUTING.md" else text


@pytest.mark.parametrize("name", sorted({"README.md", "CONTRIBUTING.md", *(each.stem for each in GUIDES.glob("*.rst"))} - {"benchmark"}))
def test_no_figure_is_written_by_hand(name):
    path = name if "." in name else f"{figures.GUIDES}/{name}.rst"
    assert set(FIGURE.findall(_without_what_is_generated(path))) == LIMITS.get(name, set())


def test_a_wrong_figure_is_corrected_and_the_words_stay():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    changed = text.replace("1.37 × in two tasks", "9.99 × in two tasks").replace("`make test` runs", "`make test` starts")
    assert changed.count("9.99") == 1
    with pytest.raises(ValueError, match="README.md must have this sentence once, not 0 times: `make test` runs"):
        figures.with_sentences("README.md", changed, figures.values(kept.read()))
    assert figures.with_sentences("README.md", text.replace("1.37 × in", "9.99 × in"), figures.values(kept.read())) == text


def test_measurements_are_stored_unchanged(tmp_path, monkeypatch):
    results, setting = page.kept(kept.read()["benchmark"])
    assert len(results.comparison) == 24 and any(each.late for each in results.groups)
    monkeypatch.setattr(kept, "FILE", tmp_path / "results.yml")
    kept.FILE.write_text("{other: 1}", encoding="utf-8")
    kept.keep(benchmark=page.to_keep(results, setting))
    assert page.kept(kept.read()["benchmark"]) == (results, setting)
    assert kept.read()["other"] == 1


def test_a_measurement_changes_only_its_part_of_the_file(tmp_path, monkeypatch):
    text = kept.FILE.read_text(encoding="utf-8")
    monkeypatch.setattr(kept, "FILE", tmp_path / "results.yml")
    kept.FILE.write_text(text, encoding="utf-8")
    kept.keep(page=kept.read()["page"])
    assert kept.FILE.read_text(encoding="utf-8") == text
