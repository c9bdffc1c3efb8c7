# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are changed while they are moved: no change is lost, and nobody gets somebody else's file."""

from __future__ import annotations

import os

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials import changes
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.aside_files import (
    ASIDE,
    CREDENTIALS,
    DEDICATED,
    LINES,
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

BOB = 1001


def edit(root, path, data):
    with open(f"{root}{path}", "wb") as file:
        file.write(data)


def replace(root, path, data):
    os.replace(plant(root, "/tmp-of-an-editor", data), f"{root}{path}")


def touch(root, path, data):
    os.utime(f"{root}{path}", ns=(1, 1))


def chmod(root, path, data):
    os.chmod(f"{root}{path}", 0o600)


@pytest.mark.parametrize("what", [CREDENTIALS, ASIDE])
@pytest.mark.parametrize("change", [edit, replace, touch, chmod])
def test_a_file_that_changed_after_the_plan_is_not_overwritten(tmp_path, what, change):
    plant(tmp_path, CREDENTIALS, MIXED)
    run(tmp_path, CREDENTIALS)
    job = job_for(tmp_path, CREDENTIALS, state="restored")
    planned = plan_of(job)
    change(tmp_path, what, MIXED_LEFT + b"\nnew = 1")
    before = files(tmp_path)
    outcome = job.apply(planned, [].append)
    assert actions(outcome) == [("left", "changed_meanwhile")]
    assert job.result(outcome)["failed"]
    assert files(tmp_path) == before


def test_a_file_that_appeared_after_the_plan_is_not_overwritten(tmp_path):
    plant(tmp_path, CREDENTIALS, DEDICATED)
    run(tmp_path, CREDENTIALS)
    job = job_for(tmp_path, CREDENTIALS, state="restored")
    planned = plan_of(job)
    plant(tmp_path, CREDENTIALS, b"new")
    assert actions(job.apply(planned, [].append)) == [("left", "changed_meanwhile")]
    assert contents(tmp_path) == {CREDENTIALS: b"new", ASIDE: DEDICATED}


@pytest.mark.parametrize("data", [DEDICATED, MIXED])
@pytest.mark.parametrize("change", [edit, replace, touch, chmod])
@pytest.mark.parametrize("check_number", [0, 1, 2])
def test_a_file_that_changes_while_it_is_set_aside_stays(tmp_path, monkeypatch, data, change, check_number):
    """It changes just before one of the checks."""
    plant(tmp_path, CREDENTIALS, data)
    job = job_for(tmp_path, CREDENTIALS)
    planned, checks = plan_of(job), []

    def changed(folder, name, before):
        if len(checks) == check_number:
            change(tmp_path, CREDENTIALS, LINES + b"\nnew = 1")
        checks.append(name)
        return check(folder, name, before)

    check = changes._check_unchanged
    monkeypatch.setattr(changes, "_check_unchanged", changed)
    outcome = job.apply(planned, [].append)
    if len(checks) <= check_number:
        return
    assert actions(outcome) == [("left", "busy")] and not job.result(outcome)["failed"]
    expected = data if change in (touch, chmod) else LINES + b"\nnew = 1"
    assert contents(tmp_path)[CREDENTIALS] == expected
    # The backup only stays if the file was replaced after the backup was made.
    assert set(contents(tmp_path)) - {CREDENTIALS} <= ({ASIDE} if change is replace else set())


def test_only_the_file_that_was_planned_is_opened(tmp_path, monkeypatch):
    """Before the original is opened, a file that more users can read takes its name."""
    plant(tmp_path, CREDENTIALS, MIXED, 0o600)
    job = job_for(tmp_path, CREDENTIALS)
    planned = plan_of(job)

    def swapped(name, *arguments, **options):
        if name == os.path.basename(CREDENTIALS):
            os.replace(plant(tmp_path, "/other", MIXED, 0o644), f"{tmp_path}{CREDENTIALS}")
        return opens(name, *arguments, **options)

    opens, modes = os.open, []
    real = os.fchmod
    monkeypatch.setattr(changes.os, "open", swapped)
    monkeypatch.setattr(changes.os, "fchmod", lambda descriptor, mode: (modes.append(mode), real(descriptor, mode)))
    assert actions(job.apply(planned, [].append)) == [("left", "busy")]
    assert modes == [] and contents(tmp_path) == {CREDENTIALS: MIXED}


def test_only_the_file_that_was_written_takes_the_place(tmp_path, monkeypatch):
    """Somebody replaces the new file before it takes the place."""
    plant(tmp_path, CREDENTIALS, MIXED)
    job = job_for(tmp_path, CREDENTIALS)
    planned = plan_of(job)

    def swapped(*arguments, **options):
        link(*arguments, **options)
        replace(tmp_path, "/home/a/.aws/.credentials.keyless-new", b"planted")

    link = os.link
    monkeypatch.setattr(changes.os, "link", swapped)
    assert actions(job.apply(planned, [].append)) == [("left", "busy")]
    assert contents(tmp_path) == {CREDENTIALS: MIXED}


@pytest.mark.needs_root
def test_a_planted_original_is_not_restored(tmp_path):
    """In a folder that several users may write to, one adds keys to another's file and plants it as the backup."""
    plant(tmp_path, CREDENTIALS, MIXED_LEFT)
    os.chown(plant(tmp_path, ASIDE, MIXED), BOB, BOB)
    before = files(tmp_path)
    outcome = run(tmp_path, CREDENTIALS, state="restored")
    assert actions(outcome) == [("left", "other_owner")] and outcome.failed
    assert files(tmp_path) == before


@pytest.mark.needs_root
def test_files_of_other_users_are_restored(tmp_path):
    for path, data in ((CREDENTIALS, MIXED), ("/home/a/.boto", DEDICATED)):
        os.chown(plant(tmp_path, path, data), BOB, BOB)
    run(tmp_path, CREDENTIALS, "/home/a/.boto")
    assert actions(run(tmp_path, CREDENTIALS, "/home/a/.boto", state="restored")) == [("restored", None)] * 2


def test_real_paths_restore_exactly_the_files_that_were_set_aside(tmp_path):
    """Even if the link decided the kind of the file, and has another target now."""
    s3cfg = f"[default]\naccess_key = {LINES[20:40].decode()}\nsecret_key = x\nuse_https = True\n".encode()
    plant(tmp_path, "/vault/s3", s3cfg)
    plant(tmp_path, "/vault/other", MIXED)
    link = tmp_path / "home/a/.s3cfg"
    link.parent.mkdir(parents=True)
    link.symlink_to("/vault/s3")
    run(tmp_path, "/vault/other")
    rows = [row.as_result() for row in run(tmp_path, "/home/a/.s3cfg").rows]
    link.unlink()
    link.symlink_to("/vault/other")
    back = [row["real_path"] for row in rows if row["action"] in ("aside", "trimmed")]
    assert actions(run(tmp_path, *back, state="restored")) == [("restored", None)]
    assert contents(tmp_path)["/vault/s3"] == s3cfg and "/vault/.keyless.other.keyless-aside" in contents(tmp_path)
