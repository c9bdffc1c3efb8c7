# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures that run jobs, and answers to surveys."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.runner import Runner

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "docs" / "examples" / "awx"
PATTERN = ROOT / "extensions" / "patterns" / "ec2_identity" / "meta" / "pattern.json"


@pytest.fixture(scope="module", name="runner")
def _runner(controller, tmp_path_factory):
    return Runner(tmp_path_factory.mktemp("runner"), controller)


@pytest.fixture(scope="session", name="templates")
def _templates():
    """The job templates by the names of their playbooks."""
    resources = json.loads(PATTERN.read_text(encoding="utf-8"))["aap_resources"]
    return {template["playbook"].removesuffix(".yml"): template for template in resources["controller_job_templates"]}


@pytest.fixture(scope="session", name="answer")
def _answer(templates):
    """What AWX sends for a survey: strings, and an empty string for each text that is not answered."""

    def answer(playbook: str, **given: str) -> dict[str, str]:
        questions = templates[playbook]["survey"]["spec"]
        assert given.keys() <= {question["variable"] for question in questions}
        texts = {each["variable"]: each.get("default", "") for each in questions if "default" in each or each["type"] in ("text", "textarea")}
        return {**texts, **given}

    return answer
