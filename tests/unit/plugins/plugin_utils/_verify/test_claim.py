# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One of several processes shows the table."""

from __future__ import annotations

import multiprocessing
from itertools import combinations
from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.plugin_utils._verify.claim import claim
from ansible_collections.keyless.ec2.plugins.plugin_utils._verify.verification import verification

RESULT = {"identity": {"instance_id": "i-0123456789abcdef0", "account_id": None, "role_name": None}, "problems": [], "msg": "It has no role."}


def test_processes_at_the_same_moment(tmp_path):
    with multiprocessing.get_context("fork").Pool(4) as pool:
        claims = pool.starmap(claim, [({"a": RESULT}, str(tmp_path), 1)] * 40, chunksize=1)
    assert claims.count(True) == 1


def test_another_run_and_another_table_are_shown_too(tmp_path):
    assert all(claim(results, str(tmp_path), run) for results in ({"a": 1}, {"a": 2}) for run in (1, 2))


def test_without_its_folder_the_table_is_shown(tmp_path):
    assert claim({}, str(tmp_path / "gone"), 1)


class FreeHost:
    """A host with the strategy free: it gets its result, decides about the table with what is known then, shows it, and may fail."""

    def __init__(self, name, play, fails):
        self._name, self._play, self._fails, self._is_due = name, play, fails, False
        self.steps = [self.identify, self.decide, self.show, self.check]

    def identify(self):
        self._play.results[self._name] = RESULT

    def decide(self):
        awaited = [each for each in "ab" if each not in self._play.failed]
        is_complete = verification(self._play.results, [], [], [], awaited)["is_complete"]
        self._is_due = is_complete and claim(self._play.results, self._play.folder, 1)

    def show(self):
        self._play.tables += self._is_due

    def check(self):
        if self._fails:
            self._play.failed.append(self._name)


@pytest.mark.parametrize("failing", ["", "a", "ab"])
def test_in_whatever_order_two_free_hosts_end_the_table_is_shown_once(failing, tmp_path):
    for first in combinations(range(8), 4):
        folder = tmp_path / "-".join(map(str, first))
        folder.mkdir()
        play = SimpleNamespace(results=dict.fromkeys("ab"), failed=[], tables=0, folder=str(folder))
        steps = {name: iter(FreeHost(name, play, name in failing).steps) for name in "ab"}
        for turn in range(8):
            next(steps["a" if turn in first else "b"])()
        assert play.tables == 1, first
