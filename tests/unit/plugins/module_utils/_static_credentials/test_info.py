# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""static_credentials_info on the files of a host: what it finds, and its limits."""

from __future__ import annotations

import errno
import itertools
import json
import os
import socket
from base64 import b64encode
from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host import tree, walk
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.info import gather
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.aside_files import replace_clock
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.corpus import (
    CORPUS,
    CORPUS_PATHS,
    KEY,
    PAIR,
    PASSWD,
    SECRET,
    look_alikes,
    numbered_key,
    plant,
)


@pytest.fixture(name="root")
def _root(tmp_path):
    tmp_path.chmod(0o755)
    root = tmp_path / "root"
    plant(root, "/etc/passwd", PASSWD)
    plant(root, "/etc/group", "root:x:0:\na:x:1000:\n")
    return root


def find(where, **options):
    every = {"paths": [], "scan_processes": True, "max_file_size": 1048576, "timeout": 30, "exclude": []}
    return gather({"root": str(where), **every, **options})


def rows(found):
    return {(row["path"], row["line"], row["kind"], row["access_key_id"]) for row in found["credentials"]}


def test_the_whole_corpus_is_found_and_nothing_else(root, capsys):
    expected = set()
    for number, (path, kind, lines, text) in enumerate(CORPUS):
        key = numbered_key(number, ("AKIA", "ASIA")[number % 2])
        plant(root, path, text.format(key=key, secret=SECRET))
        expected |= {(path, line, kind, key) for line in lines}
    plant(root, "/proc/7/environ", f"HOME=/\0AWS_ACCESS_KEY_ID={KEY}\0AWS_SECRET_ACCESS_KEY={SECRET}\0X={KEY}\0")
    plant(root, "/proc/7/cmdline", f"/usr/bin/app\0--secret\0{SECRET}\0")
    expected.add(("/proc/7/environ", None, "process_environment", KEY))
    planted = list(look_alikes())
    for number, line in enumerate(planted):
        plant(root, f"/data/look-alikes/{number}", f"a {line}\nb={line}\n'{line}'\n")
    plant(root, "/home/a/.bashrc", "\n".join(f"X={line}" for line in planted))
    result = find(root, paths=CORPUS_PATHS)
    found = rows(result)
    precision, recall = len(found & expected) / len(found), len(found & expected) / len(expected)
    with capsys.disabled():
        print(f"\n{len(expected)} keys, {len(planted)} look-alikes: precision {precision}, recall {recall}")
    assert (precision, recall) == (1.0, 1.0), (found - expected, expected - found)
    twice = sum(len(lines) for path, kind, lines, text in CORPUS) + 1
    assert len(result["credentials"]) == twice
    assert result["incomplete"] == []
    assert SECRET not in str(result)


def test_names_that_are_not_utf_8_are_escaped(root):
    plant(root, "/etc/passwd", "caf\xe9:x:0:0:::\n")
    plant(root, os.fsdecode(b"/etc/default/caf\xe9"), PAIR)
    (row,) = find(root, paths=[os.fsdecode(b"/\xff")])["credentials"]
    assert row["path"] == "escaped:/etc/default/caf\\xe9"
    assert row["owner"] == "caf\\xe9" or os.geteuid() != 0
    json.dumps(find(root, paths=[os.fsdecode(b"/\xff")]), ensure_ascii=False).encode("utf-8")


def test_two_lines_with_the_same_key_are_two_rows_in_order(root):
    plant(root, "/etc/environment", f"A={PAIR}\nB={numbered_key(1)}:{SECRET}\nC={KEY}\n")
    assert [row["line"] for row in find(root)["credentials"]] == [1, 2, 3]
    assert find(root)["msg"] == "2 access keys in 1 location."


@pytest.mark.parametrize(
    "mode, folder, world_readable",
    [
        (0o600, 0o755, False),
        (0o644, 0o755, True),
        (0o640, 0o755, False),
        (0o644, 0o750, False),
        (0o604, 0o711, True),
    ],
)
def test_world_readable_depends_on_the_folders_above(root, mode, folder, world_readable):
    file = plant(root, "/home/a/.aws/credentials", PAIR, mode)
    file.parents[1].chmod(folder)
    (row,) = find(root)["credentials"]
    assert (row["mode"], row["world_readable"]) == (f"{mode:04o}", world_readable)


