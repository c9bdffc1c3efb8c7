# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files with which a user tries to fill the results, or the memory of the host, or to make the work grow faster than their number."""

from __future__ import annotations

import json
import os
import sys

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials import job, scan, sdk_credentials, sdk_shares
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host import systemd_units, walk
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host.coverage import Coverage
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host.exclusions import Exclusions
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host.search_paths import SearchPath
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host.tree import Tree
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.incomplete import Incomplete
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.sdk.profiles import Profiles, UnreadableProfiles
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.aside_files import (
    CREDENTIALS,
    DEDICATED,
    KEY,
    LINES,
    SECRET,
    actions,
    find,
    found_in,
    job_for,
    plan_of,
    plant,
)

UNIT = "/home/a/.config/systemd/user/x.service"
NAME = "l" * 200


@pytest.fixture(name="calls")
def _calls():
    """Takes a function, and returns how many functions it calls."""

    def count(function):
        number = 0

        def called(_frame, event, _argument):
            nonlocal number
            number += event == "call"

        sys.setprofile(called)
        try:
            function()
        finally:
            sys.setprofile(None)
        return number

    return count


def link_in_circles(root, folder, number):
    (root / folder).mkdir(parents=True, exist_ok=True)
    for each in range(number):
        os.symlink(f"{NAME}{each}", root / folder / f"{NAME}{each}")


def test_links_that_lead_nowhere_do_not_fill_the_results(tmp_path):
    link_in_circles(tmp_path, "home/a/deep/er", 700)
    link_in_circles(tmp_path, "home/b", 2)
    found = find(tmp_path)
    assert len(json.dumps(found)) < 60000
    rows = {each["target"]: each for each in found["incomplete"]}
    assert len([path for path in rows if path.startswith("/home/b/")]) == 2
    assert (rows["/home/a"]["reason"], rows["/home/a"]["message"].split()[0]) == ("too_many_locations", "600")


def test_many_folders_do_not_fill_the_results():
    incomplete = Incomplete()
    for each in range(3000):
        incomplete.add(f"/tmp/{each}/x", "link", "A link")
    assert [each["reason"] for each in incomplete.rows()] == ["link"] * 1000 + ["too_many_locations"]


def test_a_text_of_a_file_does_not_fill_the_results(tmp_path):
    plant(tmp_path, "/home/a/.bashrc", b"AWS_CONFIG_FILE='$(" + b"\x01" * 100000 + b"'\n")
    assert [len(each["message"]) < 400 for each in find(tmp_path)["incomplete"]] == [True]


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root can give a file to another user")
def test_the_units_of_a_user_do_not_name_any_number_of_files(tmp_path, monkeypatch):
    monkeypatch.setattr(scan, "MAX_NAMED", 10)
    for each in range(30):
        os.chown(plant(tmp_path, f"/home/a/f/{each}", b""), 12345, 12345)
    os.chown(plant(tmp_path, UNIT, b"".join(b"EnvironmentFile=/home/a/f/%d\n" % each for each in range(30))), 12345, 12345)
    plant(tmp_path, "/etc/systemd/system/y.service", b"".join(b"EnvironmentFile=/home/b/%d\n" % each for each in range(30)))
    for each in range(30):
        plant(tmp_path, f"/home/b/{each}", LINES)
    found = find(tmp_path)
    assert len([each for each in found["searched"] if each["path"].startswith("/home/a/f/")]) == 10
    assert [(each["target"], each["reason"]) for each in found["incomplete"]] == [(UNIT, "too_many_files")]
    assert len(found_in(tmp_path)) == 30


def test_folders_that_every_user_can_create_do_not_fill_the_results(tmp_path):
    for each in range(300):
        (tmp_path / f"tmp/{each}").mkdir(parents=True)
    plant(tmp_path, "/tmp/z/keys", b"")
    plant(tmp_path, "/home/a/.bashrc", b"AWS_CONFIG_FILE=/tmp/z/keys\n")
    rows = {each["target"]: each["message"] for each in find(tmp_path)["not_searched"]}
    assert len(rows) < 120
    assert rows["/tmp"] == "200 more directories in this directory were not searched"
    assert rows["/tmp/z"] == "Only these were searched: /tmp/z/keys"


