# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of the benchmark's corpus is found in the default locations, and the cost of a large tree."""

from __future__ import annotations

import os
from collections import Counter

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host.known_paths import (
    FOLDER_PATTERNS,
    HOME_PATHS,
    PROJECT_PATTERNS,
    SYSTEM_PATHS,
)
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.info import gather
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.text.placeholders import (
    is_placeholder,
    is_placeholder_secret,
)
from ansible_collections.keyless.ec2.plugins.modules.static_credentials_info import DOCUMENTATION, RETURN
from ansible_collections.keyless.ec2.tests.benchmark.scan import corpus
from ansible_collections.keyless.ec2.tests.benchmark.scan.ours import options
from ansible_collections.keyless.ec2.tests.benchmark.scan.peers import PEERS
from ansible_collections.keyless.ec2.tests.benchmark.scan.scores import NOT_IDS, score, scores
from ansible_collections.keyless.ec2.tests.benchmark.scan.tree import plant_tree

KINDS = {kind for table in (HOME_PATHS, SYSTEM_PATHS, PROJECT_PATTERNS, FOLDER_PATTERNS) for kind, path in table}
TALLEST = 8  # system calls per file of the large tree, for the folders above it and for itself


@pytest.fixture(name="found", scope="module")
def _found(tmp_path_factory):
    """The results for the files with keys, and for those without."""
    roots = tmp_path_factory.mktemp("with"), tmp_path_factory.mktemp("without")
    corpus.plant(roots[0], corpus.with_keys())
    corpus.plant(roots[1], corpus.without_keys())
    return [gather(options(str(root))) for root in roots]


def paths(rows):
    return {row["path"] for row in rows}


def test_the_corpus_is_large_and_mixed():
    with_keys, without_keys = corpus.with_keys(), corpus.without_keys()
    assert len({each.path for each in with_keys}) == len(with_keys) >= 80
    assert len({each.path for each in without_keys}) == len(without_keys) >= 80
    assert KINDS | {"other"} == {each.kind for each in with_keys}
    keys = [key for each in with_keys for key in each.keys]
    assert len(set(keys)) == len(keys) and not any(map(is_placeholder, keys))
    assert not any(is_placeholder_secret(secret) for each in with_keys for secret in each.secrets)


def test_precision_and_recall_on_the_corpus(found):
    with_keys, without_keys = corpus.with_keys(), corpus.without_keys()
    ours = score("ours", paths(found[0]["credentials"]), paths(found[1]["credentials"]), with_keys, without_keys)
    assert ours.recall >= 0.95, {each.path for each in with_keys} - paths(found[0]["credentials"])
    assert ours.precision >= 0.97, paths(found[1]["credentials"])


def test_each_row_has_path_kind_and_id(found):
    expected = Counter((each.path, each.kind, key) for each in corpus.with_keys() for key in each.keys)
    rows = Counter((row["path"], row["kind"], row["access_key_id"]) for row in found[0]["credentials"])
    assert sum((expected & rows).values()) >= 0.95 * sum(expected.values()), expected - rows
    assert all(row["has_secret"] for row in found[0]["credentials"])


def test_ids_without_a_secret_are_listed_separately(found):
    alone = {each.path for each in corpus.without_keys() if each.kind not in NOT_IDS}
    listed = paths(found[1]["ids_only"])
    assert len(listed & alone) >= 0.95 * len(alone) and len(listed - alone) <= 0.03 * len(listed)
    assert not any(row["has_secret"] for row in found[1]["ids_only"])
    assert found[1]["incomplete"] == []


def test_no_secret_of_the_corpus_is_returned(found):
    secrets = [secret for each in corpus.with_keys() for secret in each.secrets]
    assert len(secrets) > 80 and not any(secret in str(found) for secret in secrets)


def test_every_kind_is_documented():
    assert [kind for kind in sorted(KINDS) if f"V({kind})" not in RETURN] == []
    assert "Not searched" in DOCUMENTATION


def test_the_scores_of_a_tool():
    with_keys, without_keys = corpus.with_keys(), corpus.without_keys()
    found_paths = {each.path for each in with_keys[1:]}, {without_keys[0].path, without_keys[-1].path}
    one = score("a tool", *found_paths, with_keys, without_keys)
    assert (one.found, one.ids_alone, one.look_alikes) == (len(with_keys) - 1, 1, 1)
    assert "a tool" in scores([one], 40, 60) and "0.985" in scores([one], 40, 60)
    assert len({each.name for each in PEERS}) == len(PEERS) == 4


def test_each_file_of_a_large_tree_is_opened_once(tmp_path, monkeypatch):
    counted = Counter()

    def count(function, name):
        def counting(path, *arguments, **named):
            counted[name(path, *arguments)] += 1
            return function(path, *arguments, **named)

        return counting

    keys = plant_tree(tmp_path / "host", 3000)
    (tmp_path / "host" / "srv" / "picture.png").write_bytes(b"x")
    monkeypatch.setattr(os, "open", count(os.open, _opened))
    for name in ("stat", "readlink"):
        monkeypatch.setattr(os, name, count(getattr(os, name), lambda *_arguments, name=name: name))
    found = gather(options(str(tmp_path / "host"), scan_processes=False))
    assert (len(found["credentials"]), found["incomplete"]) == (keys, [])
    read = {name: number for name, number in counted.items() if name.endswith(".conf")}
    assert len(read) == 3000 and set(read.values()) == {1}
    assert "picture.png" not in counted
    assert sum(counted.values()) < 3000 * TALLEST * 2 + 5000


def _opened(path, *arguments):
    return os.path.basename(os.fspath(path))
