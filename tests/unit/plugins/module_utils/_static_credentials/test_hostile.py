# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files with which users try to end or delay the run: they affect only their own files."""

from __future__ import annotations

import itertools
import os
import re
import stat
import struct
from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials import job, plan, scan, time_slicing
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host import processes, systemd_units, tree
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host.search_paths import environment_paths
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host.tree import Tree
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host.unix_users import UNKNOWN
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.sdk.profiles import Profiles, UnreadableProfiles
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.aside_files import (
    DEDICATED,
    KEY,
    LINES,
    PASSWD,
    SECRET,
    Clock,
    actions,
    files,
    find,
    found_in,
    job_for,
    plan_of,
    plant,
    replace_clock,
    run,
)
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.corpus import numbered_key

UNITS = "/home/a/.config/systemd/user"


@pytest.mark.parametrize("name", [b"/a\0b", b"/\0*", b"/" + b"x" * 5000])
def test_an_environment_file_with_an_impossible_name_is_ignored(tmp_path, name):
    plant(tmp_path, f"{UNITS}/x.service", b"[Service]\n" + b"#\n" * 5000 + b"EnvironmentFile=" + name + b"\n")
    plant(tmp_path, "/home/a/.boto", DEDICATED)
    assert found_in(tmp_path) == ["/home/a/.boto"]
    assert actions(run(tmp_path, "/home/a/.boto")) == [("aside", None)]


@pytest.mark.parametrize("path", ["/proc/kmsg", "/sys/x", "/dev/shm/x", "/proc/1/environ"])
def test_no_kernel_file_is_opened(tmp_path, monkeypatch, path):
    plant(tmp_path, path, LINES)
    (tmp_path / "home/a").mkdir(parents=True)
    (tmp_path / "home/a/x.env").symlink_to(path)
    opened = []

    def seen(name, flags, *arguments, **options):
        # Otherwise it only gets a name for the file.
        if not flags & os.O_PATH:
            opened.append(name)
        return opens(name, flags, *arguments, **options)

    opens = os.open
    monkeypatch.setattr(tree.os, "open", seen)
    assert found_in(tmp_path, paths=["/home/a/x.env", path]) == []
    assert actions(run(tmp_path, "/home/a/x.env")) == [("left", "not_regular")]
    assert opened and os.path.basename(path) not in opened


@pytest.mark.parametrize("kind", [stat.S_IFIFO, stat.S_IFSOCK])
def test_no_pipe_or_socket_is_opened(tmp_path, monkeypatch, kind):
    """Opening a pipe wakes its writer."""
    (tmp_path / "home/a").mkdir(parents=True)
    os.mknod(tmp_path / "home/a/.boto", kind | 0o644)
    opened, opens = [], os.open
    monkeypatch.setattr(tree.os, "open", lambda name, *arguments, **options: opened.append(name) or opens(name, *arguments, **options))
    assert found_in(tmp_path) == []
    assert actions(run(tmp_path, "/home/a/.boto")) == [("left", "not_regular")]
    assert "a" in opened and ".boto" not in opened


def test_a_file_without_data_at_this_moment_is_reported(tmp_path, monkeypatch):
    """From a non-blocking file without data, Python reads None."""
    plant(tmp_path, "/home/a/.boto", DEDICATED)
    plant(tmp_path, "/home/b/.boto", DEDICATED)

    class Nothing:
        def __init__(self, *arguments, **options):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

        def read(self, size):
            return None

    monkeypatch.setattr(tree, "open", Nothing, raising=False)
    found = find(tmp_path)
    messages = {each["target"]: each["message"] for each in found["incomplete"]}
    assert messages["/home/a/.boto"] == messages["/home/b/.boto"] == "Nothing to read at this moment"
    assert actions(run(tmp_path, "/home/a/.boto")) == [("left", "locked")]


