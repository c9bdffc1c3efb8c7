# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No manifest is read or continued that somebody else could have written."""

from __future__ import annotations

import json
import os

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common import mounts
from ansible_collections.keyless.ec2.plugins.plugin_utils._rollout.manifest_files import manifest_to_continue, manifest_to_undo
from ansible_collections.keyless.ec2.plugins.plugin_utils._rollout.names import ATTACH, REQUIRE_IMDSV2
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.pasting import PIPE

MANIFEST = {"account": "1", "region": "eu-central-1", "instances": {"i-1": "{{" + PIPE + "}}"}}


def to_undo(given, known, start):
    return manifest_to_undo(ATTACH, given, known, start)


def to_continue(path):
    return manifest_to_continue({"role": "attach", "undo_file": path})


AS_SOMEBODY = os.geteuid() + 12345


@pytest.fixture(name="file")
def _file(tmp_path):
    folder = tmp_path / "rollouts"
    folder.mkdir(mode=0o755)
    file = folder / "undo.json"
    file.write_text(json.dumps({"attach_undo": MANIFEST}), encoding="utf-8")
    file.chmod(0o600)
    return file


def test_a_private_file_is_read(file):
    assert to_undo(str(file), (), "/") == to_undo("undo.json", (), str(file.parent)) == (MANIFEST, "")
    assert to_continue(str(file)) == (file.read_text(encoding="utf-8"), "")


@pytest.mark.parametrize("is_directory", [True, False])
def test_a_file_system_of_somebody_else_is_refused(file, tmp_path, monkeypatch, is_directory):
    """A file system in user space shows any owner, for example root."""
    line = f"77 22 0:{os.minor(os.stat(file).st_dev)} / {file.parent} rw - fuse x rw,user_id=54321,allow_other\n"
    line = line.replace("0:", f"{os.major(os.stat(file).st_dev)}:", 1) if is_directory else line.replace("0:", "0:9999", 1)
    (tmp_path / "mountinfo").write_text(f"78 22 0:1 / / rw - ext4 x rw\n{line}", encoding="utf-8")
    monkeypatch.setattr(mounts, "MOUNTS", str(tmp_path / "mountinfo"))
    monkeypatch.setattr(mounts, "_mount_of", lambda _descriptor: 78 if is_directory else 77)
    monkeypatch.setattr(mounts, "_device_of", lambda _descriptor: None)  # Here, all is on the device of the root.
    assert "belongs to the user with the id 54321" in to_undo(str(file), (), "/")[1]
    assert "belongs to the user with the id 54321" in to_continue(str(file))[1]


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o660, 0o666])
def test_a_file_that_others_can_write_is_refused(file, mode):
    file.chmod(mode)
    said = f"{file} has the mode {mode:04o}, so others can write it. If nobody has, run chmod go-w {file}. Others could have chosen what an undo "
    said += "attaches."
    assert to_undo(str(file), (), "/") == ({}, f"attach_manifest: {said}")
    assert to_continue(str(file)) == (None, f"attach_undo_file: {said}")


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o777])
def test_a_directory_that_others_can_write_is_refused(file, mode):
    for folder in (file.parent, file.parent.parent):
        folder.chmod(mode)
        assert f"{folder} has the mode {mode:04o}" in to_undo(str(file), (), "/")[1]
        assert f"{folder} has the mode {mode:04o}" in to_continue(str(folder / "new.json"))[1]
        folder.chmod(0o755)


def test_a_directory_with_the_sticky_bit_can_have_a_file_but_gets_none(file):
    """There, others can't replace a file, but they can create one first."""
    file.parent.chmod(0o1777)
    assert to_undo(str(file), (), "/") == (MANIFEST, "")
    assert to_continue(str(file)) == (file.read_text(encoding="utf-8"), "")
    new, error = to_continue(str(file.parent / "new.json"))
    assert new is None and error.startswith(f"attach_undo_file: {file.parent} has the mode 1777, so others can write it. Give a path in a directory")


