# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The make targets, workflows and hooks that contributors are told to use exist."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"][0]["hooks"]


@pytest.fixture(name="steps")
def _steps(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    return importlib.import_module("steps").STEPS


def test_every_documented_target_exists():
    told = "".join((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "CONTRIBUTING.md"))
    assert set(re.findall(r"`make ([a-z-]+)", told)) <= TARGETS
    assert {name for name in TARGETS if not name.startswith(("setup-", "help", "bench-"))} <= set(re.findall(r"make ([a-z-]+)", told)) | {
        *("check", "setup", "clean", "build", "page-speed", "links"),
    }


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_run_targets_that_exist(path):
    text = path.read_text(encoding="utf-8")
    named = {word for line in re.findall(r"run: make ([a-z -]+)", text) for word in line.split()}
    assert named | set(re.findall(r"target: ([a-z-]+)", text)) <= TARGETS


def test_workflows_test_the_oldest_and_the_newest_versions():
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))["jobs"]
    assert {"sanity", "lint", "tests", "importer", "everything"} == set(jobs)
    targets = {(row["target"], row["python"]) for row in jobs["tests"]["strategy"]["matrix"]["include"]}
    assert {("test-floor", "3.11"), ("test-newest", "3.14")} <= targets
    assert {"unit", "integration", "molecule"} <= {target for target, _python in targets}
    assert [row["ansible"] for row in jobs["sanity"]["strategy"]["matrix"]["include"]] == ["2.19", "2.20", "2.21", "2.22"]


def test_git_hooks_run_the_checks_of_ci(steps):
    """All checks that are fast. Checks that change files run on their own."""
    named = {step for hook in HOOKS for step in re.findall(r"check\.py ([a-z-]+)", hook["entry"])}
    assert named <= set(steps)
    assert named | {"ruff", "yamllint"} == {"ruff", "mypy", "yamllint", "ansible-lint", "docs", "changelog", "workflows"}


def test_the_oldest_versions_are_the_same_everywhere():
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    floor = (ROOT / "tools" / "requirements" / "floor.in").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    [version] = re.findall(r"^ansible-core==(.+)$", floor, re.MULTILINE)
    assert runtime["requires_ansible"] == f">={version}"
    assert f"ansible-core {version.rpartition('.')[0]} or newer" in readme
    [amazon] = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["dependencies"].values()
    assert f"amazon.aws {amazon.removeprefix('>=')} or newer" in readme
