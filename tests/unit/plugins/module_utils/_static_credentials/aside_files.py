# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files with keys, and helpers to set them aside and to find them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials import time_slicing
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.info import gather
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.job import AsideJob

KEY = "AKIAQ3EGTZ2ZK7Q4RVWX"
SECRET = "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"
PASSWD = b"root:x:0:0::/root:/bin/sh\n" + b"".join(b"u%d:x:%d:5::/home/u%d:/bin/sh\n" % (3 * (uid,)) for uid in (1001, 1002))
LINES = f"aws_access_key_id = {KEY}\r\naws_secret_access_key = {SECRET}".encode()
DEDICATED = b"# for the backup\r\n" + LINES
MIXED = b"[default]\nregion = caf\xe9 \xff\x85\n" + LINES + b"\n\noutput = json"
MIXED_LEFT = b"[default]\nregion = caf\xe9 \xff\x85\n\noutput = json"
CREDENTIALS = "/home/a/.aws/credentials"
ASIDE = "/home/a/.aws/.keyless.credentials.keyless-aside"


def plant(root, path, data, mode=0o640):
    file = Path(f"{root}{path}")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    file.chmod(mode)
    return file


def job_for(root, *paths, **options):
    every = {"state": "aside", "suffix": ".keyless-aside", "exclude": [], "timeout": 60}
    return AsideJob({"paths": list(paths), "root": str(root), **every, **options})


def plan_of(job):
    # As in check mode: a test may plan without an end, and would keep its lock.
    return job.plan(job.read(True))


def run(root, *paths, **options):
    job = job_for(root, *paths, **options)
    planned = plan_of(job)
    before = files(root)
    assert plan_of(job).rows and files(root) == before, "planning changes nothing"
    done = []
    outcome = job.apply(planned, done.append)
    assert sorted(done, key=lambda row: row.path) == sorted(outcome.changes, key=lambda row: row.path), (
        "done is called for each change that did not fail"
    )
    if not any(row.reason == "error" for row in outcome.rows):
        assert outcome == planned, "the plan predicts the outcome"
    return outcome


def files(root):
    """Contents, mode and modification time of each file, by path."""
    found = {}
    for file in Path(root).rglob("*"):
        if file.is_file() and not file.is_symlink():
            at = file.stat()
            found["/" + str(file.relative_to(root))] = (file.read_bytes(), oct(at.st_mode), at.st_mtime_ns)
    return found


def contents(root):
    return {path: about[0] for path, about in files(root).items()}


def actions(plan):
    return [(row.action, row.reason) for row in plan.rows]


def find(where, **options):
    """What static_credentials_info returns."""
    every = {"paths": [], "exclude": [], "scan_processes": False, "max_file_size": 1048576, "timeout": 30}
    return gather({"root": str(where), **every, **options})


def found_in(where, **options):
    """The paths of the files that contain keys."""
    return [row["path"] for row in find(where, **options)["credentials"]]


class Clock(SimpleNamespace):
    """Replaces the module time: only the test advances it."""

    now = 0.0

    def monotonic(self):
        return self.now


def replace_clock(monkeypatch, clock):
    """Measures time by this clock only: what runs in a thread is waited for, however long the machine takes."""
    monkeypatch.setattr(time_slicing, "time", clock)
    monkeypatch.setattr(time_slicing.Call, "has_ended_within", lambda call, _seconds: call._thread.join() is None)