@pytest.fixture(name="deep")
def _deep(tmp_path):
    """Folders nested deeper than Python's recursion limit; removed one by one, as they were made."""
    folders = [tmp_path / "home/a"]
    folders[0].mkdir(parents=True)
    for number in range(1500):
        folders.append(f"{folders[0]}/" + "d/" * (number + 1))
        os.mkdir(folders[-1])
    yield folders[-1]
    for name in os.listdir(folders[-1]):
        os.unlink(folders[-1] + name)
    os.unlink(folders[0] / "x.env")
    for folder in reversed(folders):
        os.rmdir(folder)


def test_deeply_nested_folders_are_searched(tmp_path, deep):
    with open(deep + "x", "wb") as file:
        file.write(LINES)
    os.chmod(deep + "x", 0o644)
    (tmp_path / "home/a/x.env").symlink_to("d/" * 1500 + "x")
    (row,) = find(tmp_path)["credentials"]
    assert (row["path"], row["real_path"]) == ("/home/a/x.env", "/home/a/" + "d/" * 1500 + "x")
    (row,) = (job := job_for(tmp_path, "/home/a/x.env")).apply(plan_of(job), [].append).rows
    assert row.action == "trimmed" and sorted(os.listdir(deep)) == [row.target.backup, "x"]


def test_the_number_of_folders_in_a_path_is_limited(tmp_path, monkeypatch):
    (tmp_path / "home/a" / "/".join("d" * 200)).mkdir(parents=True)
    (tmp_path / "home/a/x.env").symlink_to("d/" * 200 + "../d/" * 700 + "x")
    assert actions(run(tmp_path, "/home/a/x.env")) == [("left", "link")]
    assert [each["target"] for each in find(tmp_path)["incomplete"]] == ["/home/a/x.env"]


def test_nested_environments_affect_no_other_file(tmp_path):
    nested = "".join(" " * number + "environment:\n" for number in range(1100))
    plant(tmp_path, "/opt/compose.yml", f"a: 1\n{nested}{' ' * 1100}AWS_ACCESS_KEY_ID: {KEY}".encode())
    plant(tmp_path, "/opt/.env", LINES)
    assert actions(run(tmp_path, "/opt/compose.yml", "/opt/.env")) == [("trimmed", None)] * 2


@pytest.mark.parametrize("module, name", [(plan, "without_credentials"), (job, "read_files"), (job, "set_aside")])
@pytest.mark.parametrize("error", [RecursionError, MemoryError, TypeError])
def test_an_error_in_one_file_affects_no_other_and_reveals_nothing(tmp_path, monkeypatch, module, name, error):
    for path in ("/a", "/b", "/c"):
        plant(tmp_path, path, LINES)
    calls, real = [], getattr(module, name)

    def fails_at_second(*arguments):
        calls.append(name)
        if len(calls) == 2:
            raise error(SECRET)
        return real(*arguments)

    before = files(tmp_path)["/b"]
    monkeypatch.setattr(module, name, fails_at_second)
    the_job = job_for(tmp_path, "/a", "/b", "/c")
    outcome = the_job.apply(plan_of(the_job), [].append)
    assert actions(outcome) == [("aside", None), ("left", "error"), ("aside", None)]
    result = the_job.result(outcome)
    assert error.__name__ in result["files"][1]["msg"] and SECRET not in str(result) and not result["failed"]
    assert files(tmp_path)["/b"] == before


def test_an_error_in_one_file_does_not_end_the_scan(tmp_path, monkeypatch):
    for name in "abc":
        plant(tmp_path, f"/opt/{name}", LINES)

    def fails(text):
        calls.append(text)
        if len(calls) == 2:
            raise RecursionError(SECRET)
        return real(text)

    calls, real = [], scan.findings_in_file
    monkeypatch.setattr(scan, "findings_in_file", fails)
    found = find(tmp_path)
    assert len(found["credentials"]) == 2
    assert [(each["reason"], each["message"]) for each in found["incomplete"]] == [("unreadable", "RecursionError")]


