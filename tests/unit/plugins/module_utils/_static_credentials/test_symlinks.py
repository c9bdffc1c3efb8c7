# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links with which users try to make root read or move files that are not theirs."""

from __future__ import annotations

import os
import threading

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host import symlinks
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host.tree import Tree
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.aside_files import (
    DEDICATED,
    MIXED,
    actions,
    contents,
    files,
    find,
    found_in,
    job_for,
    plan_of,
    plant,
    run,
)

USER = 1000
SECRETS = "/data/prod/creds.ini"


class OwnedFilesOs:
    """Replaces the module os: files have these owners, by name, and this user runs the module.  So the test does not need root."""

    def __init__(self, owners, user):
        self._owners = owners
        self.geteuid = lambda: user

    def __getattr__(self, name):
        return getattr(os, name)

    def stat(self, *arguments, **options):
        return self._owned(os.stat(*arguments, **options))

    def fstat(self, descriptor):
        return self._owned(os.fstat(descriptor))

    def _owned(self, at):
        uid = next((uid for file, uid in self._owners.items() if os.path.samestat(os.lstat(file), at)), 4)
        return os.stat_result((*at[:4], uid, *at[5:10]))


@pytest.mark.parametrize(
    "link_of, file_of, user, is_followed",
    [
        (1, 2, 3, False),
        (1, 2, 0, False),
        (1, 0, 0, False),
        (1, 0, 3, False),
        (4, 2, 3, False),
        (0, 2, 3, True),
        (3, 2, 3, True),
        (1, 1, 3, True),
        (1, 1, 0, True),
        (0, 0, 0, True),
    ],
)
def test_whose_links_are_followed(tmp_path, monkeypatch, link_of, file_of, user, is_followed):
    """Those of root, of the user who runs the module, and of the owner of the target."""
    file, alias = plant(tmp_path, SECRETS, MIXED), tmp_path / "alias"
    alias.symlink_to(SECRETS)
    monkeypatch.setattr(symlinks, "os", OwnedFilesOs({file: file_of, alias: link_of}, user))
    if is_followed:
        assert Tree(str(tmp_path)).real("/alias") == SECRETS
    else:
        with pytest.raises(symlinks.UntrustedLink):
            Tree(str(tmp_path)).real("/alias")


@pytest.fixture(name="root")
def _root(tmp_path):
    """A host with a file of root, and the home of a user."""
    plant(tmp_path, SECRETS, MIXED, 0o600)
    (tmp_path / "home/a").mkdir(parents=True)
    os.chown(tmp_path / "home/a", USER, USER)
    return tmp_path


def link(root, path, target, owner=USER):
    at = root / path[1:]
    at.parent.mkdir(parents=True, exist_ok=True)
    at.symlink_to(target)
    os.lchown(at, owner, owner)
    return at


def users_file(root, path, data=MIXED):
    os.chown(plant(root, path, data), USER, USER)


@pytest.mark.needs_root
@pytest.mark.parametrize(
    "target, path",
    [
        (SECRETS, "/home/a/x.env"),
        ("../../data/prod/creds.ini", "/home/a/x.env"),
        ("/data", "/home/a/x.env/prod/creds.ini"),
        ("/data/prod/../prod", "/home/a/x.env/creds.ini"),
        ("/", "/home/a/x.env/data/prod/creds.ini"),
        ("/data/prod/nothing", "/home/a/x.env"),
    ],
)
@pytest.mark.parametrize("state", ["aside", "restored"])
def test_a_users_link_to_a_file_of_root_is_not_followed(root, target, path, state):
    link(root, "/home/a/x.env", target)
    before = files(root)
    (row,) = run(root, path, state=state).rows
    assert (row.action, row.reason, row.as_result()["real_path"]) == ("left", "link", None)
    assert files(root) == before
    found = find(root, paths=[path])
    assert found["credentials"] == [] and path in {each["target"] for each in found["incomplete"]}


@pytest.mark.needs_root
def test_a_users_link_to_another_link_is_not_followed(root):
    link(root, "/home/a/y", SECRETS)
    link(root, "/data/alias", SECRETS, owner=0)
    link(root, "/home/a/x.env", "y")
    link(root, "/home/a/z.env", "/data/alias")
    assert actions(run(root, "/home/a/x.env", "/home/a/z.env")) == [("left", "link")] * 2
    assert found_in(root) == []


