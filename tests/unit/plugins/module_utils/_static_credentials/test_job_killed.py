# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of static_credentials_aside that are killed, or get an error, at any point."""

from __future__ import annotations

import errno
import os

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials import changes
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.aside_files import (
    ASIDE,
    CREDENTIALS,
    DEDICATED,
    MIXED,
    MIXED_LEFT,
    actions,
    contents,
    files,
    job_for,
    plan_of,
    plant,
    run,
)

CALLS = ("open", "unlink", "link", "rename", "fsync", "fchmod", "stat", "close")


class Killed(BaseException):
    """The process is killed: nothing catches this."""


class FailingOs:
    """Replaces the module os: raises an error at the nth call, before or after making it."""

    def __init__(self, number, after, error=Killed):
        self.left = number
        self.after = after
        self.error = error

    def __getattr__(self, name):
        real = getattr(os, name)
        return self._counted(real) if name in CALLS else real

    def _counted(self, real):
        def call(*arguments, **options):
            self.left -= 1
            dies = self.left == 0
            if dies and not self.after:
                raise self.error
            try:
                return real(*arguments, **options)
            finally:
                if dies:
                    raise self.error

        return call


def killed_after(number, after, job, monkeypatch):
    """Whether the job was killed before it had finished."""
    with monkeypatch.context() as patch:
        patch.setattr(changes, "os", FailingOs(number, after))
        try:
            job.apply(plan_of(job), [].append)
        except Killed:
            return True
    return False


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("next_state", ["aside", "restored"])
@pytest.mark.parametrize("state", ["aside", "restored"])
@pytest.mark.parametrize("data, left", [(DEDICATED, {}), (MIXED, {CREDENTIALS: MIXED_LEFT})])
def test_after_a_kill_at_any_call_the_next_run_succeeds(tmp_path, monkeypatch, data, left, state, next_state, after):
    number, was_killed = 0, True
    while was_killed:
        number += 1
        root = tmp_path / str(number)
        plant(root, CREDENTIALS, data)
        original = files(root)[CREDENTIALS]
        if state == "restored":
            run(root, CREDENTIALS)
        was_killed = killed_after(number, after, job_for(root, CREDENTIALS, state=state), monkeypatch)
        assert original in files(root).values(), "the original always exists"
        run(root, CREDENTIALS, state=next_state)
        expected = {CREDENTIALS: data} if next_state == "restored" else {**left, ASIDE: data}
        assert contents(root) == expected
        assert original in files(root).values()
    assert number > 3


@pytest.mark.parametrize("state", ["aside", "restored"])
@pytest.mark.parametrize("data", [DEDICATED, MIXED])
def test_a_failed_call_is_reported_and_the_next_run_succeeds(tmp_path, monkeypatch, data, state):
    number, failed = 0, True
    while failed:
        number += 1
        root = tmp_path / str(number)
        plant(root, CREDENTIALS, data)
        if state == "restored":
            run(root, CREDENTIALS)
        job = job_for(root, CREDENTIALS, state=state)
        with monkeypatch.context() as patch:
            patch.setattr(changes, "os", FailingOs(number, False, OSError(errno.EIO, "Input/output error")))
            outcome = job.apply(plan_of(job), [].append)
        failed = actions(outcome) == [("left", "error")]
        assert not failed or outcome.rows[0].msg == "Could not move the file: Input/output error."
        assert data in contents(root).values()
        run(root, CREDENTIALS, state="restored")
        assert contents(root) == {CREDENTIALS: data}
    assert number > 3


@pytest.mark.parametrize("data", [DEDICATED, MIXED])
def test_a_file_that_gets_a_replacement_is_never_missing(tmp_path, monkeypatch, data):
    number, was_killed = 0, True
    while was_killed:
        number += 1
        root = tmp_path / str(number)
        plant(root, CREDENTIALS, data)
        was_killed = killed_after(number, True, job_for(root, CREDENTIALS), monkeypatch)
        assert CREDENTIALS in contents(root) or data == DEDICATED