def test_the_time_is_shared_between_users(tmp_path, monkeypatch):
    """Each file takes a second, and the first user has more files than there are seconds."""
    clock, reads = Clock(), tree.Tree._read

    def slow(found, real, limit, *skips):
        clock.now += 1
        return reads(found, real, limit, *skips)

    for number in range(100):
        plant(tmp_path, f"/home/a/.config/environment.d/{number}.conf", LINES)
    others = [f"/home/{name}/.boto" for name in "bcd"] + ["/etc/environment", "/root/.boto", "/srv/x/.env"]
    for path in others:
        plant(tmp_path, path, LINES)
    plant(tmp_path, "/proc/7/environ", LINES)
    replace_clock(monkeypatch, clock)
    monkeypatch.setattr(tree.Tree, "_read", slow)
    found = find(tmp_path, timeout=40, scan_processes=True)
    assert {*others, "/proc/7/environ"} <= {row["path"] for row in found["credentials"]}
    assert "/home/a/.config/environment.d" in {each["target"] for each in found["incomplete"]}
    assert not {"/home/b/.boto", "/etc/environment", "/proc"} & {each["target"] for each in found["incomplete"]}
    assert clock.now <= 44
    found = find(tmp_path, timeout=400)
    assert len(found["credentials"]) == 106 and found["incomplete"] == []


def test_files_that_are_not_reached_in_time_are_left(tmp_path, monkeypatch):
    clock = Clock()
    replace_clock(monkeypatch, clock)
    paths = [plant(tmp_path, f"/{name}", LINES) and f"/{name}" for name in "abc"]

    def slow(*arguments):
        clock.now += 25
        return real(*arguments)

    real = job.read_files
    with monkeypatch.context() as patch:
        patch.setattr(job, "read_files", slow)
        assert actions(plan_of(job_for(tmp_path, *paths, timeout=100))) == [("aside", None)] * 2 + [("left", "timeout")]
    the_job, done, before = job_for(tmp_path, *paths, timeout=50), [], files(tmp_path)
    planned = plan_of(the_job)
    outcome = the_job.apply(planned, lambda row: (done.append(row.path), setattr(clock, "now", clock.now + 60)))
    assert actions(outcome) == [("aside", None)] + [("left", "timeout")] * 2
    assert done == ["/a"] and not the_job.result(outcome)["failed"]
    assert {path: files(tmp_path)[path] for path in ("/b", "/c")} == {path: before[path] for path in ("/b", "/c")}


def test_the_large_files_of_one_user_do_not_keep_those_of_others_in_place(tmp_path, monkeypatch):
    """Each look at the clock takes a fiftieth of a second, and there are many in a large file."""
    words = f"export {'A ' * 16000}(\n"
    for number in range(3):
        plant(tmp_path, f"/home/a/{number}.env", LINES + b"\n" + (words * 60).encode())
    others = [plant(tmp_path, f"/home/b/{number}.env", LINES) and f"/home/b/{number}.env" for number in range(3)]
    ticking = itertools.count()
    replace_clock(monkeypatch, SimpleNamespace(monotonic=lambda: next(ticking) / 50))
    the_job = job_for(tmp_path, *(f"/home/a/{number}.env" for number in range(3)), *others, timeout=3)
    rows = actions(the_job.apply(plan_of(the_job), [].append))
    assert rows == [("left", "timeout")] * 3 + [("trimmed", None)] * 3


@pytest.mark.needs_root
def test_users_have_equal_shares_of_the_time(tmp_path, monkeypatch):
    clock, real = Clock(), plan.without_credentials
    replace_clock(monkeypatch, clock)
    plant(tmp_path, "/etc/passwd", PASSWD)
    for user, names in ((1001, "abcdef"), (1002, "gh")):
        for name in names:
            os.chown(plant(tmp_path, f"/{name}", LINES), user, user)

    def slow(*arguments):
        clock.now += 10
        return real(*arguments)

    monkeypatch.setattr(plan, "without_credentials", slow)
    rows = actions(plan_of(job_for(tmp_path, *(f"/{name}" for name in "abcdefgh"), timeout=80)))
    assert rows == [("aside", None)] * 3 + [("left", "timeout")] * 3 + [("aside", None)] * 2