def test_twice_as_many_search_paths_are_twice_the_work(calls):
    def work(number):
        named = [SearchPath(f"/home/a/f/{each}") for each in range(number)]
        coverage = Coverage([*named, SearchPath("/tmp/z/x"), SearchPath("/etc", 16)], ["/home/a"])
        folders = {"/": ["/etc", "/home", "/tmp"], "/tmp": [f"/tmp/{each}" for each in range(number)], "/home": ["/home/a"]}
        return calls(lambda: [*coverage.searched(), *coverage.not_searched(lambda folder: (folders.get(folder, []), False))])

    assert work(800) <= 2.2 * work(400)


def test_long_paths_and_names_do_not_fill_the_results(tmp_path):
    folder = "/home/a" + f"/{NAME}" * 5
    plant(tmp_path, f"{folder}/.env", LINES)
    name = "x" * 20000
    sections = "".join(f"[profile p{each}]\nsource_profile = {name}\nrole_arn = x\n" for each in range(5)).encode()
    plant(tmp_path, "/home/a/.aws/config", sections)
    plant(tmp_path, "/home/a/.aws/credentials", b"[default]\n" + LINES + f"\n[{name}]\n".encode() + LINES + b"\n")
    found = find(tmp_path)
    assert [each["path"] for each in found["credentials"]] == [CREDENTIALS, CREDENTIALS]
    assert [each["reason"] for each in found["incomplete"]] == ["too_deep"]
    assert len(found["sdk_credentials"]) >= 5 and len(json.dumps(found["sdk_credentials"])) < 20000


def test_the_default_section_of_a_file_does_not_fill_the_memory():
    text = "[DEFAULT]\n" + "".join(f"{each}=\n" for each in range(1000)) + "".join(f"[{each}]\n" for each in range(1000))
    with pytest.raises(UnreadableProfiles, match="settings"):
        Profiles.parse(text, None)


def test_lines_that_are_not_valid_do_not_take_a_time_that_grows_with_their_square():
    with pytest.raises(UnreadableProfiles, match="lines"):
        Profiles.parse("[default]\n" + "x\n" * 200_000, None)


def test_the_files_of_one_user_do_not_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(job, "MAX_HELD", 5000)
    paths = [f"/home/a/{each}.env" for each in range(10)]
    for path in paths:
        plant(tmp_path, path, LINES + b"\n" + b"#" * 900)
    plan = plan_of(job_for(tmp_path, *paths))
    assert [each[1] for each in actions(plan)].count("too_large") == 6
    assert sum(len(row.found.current.data) for row in plan.rows if row.found) <= 5000


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root can give a file to another user")
def test_each_user_has_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(job, "MAX_HELD", 1500)
    for each, owner in (("1.env", 12345), ("2.env", 12345), (".boto", 0)):
        os.chown(plant(tmp_path, f"/home/a/{each}", DEDICATED + b"\n" + b"#" * 900), owner, owner)
    plan = plan_of(job_for(tmp_path, "/home/a/1.env", "/home/a/2.env", "/home/a/.boto"))
    assert actions(plan) == [("trimmed", None), ("left", "too_large"), ("aside", None)]


def test_units_that_name_too_many_files_may_require_any(tmp_path, monkeypatch):
    """Otherwise each file with a key is compared with all that a user has written."""
    monkeypatch.setattr(systemd_units, "MAX_NAMED", 10)
    plant(tmp_path, UNIT, b"".join(b"EnvironmentFile=/home/b/.aws/*%d\n" % each for each in range(500)))
    plant(tmp_path, "/home/b/.aws/other", DEDICATED)
    compared = []
    matches = systemd_units.fnmatchcase
    monkeypatch.setattr(systemd_units, "fnmatchcase", lambda *names: compared.append(names) or matches(*names))
    assert actions(plan_of(job_for(tmp_path, "/home/b/.aws/other", CREDENTIALS)))[0] == ("trimmed", None)
    assert len(compared) <= 10


