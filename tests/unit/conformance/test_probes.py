# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each probe has a claim, a source, and code that relies on it; probes know nothing of the emulator."""

from __future__ import annotations

import ast
import inspect
import re

from ansible_collections.keyless.ec2.tests.conformance.probe import DOCUMENTED, REPORTED, UNKNOWN
from ansible_collections.keyless.ec2.tests.conformance.run import load
from ansible_collections.keyless.ec2.tools.environment import CHECKOUT

PROBES = load()
FOLDER = CHECKOUT / "tests" / "conformance"
# The only file that knows of emulators, and the commands that use it
ENDPOINTS = {"endpoints.py", "__main__.py"}
TITLE = re.compile(r"[A-Z][A-Za-z0-9 ]+: [A-Z].+")
ISSUE = re.compile(r"[\w.-]+/[\w.-]+#\d+\b.*")


def test_there_are_enough_of_them():
    assert len(PROBES) >= 80


def test_each_claim_is_a_sentence():
    assert [probe.name for probe in PROBES if not (probe.claim[0].isupper() and probe.claim.endswith("."))] == []


def test_each_source_has_a_title_of_its_kind():
    patterns = {DOCUMENTED: TITLE, REPORTED: ISSUE, UNKNOWN: re.compile(".+")}
    titles = [(probe.name, probe.source.kind, title) for probe in PROBES for title in probe.source.title.split("; ")]
    assert [each for each in titles if not patterns[each[1]].fullmatch(each[2])] == []


def test_the_code_that_relies_on_it_exists():
    assert [probe.name for probe in PROBES if not probe.relied_on_by] == []
    paths = [(probe.name, path) for probe in PROBES for path in probe.relied_on_by]
    assert [each for each in paths if not (CHECKOUT / "plugins" / each[1]).is_file()] == []


def texts_of_refusals(probe):
    calls = [each for each in ast.walk(ast.parse(inspect.getsource(probe.check))) if isinstance(each, ast.Call)]
    refusals = [call for call in calls if getattr(call.func, "id", "") == "refused"]
    return [ast.unparse(text) for call in refusals for text in call.args[1:] if " " in ast.unparse(text)]


def test_the_text_of_a_refusal_has_a_source():
    """AWS documents codes, and hardly any text."""
    without = [probe for probe in PROBES if probe.source.kind == DOCUMENTED and not probe.source.text]
    assert without and {probe.name: texts for probe in without if (texts := texts_of_refusals(probe))} == {}


def test_probes_know_nothing_of_the_emulator():
    files = [path for path in FOLDER.rglob("*.py") if path.name not in ENDPOINTS]
    assert [path.name for path in files if re.search(r"keyless_emulator|import moto|moto-api|/emulator/", path.read_text(encoding="utf-8"))] == []


def test_claims_are_different():
    assert len({probe.claim for probe in PROBES}) == len(PROBES)