def test_units_that_are_not_read_in_time_may_require_the_file(tmp_path, monkeypatch):
    clock, reads = Clock(), tree.Tree.read

    def slow(found, real, limit, *skips):
        clock.now += 1 if "/home/a/" in real else 0
        return reads(found, real, limit, *skips)

    for number in range(50):
        plant(tmp_path, f"{UNITS}/{number}.service", b"[Service]\n")
    plant(tmp_path, "/home/b/.boto", LINES)
    replace_clock(monkeypatch, clock)
    monkeypatch.setattr(tree.Tree, "read", slow)
    assert actions(plan_of(job_for(tmp_path, "/home/b/.boto", timeout=20))) == [("trimmed", None)]
    assert actions(plan_of(job_for(tmp_path, "/home/b/.boto", timeout=200))) == [("aside", None)]


def test_a_unit_that_hangs_may_require_the_file(tmp_path, monkeypatch):
    def in_time(function, seconds):
        if getattr(function, "func", function).__name__ == "require":
            raise time_slicing.TimeOver
        return time_slicing.in_time(function, seconds)

    plant(tmp_path, "/home/b/.boto", LINES)
    monkeypatch.setattr(job, "in_time", in_time)
    assert actions(plan_of(job_for(tmp_path, "/home/b/.boto"))) == [("trimmed", None)]


def test_invented_keys_in_many_files_are_not_all_listed(tmp_path):
    """Otherwise their author decides how much is returned, and for how many keys IAM is asked."""
    for number in range(5):
        keys = "".join(f"aws_access_key_id = {numbered_key(300 * number + each)}\naws_secret_access_key = {SECRET}\n" for each in range(300))
        file = plant(tmp_path, f"/home/a/.env.{number}", keys.encode())
        if os.geteuid() == 0:
            os.chown(file, 12345, 12345)
    found = find(tmp_path)
    assert len(found["credentials"]) + len(found["ids_only"]) == 1000
    assert {each["reason"] for each in found["incomplete"]} == {"too_many_keys"}


def test_a_file_that_two_paths_lead_to_counts_once(tmp_path):
    """A link of the user is found first, and then the file under its own name."""
    for number in range(2):
        keys = "".join(f"aws_access_key_id = {numbered_key(400 * number + each)}\naws_secret_access_key = {SECRET}\n" for each in range(400))
        plant(tmp_path, f"/home/a/x{number}/.env", keys.encode())
        os.symlink(f"x{number}/.env", tmp_path / f"home/a/.env.{number}")
    found = find(tmp_path)
    assert (len(found["credentials"]), found["incomplete"]) == (800, [])


@pytest.mark.parametrize("glob", ["*a" * 60 + "b", "%ia" * 60 + "b", "**a" * 60, "?a*[a]*" * 30])
def test_a_glob_of_a_user_does_not_stop_the_search(tmp_path, glob):
    """Matching it against one name would take years, and nothing can interrupt a regular expression."""
    plant(tmp_path, "/home/a/.config/systemd/user/x.service", f"[Service]\nEnvironmentFile=/home/a/d/{glob}\n".encode())
    plant(tmp_path, f"/home/a/d/{'a' * 200}", LINES)
    assert found_in(tmp_path) == [f"/home/a/d/{'a' * 200}"]
    assert actions(plan_of(job_for(tmp_path, f"/home/a/d/{'a' * 200}"))) == [("trimmed", None)]


def test_a_glob_that_is_not_valid_keeps_no_file_in_place(tmp_path, monkeypatch):
    """As [z-a] until Python 3.10. It may match the files of others in its folder."""

    def invalid(_name, _pattern):
        raise re.error("bad character range z-a")

    monkeypatch.setattr(systemd_units, "fnmatchcase", invalid)
    plant(tmp_path, f"{UNITS}/x.service", b"[Service]\nEnvironmentFile=/srv/app/[z-a]\n")
    plant(tmp_path, "/srv/app/.env", DEDICATED)
    assert actions(run(tmp_path, "/srv/app/.env")) == [("trimmed", None)]