@pytest.mark.needs_root
@pytest.mark.parametrize("target, owner", [(SECRETS, 0), ("/vault/mine", USER), ("y", USER)])
def test_links_of_root_and_to_files_of_their_owner_are_followed(root, target, owner):
    users_file(root, "/vault/mine")
    link(root, "/home/a/y", "/vault/mine")
    link(root, "/home/a/x.env", target, owner)
    real = "/vault/mine" if owner else SECRETS
    (row,) = [row for row in find(root)["credentials"] if row["real_path"] == real]
    assert row["path"] == "/home/a/x.env"
    (row,) = run(root, "/home/a/x.env").rows
    assert (row.action, row.as_result()["real_path"]) == ("trimmed", real)
    assert actions(run(root, "/home/a/x.env", state="restored")) == [("restored", None)]


@pytest.mark.needs_root
def test_a_file_is_restored_through_its_owners_link(root):
    """The file itself is gone, so the owner of the backup counts."""
    users_file(root, "/vault/keys", DEDICATED)
    link(root, "/home/a/.boto", "/vault/keys")
    assert actions(run(root, "/home/a/.boto")) == [("aside", None)]
    assert actions(run(root, "/home/a/.boto", state="restored")) == [("restored", None)]
    assert contents(root)["/vault/keys"] == DEDICATED


@pytest.mark.needs_root
def test_text_and_owner_are_read_from_the_same_link(root, monkeypatch):
    """A user replaces a link of root by another at the worst moment."""
    at = link(root, "/home/a/x.env", "/data/prod/harmless", owner=0)

    def swapped(name, **options):
        at.unlink(missing_ok=True)
        link(root, "/home/a/x.env", SECRETS)
        return read(name, **options)

    read = os.readlink
    monkeypatch.setattr(symlinks.os, "readlink", swapped)
    assert symlinks.real_path(str(root), "/home/a/x.env", lambda name: name, lambda _file, at: at.st_uid) == "/data/prod/harmless"


def test_a_folder_that_becomes_a_link_after_the_plan_is_not_followed(tmp_path):
    """No matter who owns the link."""
    for path in (SECRETS, "/home/a/b/creds.ini"):
        plant(tmp_path, path, MIXED)
    job = job_for(tmp_path, "/home/a/b/creds.ini")
    planned = plan_of(job)
    (tmp_path / "home/a/b").rename(tmp_path / "home/a/c")
    (tmp_path / "home/a/b").symlink_to("../../data/prod")
    before = files(tmp_path)
    assert actions(job.apply(planned, [].append)) == [("left", "busy")]
    assert files(tmp_path) == before


def test_a_resolved_path_is_never_opened_through_a_link(tmp_path):
    """No matter who owns the link."""
    plant(tmp_path, SECRETS, MIXED)
    (tmp_path / "home/a").mkdir(parents=True)
    (tmp_path / "home/a/b").symlink_to("../../data/prod")
    tree = Tree(str(tmp_path))
    for access in (tree.stat, lambda real: tree.read(real, 9), tree.is_traversable_by_others):
        with pytest.raises(NotADirectoryError):
            access("/home/a/b/creds.ini")


@pytest.mark.needs_root
def test_swapping_a_folder_and_a_link_all_the_time_gains_nothing(root):
    users_file(root, "/home/a/b/creds.ini")
    link(root, "/home/a/l", "../../data/prod")
    before, ends = files(root / "data"), threading.Event()

    def swap():
        names = ("b", "l", "t")
        while not ends.is_set():
            for one, other in zip((0, 1, 2), (2, 0, 1)):
                os.rename(root / "home/a" / names[one], root / "home/a" / names[other])

    swapping = threading.Thread(target=swap)
    swapping.start()
    try:
        for number in range(100):
            state = ("aside", "restored")[number % 2]
            job = job_for(root, "/home/a/b/creds.ini", state=state)
            job.apply(plan_of(job), [].append)
            assert files(root / "data") == before
    finally:
        ends.set()
        swapping.join()


@pytest.mark.needs_root
@pytest.mark.parametrize("owner, expected", [(USER, []), (0, ["/data/prod/creds.ini"])])
def test_a_users_unit_can_not_name_a_file_of_root(root, owner, expected):
    unit = plant(root, "/home/a/.config/systemd/user/x.service", f"[Service]\nEnvironmentFile={SECRETS}\n".encode())
    os.chown(unit, owner, owner)
    assert found_in(root) == expected
