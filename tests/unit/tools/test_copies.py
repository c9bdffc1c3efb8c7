# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The copies of the checkout that tools work on: their files, and what stays from run to run."""

from __future__ import annotations

import fcntl
import importlib
import os
import subprocess
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[3] / "tools"


@pytest.fixture(name="steps")
def _steps(monkeypatch, tmp_path):
    """The steps, for a small checkout with an environment."""
    monkeypatch.syspath_prepend(TOOLS)
    steps = importlib.import_module("steps")
    checkout = tmp_path / "a checkout"
    for name, text in {".gitignore": ".venv/\nignored\n", "galaxy.yml": "a: 1\n", "roles/a/b.yml": "b: 1\n", "ignored": "x"}.items():
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text(text, encoding="utf-8")
    (checkout / ".venv/lib/python3.0/site-packages").mkdir(parents=True)
    subprocess.run(["git", "init", "--quiet"], cwd=checkout, env=steps.isolated(), check=True)
    subprocess.run(["git", "add", "--all"], cwd=checkout, env=steps.isolated(), check=True)
    monkeypatch.setattr(steps, "CHECKOUT", checkout)
    monkeypatch.setattr(steps, "VENV", checkout / ".venv")
    return steps


def files_of(copy):
    return {str(path.relative_to(copy)) for path in copy.rglob("*") if path.is_file() and ".git" not in path.parts}


ALL = {".gitignore", "galaxy.yml", "roles/a/b.yml"}


def test_a_copy_has_the_files_that_git_would_track(steps):
    (steps.CHECKOUT / "new").touch()
    with steps.clean_copy() as copy:
        assert files_of(copy) == ALL | {"new"}
    assert not copy.exists()


def test_a_kept_copy_stays_with_its_caches(steps):
    with steps.kept_copy() as copy:
        (copy / "ignored").write_text("a cache", encoding="utf-8")
        before = (copy / "galaxy.yml").stat()
    with steps.kept_copy() as again:
        after = (again / "galaxy.yml").stat()
        # A new copy would have the same modification time.
        assert (again, after.st_mtime_ns, after.st_ctime_ns) == (copy, before.st_mtime_ns, before.st_ctime_ns)
        assert (again / "ignored").read_text(encoding="utf-8") == "a cache"
    assert copy.parts[-3:] == ("ansible_collections", "keyless", "ec2")


def test_a_kept_copy_follows_the_checkout(steps):
    checkout = steps.CHECKOUT
    with steps.kept_copy():
        pass
    times = (checkout / "galaxy.yml").stat()
    # Size and time do not change, only the content.
    (checkout / "galaxy.yml").write_text("a: 2\n", encoding="utf-8")
    os.utime(checkout / "galaxy.yml", ns=(times.st_atime_ns, times.st_mtime_ns))
    (checkout / "roles/a/b.yml").rename(checkout / "c.yml")
    (checkout / ".gitignore").chmod(0o755)
    with steps.kept_copy() as copy:
        assert files_of(copy) == {".gitignore", "galaxy.yml", "c.yml"}
        assert (copy / "galaxy.yml").read_text(encoding="utf-8") == "a: 2\n"
        assert (copy / ".gitignore").stat().st_mode & 0o777 == 0o755
        listed = subprocess.run(["git", "ls-files"], cwd=copy, env=steps.isolated(), check=True, capture_output=True, text=True).stdout
        assert set(listed.split()) == files_of(copy)


def test_a_kept_copy_is_complete_after_a_killed_run(steps):
    with steps.kept_copy() as copy:
        (copy / "galaxy.yml").write_text("", encoding="utf-8")
        (copy / "left behind").touch()
        (copy / ".git/index.lock").touch()
    with steps.kept_copy() as copy:
        assert files_of(copy) == ALL
        assert (copy / "galaxy.yml").read_text(encoding="utf-8") == "a: 1\n"


def test_only_one_run_uses_the_kept_copy(steps):
    """The next run gets it afterwards."""

    def take():
        with open(steps.VENV / "sanity" / "lock", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

    with steps.kept_copy(), pytest.raises(BlockingIOError):
        take()
    take()


def test_the_folder_for_types_is_the_checkout_in_every_run(steps):
    assert steps.types_tree() == steps.types_tree()
    assert (steps.types_tree() / "ansible_collections/keyless/ec2").resolve() == steps.CHECKOUT


def test_the_linter_of_the_documentation_does_not_find_the_checkout(steps):
    """Otherwise it would write the name of its temporary folder into each page. Here, docutils would take that name for a link."""
    looked = []

    class Shell:
        def run(self, *_command, env):
            collections = Path(env["ANSIBLE_COLLECTIONS_PATH"]) / "ansible_collections"
            looked.append((sorted(path.name for path in collections.iterdir()), env["ANSIBLE_COLLECTIONS_SCAN_SYS_PATH"], env["TMPDIR"][-1]))
            return steps.Result(0, "")

    assert steps.docs(Shell()).passed == 1
    assert looked == [(["amazon"], "false", "_")]
