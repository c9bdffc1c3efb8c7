# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose files are, although a user chooses which owner a file system in user space shows, and has thousands of ids from /etc/subuid."""

from __future__ import annotations

import os
from functools import partial

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common import mounts
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials import job, plan
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host import walk
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host.exclusions import Exclusions
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host.search_paths import SearchPath
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host.tree import NotRegular, Tree
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host.unix_users import UNKNOWN, UnixUsers
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.incomplete import Incomplete
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.plan import owners_in_order
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.row import FileRow
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.aside_files import (
    DEDICATED,
    KEY,
    LINES,
    PASSWD,
    SECRET,
    Clock,
    actions,
    contents,
    find,
    found_in,
    job_for,
    plan_of,
    plant,
    replace_clock,
    run,
)
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.corpus import numbered_key
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.test_file_access import (
    ACL,
    GROUP_OBJ,
    MASK,
    NOBODY,
    OTHERS,
    USER_OBJ,
    give,
    packed,
)
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.test_file_access import USER as NAMED_USER
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.test_no_response import Blocking

USER = 1001
TARGET = "/var/lib/secret/app.key"
UNITS = "/home/u1001/.config/systemd/user"


class UserSpace:
    """What is below one folder is in a file system that the user has mounted, and whose files claim to be root's."""

    def __init__(self, root, monkeypatch, folder):
        self._top = f"{root}{folder}"
        self._patch = monkeypatch
        self._of_file = mounts._mount_of
        self._table = root / "mountinfo"
        self.list(True)
        monkeypatch.setattr(mounts, "MOUNTS", str(self._table))
        monkeypatch.setattr(mounts, "_mount_of", self._mount_of)
        # Here, all is on the device of the root.
        monkeypatch.setattr(mounts, "_device_of", lambda _descriptor: None)

    def list(self, is_mounted):
        with open("/proc/self/mountinfo", encoding="utf-8") as file:
            listed = "".join(line for line in file if "fuse" not in line)
        escaped = self._top.replace(" ", "\\040")  # as the kernel writes it
        line = f"9999 22 0:9 / {escaped} rw,nosuid - fuse.x x rw,user_id={USER},allow_other\n"
        self._table.write_text(listed + (line if is_mounted else ""), encoding="utf-8")

    def _mount_of(self, descriptor):
        path = os.readlink(f"/proc/self/fd/{descriptor}")
        return 9999 if (path + "/").startswith(self._top + "/") else self._of_file(descriptor)


def plant_for(root, path, data, user=USER):
    os.chown(plant(root, path, data), user, user)


@pytest.mark.needs_root
def test_a_file_system_of_a_user_can_not_claim_that_its_links_and_units_are_roots(tmp_path, monkeypatch):
    plant(tmp_path, TARGET, DEDICATED)
    unit, link = plant(tmp_path, f"{UNITS}/x.service", f"[Service]\nEnvironmentFile={TARGET}\n".encode()), tmp_path / "home/u1001/x.env"
    link.symlink_to(TARGET)
    assert unit.stat().st_uid == link.lstat().st_uid == 0 and found_in(tmp_path) == [TARGET]
    UserSpace(tmp_path, monkeypatch, "/home/u1001")
    found, before = find(tmp_path, paths=["/home/u1001/x.env"]), contents(tmp_path)
    assert found["credentials"] == []
    assert {each["target"]: each["reason"] for each in found["incomplete"]} == {"/home/u1001/x.env": "link", TARGET: "other_owner"}
    assert actions(run(tmp_path, "/home/u1001/x.env")) == [("left", "link")] and contents(tmp_path) == before


@pytest.mark.needs_root
def test_a_target_that_is_a_mount_of_a_user_is_not_roots(tmp_path, monkeypatch):
    """A single file can be a file system."""
    plant_for(tmp_path, "/home/a/mine", DEDICATED, 1002)
    (tmp_path / "home/a/x.env").symlink_to("mine")
    os.lchown(tmp_path / "home/a/x.env", 1002, 1002)
    UserSpace(tmp_path, monkeypatch, "/home/a/mine")
    assert {"target": "/home/a/x.env", "reason": "link"}.items() <= find(tmp_path, paths=["/home/a/x.env"])["incomplete"][-1].items()


