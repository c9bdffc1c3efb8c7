# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which rows of a result the queries of extensions/audit count as managed instances."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

# The oldest and the newest environment have it not: it speaks neither with Ansible nor with AWS.
jq = pytest.importorskip("jq")

QUERIES = yaml.safe_load((Path(__file__).resolve().parents[3] / "extensions" / "audit" / "event_query.yml").read_text(encoding="utf-8"))


def counted(module, *rows):
    return [each["name"] for each in jq.compile(QUERIES[f"keyless.ec2.{module}"]["query"]).input({"instances": list(rows)}).all()]


@pytest.mark.parametrize("module", ["instance_profile_attach", "launch_profile_attach"])
def test_an_instance_that_was_looked_after_counts(module):
    actions = ("associated", "replaced", "detached", "unchanged", "skipped", "failed")
    assert counted(module, *({"instance_id": each, "action": each} for each in actions)) == list(actions[:-2])


def test_an_instance_that_does_not_exist_does_not_count():
    rows = ({"instance_id": str(state), "state": state, "account_id": "1", "region": "r"} for state in ("running", "stopped", None))
    assert counted("instance_profile_attach_info", *rows) == ["running", "stopped"]


@pytest.mark.parametrize("query", QUERIES)
def test_a_result_without_instances_counts_nothing(query):
    assert jq.compile(QUERIES[query]["query"]).input({"msg": "no"}).all() == []