def test_a_folder_that_cannot_be_read_keeps_nobody_out(root, monkeypatch):
    def gone(_tree, _folder):
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(tree.Tree, "is_traversable_by_others", gone)
    plant(root, "/opt/app/.env", PAIR, 0o644)
    assert [each["world_readable"] for each in find(root)["credentials"]] == [True]


@pytest.mark.needs_root
@pytest.mark.parametrize("number, owner, group", [(1000, "a", "a"), (990, "svc", "990"), (4242, "4242", "4242")])
def test_owners_are_named_by_the_passwd_file_in_the_root(root, number, owner, group):
    os.chown(plant(root, "/etc/environment", PAIR), number, number)
    (row,) = find(root)["credentials"]
    assert (row["owner"], row["group"]) == (owner, group)


@pytest.mark.parametrize("path", ["/data/other", "../data/other", "../etc/../data/other", "/../../data/other"])
def test_a_link_is_followed_within_the_root(root, path):
    plant(root, "/data/other", PAIR)
    (root / "etc" / "environment").symlink_to(path)
    assert rows(find(root)) == {("/etc/environment", 1, "environment_file", KEY)}


def test_a_link_never_leads_out_of_the_root(root, tmp_path):
    outside = plant(tmp_path, "/outside/credentials", PAIR)
    (root / "home" / "a").mkdir(parents=True)
    (root / "etc" / "environment").symlink_to(outside)
    (root / "etc" / "crontab").symlink_to("../../outside/credentials")
    (root / "home" / "a" / ".aws").symlink_to(outside.parent)
    (root / "opt").symlink_to(outside.parent)
    assert find(root)["credentials"] == []
    assert find(root, paths=["/../../outside/credentials"])["credentials"] == []


def test_a_file_that_several_paths_lead_to_is_found_once_under_its_own_name(root):
    unit = f"[Service]\nEnvironment=AWS_ACCESS_KEY_ID={KEY} AWS_SECRET_KEY={SECRET}\n"
    plant(root, "/usr/lib/systemd/system/a.service", unit)
    wants = root / "etc" / "systemd" / "system" / "multi-user.target.wants"
    wants.mkdir(parents=True)
    (wants / "a.service").symlink_to("/lib/systemd/system/a.service")
    (root / "lib").symlink_to("usr/lib")
    (root / "etc" / "default").mkdir()
    os.link(root / "usr/lib/systemd/system/a.service", root / "etc/default/again")  # Each hard link is a file of its own.
    found = find(root, paths=["/usr/lib", "/usr/lib/systemd/system/a.service"])
    assert rows(found) == {
        ("/usr/lib/systemd/system/a.service", 2, "systemd_unit", KEY),
        ("/etc/default/again", 2, "systemd_environment_file", KEY),
    }


def test_link_loops_fifos_sockets_and_binary_files_do_no_harm(root, monkeypatch):
    plant(root, "/srv/a/x", b"\0" + PAIR.encode())
    (root / "srv" / "a" / "up").symlink_to("..")
    (root / "etc" / "environment").symlink_to("environment")
    os.mkfifo(root / "etc" / "crontab")
    monkeypatch.chdir(root / "srv" / "a")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.env")
        found = find(root, paths=["/srv", "/etc/crontab", "/nowhere"])
    assert found["credentials"] == []
    assert {each["target"]: (each["reason"], each["message"]) for each in found["incomplete"]} == {
        "/etc/environment": ("link", "Too many levels of symbolic links"),
        "/etc/crontab": ("not_regular", "Not a regular file"),
        "/nowhere": ("not_found", "No such file or directory"),
    }


def test_a_large_file_is_searched_up_to_the_limit_and_reported(root):
    file = plant(root, "/etc/environment", f"A={PAIR}\nB={numbered_key(1)}AAAA\n")
    limit_within_the_word = len(f"A={PAIR}\nB={numbered_key(1)}")
    with file.open("r+b") as sparse:
        sparse.truncate(1 << 40)
    found = find(root, max_file_size=limit_within_the_word, exclude=["/etc/passwd"])
    assert rows(found) == {("/etc/environment", 1, "environment_file", KEY)}
    assert [each["target"] for each in found["incomplete"]] == ["/etc/environment"]
    assert found["incomplete"][0]["reason"] == "too_large" and "max_file_size" in found["incomplete"][0]["message"]