def test_the_units_of_a_user_do_not_hide_those_of_the_system(tmp_path, monkeypatch):
    monkeypatch.setattr(sdk_credentials, "MAX_UNITS", 3)
    unit = f"[Service]\nUser=root\nEnvironment=AWS_ACCESS_KEY_ID={KEY} AWS_SECRET_ACCESS_KEY={SECRET}\n".encode()
    paths = [UNIT.replace("x.", f"{each}.") for each in range(5)] + [f"/usr/lib/systemd/system/{each}.service" for each in range(5)]
    for path in paths:
        plant(tmp_path, path, unit)
    found = find(tmp_path)
    names = [row["name"] for row in found["sdk_credentials"] if row["type"] == "unit"]
    assert sorted(names) == sorted([f"{each}.service" for each in (0, 0, 1, 1, 2, 2, 3, 4)])
    assert [(each["target"], each["reason"]) for each in found["incomplete"]] == [("/home/a", "too_many_files")]


@pytest.mark.parametrize("file, limit, value", [(sdk_shares, "MAX_HELD", 6000), (sdk_credentials, "MAX_MATCHING", 20)])
def test_the_files_that_a_unit_names_do_not_fill_the_memory(tmp_path, monkeypatch, file, limit, value):
    """Sparse files cost their user nothing."""
    monkeypatch.setattr(file, limit, value)
    exports = f"AWS_ACCESS_KEY_ID={KEY}\nAWS_SECRET_ACCESS_KEY={SECRET}\n".encode()
    plant(tmp_path, UNIT, b"[Service]\nEnvironmentFile=/home/a/d/*\n")
    plant(tmp_path, "/etc/systemd/system/y.service", b"[Service]\nEnvironmentFile=/etc/y.env\n")
    plant(tmp_path, "/etc/y.env", exports)
    for each in range(30):
        plant(tmp_path, f"/home/a/d/{each}", exports + b"\0" * 1000)
    read = []
    reads = sdk_credentials.Tree.read
    monkeypatch.setattr(sdk_credentials.Tree, "read", lambda tree, path, most, *skips: read.append((path, most)) or reads(tree, path, most, *skips))
    found = {row["name"]: row["now"] for row in find(tmp_path)["sdk_credentials"]}
    assert (found["x.service"], found["y.service"]) == ("unknown", "environment")
    # Among the units of one home, one that names too many files takes nothing from the others either.
    plant(tmp_path, "/etc/systemd/system/x.service", b"[Service]\nEnvironmentFile=/home/a/d/*\n")
    found = {(row["name"], row["home"]): row["now"] for row in find(tmp_path)["sdk_credentials"]}
    assert (found["x.service", ""], found["y.service", "/root"]) == ("unknown", "environment")
    assert len([path for path, most in read if path.startswith("/home/a/d/") and most == sdk_credentials.MAX_SIZE]) < 45


