# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links that other users make, to have root do with files of others what they may not do."""

from __future__ import annotations

import os
import threading

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host import links
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host.tree import Tree
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.asides import (
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
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


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


def his(root, path, data=MIXED):
    os.chown(plant(root, path, data), USER, USER)


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
def test_a_link_of_a_user_to_a_file_of_root_is_not_followed(root, target, path, state):
    link(root, "/home/a/x.env", target)
    before = files(root)
    (row,) = run(root, path, state=state).rows
    assert (row.action, row.reason, row.as_result()["real_path"]) == ("left", "link", None)
    assert files(root) == before
    found = find(root, paths=[path])
    assert found["credentials"] == [] and path in {each["path"] for each in found["incomplete"]}


def test_neither_is_a_link_over_another_link(root):
    link(root, "/home/a/y", SECRETS)
    link(root, "/etc/alias", SECRETS, owner=0)
    link(root, "/home/a/x.env", "y")
    link(root, "/home/a/z.env", "/etc/alias")
    assert actions(run(root, "/home/a/x.env", "/home/a/z.env")) == [("left", "link")] * 2
    assert found_in(root) == []


@pytest.mark.parametrize("target, owner", [(SECRETS, 0), ("/vault/mine", USER), ("y", USER)])
def test_a_link_of_root_is_followed_and_one_to_what_is_its_owners(root, target, owner):
    his(root, "/vault/mine")
    link(root, "/home/a/y", "/vault/mine")
    link(root, "/home/a/x.env", target, owner)
    real = "/vault/mine" if owner else SECRETS
    (row,) = [row for row in find(root)["credentials"] if row["real_path"] == real]
    assert row["path"] == "/home/a/x.env"
    (row,) = run(root, "/home/a/x.env").rows
    assert (row.action, row.as_result()["real_path"]) == ("trimmed", real)
    assert actions(run(root, "/home/a/x.env", state="restored")) == [("restored", None)]


def test_what_a_link_of_its_owner_led_to_comes_back_over_the_link(root):
    """The file is gone then, so that who owns what is set aside has to count."""
    his(root, "/vault/keys", DEDICATED)
    link(root, "/home/a/.boto", "/vault/keys")
    assert actions(run(root, "/home/a/.boto")) == [("aside", None)]
    assert actions(run(root, "/home/a/.boto", state="restored")) == [("restored", None)]
    assert contents(root)["/vault/keys"] == DEDICATED


def test_text_and_owner_are_of_the_same_link(root, monkeypatch):
    """A user puts his own link in the place of one of root at the worst moment."""
    at = link(root, "/home/a/x.env", "/data/prod/harmless", owner=0)

    def swapped(name, **options):
        at.unlink(missing_ok=True)
        link(root, "/home/a/x.env", SECRETS)
        return read(name, **options)

    read = os.readlink
    monkeypatch.setattr(links.os, "readlink", swapped)
    assert links.real_path(str(root), "/home/a/x.env", lambda name: ()) == "/data/prod/harmless"


def test_a_folder_that_becomes_a_link_after_the_look_is_not_followed(root):
    his(root, "/home/a/b/creds.ini")
    job = job_for(root, "/home/a/b/creds.ini")
    planned = plan_of(job)
    (root / "home/a/b").rename(root / "home/a/c")
    link(root, "/home/a/b", "../../data/prod")
    before = files(root)
    assert actions(job.apply(planned, [].append)) == [("left", "busy")]
    assert files(root) == before


def test_a_path_without_links_is_never_opened_over_one(root):
    link(root, "/home/a/b", "../../data/prod")
    for look in (Tree(str(root)).stat, lambda real: Tree(str(root)).read(real, 9), Tree(str(root)).is_open_to_others):
        with pytest.raises(NotADirectoryError):
            look("/home/a/b/creds.ini")


def test_a_user_who_swaps_folder_and_link_all_the_time_gains_nothing(root):
    his(root, "/home/a/b/creds.ini")
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


@pytest.mark.parametrize("owner, expected", [(USER, []), (0, ["/data/prod/creds.ini"])])
def test_a_users_own_unit_names_no_file_of_root(root, owner, expected):
    unit = plant(root, "/home/a/.config/systemd/user/x.service", f"[Service]\nEnvironmentFile={SECRETS}\n".encode())
    os.chown(unit, owner, owner)
    assert found_in(root) == expected
