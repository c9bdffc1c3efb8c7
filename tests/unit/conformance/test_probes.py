# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each probe has a claim, a source, and code that relies on it; probes know nothing of the emulator."""

from __future__ import annotations

import ast
import inspect
import re

import pytest

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


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_claim_and_source(probe):
    assert probe.claim[0].isupper() and probe.claim.endswith(".")
    patterns = {DOCUMENTED: TITLE, REPORTED: ISSUE, UNKNOWN: re.compile(".+")}
    assert all(patterns[probe.source.kind].fullmatch(title) for title in probe.source.title.split("; ")), probe.source


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_the_code_that_relies_on_it_exists(probe):
    assert probe.relied_on_by
    assert [path for path in probe.relied_on_by if not (CHECKOUT / "plugins" / path).is_file()] == []


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
def test_the_text_of_a_refusal_has_a_source(probe):
    """AWS documents codes, and hardly any text."""
    calls = [each for each in ast.walk(ast.parse(inspect.getsource(probe.check))) if isinstance(each, ast.Call)]
    refusals = [call for call in calls if getattr(call.func, "id", "") == "refused"]
    texts = [ast.unparse(text) for call in refusals for text in call.args[1:] if " " in ast.unparse(text)]
    assert not texts or probe.source.text or probe.source.kind != DOCUMENTED, texts


def test_probes_know_nothing_of_the_emulator():
    files = [path for path in FOLDER.rglob("*.py") if path.name not in ENDPOINTS]
    assert [path.name for path in files if re.search(r"keyless_emulator|import moto|moto-api|/emulator/", path.read_text(encoding="utf-8"))] == []


def test_claims_are_different():
    assert len({probe.claim for probe in PROBES}) == len(PROBES)
