# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The versions that pages name are those that the packaging files require, and the same on all pages; examples of commands work as they stand."""

from __future__ import annotations

import re
import tomllib

import pytest
import yaml
from ansible_collections.amazon.aws.plugins.module_utils import common
from ansible_collections.amazon.aws.plugins.module_utils.botocore import MINIMUM_BOTO3_VERSION

from ansible_collections.keyless.ec2.tests.benchmark import kept
from ansible_collections.keyless.ec2.tests.integration.support.pages import GUIDES, ROOT, blocks_of, read

GALAXY = yaml.safe_load(read("galaxy.yml"))
PAGES = sorted(
    str(file.relative_to(ROOT))
    for file in [*ROOT.glob("*.md"), *GUIDES.glob("*.rst"), *ROOT.glob("roles/*/README.md"), ROOT / "tests" / "emulator" / "README.md"]
    if file.name != "CHANGELOG.md"
)
# A secret that tasks get is masked in all output of Ansible, so it must not be part of ordinary text.
SECRET = re.compile(r"(?i)\b(?:AWS_SECRET_ACCESS_KEY|secret_key)['\"]?\s*[=:]\s*['\"]?([^\s'\"{},]+)")
SHORTEST_SECRET = 16


def minimum(pattern: str) -> set[str]:
    """What all pages name after this as the oldest version."""
    return {found for page in PAGES for found in re.findall(pattern + r" (\d[\d.]*\d) or newer", read(page))}


def required(file: str, package: str) -> str:
    """The version in a requirement for a package."""
    return re.search(rf"^{package}[>=]=([\d.]+)", read(file), re.MULTILINE)[1].removesuffix(".0")


def test_the_oldest_python():
    assert minimum(r"\bPython") == {"3.11"}
    assert "PYTHONS := 3.14 3.13 3.12 3.11\n" in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert tomllib.loads(read("tests/emulator/pyproject.toml"))["project"]["requires-python"] == ">=3.11"


def test_the_oldest_boto3():
    [oldest] = {required(file, package) for file in ("requirements.txt", "tools/requirements/floor.in") for package in ("boto3", "botocore")}
    assert minimum(r"\bboto(?:3|core)") == {oldest}


def test_the_boto3_that_amazon_aws_requires():
    """This runs with the oldest, the usual and the newest amazon.aws."""
    major = common.AMAZON_AWS_COLLECTION_VERSION.split(".")[0]
    named = {major: boto3 for boto3, major in re.findall(r"([\d.]+) with amazon\.aws (\d+)", read("README.md"))}
    [oldest] = minimum(r"\bboto(?:3|core)")
    assert named.get(major, oldest) == MINIMUM_BOTO3_VERSION.removesuffix(".0")


def test_the_oldest_amazon_aws_and_ansible():
    assert minimum(r"\bamazon\.aws") == {GALAXY["dependencies"]["amazon.aws"].removeprefix(">=")}
    assert minimum(r"\bansible-core") == {yaml.safe_load(read("meta/runtime.yml"))["requires_ansible"].removeprefix(">=").removesuffix(".0")}


def test_the_measured_version_was_or_will_be_released():
    released = yaml.safe_load(read("changelogs/changelog.yaml"))["releases"]
    assert kept.read()["benchmark"]["setting"]["versions"]["keyless.ec2"] in {GALAXY["version"], *released}


@pytest.mark.parametrize("page", [*PAGES, "extensions/molecule/config.yml"])
def test_an_example_of_a_secret_is_no_word(page):
    assert [found for found in SECRET.findall(read(page)) if len(found) < SHORTEST_SECRET] == []


def test_commands_for_the_emulator_set_the_region_of_every_client():
    """boto3 itself reads AWS_DEFAULT_REGION only, and Ansible's modules AWS_REGION first."""
    blocks = [block for page in PAGES for block in blocks_of(page) if "export AWS_ENDPOINT_URL=" in block.text]
    assert len(blocks) == 3
    for block in blocks:
        values = dict(re.findall(r"(AWS_(?:DEFAULT_)?REGION)=(\S+)", block.text))
        assert values.keys() == {"AWS_REGION", "AWS_DEFAULT_REGION"} and len(set(values.values())) == 1, block
