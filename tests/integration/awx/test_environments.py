# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The execution environment gets what the collection requires, and ansible-navigator runs a job with the settings of the example."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.awx.conftest import EXAMPLES, ROOT
from ansible_collections.keyless.ec2.tests.integration.support.aws import IMAGE

BIN = Path(sys.executable).parent

if not (BIN / "ansible-navigator").exists():
    pytest.skip("ansible-builder and ansible-navigator are not in this environment", allow_module_level=True)


def run(name, *arguments, **options):
    finished = subprocess.run(
        [str(BIN / name), *arguments], **options, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert finished.returncode == 0, finished.stdout
    return finished.stdout


def test_the_definition_makes_a_build_context(tmp_path):
    definition = str(EXAMPLES / "execution-environment.yml")
    run("ansible-builder", "create", "--file", definition, "--context", str(tmp_path), "--output-filename", "Containerfile")
    containerfile = (tmp_path / "Containerfile").read_text(encoding="utf-8")
    assert "ansible-core>=2.19" in containerfile
    requirements = yaml.safe_load((tmp_path / "_build" / "requirements.yml").read_text(encoding="utf-8"))
    assert requirements == {"collections": ["keyless.ec2"]}


def test_the_builder_finds_what_the_collection_needs(tmp_path):
    target = tmp_path / "ansible_collections" / "keyless" / "ec2"
    for name in ("meta/execution-environment.yml", "requirements.txt", "galaxy.yml"):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target / name)
    found = yaml.safe_load(run("ansible-builder", "introspect", str(tmp_path)).split("---")[-1])
    needed = {line.split(">")[0] for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines() if not line.startswith("#")}
    assert {"boto3", "botocore"} <= needed
    assert {line.split(">")[0] for line in map(str, found["python"])} >= {"boto3", "botocore"}


def test_navigator_runs_a_job_by_its_settings(aws, controller, tmp_path):
    aws.make_profile("web")
    shutil.copytree(EXAMPLES, tmp_path, dirs_exist_ok=True)
    environment = controller.environment("AKIANAVIGATOR", tmp_path / "results")
    run(
        "ansible-navigator", "run", "launch.yml", "-e", "@launch_variables.yml", "-e", f"launch_image_id={IMAGE}",
        "--execution-environment", "false", "--log-file", os.devnull, env=environment, cwd=tmp_path,
    )  # fmt: skip
    launched = aws.instances_named("web")
    assert [aws.profile_of(each["InstanceId"]) for each in launched] == ["web"] * 3
    assert not list(tmp_path.glob("*artifact*"))
