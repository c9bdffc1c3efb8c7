# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs galaxy-importer on an artifact, as Galaxy does when one is published.

Usage: .venv/bin/python tools/importer.py [ARTIFACT]

Without ARTIFACT, it builds one from the files that git tracks.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from environment import CHECKOUT, RELEASE_VENV, isolated
from steps import clean_copy

CONFIG = """\
[galaxy-importer]
CHECK_REQUIRED_TAGS = True
CHECK_CHANGELOG = True
RUN_ANSIBLE_DOC = True
RUN_ANSIBLE_LINT = True
LOG_LEVEL_MAIN = INFO
"""
# Messages that it prints for every artifact, with the reason why we ignore them
EXPECTED = {
    "Could not get role description": "it looks into meta/main.yml, and roles are described in their argument specs",
    r"Failed to find keyless\.ec2\.\w+ playbook": "its linter does not have the artifact among the installed collections",
}
COMPLAINT = re.compile(r"^(?:WARNING|ERROR): .*", re.MULTILINE)


def main() -> int:
    """Returns 0 if the import succeeds without unexpected messages."""
    with tempfile.TemporaryDirectory() as folder:
        artifact = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else build(Path(folder))
        done = look_at(artifact, Path(folder))
    print(done.stdout)
    wrong = complaints(done.stdout)
    for line in wrong:
        print(f"galaxy-importer: {line}")
    return 1 if done.returncode or wrong else 0


def complaints(output: str) -> list[str]:
    """Returns the warnings and errors that are not in EXPECTED."""
    return [line for line in COMPLAINT.findall(output) if not any(re.search(each, line) for each in EXPECTED)]


def build(folder: Path) -> Path:
    """Builds an artifact from the files that git tracks, and returns its path in the folder."""
    version = yaml.safe_load((CHECKOUT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
    with clean_copy() as copy:
        built = run("ansible-galaxy", "collection", "build", "--force", "--output-path", folder, cwd=copy, env=isolated())
    if built.returncode:
        sys.exit(built.stdout)
    return folder / f"keyless-ec2-{version}.tar.gz"


def look_at(artifact: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs galaxy-importer."""
    config = folder / "galaxy-importer.cfg"
    config.write_text(CONFIG, encoding="utf-8")
    env = isolated(RELEASE_VENV) | {"GALAXY_IMPORTER_CONFIG": str(config)}
    return run(RELEASE_VENV / "bin" / "python", "-m", "galaxy_importer.main", artifact, cwd=folder, env=env)


def run(*command: str | Path, cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)


if __name__ == "__main__":
    sys.exit(main())
