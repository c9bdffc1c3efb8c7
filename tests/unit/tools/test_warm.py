# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a warm process can stand in for a command: what Python reads at its start must be the same."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import SimpleNamespace

import pytest

WARM = Path(__file__).resolve().parents[2] / "warm"


@pytest.fixture(name="server")
def _server(monkeypatch):
    monkeypatch.syspath_prepend(WARM)
    return importlib.import_module("server")


@pytest.mark.parametrize(
    "name, counts",
    [
        *((name, True) for name in ("LC_ALL", "LC_CTYPE", "LANG", "LANGUAGE", "PYTHONPATH", "PYTHONUTF8", "COVERAGE_PROCESS_START")),
        *((name, False) for name in ("PYTHONWARNINGS", "HOME", "AWS_PROFILE", "ANSIBLE_CONFIG", "TZ")),
    ],
)
def test_the_environment_that_python_reads_at_its_start(server, monkeypatch, name, counts):
    here = server.protocol.process_context()
    monkeypatch.setattr(server.os, "environ", {"LANG": "C", name: "one"})
    same, other = (SimpleNamespace(process_context=here, environment={"LANG": "C", name: value}) for value in ("one", "two"))
    assert server._is_ours(same) and server._is_ours(other) is not counts
    assert not server._is_ours(SimpleNamespace(process_context="another", environment=same.environment))