@pytest.mark.parametrize(
    "glob, kept", [("*.env", "*.env"), ("web-%i-*.env", "web-*-*.env"), ("a**b", "a*b"), ("a*b*c*d", "*"), ("*" + "[" * 255, "*")]
)
def test_a_glob_with_many_stars_or_characters_stands_for_its_folder(glob, kept):
    """The time for each bracket grows with the number of characters behind it, and is that of others, with whose files it is compared."""
    assert list(environment_paths(f"EnvironmentFile=/etc/x/{glob}\n")) == [f"/etc/x/{kept}"]


@pytest.mark.parametrize("path", ["/etc/x/" + "n" * 256, "/" + "f/" * 2049 + "/n", "/" + "f/" * 2049 + "/*"])
def test_a_path_that_no_file_can_have_is_ignored(path):
    assert list(environment_paths(f"EnvironmentFile={path}\n")) == []


def test_a_process_with_many_homes_does_not_stop_the_search(tmp_path):
    """Each file that it names would be looked for in each of them."""
    homes = "\0".join(f"HOME=/h{number}" for number in range(60_000))
    named = "\0".join(f"AWS_CONFIG_FILE=~/{number}" for number in range(100))
    plant(tmp_path, "/proc/7/environ", f"{homes}\0{named}\0".encode())
    plant(tmp_path, "/h0/99", LINES)
    found = find(tmp_path, scan_processes=True)
    assert [row["path"] for row in found["credentials"]] == ["/h0/99"]
    assert [(each["target"], each["reason"]) for each in found["incomplete"]] == [("/proc/7/environ", "too_many_homes")]


def test_processes_that_take_longer_than_their_share_keep_no_file_that_they_name_from_being_searched(tmp_path, monkeypatch):
    """The others have ended by then, among them those whose queue was empty."""
    clock, reads = Clock(), tree.Tree.read_of_process

    def slow(found, pid, name, limit):
        clock.now += 5
        return reads(found, pid, name, limit)

    for pid in ("7", "8", "9"):
        plant(tmp_path, f"/proc/{pid}/environ", f"AWS_CONFIG_FILE=/opt/{pid}\0".encode())
        plant(tmp_path, f"/opt/{pid}", LINES)
    replace_clock(monkeypatch, clock)
    monkeypatch.setattr(tree.Tree, "read_of_process", slow)
    found = find(tmp_path, scan_processes=True, timeout=100)
    assert ([row["path"] for row in found["credentials"]], found["incomplete"]) == (["/opt/7", "/opt/8", "/opt/9"], [])


def auxiliary_vector(uid):
    return struct.pack("6L", 6, 4096, 11, uid, 0, 0)


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root has files of root")
@pytest.mark.parametrize(
    "uids, started_by, is_searched",
    [("0\t0\t0\t0", 0, True), ("12345\t0\t0\t0", 12345, False), ("0\t0\t0\t0", 12345, False), ("12345\t12345\t12345\t12345", 0, False)],
)
def test_a_user_can_not_name_a_file_of_root_with_a_set_user_id_program(tmp_path, uids, started_by, is_searched):
    """The environment is the user's, but the file in which the kernel shows it belongs to root."""
    plant(tmp_path, "/root/private/app.dat", DEDICATED)
    plant(tmp_path, "/proc/7/environ", b"HOME=/x\0AWS_SHARED_CREDENTIALS_FILE=/root/private/app.dat\0")
    plant(tmp_path, "/proc/7/status", f"Name:\tpasswd\nUid:\t{uids}\nGid:\t0\t0\t0\t0\n".encode())
    plant(tmp_path, "/proc/7/auxv", auxiliary_vector(started_by))
    found = find(tmp_path, scan_processes=True)
    assert [each["path"] for each in found["credentials"]] == ["/root/private/app.dat"] * is_searched
    assert [each["reason"] for each in found["incomplete"]] == ([] if is_searched else ["other_owner"])