@pytest.mark.parametrize(
    "end, is_complete",
    [
        ("", True),
        ("AKIA and ASIA\n", True),
        (f"{KEY}\n", False),
        (b64encode(f"  {KEY}".encode()).decode(), False),
        (f"{KEY}\n".encode("utf-16-le").decode("latin-1"), False),
    ],
)
@pytest.mark.parametrize("size", [3000, 1 << 20, 3 << 20])
def test_the_rest_of_a_large_file_is_only_reported_if_it_may_have_a_key(root, size, end, is_complete):
    """Such as the descriptions of services in /usr/local/aws-cli."""
    filling = "x" * 9000 + " text\n" * (size // 6)
    plant(root, "/usr/local/aws-cli/service-2.json", f"{KEY}:{SECRET}\n{filling}{end}")
    found = find(root, max_file_size=9000)
    assert [row["path"] for row in found["credentials"]] == ["/usr/local/aws-cli/service-2.json"]
    assert ([each["target"] for each in found["incomplete"]] == []) == is_complete


def test_only_the_beginning_of_a_binary_file_is_read(root, monkeypatch):
    """Some users have /bin as their home."""
    sizes, real = [], tree.Tree.read

    def read(*arguments):
        file = real(*arguments)
        sizes.append(len(file.data))
        return file

    monkeypatch.setattr(tree.Tree, "read", read)
    plant(root, "/usr/local/bin/app", b"\x7fELF\0" + b"x" * 500000)
    plant(root, "/usr/local/bin/text", b"x" * 500000)
    assert find(root)["incomplete"] == []
    assert sorted(sizes)[-2:] == [8192, 500000]


def test_a_secret_in_the_rest_of_a_large_file_is_not_missed(root):
    plant(root, "/usr/local/a", f"{'x ' * 4000}id = {KEY}\n{'x ' * 1000}aws_secret_access_key = {SECRET}\n")
    assert [each["reason"] for each in find(root, max_file_size=9000)["incomplete"]] == ["too_large"]


def test_what_is_not_searched_in_time_is_reported(root, monkeypatch):
    plant(root, "/etc/environment", PAIR)
    plant(root, "/proc/7/environ", "")
    clock = SimpleNamespace(monotonic=itertools.count(0, 20).__next__)
    replace_clock(monkeypatch, clock)
    found = find(root)
    reported = {each["target"] for each in found["incomplete"]}
    assert found["credentials"] == []
    assert {"/etc/environment", "/home/a/.aws/credentials", "/opt", "/proc"} <= reported


def test_a_huge_tree_is_searched_within_limits(root, monkeypatch):
    monkeypatch.setattr(walk, "MAX_ENTRIES", 20)
    for number in range(22):
        plant(root, f"/data/{number}", "")
    plant(root, "/deep" + "/d" * 20 + "/file", PAIR)
    found = find(root, paths=["/data", "/deep"])
    assert found["credentials"] == []
    assert [each["target"] for each in found["incomplete"]] == ["/data", "/deep" + "/d" * 16]


@pytest.mark.parametrize("count, reported", [(20, []), (21, ["/data"])])
def test_as_many_files_as_the_limit_allows_are_searched(root, monkeypatch, count, reported):
    monkeypatch.setattr(walk, "MAX_ENTRIES", 20)
    for number in range(count):
        plant(root, f"/data/{number}", "")
    assert [each["target"] for each in find(root, paths=["/data"])["incomplete"]] == reported


@pytest.mark.parametrize(
    "original, aside, kind",
    [
        ("/root/.aws/credentials", "/root/.aws/.keyless.credentials.keyless-aside", "shared_credentials"),
        ("/etc/cron.d/job", "/etc/cron.d/.keyless.job.keyless-aside", "cron"),
        ("/srv/app/.env", "/srv/app/.keyless..env.keyless-aside", "container_environment"),
        ("/etc/crontab", "/etc/.keyless.crontab.keyless-aside", "cron"),
        ("/etc/default/app", "/etc/default/.keyless.app.keyless-aside", "systemd_environment_file"),
        ("/etc/systemd/user/a.conf", "/etc/systemd/user/.keyless.a.conf.keyless-aside", "systemd_unit"),
        ("/data/notes.txt", "/data/.keyless.notes.txt.keyless-aside", "other"),
    ],
)
@pytest.mark.parametrize("named", ["folder", "file"])
def test_backups_are_listed_separately(root, original, aside, kind, named):
    plant(root, aside, PAIR)
    found = find(root, paths=["/data"] if named == "folder" else [original])
    assert found["credentials"] == []
    (row,) = found["aside"]
    assert (row["path"], row["aside_path"], row["kind"]) == (original, aside, kind)


def test_unreadable_files_are_reported(root, monkeypatch):
    def read_or_refuse(tree, real, limit, *skips):
        if real in ("/etc/environment", "/proc/1/environ", "/proc/2/environ"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return read(tree, real, limit, *skips)

    read = tree.Tree._read
    monkeypatch.setattr(tree.Tree, "_read", read_or_refuse)
    for path in ("/etc/environment", "/proc/1/environ", "/proc/2/environ", "/etc/crontab"):
        plant(root, path, PAIR)
    found = find(root)
    assert [row["path"] for row in found["credentials"]] == ["/etc/crontab"]
    assert found["incomplete"] == [
        {"target": "/etc/environment", "reason": "permission_denied", "message": "Permission denied"},
        {"target": "/proc", "reason": "permission_denied", "message": "Permission denied for the environment of 2 processes"},
    ]
    assert found["msg"] == "1 access key in 1 location; 2 locations could not be searched completely."


def test_processes_that_end_meanwhile_are_not_reported(root):
    (root / "proc" / "9").mkdir(parents=True)
    assert find(root)["incomplete"] == []


@pytest.mark.parametrize(
    "cmdline, command",
    [
        (b"/usr/bin/app\0-s\0hidden\0", "/usr/bin/app"),
        (b"app: worker hidden", "app:"),
        (b"", ""),
    ],
)
def test_the_arguments_of_a_command_are_never_returned(root, cmdline, command):
    plant(root, "/proc/12/environ", f"A={KEY}\0SECRET={SECRET}\0")
    plant(root, "/proc/12/cmdline", cmdline)
    (row,) = find(root)["credentials"]
    assert (row["pid"], row["command"]) == (12, command)
    assert find(root, scan_processes=False)["credentials"] == []


def environment_files_of(root, unit, value):
    """The files with keys, and the reasons for incomplete ones, if a unit names an environment file so."""
    for path in ("/data/app/env.1", "/var/lib/app/env.1"):
        plant(root, path, PAIR)
    plant(root, f"/{unit}", f"[Service]\n# A comment \\\nEnvironmentFile={value}\nUser=x\n".encode())
    found = find(root)
    return [row["path"] for row in found["credentials"]], {row["reason"] for row in found["incomplete"] if row["target"] == f"/{unit}"}


@pytest.mark.parametrize(
    "value, path",
    [
        ("/data/app/env.?", "/data/app/env.1"),
        ("-/data/app/env.[0-9]", "/data/app/env.1"),
        ("/data/app/[!x]nv.[]1]", "/data/app/env.1"),
        ("/data/app/env.1 \\\n", "/data/app/env.1"),
        ("\\\n  /data/app/env.1", "/data/app/env.1"),
        ("%S/app/env.1", "/var/lib/app/env.1"),
        ("/data/app/%p.1", "/data/app/env.1"),
    ],
)
def test_the_environment_files_of_a_unit_are_searched(tmp_path, value, path):
    assert environment_files_of(tmp_path, "etc/systemd/system/app.service", value) == ([path], set())


@pytest.mark.parametrize(
    "unit, value",
    [
        *(("etc/systemd/system/app.service", value) for value in ("/data/*/env.1", "/data/%p/env.1", "/da?a/app/env.1", "%h/env.1", "%d/env.1")),
        *((f"{folder}/app.service", "%S/app/env.1") for folder in ("etc/systemd/user", "home/a/.config/systemd/user")),
    ],
)
def test_an_environment_file_that_is_only_known_when_the_unit_starts_is_reported(tmp_path, unit, value):
    assert environment_files_of(tmp_path, unit, value)[1] == {"unknown_path"}
