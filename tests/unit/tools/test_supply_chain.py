# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages are installed with hashes, the token of Galaxy meets no installation, and an artifact has its bill of materials."""

from __future__ import annotations

import hashlib
import importlib
import io
import json
import re
import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml
from packaging.markers import Marker

ROOT = Path(__file__).resolve().parents[3]
REQUIREMENTS = sorted((ROOT / "tools" / "requirements").glob("*.txt"))
SHA = re.compile(r"[0-9a-f]{64}")
JOBS = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))["jobs"]
INSTALLING = re.compile(r"\b(pip|uv|npm|apt(-get)?|setup(-\w+)?|install|curl|wget)\b")


@pytest.fixture(name="tool")
def _tool(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    return importlib.import_module


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.stem)
def test_each_package_has_its_version_and_hashes_and_no_host(path):
    text = re.sub(r" \\\n +", " ", path.read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert len(lines) >= 1
    for line in lines:
        assert re.fullmatch(r"[\w.-]+(\[[\w,-]+\])?==\S+( ; [^#]+?)?( --hash=sha256:[0-9a-f]{64})+", line), line
    assert "://" not in text and "index" not in re.sub(r"--hash=\S+|^\w\S*==", "", text, flags=re.MULTILINE)


def test_uv_is_pinned_and_uv_and_pip_enforce_the_hashes(tool, monkeypatch, tmp_path):
    setup = tool("setup")
    ran = []

    def run(*command):
        ran.append([str(each) for each in command])
        if "uv" in command:
            raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(setup, "run", run)
    setup.install_packages(setup.Environment(tmp_path, tmp_path / "dev.txt"))
    assert [command[2:4] for command in ran] == [["pip", "install"], ["uv", "pip"], ["pip", "install"]]
    assert all("--require-hashes" in command for command in ran)
    assert ran[0][-1].endswith("requirements/uv.txt")


def test_the_package_with_the_collections_is_downloaded_with_its_hash(tool, monkeypatch, tmp_path):
    setup = tool("setup")
    asked = []

    def run(*command):
        asked.append((command, Path(command[command.index("--requirement") + 1]).read_text(encoding="utf-8")))
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(setup, "run", run)
    for version, _collection in {*setup.COLLECTIONS, *setup.OLDEST, *setup.NEWEST}:
        with pytest.raises(subprocess.CalledProcessError):
            setup.install_collection(setup.Environment(tmp_path, tmp_path), version, "amazon/aws")
        command, requirement = asked[-1]
        assert "--require-hashes" in command and requirement == f"ansible=={version} --hash=sha256:{setup.ANSIBLE[version]}\n"
    assert all(SHA.fullmatch(each) for each in setup.ANSIBLE.values())


def test_no_workflow_installs_a_package_without_its_hash():
    """Neither a step nor the action of a step: what make installs has hashes."""
    installing = re.compile(r"\b(pip|pipx|uv|npm|gem|cargo|go) (install|add|tool|run)\b|\b(pipx|uvx|npx|curl|wget)\b|\bansible-galaxy\b")
    workflows = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    steps = [step for path in workflows for job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values() for step in job["steps"]]
    commands = [line.strip() for step in steps for line in step.get("run", "").splitlines() if installing.search(line)]
    assert commands and [line for line in commands if "--require-hashes" not in line and "ansible-galaxy collection publish" not in line] == []


def test_the_sanity_tests_run_with_the_versions_of_the_matrix():
    rows = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))["jobs"]["sanity"]["strategy"]["matrix"]["include"]
    text = (ROOT / "tools" / "requirements" / "sanity.txt").read_text(encoding="utf-8")
    versions = re.findall(r"^ansible-core==(\d+\.\d+)\S* ; (.*?) \\$", text, re.MULTILINE)
    chosen = {row["python"]: [version for version, marker in versions if Marker(marker).evaluate(on(row["python"]))] for row in rows}
    assert chosen == {row["python"]: [row["ansible"]] for row in rows} and len(versions) == len(rows)