def in_passwd(room):
    return {"/etc/passwd": f"root:x:0:0::/root:/bin/sh\nu1001:x:1001:5:,{room},,:/home/u1001:/bin/sh\n".encode()}


def in_environment(*variables):
    return {"/proc/7/environ": b"".join(each.encode() + b"\0" for each in variables)}


def in_container(status):
    """A process of a container's root, whose number is that of the host's root, too."""
    return {**in_environment("AWS_CONFIG_FILE=/root/private/app.dat"), "/proc/7/status": b"Uid:\t0\t0\t0\t0\n" + status.encode()}


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root has files of root")
@pytest.mark.parametrize(
    "files",
    [
        in_passwd("setenv AWS_SHARED_CREDENTIALS_FILE /root/private/app.dat"),
        in_passwd("set -x AWS_CONFIG_FILE /root/private/app.dat"),
        {"/etc/passwd.OLD": in_passwd("setenv AWS_CONFIG_FILE /root/private/app.dat")["/etc/passwd"]},
        {"/etc/passwd-20260101.bak": in_passwd("set -x AWS_CONFIG_FILE /root/private/app.dat")["/etc/passwd"]},
        in_environment("SUDO_UID=0", "SUDO_COMMAND=/bin/x AWS_SHARED_CREDENTIALS_FILE=/root/private/app.dat"),
        in_environment("DISPLAY=:0\nAWS_SHARED_CREDENTIALS_FILE=/root/private/app.dat"),
        in_environment("AWS_CONFIG_FILE=/root/private/app.dat", "SUDO_UID=1001"),
        in_environment("PKEXEC_UID=1001", "AWS_CONFIG_FILE=/root/private/app.dat"),
        in_environment("AWS_CONFIG_FILE=/root/private/app.dat", "DOAS_USER=u1001"),
        in_environment("AWS_CONFIG_FILE=/root/private/app.dat", "LC_ALL=" + "a " * 524288, "SUDO_UID=1001"),
        in_container("NSpid:\t7\t1\n"),
        in_container("Groups:\t" + "1 " * 65536 + "\nNSpid:\t7\t1\n"),
    ],
)
def test_a_user_can_not_name_a_file_of_root_through_programs_of_root(tmp_path, files):
    """Users write into /etc/passwd with chfn, and choose the arguments and some variables of what they may run with sudo."""
    plant(tmp_path, "/root/private/app.dat", DEDICATED)
    plant(tmp_path, "/etc/environment", b"AWS_CONFIG_FILE=/root/private/other.dat\n")
    plant(tmp_path, "/root/private/other.dat", DEDICATED)
    for path, data in files.items():
        plant(tmp_path, path, data)
    assert found_in(tmp_path, scan_processes=True) == ["/root/private/other.dat"]


@pytest.mark.needs_root
@pytest.mark.parametrize(
    "variable, is_searched", [("SUDO_UID=1001", False), ("PKEXEC_UID=1001", False), ("DOAS_USER=u1001", False), ("X=1001", True)]
)
def test_a_user_can_not_name_a_file_of_another_through_a_program_of_that_user(tmp_path, variable, is_searched):
    """With sudo, a user may be allowed to run a program as another one, and chooses some of its variables."""
    os.chown(plant(tmp_path, "/data/private/app.dat", DEDICATED), 1002, 1002)
    (process,) = in_environment(variable, "AWS_CONFIG_FILE=/data/private/app.dat").items()
    os.chown(plant(tmp_path, *process), 1002, 1002)
    plant(tmp_path, "/proc/7/status", b"Uid:\t1002\t1002\t1002\t1002\nNSpid:\t7\n")
    found = find(tmp_path, scan_processes=True)
    assert ([row["path"] for row in found["credentials"]] == ["/data/private/app.dat"]) == is_searched
    assert ("unknown_path" in {each["reason"] for each in found["incomplete"]}) != is_searched


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root can give a file to another user")
@pytest.mark.parametrize("secret", ["", f"&secret={SECRET}"])
@pytest.mark.parametrize("owner", [0, 12345])
def test_keys_in_a_log_do_not_keep_others_from_being_found(tmp_path, secret, owner):
    """Whoever sends requests to a service decides what is in its log, which may belong to root."""
    log = "".join(f"GET /?id={numbered_key(each)}{secret}\n" for each in range(1100)).encode()
    for path, data in (("/opt/app/access.log", log), ("/srv/app/.env", LINES)):
        os.chown(plant(tmp_path, path, data), owner, owner)
    found = find(tmp_path)
    is_listed = not owner or not secret
    assert ("/srv/app/.env" in {row["path"] for row in found["credentials"]}) is is_listed
    assert len(found["credentials"]) + len(found["ids_only"]) == 1000 + is_listed
    assert {each["reason"] for each in found["incomplete"]} <= {"too_many_keys"}