def plant_deep(top, number):
    """A file in so many folders that no program can open it by its path."""
    top.mkdir(parents=True)
    folder = os.open(top, os.O_RDONLY)
    for _each in range(number):
        os.mkdir(NAME, dir_fd=folder)
        below = os.open(NAME, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = below
    with os.fdopen(os.open("x", os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=folder), "wb") as file:
        file.write(LINES)
    os.close(folder)


def test_paths_that_no_program_can_open_do_not_fill_the_results(tmp_path):
    """Each of a thousand keys would be returned with it."""
    plant_deep(tmp_path / "home/a/d", 21)
    path = "/home/a/d" + f"/{NAME}" * 21 + "/x"
    plant(tmp_path, "/home/a/.bashrc", f"AWS_SHARED_CREDENTIALS_FILE={path}\n".encode())
    (tmp_path / "home/a/half").symlink_to("d" + f"/{NAME}" * 11)
    (tmp_path / "home/a/x.env").symlink_to("half" + f"/{NAME}" * 10 + "/x")
    found = find(tmp_path)
    assert found["credentials"] == [] and ("/home/a/x.env", "unreadable") in {(each["target"], each["reason"]) for each in found["incomplete"]}
    assert max(len(each["target"]) for each in found["incomplete"]) < 1300
    assert actions(plan_of(job_for(tmp_path, "/home/a/x.env"))) == [("left", "limit")]


def test_long_paths_with_invisible_characters_do_not_fill_the_results(tmp_path):
    """A program can open such a path, and in the results it is up to sixteen times as long."""
    names = ["\x80" * 127] * 5
    data = "AWS_ACCESS_KEY_ID={0}\nAWS_SECRET_ACCESS_KEY={1}\n".format(KEY, SECRET).encode()
    plant(tmp_path, "/data/" + "/".join(names) + "/a", data)
    plant(tmp_path, "/data/" + "/".join(names[:3]) + "/a", data)
    every = ("/data/" + "/".join(names[:number]) + "/a" for number in (3, 5))
    plant(tmp_path, UNIT, "".join(f"EnvironmentFile={each}\n" for each in every).encode("latin-1"))
    found = find(tmp_path)
    assert [len(row["path"]) for row in found["credentials"]] == [len("escaped:/data/a") + 3 * (127 * 8 + 1)]
    assert [(row["reason"], len(row["target"])) for row in found["incomplete"]] == [("unreadable", 4098)]
    assert len(str(found)) < 30_000


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root has files of root")
def test_large_logs_of_root_do_not_keep_its_other_files_in_place(tmp_path, monkeypatch):
    """Whoever sends requests to a service decides what is in its logs."""
    monkeypatch.setattr(job, "MAX_HELD", 5000)
    logs = [f"/opt/app/log.{each}" for each in range(5)]
    for path in logs:
        plant(tmp_path, path, LINES + b"#" * 2000)
    plant(tmp_path, "/srv/app/.env", LINES)
    rows = plan_of(job_for(tmp_path, *logs, "/srv/app/.env")).rows
    assert [row.reason for row in rows] == [None, None, "too_large", "too_large", "too_large", None]


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root can give a file to another user")
@pytest.mark.parametrize("limit", ["MAX_HELD of files", "MAX_HELD of folders"])
def test_the_paths_of_the_files_and_folders_of_a_user_do_not_fill_the_memory(tmp_path, monkeypatch, limit):
    """Those of a tree that can be made in seconds took hundreds of megabytes."""
    monkeypatch.setattr(scan if "files" in limit else walk, "MAX_HELD", 2000)
    for each in range(50):
        os.chown(plant(tmp_path, f"/srv/u/{each}{'x' * 90}/{each}.txt", LINES), 12345, 12345)
    plant(tmp_path, "/opt/app/.env", LINES)
    found = find(tmp_path)
    assert "/opt/app/.env" in {row["path"] for row in found["credentials"]}
    assert 10 < len(found["credentials"]) < 25 and [row["reason"] for row in found["incomplete"]] == ["too_many_files"]


def test_folders_that_are_skipped_do_not_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(walk, "MAX_SKIPPED", 60)
    for each in range(70):
        (tmp_path / f"srv/u/{each:02}/node_modules").mkdir(parents=True)
    search = scan.Scan(Tree(str(tmp_path)), scan.Limits(99, 30), Exclusions([]))
    search.add([SearchPath("/srv", 16)])
    search.run()
    assert (len(search.skipped), search.number_of_skipped) == (60, 70)
    assert "20 more directories with such names were not searched" in {row["message"] for row in find(tmp_path)["not_searched"]}
