# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files with several hard links."""

from __future__ import annotations

import os

import pytest

from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.aside_files import (
    DEDICATED,
    KEY,
    MIXED,
    actions,
    contents,
    find,
    found_in,
    job_for,
    plan_of,
    plant,
    run,
)

NAMES = ["/home/a/.aws/credentials", "/home/a/.boto"]


@pytest.fixture(name="root", params=[DEDICATED, MIXED], ids=["dedicated", "mixed"])
def _root(tmp_path, request):
    file = plant(tmp_path, NAMES[0], request.param)
    os.link(file, tmp_path / NAMES[1][1:])
    return tmp_path


def with_key(root):
    return {path for path, data in contents(root).items() if KEY.encode() in data}


def test_every_name_is_found(root):
    assert found_in(root) == NAMES


def test_the_other_name_is_still_found_when_the_first_is_set_aside(root):
    run(root, NAMES[0])
    found = find(root)
    assert [row["path"] for row in found["credentials"]] == NAMES[1:]
    assert [row["path"] for row in found["aside"]] == NAMES[:1]


def test_both_are_set_aside_and_restored(root):
    before, inode = contents(root), (root / NAMES[0][1:]).stat().st_ino
    outcome = run(root, *NAMES)
    assert len(outcome.changes) == 2 and outcome.warnings == ()
    assert with_key(root) == {row.target.backup_path for row in outcome.rows}
    assert found_in(root) == []
    assert actions(run(root, *NAMES, state="restored")) == [("restored", None)] * 2
    assert contents(root) == before
    assert {(root / name[1:]).stat().st_ino for name in NAMES} == {inode}


def test_a_name_that_is_not_given_causes_a_warning(root):
    (warning,) = plan_of(job_for(root, NAMES[0])).warnings
    assert warning == f"The key is still in 1 hard link of {NAMES[0]} that paths does not list."
    assert plan_of(job_for(root, *NAMES)).warnings == ()
    assert plan_of(job_for(root, NAMES[0], state="restored")).warnings == ()
