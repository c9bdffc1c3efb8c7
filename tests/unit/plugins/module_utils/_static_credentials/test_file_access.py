# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who can read the replacement of a file: never more users than can read the original."""

from __future__ import annotations

import os
import stat
import struct

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials import changes
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.aside_files import (
    CREDENTIALS,
    MIXED,
    MIXED_LEFT,
    actions,
    job_for,
    plan_of,
    plant,
    run,
)

ACL, DEFAULT = "system.posix_acl_access", "system.posix_acl_default"
USER_OBJ, USER, GROUP_OBJ, GROUP, MASK, OTHERS = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
NOBODY = 0xFFFFFFFF
READ = 4
OWN, OTHER = (os.geteuid(), os.getegid()), (1234, 4321)
OWNERS = [pytest.param(OWN, id="own"), pytest.param(OTHER, id="other", marks=pytest.mark.needs_root)]


def packed(*entries):
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


# A named user may read, the owning group may not, although the mode looks so: its group bits are the mask.
NAMED = packed(
    (USER_OBJ, 6, NOBODY),
    (USER, READ, 77),
    (GROUP_OBJ, 0, NOBODY),
    (MASK, READ, NOBODY),
    (OTHERS, 0, NOBODY),
)
# What new files of this folder inherit: another user and another group may read.
INHERITED = packed(
    (USER_OBJ, 6, NOBODY),
    (USER, READ, 88),
    (GROUP_OBJ, READ, NOBODY),
    (GROUP, READ, 99),
    (MASK, READ, NOBODY),
    (OTHERS, 0, NOBODY),
)


def give(path, name, acl):
    try:
        os.setxattr(path, name, acl)
    except OSError:
        pytest.skip("this file system has no access control lists")


def readers(file):
    """The users and groups that may read a file, without root; all others count as one."""
    about = os.stat(file)
    entries = [(USER_OBJ, about.st_mode >> 6, 0), (GROUP_OBJ, about.st_mode >> 3, 0), (OTHERS, about.st_mode, 0)]
    if ACL in os.listxattr(file):
        entries = list(struct.iter_unpack("<HHI", os.getxattr(file, ACL)[4:]))
    mask = next((rights for tag, rights, number in entries if tag == MASK), 7)
    whose = {USER_OBJ: about.st_uid, GROUP_OBJ: about.st_gid}
    found = set()
    for tag, rights, number in entries:
        if rights & READ and (tag in (USER_OBJ, OTHERS) or mask & READ):
            kind = {USER_OBJ: "user", USER: "user", GROUP_OBJ: "group", GROUP: "group", OTHERS: "others"}.get(tag)
            found.add((kind, whose.get(tag, number) if kind != "others" else 0))
    return found - {("user", 0), (None, NOBODY)}


class WatchingOs:
    """Replaces the module os: after each call, records who may read the new file."""

    def __init__(self):
        self.seen = []

    def __getattr__(self, name):
        real = getattr(os, name)
        return self._watched(real) if callable(real) and name not in ("fdopen", "close") else real

    def _watched(self, real):
        def call(*arguments, **options):
            result = real(*arguments, **options)
            descriptors = [each for each in (*arguments, result) if isinstance(each, int)]
            for descriptor in descriptors:
                path = f"/proc/self/fd/{descriptor}"
                if os.path.exists(path) and os.readlink(path).endswith("keyless-new"):
                    self.seen.append((real.__name__, readers(descriptor), stat.S_IMODE(os.fstat(descriptor).st_mode)))
            return result

        return call


@pytest.mark.parametrize("acl", [None, NAMED], ids=["mode", "list"])
@pytest.mark.parametrize("inherited", [None, INHERITED], ids=["plain", "inherited"])
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o604, 0o4755, 0o2750])
@pytest.mark.parametrize("owners", OWNERS)
def test_the_new_file_never_has_more_readers_than_the_original(tmp_path, monkeypatch, acl, inherited, mode, owners):
    file = plant(tmp_path, CREDENTIALS, MIXED, mode)
    os.chown(file, *owners)
    file.chmod(mode)
    if acl:
        give(file, ACL, acl)
    if inherited:
        give(file.parent, DEFAULT, inherited)
    allowed, about = readers(file), file.stat()
    watching, job = WatchingOs(), job_for(tmp_path, CREDENTIALS)
    planned = plan_of(job)
    with monkeypatch.context() as patch:
        patch.setattr(changes, "os", watching)
        assert actions(job.apply(planned, [].append)) == [("trimmed", None)]
    assert [each for each in watching.seen if not each[1] <= allowed or each[2] & 0o7000] == []
    assert len(watching.seen) > 3 and file.read_bytes() == MIXED_LEFT
    after = file.stat()
    assert readers(file) == allowed
    assert (after.st_uid, after.st_gid, after.st_mode) == (*owners, about.st_mode & ~0o7000)
    assert (ACL in os.listxattr(file)) == bool(acl)


@pytest.mark.parametrize("owners", OWNERS)
def test_the_original_keeps_its_permissions(tmp_path, owners):
    file = plant(tmp_path, CREDENTIALS, MIXED, 0o640)
    os.chown(file, *owners)
    file.chmod(0o4750)
    give(file, ACL, NAMED)
    before, mode = readers(file), file.stat().st_mode
    run(tmp_path, CREDENTIALS)
    run(tmp_path, CREDENTIALS, state="restored")
    assert (readers(file), file.stat().st_mode) == (before, mode)