def test_what_was_unmounted_is_nobodys(tmp_path, monkeypatch):
    """A user can unmount a file system while its files are open. Then its mount is not listed any more."""
    plant(tmp_path, "/home/a/.boto", LINES)
    user_space = UserSpace(tmp_path, monkeypatch, "/home/a")
    tree = Tree(str(tmp_path))
    assert tree.read("/home/a/.boto", 99).owner == USER
    user_space.list(False)
    tree.mounts._read()
    with pytest.raises(mounts.NoLongerMounted):
        tree.read("/home/a/.boto", 99)


def test_a_change_of_the_mounts_is_noticed(tmp_path, monkeypatch):
    """A user mounts a file system after the first look. The kernel reports a change once."""
    plant(tmp_path, "/home/a/.boto", LINES)
    user_space = UserSpace(tmp_path, monkeypatch, "/home/a")
    user_space.list(False)
    tree, changes = Tree(str(tmp_path)), [True]
    assert tree.read("/home/a/.boto", 99).owner == os.geteuid()
    user_space.list(True)
    monkeypatch.setattr(tree.mounts, "_changes", type("Changes", (), {"poll": lambda _self, _wait: changes and changes.pop()})())
    assert tree.read("/home/a/.boto", 99).owner == USER
    # Unmounted again, while the file is still open
    user_space.list(False)
    changes.append(True)
    with pytest.raises(mounts.NoLongerMounted):
        tree.read("/home/a/.boto", 99)
    assert tree.owner("/home") == os.geteuid()


def test_a_mount_that_comes_later_is_known_before_anything_on_it_is_opened(tmp_path, monkeypatch):
    """The user decides whether it ever responds."""
    user_space = UserSpace(tmp_path, monkeypatch, "/srv/u")
    user_space.list(False)
    tree = Tree(str(tmp_path))
    user_space.list(True)
    monkeypatch.setattr(tree.mounts, "_changes", type("Changes", (), {"poll": lambda _self, _wait: True})())
    assert tree.mounts.user_at(f"{tmp_path}/srv/u") == USER


@pytest.mark.parametrize(
    "uid, account",
    [
        (0, 0),
        (1001, 1001),
        (100_000, 1001),
        (165_535, 1001),
        (165_536, UNKNOWN),
        (99_999, UNKNOWN),
        (200_000, 1002),
        (300_000, UNKNOWN),
        (1002, 1002),
    ],
)
def test_the_ids_of_a_user_are_one_account(tmp_path, uid, account):
    """Ranges of root are those of containers. No range gives a user the id of another."""
    plant(tmp_path, "/etc/passwd", PASSWD)
    plant(tmp_path, "/etc/subuid", b"u1001:100000:65536\n1002:200000:5\nroot:300000:65536\nu1001:1002:1\nnobody:x:1\ngone:400000:9\n")
    assert UnixUsers(Tree(str(tmp_path))).account(uid) == account


@pytest.mark.needs_root
def test_many_ids_do_not_give_a_user_more_results_or_memory(tmp_path, monkeypatch):
    plant(tmp_path, "/etc/passwd", PASSWD)
    plant(tmp_path, "/etc/subuid", b"u1001:100000:65536\n")
    for number in range(4):
        keys = "".join(f"aws_access_key_id = {numbered_key(400 * number + each)}\n" for each in range(400))
        plant_for(tmp_path, f"/home/u1001/.env.{number}", keys.encode(), 100_000 + number)
    plant_for(tmp_path, "/home/u1002/.env", DEDICATED, 1002)
    found = find(tmp_path)
    assert (len(found["ids_only"]), found_in(tmp_path)) == (1000, ["/home/u1002/.env"])
    monkeypatch.setattr(job, "MAX_HELD", 30_000)
    paths = [f"/home/u1001/.env.{number}" for number in range(4)]
    rows = actions(plan_of(job_for(tmp_path, *paths, "/home/u1002/.env")))
    assert [reason for _action, reason in rows].count("too_large") == 3 and rows[-1] == ("trimmed", None)