def on(python):
    return {"python_version": python, "python_full_version": f"{python}.1"}


def test_the_files_are_resolved_with_hashes():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "--generate-hashes" in re.findall(r"^RESOLVE := (.*)$", text, re.MULTILINE)[0]
    assert {path.name for path in REQUIREMENTS} == set(re.findall(r"--output-file tools/requirements/(\S+\.txt)", text))


def test_nothing_is_installed_where_a_secret_is():
    secret = [step for job in JOBS.values() for step in job["steps"] if "secrets." in json.dumps(step)]
    assert [step["name"] for step in secret] == ["Publish the artifact"]
    assert not INSTALLING.search(secret[0]["run"]) and "uses" not in secret[0]
    assert "secrets." not in json.dumps([{key: value for key, value in job.items() if key != "steps"} for job in JOBS.values()])


def test_what_is_published_was_built_without_the_token_and_is_attested():
    assert JOBS["publish"]["needs"] == ["build", "attest"] and JOBS["attest"]["needs"] == "build"
    assert JOBS["attest"]["permissions"] == {"id-token": "write", "attestations": "write"}
    used = [step["uses"] for step in JOBS["attest"]["steps"]]
    assert [each.partition("@")[0] for each in used] == ["actions/download-artifact", "actions/attest-build-provenance", "actions/attest-sbom"]
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", step["uses"]) for job in JOBS.values() for step in job["steps"] if "uses" in step)
    assert JOBS["build"]["permissions"] == {"contents": "read"}


def artifact(folder, **texts):
    """An artifact with these files, as ansible-galaxy builds it."""
    listed = [{"name": name, "ftype": "file", "chksum_sha256": hashlib.sha256(text.encode()).hexdigest()} for name, text in texts.items()]
    info = {"namespace": "keyless", "name": "ec2", "version": "1.2.3", "license": ["GPL-3.0-or-later"], "dependencies": {"amazon.aws": ">=10.1.1"}}
    contents = {
        "MANIFEST.json": json.dumps({"collection_info": info}),
        "FILES.json": json.dumps({"files": [{"name": ".", "ftype": "dir", "chksum_sha256": None}, *listed]}),
        **texts,
    }
    path = folder / "keyless-ec2-1.2.3.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, text in contents.items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(text), 1_700_000_000
            archive.addfile(member, io.BytesIO(text.encode()))
    return path


def test_the_bill_of_materials_has_the_artifact_its_files_and_what_it_needs(tool, tmp_path):
    texts = {
        "README.md": "Read me",
        "requirements.txt": "# floors\nboto3>=1.35\nbotocore>=1.35\n",
        "meta/runtime.yml": "requires_ansible: '>=2.19.0'\n",
    }
    path = artifact(tmp_path, **texts)
    written = tool("sbom").write(path)
    assert written.name == "keyless-ec2-1.2.3.cdx.json"
    bill = json.loads(written.read_text(encoding="utf-8"))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    itself = bill["metadata"]["component"]
    assert (itself["name"], itself["version"], itself["hashes"]) == (
        "keyless.ec2",
        "1.2.3",
        [{"alg": "SHA-256", "content": hashlib.sha256(path.read_bytes()).hexdigest()}],
    )
    files = {each["name"]: each["hashes"][0]["content"] for each in bill["components"] if each["type"] == "file"}
    assert files == {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
    needed = {each["name"]: each["properties"][0]["value"] for each in bill["components"] if each["type"] == "library"}
    assert needed == {"ansible-core": ">=2.19.0", "amazon.aws": ">=10.1.1", "boto3": ">=1.35", "botocore": ">=1.35"}
    [depends] = [each["dependsOn"] for each in bill["dependencies"] if each["ref"] == "keyless.ec2"]
    assert set(depends) == set(needed)
    first = written.read_bytes()
    assert tool("sbom").write(path).read_bytes() == first
