# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the software bill of materials of an artifact next to it, in CycloneDX's format.

Usage: .venv/bin/python tools/sbom.py ARTIFACT

It has the artifact with its hash, each file in it with its hash, and what it needs in order to run. The same artifact gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tarfile
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import yaml
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL


def main() -> None:
    """Prints the path of the file that it has written."""
    if len(sys.argv) != 2:
        sys.exit("Name the artifact.")
    print(write(Path(sys.argv[1])))


def write(artifact: Path) -> Path:
    """Writes the file, and returns its path."""
    path = artifact.with_name(artifact.name.removesuffix(".tar.gz") + ".cdx.json")
    path.write_text(JsonV1Dot6(bill_of(artifact)).output_as_string(indent=2) + "\n", encoding="utf-8")
    return path


def bill_of(artifact: Path) -> Bom:
    """Returns the bill of materials of the artifact."""
    digest = hashlib.sha256(artifact.read_bytes()).hexdigest()
    with tarfile.open(artifact) as archive:
        manifest, files, runtime = (_read(archive, name) for name in ("MANIFEST.json", "FILES.json", "meta/runtime.yml"))
        requirements = _text(archive, "requirements.txt")
        taken = max(member.mtime for member in archive.getmembers())
    itself, needed = _artifact(manifest["collection_info"], digest), [*_needed(manifest, runtime), *_packages(requirements)]
    bill = Bom(serial_number=uuid5(NAMESPACE_URL, digest), components=[*needed, *_files(files)])
    bill.metadata.timestamp = datetime.fromtimestamp(taken, timezone.utc)
    bill.metadata.component = itself
    bill.register_dependency(itself, needed)
    return bill


def _read(archive: tarfile.TarFile, name: str) -> Any:
    return yaml.safe_load(_text(archive, name)) if name.endswith(".yml") else json.loads(_text(archive, name))


def _text(archive: tarfile.TarFile, name: str) -> str:
    file = archive.extractfile(name)
    assert file is not None, f"{name} is not a file"
    return file.read().decode()


def _artifact(info: dict[str, Any], digest: str) -> Component:
    name = f"{info['namespace']}.{info['name']}"
    return Component(
        type=ComponentType.LIBRARY,
        name=name,
        version=info["version"],
        bom_ref=name,
        licenses=[DisjunctiveLicense(id=each) for each in info["license"]],
        purl=PackageURL("generic", None, name, info["version"]),
        hashes=[_sha256(digest)],
    )


def _needed(manifest: dict[str, Any], runtime: dict[str, Any]) -> Iterator[Component]:
    """Yields ansible-core and the collections, with the versions that are accepted."""
    yield _component("ansible-core", runtime["requires_ansible"], PackageURL("pypi", None, "ansible-core"))
    for name, versions in manifest["collection_info"]["dependencies"].items():
        yield _component(name, versions, PackageURL("generic", None, name))


def _packages(requirements: str) -> Iterator[Component]:
    """Yields the Python packages of requirements.txt."""
    for line in filter(None, (each.partition("#")[0].strip() for each in requirements.splitlines())):
        name = line.partition(">")[0].partition("=")[0].strip()
        yield _component(name, line.removeprefix(name).strip() or "*", PackageURL("pypi", None, name))


def _component(name: str, versions: str, purl: PackageURL) -> Component:
    accepted = [Property(name="keyless.ec2:versions", value=versions)]
    return Component(type=ComponentType.LIBRARY, name=name, bom_ref=name, purl=purl, properties=accepted)


def _files(files: dict[str, Any]) -> Iterator[Component]:
    for each in files["files"]:
        if each["ftype"] == "file":
            yield Component(type=ComponentType.FILE, name=each["name"], bom_ref=f"file:{each['name']}", hashes=[_sha256(each["chksum_sha256"])])


def _sha256(digest: str) -> HashType:
    return HashType(alg=HashAlgorithm.SHA_256, content=digest)


if __name__ == "__main__":
    main()
