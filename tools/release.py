# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a release: writes the version and the changelog, builds the artifact, and tests its installation.

Usage: .venv/bin/python tools/release.py VERSION

A version that was already released is only checked. Nothing is committed, tagged or published.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from environment import CHECKOUT, isolated
from importer import build
from setup import OLDEST, Environment, install_collection

GALAXY = CHECKOUT / "galaxy.yml"
CHANGELOG = CHECKOUT / "changelogs" / "changelog.yaml"
VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
NEEDS = ("ansible-core", "boto3", "botocore")
PLACEHOLDER = "https://example.com/"
DONE = """
{artifact} is ready for Galaxy. The remaining steps:
{placeholder}
  git commit -am "Release {version}" && git tag {version} && git push --atomic origin main {version}
"""


def main() -> None:
    """Ends with the remaining steps, or with the first error."""
    version = asked_for(sys.argv[1:])
    if version not in released():
        prepare(version)
    artifact = build(CHECKOUT / "dist")
    run("python", CHECKOUT / "tools" / "sbom.py", artifact)
    run("python", CHECKOUT / "tools" / "importer.py", artifact)
    with tempfile.TemporaryDirectory() as folder:
        prove(artifact, Path(folder) / "venv")
    placeholder = warning_of_placeholder(GALAXY.read_text(encoding="utf-8"))
    print(DONE.format(artifact=artifact.relative_to(CHECKOUT), version=version, placeholder=placeholder))


def warning_of_placeholder(galaxy: str) -> str:
    """Returns a line about the address in galaxy.yml, if it is still the placeholder."""
    return "\n  Replace the placeholder `repository` in galaxy.yml with the repository's address.\n" if PLACEHOLDER in galaxy else ""


def asked_for(arguments: list[str]) -> str:
    """Returns the version to release, which must be higher than all released ones."""
    if len(arguments) != 1 or not VERSION.fullmatch(arguments[0]):
        sys.exit("Set the version, for example VERSION=1.2.3.")
    [version] = arguments
    newer = [each for each in released() if numbers(each) > numbers(version)]
    if version not in released() and newer:
        sys.exit(f"VERSION={version} is lower than {max(newer, key=numbers)}, which is already released.")
    return version


def released() -> list[str]:
    """Returns the versions in the changelog."""
    return list(yaml.safe_load(CHANGELOG.read_text(encoding="utf-8"))["releases"])


def numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def prepare(version: str) -> None:
    """Writes the version into galaxy.yml, and the fragments into the changelog."""
    text = GALAXY.read_text(encoding="utf-8")
    GALAXY.write_text(re.sub(r"^version: .*$", f"version: {version}", text, flags=re.MULTILINE), encoding="utf-8")
    run("antsibull-changelog", "release", "--version", version)


def prove(artifact: Path, venv: Path) -> None:
    """Installs the artifact and its emulator into an empty environment, and runs the demo from there.

    It uses the oldest supported amazon.aws, from the package `ansible`, because Galaxy may be out of reach.
    """
    run(sys.executable, "-m", "venv", venv)
    environment = Environment(venv, CHECKOUT / "requirements.txt")
    run(environment.python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", *NEEDS)
    for package, collection in OLDEST:
        install_collection(environment, package, collection)
    galaxy = (venv / "bin" / "ansible-galaxy", "collection")
    place = environment.collections.parent
    run(*galaxy, "install", "--offline", "--no-deps", "--collections-path", place, artifact, venv=venv)
    run(*galaxy, "verify", "--offline", "--collections-path", place, "keyless.ec2", venv=venv)
    run(environment.python, "-m", "pip", "install", "-qq", environment.collections / "keyless" / "ec2" / "tests" / "emulator")
    run(venv / "bin" / "keyless-emulator", "--help")
    run("python", CHECKOUT / "tools" / "demo.py", venv)


def run(*command: str | Path, venv: Path | None = None) -> None:
    """Runs a command, and exits if it fails."""
    print("$", *command, flush=True)
    env = isolated(venv) if venv else isolated()
    if subprocess.run(command, cwd=CHECKOUT, env=env, check=False).returncode:
        sys.exit(f"{command[0]} failed.")


if __name__ == "__main__":
    main()
