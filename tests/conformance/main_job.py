# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job, with what users run: launch, replace, detach, attach, verify, a group whose instance is replaced, retire."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from .aws import Aws
from .cleanup import PREFIX, TAG

HERE = Path(__file__).parent
# Two are launched, one is in the group, and one replaces it.
INSTANCES = 4


def make(aws: Aws, verify: str | None) -> bool:
    """Runs the main job, and returns whether all of it succeeded; ``verify`` is a file with the variables for the connection to the instance."""
    aws.limits.launch(INSTANCES)
    with tempfile.TemporaryDirectory() as folder:
        job = Job(aws, Path(folder))
        return job.run(str(HERE / "main_job_instances.yml")) and job.verified(verify) and job.run(str(HERE / "main_job_group.yml"))


class Job:
    """Runs Ansible's commands in a folder of their own."""

    def __init__(self, aws: Aws, folder: Path) -> None:
        self._aws = aws
        self._folder = folder
        self._name = f"{PREFIX}-{aws.resources.run}-main"
        self._instances = folder / "instances.json"

    def run(self, playbook: str) -> bool:
        return self._ansible(playbook, "localhost,", self._variables())

    def verified(self, file: str | None) -> bool:
        if not file:
            return True
        inventory = self._folder / "inventory.yml"
        instance_id = self._ids()[0]
        variables = yaml.safe_load(Path(file).read_text(encoding="utf-8").replace("INSTANCE_ID", instance_id))
        inventory.write_text(yaml.safe_dump({"all": {"hosts": {instance_id: variables}}}), encoding="utf-8")
        return self._ansible(
            "keyless.ec2.verify", str(inventory), {"verify_expected_role": self._name, "verify_wait": True, "verify_simulate": False}
        )

    def _ansible(self, playbook: str, inventory: str, variables: dict[str, Any]) -> bool:
        file = self._folder / "variables.json"
        file.write_text(json.dumps(variables), encoding="utf-8")
        command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", inventory, playbook, "-e", f"@{file}"]
        return subprocess.run(command, cwd=self._folder, env={**os.environ, **self._environment()}, check=False).returncode == 0

    def _ids(self) -> list[str]:
        return json.loads(self._instances.read_text(encoding="utf-8")) if self._instances.exists() else []

    def _variables(self) -> dict[str, Any]:
        place, resources = self._aws.place, self._aws.resources
        return {
            "job_name": self._name,
            "path": resources.path,
            "tag": {TAG: resources.run},
            "image": self._aws.image,
            "instance_type": place.instance_type,
            "subnet": place.subnet,
            "zones": self._aws.zones[:1],
            "instances_file": str(self._instances),
            "instance_ids": self._ids(),
        }

    def _environment(self) -> dict[str, str]:
        endpoint = {"AWS_ENDPOINT_URL": self._aws.place.endpoint} if self._aws.place.endpoint else {}
        return {"AWS_REGION": self._aws.region, "ANSIBLE_LOCALHOST_WARNING": "false", **endpoint}
