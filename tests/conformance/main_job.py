# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The main job, with the playbooks that users run: launch, attach, replace, detach, a group whose instance is replaced, verify, retire."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from .aws import Aws
from .cleanup import PREFIX, TAG

PLAYBOOK = Path(__file__).with_name("main_job.yml")
# Two are launched, one is in the group, and one replaces it.
INSTANCES = 4


def make(aws: Aws, verify: str | None) -> bool:
    """Whether it succeeded. Its output is Ansible's."""
    aws.limits.launch(INSTANCES)
    with tempfile.TemporaryDirectory() as folder:
        variables = Path(folder) / "variables.json"
        variables.write_text(json.dumps(variables_of(aws, verify)), encoding="utf-8")
        program = str(Path(sys.executable).with_name("ansible-playbook"))
        command = [program, "-i", "localhost,", str(PLAYBOOK), "-e", f"@{variables}"]
        return subprocess.run(command, cwd=folder, env={**os.environ, **environment(aws)}, check=False).returncode == 0


def variables_of(aws: Aws, verify: str | None) -> dict[str, Any]:
    return {
        "name": f"{PREFIX}-{aws.resources.run}-main",
        "path": aws.resources.path,
        "tag": {TAG: aws.resources.run},
        "image": aws.image,
        "instance_type": aws.place.instance_type,
        "subnet": aws.place.subnet,
        "zones": aws.zones[:1],
        "verify": Path(verify).read_text(encoding="utf-8") if verify else "",
    }


def environment(aws: Aws) -> dict[str, str]:
    """What the modules need: the region and, if AWS is emulated, the endpoint, which boto3's own variables say already."""
    endpoint = {"AWS_ENDPOINT_URL": aws.place.endpoint} if aws.place.endpoint else {}
    return {"AWS_REGION": aws.region, "ANSIBLE_LOCALHOST_WARNING": "false", **endpoint}