@pytest.mark.needs_root
def test_many_ids_do_not_give_a_user_more_time(tmp_path, monkeypatch):
    clock, real = Clock(), plan.without_credentials
    replace_clock(monkeypatch, clock)
    plant(tmp_path, "/etc/passwd", PASSWD)
    plant(tmp_path, "/etc/subuid", b"u1001:100000:65536\n")
    for number in range(6):
        plant_for(tmp_path, f"/{number}", LINES, 100_000 + number)
    for name in "gh":
        plant_for(tmp_path, f"/{name}", LINES, 1002)

    def slow(*arguments):
        clock.now += 10
        return real(*arguments)

    monkeypatch.setattr(plan, "without_credentials", slow)
    rows = actions(plan_of(job_for(tmp_path, *(f"/{name}" for name in "012345gh"), timeout=80)))
    assert rows == [("aside", None)] * 3 + [("left", "timeout")] * 3 + [("aside", None)] * 2


@pytest.fixture(name="blocking")
def _blocking(monkeypatch):
    made = Blocking(monkeypatch)
    yield made
    made.end()


def plant_process(root, pid, user, named=""):
    plant(root, f"/proc/{pid}/environ", f"AWS_ACCESS_KEY_ID={KEY}\0AWS_SECRET_ACCESS_KEY={SECRET}\0AWS_CONFIG_FILE={named}\0".encode())
    plant(root, f"/proc/{pid}/status", f"Name:\tx\nUid:\t{user}\t{user}\t{user}\t{user}\n".encode())


@pytest.mark.needs_root
def test_a_process_that_blocks_hides_only_those_of_its_user(tmp_path, blocking):
    """A program on a user's own file system that starts another: the kernel gives no environment until it has started."""
    plant(tmp_path, "/etc/passwd", PASSWD)
    plant(tmp_path, "/etc/subuid", b"u1001:100000:65536\n")
    for pid, user in ((2, USER), (3, 100_000), (4, 0), (5, 1002), (6, USER)):
        plant_process(tmp_path, pid, user, f"/data/{pid}")
        plant_for(tmp_path, f"/data/{pid}", LINES, user)
    blocking.at(Tree, "read_of_process", lambda _tree, pid, name, _limit: pid == 2 and name != "status")
    found = find(tmp_path, timeout=100, scan_processes=True)
    assert [row["path"] for row in found["credentials"]] == ["/data/4", "/data/5", "/proc/4/environ", "/proc/5/environ"]
    assert [(each["target"], each["reason"]) for each in found["incomplete"]] == [("/proc", "timeout")] and blocking.clock.now <= 110


def test_each_reason_for_which_a_location_is_incomplete_is_listed():
    incomplete = Incomplete()
    for reason in ("permission_denied", "timeout", "timeout"):
        incomplete.add("/proc", reason, "Why")
    assert [each["reason"] for each in incomplete.rows()] == ["permission_denied", "timeout"]


@pytest.mark.needs_root
@pytest.mark.parametrize("state", ["aside", "restored"])
@pytest.mark.parametrize("number_of_devices", [1, 1000])
def test_moves_that_block_use_up_only_the_time_of_their_user(tmp_path, blocking, state, number_of_devices):
    """The user has many file systems, each of which blocks once, or one that others use too."""
    plant(tmp_path, "/etc/passwd", PASSWD)
    paths = {f"/home/a/{number}": USER for number in range(40)}
    paths.update({"/home/u1002/.boto": 1002, "/root/.boto": 0})
    for path, user in paths.items():
        plant_for(tmp_path, path, LINES + b"\n# " * (1 if user == USER else 5000), user)
    if state == "restored":
        run(tmp_path, *paths)
    the_job = job_for(tmp_path, *paths, state=state, timeout=60)
    planned = plan_of(the_job)
    devices = {id(row.found): number % number_of_devices for number, row in enumerate(planned.rows)}
    blocking._patch.setattr(job, "_device_of", lambda found: devices[id(found)])
    blocking.at(job.AsideJob, "_move", lambda _job, row: row.path.startswith("/home/a/"))
    done = "aside" if state == "aside" else "restored"
    assert actions(the_job.apply(planned, [].append))[-2:] == [(done, None)] * 2
    assert blocking.clock.now <= 31  # The other half is for those who come later.


