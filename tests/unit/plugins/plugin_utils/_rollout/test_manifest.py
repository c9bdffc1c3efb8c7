# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_rollout.manifest: reading, merging and cutting out manifests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from ansible.executor.stats import AggregateStats
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.plugin_utils._rollout.manifest import (
    as_text,
    belongs_elsewhere,
    given_manifest,
    merge,
    read_manifest,
    touched,
    undo_of,
)
from ansible_collections.keyless.ec2.plugins.plugin_utils._rollout.manifest_files import manifest_to_undo
from ansible_collections.keyless.ec2.plugins.plugin_utils._rollout.names import ATTACH
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils._rollout.rollouts import HERE
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.pasting import names

KINDS = ("launch_templates", "auto_scaling_groups", "fleets", "instances")
MANIFESTS = st.dictionaries(st.sampled_from(KINDS), st.dictionaries(st.sampled_from("abc"), st.integers(), min_size=1))


@pytest.mark.parametrize(
    ("launch", "instances", "expected"),
    [
        ({}, {}, {}),
        ({"undo": HERE}, {"undo": {**HERE, "instances": {}}}, {}),
        ({"skipped": True}, {"undo": {**HERE, "instances": {"i-1": None}}}, {**HERE, "instances": {"i-1": None}}),
        (
            {"undo": {**HERE, "fleets": {}, "instances": {"i-1": "old"}}},
            {"undo": {**HERE, "instances": {"i-1": "web", "i-2": None}}},
            {**HERE, "instances": {"i-1": "old", "i-2": None}},
        ),
        ({"undo": {**HERE, "launch_templates": {"lt-1": 1}}}, {}, {**HERE, "launch_templates": {"lt-1": 1}}),
    ],
)
def test_the_manifest_has_what_both_modules_changed(launch, instances, expected):
    assert undo_of(launch, instances) == expected


@pytest.mark.parametrize(
    ("earlier", "expected"),
    [
        ({}, ""),
        (HERE, ""),
        ({**HERE, "collection_version": "2.0.0"}, ""),
        ({**HERE, "region": "us-east-1"}, "the region us-east-1"),
        ({**HERE, "region": "us-east-1", "account": "210987654321"}, "the account 210987654321 and the region us-east-1"),
    ],
)
def test_manifests_of_other_accounts_and_regions_are_not_merged(earlier, expected):
    assert belongs_elsewhere({**HERE, "instances": {"i-1": None}}, earlier) == expected


def test_a_missing_file_is_an_empty_manifest():
    assert read_manifest(None, "attach_undo") == {}


@pytest.mark.parametrize("document", [[], "text", {}, {"attach_undo": []}, {"attach_undo": {"instances": ["i-1"]}}])
def test_other_files_are_not_manifests(document):
    with pytest.raises(ValueError, match="not a manifest"):
        read_manifest(json.dumps(document), "attach_undo")


@pytest.mark.parametrize("read", [read_manifest, given_manifest])
@pytest.mark.parametrize("content", ["", "secret", "{", "[" * 200_000, '{"attach_undo": {"instances": {"secret": NaN}}}'])
def test_what_is_not_json_is_no_manifest(read, content):
    with pytest.raises(ValueError, match="^(it has |Expecting )") as caught:
        read(content, "attach_undo")
    assert "secret" not in str(caught.value)


@given(st.dictionaries(names, st.dictionaries(names, names)))
def test_the_text_of_a_manifest_is_no_template(manifest):
    text = as_text(manifest)
    assert given_manifest(text, "attach_undo") == manifest
    assert not any(delimiter in text for delimiter in ("{{", "{%", "{#")) and text.startswith("{")


STATS = [
    task["ansible.builtin.set_stats"]
    for path in sorted((Path(__file__).resolve().parents[5] / "roles").glob("*/tasks/*.yml"))
    for entry in yaml.safe_load(path.read_text(encoding="utf-8"))
    for task in [entry, *entry.get("block", []), *entry.get("always", [])]
    if "ansible.builtin.set_stats" in task
]


@pytest.mark.parametrize("options", STATS, ids=lambda options: ", ".join(options["data"]))
def test_the_artifact_of_a_job_has_the_manifests_of_all_hosts(options):
    """Each host of a play, and each use of the role, adds its own; the first one has the state from before."""
    hosts = [{"instances": {"i-1": "old"}}, {"instances": {"i-2": None}, "auto_scaling_groups": {"}{{": {"a": 1}}}, {"instances": {"i-1": "new"}}]
    stats = AggregateStats()
    for manifest in hosts:
        add = stats.update_custom_stats if options["aggregate"] else stats.set_custom_stats
        add("manifest", as_text({**HERE, **manifest}), "host" if options["per_host"] else None)
    text = stats.custom["_run"]["manifest"]
    expected = {**HERE, "instances": {"i-1": "old", "i-2": None}, "auto_scaling_groups": {"}{{": {"a": 1}}}
    assert manifest_to_undo(ATTACH, text, [], "/") == (expected, "")
    assert not any(delimiter in text for delimiter in ("{{", "{%", "{#"))


def test_the_manifests_of_several_regions_are_not_undone_at_once():
    text = as_text({**HERE, "instances": {"i-1": None}}) + as_text({**HERE, "region": "us-west-2", "instances": {"i-2": None}})
    found, error = manifest_to_undo(ATTACH, text, [], "/")
    assert found == {} and "attach_manifest: has the manifests of hosts that worked in several accounts or regions, among them the region" in error
    assert manifest_to_undo(ATTACH, text + "x", [], "/")[1].startswith("attach_manifest: is neither")


@given(MANIFESTS, MANIFESTS)
def test_earlier_entries_stay_and_none_is_lost(planned, earlier):
    merged = merge(planned, read_manifest(json.dumps({"attach_undo": earlier}), "attach_undo"))
    for kind in KINDS:
        assert merged.get(kind, {}) == {**planned.get(kind, {}), **earlier.get(kind, {})}
    assert all(merged.values())


@given(MANIFESTS, st.sets(st.sampled_from("abc")))
def test_a_rollback_has_the_started_instances_and_the_launch_sources_only_after_their_update(planned, ids):
    before, after = touched(planned, ids, False), touched(planned, ids, True)
    instances = {key: value for key, value in planned.get("instances", {}).items() if key in ids}
    assert before.get("instances", {}) == after.get("instances", {}) == instances
    assert set(before) <= {"instances"}
    assert {**after, "instances": None} == {**planned, "instances": None}
