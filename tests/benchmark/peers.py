# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tools that are compared, and their jobs."""

from __future__ import annotations

import importlib.metadata
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from ansible_collections.keyless.ec2.tools.environment import BENCH_VENV, CHECKOUT, VENV, isolated, site_packages

from .figures import OURS

if TYPE_CHECKING:
    from .fleet import Fleet

JOB_FILE = Path(__file__).parent / "jobs"


@dataclass(frozen=True)
class Peer:
    """A tool: where it is installed, and the command that does the job in the file ``job_file``."""

    name: str
    venv: Path
    job_file: Path
    command: tuple[str, ...]


PLAYBOOK = ("ansible-playbook", "-e", "@variables.json")
CUSTODIAN = ("custodian", "run", "--cache-period", "0", "--output-dir", "output")


def _by_name(*peers: Peer) -> dict[str, Peer]:
    return {peer.name: peer for peer in peers}


PEERS = _by_name(
    Peer(OURS, VENV, JOB_FILE / "ours.yml", PLAYBOOK),
    Peer("amazon.aws by name", VENV, JOB_FILE / "amazon_aws_by_name.yml", PLAYBOOK),
    Peer("amazon.aws by ARN", VENV, JOB_FILE / "amazon_aws_by_arn.yml", PLAYBOOK),
    Peer("AWS CLI", BENCH_VENV, JOB_FILE / "aws_cli.sh", ("sh",)),
    Peer("Cloud Custodian", BENCH_VENV, JOB_FILE / "custodian.yml", CUSTODIAN),
)

# A role with its policies and instance profile
ROLE_PEERS = _by_name(
    Peer(OURS, VENV, JOB_FILE / "ours_role.yml", PLAYBOOK),
    Peer("amazon.aws in two tasks", VENV, JOB_FILE / "amazon_aws_role_two.yml", PLAYBOOK),
    Peer("amazon.aws in three tasks", VENV, JOB_FILE / "amazon_aws_role_three.yml", PLAYBOOK),
)

# Auto Scaling groups and their instances
GROUP_PEERS = _by_name(
    Peer(OURS, VENV, JOB_FILE / "ours_groups.yml", PLAYBOOK),
    Peer("amazon.aws", VENV, JOB_FILE / "amazon_aws_groups.yml", PLAYBOOK),
    Peer("AWS CLI", BENCH_VENV, JOB_FILE / "aws_cli_groups.sh", ("sh",)),
)

# Requiring IMDSv2
METADATA_PEERS = _by_name(
    Peer(OURS, VENV, JOB_FILE / "ours_metadata.yml", PLAYBOOK),
    Peer("amazon.aws in a loop", VENV, JOB_FILE / "amazon_aws_metadata.yml", PLAYBOOK),
    Peer("Cloud Custodian", BENCH_VENV, JOB_FILE / "custodian_metadata.yml", CUSTODIAN),
    Peer("Metabadger", BENCH_VENV, JOB_FILE / "metabadger.sh", ("sh",)),
)

# The overhead of every task
LEAST_PEERS = _by_name(
    Peer("ansible.builtin.ping", VENV, JOB_FILE / "ping.yml", PLAYBOOK),
    Peer("amazon.aws.aws_region_info", VENV, JOB_FILE / "amazon_aws_regions.yml", PLAYBOOK),
    Peer("keyless.ec2.instance_profile_attach", VENV, JOB_FILE / "ours.yml", PLAYBOOK),
)


def all_job_files() -> dict[str, tuple[str, str]]:
    """Returns the name and the text of the job's file for each tool on the page."""
    named = {
        **PEERS,
        **{f"{name}, a role": peer for name, peer in ROLE_PEERS.items()},
        **{f"{name}, groups": peer for name, peer in GROUP_PEERS.items()},
        **{f"{name}, IMDSv2": peer for name, peer in METADATA_PEERS.items()},
    }
    return {name: (peer.job_file.name, peer.job_file.read_text(encoding="utf-8")) for name, peer in named.items()}


def environment(peer: Peer) -> dict[str, str]:
    """Returns the environment variables for the tool's installation."""
    return isolated(peer.venv) | {"ANSIBLE_LOCALHOST_WARNING": "false", "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false"}


def hand_over(fleet: Fleet, folder: Path) -> None:
    """Writes the instances and groups in the formats that the tools read."""
    lists = {"instance_ids": fleet.instance_ids, "group_names": fleet.group_names}
    variables = {**lists, "instance_profile_arn": fleet.profile_arn}
    (folder / "variables.json").write_text(json.dumps(variables), encoding="utf-8")
    for name, values in lists.items():
        (folder / name).write_text("".join(f"{each}\n" for each in values), encoding="utf-8")


def versions() -> dict[str, str]:
    """Returns the versions of the tools, and of what they and the emulator depend on."""
    ours = yaml.safe_load((CHECKOUT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    manifest = site_packages(VENV) / "ansible_collections" / "amazon" / "aws" / "MANIFEST.json"
    theirs = json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"]
    return {
        OURS: ours,
        "amazon.aws": theirs,
        **{name: _version(name, VENV) for name in ("ansible-core", "boto3", "moto")},
        **{name: _version(name, BENCH_VENV) for name in ("awscli", "c7n", "metabadger")},
    }


def _version(package: str, venv: Path) -> str:
    [found] = importlib.metadata.distributions(name=package, path=[str(site_packages(venv))])
    return found.version
