# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody who changes the files just when they are moved: nothing of his is lost, and nobody gets another's file."""

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
def test_what_was_changed_after_the_plan_is_not_restored_over(tmp_path, what, change):
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


def test_a_file_that_appeared_after_the_plan_is_not_restored_over(tmp_path):
    plant(tmp_path, CREDENTIALS, DEDICATED)
    run(tmp_path, CREDENTIALS)
    job = job_for(tmp_path, CREDENTIALS, state="restored")
    planned = plan_of(job)
    plant(tmp_path, CREDENTIALS, b"new")
    assert actions(job.apply(planned, [].append)) == [("left", "changed_meanwhile")]
    assert contents(tmp_path) == {CREDENTIALS: b"new", ASIDE: DEDICATED}


@pytest.mark.parametrize("data", [DEDICATED, MIXED])
@pytest.mark.parametrize("change", [edit, replace, touch, chmod])
@pytest.mark.parametrize("look", [0, 1, 2])
def test_what_is_changed_while_it_is_set_aside_stays(tmp_path, monkeypatch, data, change, look):
    """Changed before one of the looks at it that are taken in between."""
    plant(tmp_path, CREDENTIALS, data)
    job = job_for(tmp_path, CREDENTIALS)
    planned, looks = plan_of(job), []

    def changed(folder, name, before):
        if len(looks) == look:
            change(tmp_path, CREDENTIALS, LINES + b"\nnew = 1")
        looks.append(name)
        return check(folder, name, before)

    check = changes._check_untouched
    monkeypatch.setattr(changes, "_check_untouched", changed)
    outcome = job.apply(planned, [].append)
    if len(looks) <= look:
        return
    assert actions(outcome) == [("left", "busy")] and not job.result(outcome)["failed"]
    expected = data if change in (touch, chmod) else LINES + b"\nnew = 1"
    assert contents(tmp_path)[CREDENTIALS] == expected
    # The file that was there before is only another one when it was replaced after it had got its second name.
    assert set(contents(tmp_path)) - {CREDENTIALS} <= ({ASIDE} if change is replace else set())


def test_only_the_file_that_was_planned_is_opened(tmp_path, monkeypatch):
    """Between the look at the original and its opening another one gets its name, which more may read."""
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


def test_what_was_written_is_what_gets_the_place(tmp_path, monkeypatch):
    """Who may write the folder puts another file under the name of the new one."""
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
@pytest.mark.parametrize("name", [ASIDE, CREDENTIALS + ".keyless-aside"])
def test_an_original_that_another_user_has_planted_is_not_restored(tmp_path, name):
    """In a folder that several may write, one adds his keys to another's file and gives it out as the original."""
    plant(tmp_path, CREDENTIALS, MIXED_LEFT)
    os.chown(plant(tmp_path, name, MIXED), BOB, BOB)
    before = files(tmp_path)
    outcome = run(tmp_path, CREDENTIALS, state="restored")
    assert actions(outcome) == [("left", "other_owner")] and outcome.failed
    assert files(tmp_path) == before


@pytest.mark.needs_root
def test_what_was_set_aside_of_another_user_comes_back(tmp_path):
    for path, data in ((CREDENTIALS, MIXED), ("/home/a/.boto", DEDICATED)):
        os.chown(plant(tmp_path, path, data), BOB, BOB)
    run(tmp_path, CREDENTIALS, "/home/a/.boto")
    assert actions(run(tmp_path, CREDENTIALS, "/home/a/.boto", state="restored")) == [("restored", None)] * 2


def test_by_their_real_paths_exactly_those_files_come_back_that_were_set_aside(tmp_path):
    """Also where the kind of a file was known by the link, and where the link leads elsewhere by now."""
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