def test_files_of_root_come_first():
    rows = [FileRow("/a", "left", "", owner=owner) for owner in (5, UNKNOWN, 0)]
    assert owners_in_order(rows) == [0, UNKNOWN, 5]


@pytest.mark.needs_root
@pytest.mark.parametrize(
    "owners, mode, only_root",
    [
        ({}, 0o755, True),
        ({"srv/app/.env": USER}, 0o755, False),
        ({"srv/app": USER}, 0o755, False),
        ({"srv": USER}, 0o755, False),
        ({}, 0o1777, False),
        ({}, 0o775, True),
    ],
)
@pytest.mark.parametrize("state", ["aside", "restored"])
def test_who_can_keep_a_file_from_its_place(tmp_path, owners, mode, only_root, state):
    """Only then does a file that could not be put back keep the new instance profile."""
    plant(tmp_path, "/srv/app/.env", LINES)
    for path, user in owners.items():
        os.chown(tmp_path / path, user, user)
    (tmp_path / "srv/app").chmod(mode)
    if state == "restored":
        run(tmp_path, "/srv/app/.env")
    (row,) = plan_of(job_for(tmp_path, "/srv/app/.env", state=state)).rows
    assert row.as_result()["only_root"] is only_root


@pytest.mark.needs_root
def test_a_file_system_of_a_user_is_not_only_roots(tmp_path, monkeypatch):
    plant(tmp_path, "/srv/app/.env", LINES)
    UserSpace(tmp_path, monkeypatch, "/srv/app")
    assert plan_of(job_for(tmp_path, "/srv/app/.env")).rows[0].as_result()["only_root"] is False


@pytest.mark.needs_root
def test_what_a_file_system_of_a_user_does_not_let_root_read_is_not_only_roots(tmp_path, monkeypatch):
    plant(tmp_path, "/srv/app/.env", LINES)
    UserSpace(tmp_path, monkeypatch, "/srv/app")

    def fail(*_arguments):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(job, "read_files", fail)
    assert plan_of(job_for(tmp_path, "/srv/app/.env")).rows[0].as_result()["only_root"] is False


@pytest.mark.needs_root
@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), OSError(18, "Invalid cross-device link"), MemoryError()])
def test_whatever_error_a_user_has_the_system_give_the_file_is_theirs(tmp_path, monkeypatch, error):
    plant_for(tmp_path, "/home/a/.boto", LINES)
    run(tmp_path, "/home/a/.boto")

    def fail(*_arguments):
        raise error

    monkeypatch.setattr(job, "restore", fail)
    the_job = job_for(tmp_path, "/home/a/.boto", state="restored")
    (row,) = the_job.apply(plan_of(the_job), partial(print)).rows
    assert (row.action, row.as_result()["only_root"]) == ("left", False)


@pytest.fixture(name="sites")
def _sites(tmp_path):
    """Web sites of several users, one of whom has many files."""
    plant(tmp_path, "/etc/passwd", PASSWD)
    for site, user in (("a", 0), ("m", 1002), ("u", USER), ("z", 0), ("z/m", 1002), ("z/m/u", USER)):
        plant(tmp_path, f"/var/www/{site}/.env", LINES)
        os.chown(tmp_path / "var/www" / site, user, user)
    return tmp_path


OF_OTHERS = ["/var/www/a/.env", "/var/www/m/.env", "/var/www/z/.env", "/var/www/z/m/.env"]


@pytest.mark.needs_root
def test_each_user_has_a_number_of_files_in_a_folder_with_those_of_others(sites, monkeypatch):
    monkeypatch.setattr(walk, "MAX_ENTRIES", 20)
    for number in range(30):
        plant(sites, f"/var/www/u/{number}.png", b"")
    assert len(found_in(sites)) in (4, 5) and set(OF_OTHERS) <= set(found_in(sites))
    assert {each["reason"] for each in find(sites)["incomplete"]} == {"too_many_files"}
    assert {each["target"] for each in find(sites)["incomplete"]} <= {"/var/www/u", "/var/www/z/m/u"}