def test_a_link_and_two_dots_lead_past_no_check(file):
    """The kernel follows the link first, so the file is in the directory that everybody can write."""
    everybodys = file.parent.parent / "everybodys"
    (everybodys / "sub").mkdir(parents=True)
    (everybodys / "undo.json").write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    everybodys.chmod(0o777)
    (file.parent / "link").symlink_to(everybodys / "sub")
    for path in (f"{file.parent}/link/../undo.json", f"{file.parent}/link/./../undo.json"):
        assert f"{everybodys} has the mode 0777" in to_undo(path, (), "/")[1]
        assert f"{everybodys} has the mode 0777" in to_continue(path)[1]
    assert to_undo(f"{file.parent}/../{file.parent.name}/undo.json", (), "/") == (MANIFEST, "")


@pytest.mark.parametrize("whose", ["file", "folder"])
def test_what_belongs_to_somebody_else_is_refused(file, whose, monkeypatch):
    owned = file if whose == "file" else file.parent
    if os.geteuid() == 0:
        os.chown(owned, AS_SOMEBODY, -1)
        owner = AS_SOMEBODY
    else:
        owner = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: AS_SOMEBODY)
    for error in (to_undo(str(file), (), "/")[1], to_continue(str(file))[1]):
        assert f"belongs to the user with the id {owner}. It must belong to you or to root." in error


def test_links_are_not_followed_to_where_others_write(file, tmp_path):
    link = tmp_path / "link.json"
    link.symlink_to(file)
    assert f"{link} is a symbolic link." in to_undo(str(link), (), "/")[1]
    folder = tmp_path / "link"
    folder.symlink_to(file.parent)
    assert to_undo(str(folder / "undo.json"), (), "/") == (MANIFEST, "")
    open_to_all = tmp_path / "shared"
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    (open_to_all / "hop").symlink_to(file.parent)
    folder.unlink()
    folder.symlink_to(open_to_all / "hop")
    assert f"{open_to_all} has the mode 0777" in to_undo(str(folder / "undo.json"), (), "/")[1]
    folder.unlink()
    folder.symlink_to(folder)
    assert "Too many levels of symbolic links" in to_undo(str(folder / "undo.json"), (), "/")[1]


def test_other_files_are_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    for path, said in ((tmp_path / "fifo", "is not a regular file"), (tmp_path, "Is a directory"), (tmp_path / "none", "does not exist")):
        assert said in to_undo(str(path), (), "/")[1]
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    assert to_undo(str(tmp_path / "binary"), (), "/")[1].startswith("attach_manifest: is neither the path of a manifest")
    assert to_continue(str(tmp_path / "binary")) == ("", "")
    assert "No such file or directory" in to_continue(str(tmp_path / "none" / "undo.json"))[1]
    assert to_continue(str(tmp_path / "new.json")) == to_continue("") == (None, "")


def test_a_manifest_can_be_given_instead_of_its_path():
    text = json.dumps(MANIFEST)
    assert to_undo(text, (), "/") == to_undo(json.dumps({"attach_undo": MANIFEST}), (), "/") == (MANIFEST, "")
    assert to_undo(MANIFEST, (), "/") == (MANIFEST, "")
    assert to_undo(None, (), "/") == to_undo("", (), "/") == to_undo({}, (), "/") == ({}, "")
    for given in ("{", [1], {"instances": []}, "{}x"):
        assert to_undo(given, (), "/")[1].startswith("attach_manifest: is neither the path of a manifest")


class Untouchable:
    """A value that runs code when anybody looks at it."""

    def __getattribute__(self, name):
        raise AssertionError(name)

    def __bool__(self):
        raise AssertionError


def test_a_manifest_that_came_with_e_is_not_even_looked_at():
    manifest, error = to_undo(Untouchable(), ("attach_region", "attach_undo"), "/")
    assert manifest_to_undo(REQUIRE_IMDSV2, Untouchable(), ("require_imdsv2_undo",), "/")[1].startswith("require_imdsv2_undo: is not a variable")
    assert manifest == {} and error.startswith("attach_undo: is not a variable of this role.") and "-e attach_manifest=PATH" in error