def test_a_line_of_blanks_does_not_stop_the_search():
    """The parser would take hours, and lets no other thread run meanwhile."""
    with pytest.raises(UnreadableProfiles):
        Profiles.parse("[profile x]\na" + " " * 1_000_000 + "b\n", None)
    found = Profiles.parse(f"[profile x]{' ' * 500}\nregion{' ' * 500}={' ' * 500}a\ns3 =\n{' ' * 500}b = c\n", None)
    assert found.config == {"x": {"region": "a", "s3": "\nb = c"}}


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root can give a file to another user")
@pytest.mark.parametrize("started_by, environment", [(12345, b"SUDO_UID=1002\0"), (0, b"SUDO_UID=1002\0PKEXEC_UID=12345\0")])
def test_a_user_can_not_name_a_file_of_another_user_by_feigning_that_they_have_started_a_program(tmp_path, started_by, environment):
    """Such as sudo itself, which is root's from its beginning to its end, with an environment of the user who has started it."""
    os.chown(plant(tmp_path, "/data/app.dat", DEDICATED), 1002, 1002)
    plant(tmp_path, "/proc/7/environ", environment + b"AWS_CONFIG_FILE=/data/app.dat\0")
    plant(tmp_path, "/proc/7/status", b"Name:\tsudo\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n")
    plant(tmp_path, "/proc/7/auxv", auxiliary_vector(started_by))
    assert found_in(tmp_path, scan_processes=True) == []


def test_the_processes_of_containers_share_the_time_of_those_whom_nobody_knows(tmp_path):
    """Its root has the number of the host's, whose processes need not wait for those of the container."""
    for pid, namespaces in ((1, "1"), (7, "7\t1"), (8, "8")):
        plant(tmp_path, f"/proc/{pid}/status", f"Uid:\t0\t0\t0\t0\nNSpid:\t{namespaces}\n".encode())
    assert processes.pids_by_user(Tree(str(tmp_path))) == {UNKNOWN: [7], 0: [1, 8]}


@pytest.mark.parametrize("line", ["{id}", "{id}&secret={secret}"])
@pytest.mark.parametrize("path", ["/opt/app/access.log", "/proc/7/environ"])
def test_keys_behind_a_thousand_others_are_reported_as_missing(tmp_path, path, line):
    """In a log of root, others decide what the first thousand are, and with sudo in variables of a program of root."""
    ids = [numbered_key(each) for each in range(1000)]
    plant(tmp_path, path, "".join(line.format(id=each, secret=SECRET) + "\0\n"[path.endswith("log")] for each in ids).encode())
    assert find(tmp_path, scan_processes=True)["incomplete"] == []
    with open(f"{tmp_path}{path}", "ab") as file:
        file.write(LINES)
    assert {(row["target"], row["reason"]) for row in find(tmp_path, scan_processes=True)["incomplete"]} == {(path, "too_many_keys")}


def test_an_id_that_a_process_repeats_hides_no_other(tmp_path):
    plant(tmp_path, "/proc/7/environ", f"A={numbered_key(1)} ".encode() * 1001 + LINES)
    assert [row["access_key_id"] for row in find(tmp_path, scan_processes=True)["credentials"]] == [KEY]