@pytest.mark.needs_root
def test_each_user_has_time_in_a_folder_with_those_of_others(sites, monkeypatch):
    clock, reads = Clock(), Tree._read

    def slow(tree, real, *others):
        clock.now += 1
        return reads(tree, real, *others)

    for number in range(200):
        plant(sites, f"/var/www/u/{number}.txt", LINES)
    replace_clock(monkeypatch, clock)
    monkeypatch.setattr(Tree, "_read", slow)
    found = find(sites, timeout=60)
    assert set(OF_OTHERS) <= {row["path"] for row in found["credentials"]}
    assert {each["target"].split("/")[3] for each in found["incomplete"]} <= {"u", "z"} and clock.now <= 64
    assert "/var/www/u" in {each["target"] for each in found["incomplete"]}


@pytest.mark.needs_root
@pytest.mark.parametrize("method", ["real", "folder"])
def test_a_file_system_of_a_user_blocks_only_what_is_on_it(sites, monkeypatch, blocking, method):
    """In a folder of others, too, and although it claims to be root's."""
    UserSpace(sites, monkeypatch, "/var/www/u")
    os.chown(sites / "var/www/u", 0, 0)
    blocking.at(Tree, method, lambda _tree, path: path.startswith("/var/www/u"))
    found = find(sites, timeout=60)
    assert set(OF_OTHERS) <= {row["path"] for row in found["credentials"]}
    assert {(each["target"].split("/")[3], each["reason"]) for each in found["incomplete"]} <= {("u", "timeout"), ("z", "timeout")}


@pytest.mark.needs_root
@pytest.mark.parametrize("mode, group", [(0o1777, 0), (0o2775, 33)])
def test_a_folder_of_root_in_which_others_may_create_files_keeps_no_other_of_root_from_being_searched(sites, monkeypatch, mode, group):
    """What is in it takes neither the number of files nor the time of root, or of a user whom nobody knows."""
    monkeypatch.setattr(walk, "MAX_ENTRIES", 20)
    unknown = [f"/var/www/{name}" for name in "bcwx"]
    for path in unknown:
        plant(sites, f"{path}/.env", LINES)
        os.chown(f"{sites}{path}", 12345, 12345)
    for number in range(30):
        plant(sites, f"/var/www/y/{number}.txt", b"")
    os.chown(sites / "var/www/y", 0, group)
    (sites / "var/www/y").chmod(mode)
    assert {*OF_OTHERS, *(f"{path}/.env" for path in unknown)} <= set(found_in(sites))
    assert {(each["target"], each["reason"]) for each in find(sites)["incomplete"]} == {("/var/www/y", "too_many_files")}


@pytest.mark.needs_root
@pytest.mark.parametrize("method", ["real", "folder"])
def test_a_file_system_of_a_user_behind_a_link_blocks_only_what_is_on_it(sites, monkeypatch, blocking, method):
    (sites / "data").mkdir()
    (sites / "var/www").rename(sites / "data/www")
    (sites / "var/www").symlink_to("/data/www")
    UserSpace(sites, monkeypatch, "/data/www/u")
    os.chown(sites / "data/www/u", 0, 0)
    blocking.at(Tree, method, lambda _tree, path: path.startswith(("/data/www/u", "/var/www/u")))
    found = find(sites, timeout=60)
    assert {each.replace("/var", "/data") for each in OF_OTHERS} <= {row["real_path"] for row in found["credentials"]}
    assert {(each["target"].split("/")[3], each["reason"]) for each in found["incomplete"]} <= {("u", "timeout"), ("z", "timeout")}


def test_the_kernels_files_are_not_opened_wherever_they_are_mounted(tmp_path):
    """In the root of a container or a jail, for example."""
    (tmp_path / "x").mkdir()
    found = find("/proc/self", paths=["/", "/environ", "/fdinfo"])
    assert found["credentials"] == [] and {each["target"]: each["reason"] for each in found["incomplete"]} == {"/environ": "not_regular"}
    tree = Tree("/proc/self")
    assert list(walk.Walk(tree, Exclusions([]), print).find(SearchPath("/fdinfo", 3))) == []
    with pytest.raises(NotRegular):
        tree.read("/environ", 9)
    assert Tree("/").read_of_process(os.getpid(), "status", 4).data == b"Name"


@pytest.mark.needs_root
@pytest.mark.parametrize("path", ["srv/app", "srv/app/.env"])
def test_whom_an_access_control_list_lets_write_can_keep_a_file_from_its_place(tmp_path, path):
    """With a list, the bits of the group are its mask, whoever the group is."""
    plant(tmp_path, "/srv/app/.env", LINES)
    entries = ((USER_OBJ, 7, NOBODY), (NAMED_USER, 7, USER), (GROUP_OBJ, 5, NOBODY), (MASK, 7, NOBODY), (OTHERS, 5, NOBODY))
    give(tmp_path / path, ACL, packed(*entries))
    assert (tmp_path / path).stat().st_mode & 0o777 == 0o775
    assert plan_of(job_for(tmp_path, "/srv/app/.env")).rows[0].as_result()["only_root"] is False


def test_a_user_who_mounts_and_unmounts_all_the_time_does_not_delay_the_search(tmp_path, monkeypatch):
    """The files on the device of the root need no look at the mounts, and what has not changed is not parsed again."""
    plant(tmp_path, "/etc/a", LINES)
    with open("/proc/self/mountinfo", "rb") as file:
        listed = file.read()
    own = b"".join(b"%d 22 0:%d / /home/u/m%d rw - fuse.x x rw,user_id=1001\n" % (9000 + each, 9000 + each, each) for each in range(300))
    (tmp_path / "mountinfo").write_bytes(listed + own)
    monkeypatch.setattr(mounts, "MOUNTS", str(tmp_path / "mountinfo"))
    parsed, parse, reads = [], mounts._parsed, []
    monkeypatch.setattr(mounts, "_parsed", lambda line: parsed.append(line) or parse(line))
    tree = Tree(str(tmp_path))
    assert len(parsed) >= 300 and tree.mounts.has_users
    monkeypatch.setattr(tree.mounts, "_changes", type("Changes", (), {"poll": lambda _self, _wait: True})())
    read = tree.mounts._read
    monkeypatch.setattr(tree.mounts, "_read", lambda: reads.append(1) or read())
    assert {tree.read("/etc/a", 9).owner for _each in range(20)} == {os.geteuid()} and reads == []
    del parsed[:]
    (tmp_path / "mountinfo").write_bytes(listed + own + b"8999 22 0:8999 / /home/u/new rw - fuse.x x rw,user_id=1001\n")
    assert tree.mounts.owner_at(os.stat("/proc")) == 0 and len(reads) == 1
    assert len(parsed) == 1 and tree.mounts.user_at("/home/u/new") == USER


@pytest.mark.needs_root
def test_finding_out_whether_a_file_has_a_key_takes_the_time_of_its_owner(tmp_path, blocking):
    plant(tmp_path, "/srv/app/.env", LINES)
    plant_for(tmp_path, "/home/u1001/.boto", LINES + b"\n# slow")
    os.chown(tmp_path / "home/u1001", USER, USER)
    plant(tmp_path, "/etc/passwd", PASSWD)
    blocking.at(job, "has_key_id", lambda text: "slow" in text)
    assert actions(plan_of(job_for(tmp_path, "/home/u1001/.boto", "/srv/app/.env"))) == [("left", "timeout"), ("trimmed", None)]


@pytest.mark.needs_root
@pytest.mark.parametrize("is_mounted", [True, False])
@pytest.mark.parametrize("name", [".env", ".keyless..env.keyless-aside"])
def test_reading_a_file_of_a_user_in_a_folder_of_root_takes_the_time_of_the_user(tmp_path, monkeypatch, blocking, name, is_mounted):
    """It can be a file system whose program tells its size, and nothing else."""
    for path in (".env", "other"):
        plant(tmp_path, f"/srv/app/{path}", LINES)
    plant(tmp_path, "/etc/passwd", PASSWD)
    plant_for(tmp_path, f"/srv/app/{name}", LINES)
    if is_mounted:
        os.chown(tmp_path / "srv/app" / name, 0, 0)
        UserSpace(tmp_path, monkeypatch, f"/srv/app/{name}")
    blocking.at(Tree, "read_at", lambda _tree, _folder, of_file, *_others: of_file == name)
    rows = actions(plan_of(job_for(tmp_path, "/srv/app/.env", "/srv/app/other")))
    assert rows == [("left", "timeout"), ("aside", None)]
