# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""static_credentials_info and static_credentials_aside on a host's files, as a playbook uses them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.support.in_process import scripts
from ansible_collections.keyless.ec2.tests.integration.support.tables import table
from ansible_collections.keyless.ec2.tests.integration.test_examples import examples_of

KEY = "AKIAQ3EGTZ2ZK7Q4RVWX"
SECRETS = ["wJalrXUtnFEMI/K7MDENG+bPxRfiCY3aQzT5hV8c", "IQoJb3JpZ2luX2VjEAsessiontokenplanted", "plantedargument"]
LINES = f"aws_access_key_id = {KEY}\naws_secret_access_key = {SECRETS[0]}\naws_session_token = {SECRETS[1]}\n"
UNIT = f'[Service]\nExecStart=/bin/app\nEnvironment="A=b c" AWS_ACCESS_KEY_ID={KEY} AWS_SECRET_ACCESS_KEY={SECRETS[0]}\n'
FILES = {
    "/etc/passwd": "a:x:1000:1000::/home/a:/bin/sh\n",
    "/home/a/.aws/credentials": f"[default]\n{LINES}",
    "/home/a/.aws/config": f"[default]\nregion = eu-central-1\n{LINES}",
    "/etc/systemd/system/app.service": UNIT,
    "/opt/app/.env": f"URL=s3://{KEY}:{SECRETS[0]}@bucket\n",
    "/srv/data/notes": f"{KEY} {SECRETS[0]}\n",
    "/srv/data/log": f"AccessDenied for {KEY}\n",
    "/proc/7/environ": f"AWS_ACCESS_KEY_ID={KEY}\0AWS_SECRET_ACCESS_KEY={SECRETS[0]}\0",
    "/proc/7/cmdline": f"/bin/app\0{SECRETS[2]}\0",
}
LOCATIONS = [
    ("/etc/systemd/system/app.service", 3, "systemd_unit"),
    ("/home/a/.aws/config", 3, "config"),
    ("/home/a/.aws/credentials", 2, "shared_credentials"),
    ("/opt/app/.env", 1, "container_environment"),
    ("/srv/data/notes", 1, "other"),
    ("/proc/7/environ", None, "process_environment"),
]
PATHS = [path for path, line, kind in LOCATIONS]
ACTIONS = ["trimmed", "trimmed", "trimmed", "left", "left", "left"]


@pytest.fixture(name="root")
def _root(tmp_path):
    root = tmp_path / "root"
    for path, text in FILES.items():
        file = Path(f"{root}{path}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(0o600)
    return root


def files(root):
    return {
        f"/{file.relative_to(root)}": (file.read_text(encoding="utf-8"), file.stat().st_mode, file.stat().st_mtime_ns)
        for file in root.rglob("*")
        if file.is_file()
    }


def aside(controller, root, *arguments, paths=None, **parameters):
    given = {"root": str(root), "paths": PATHS[:3] if paths is None else paths, **parameters}
    return controller.module("static_credentials_aside", *arguments, **given).succeeded().last


def test_files_that_are_found_and_set_aside_are_not_found_again(controller, root):
    find = {"root": str(root), "paths": ["/srv"]}
    found = controller.module("static_credentials_info", "--check", **find).succeeded().last
    assert [(row["path"], row["line"], row["kind"]) for row in found["credentials"]] == LOCATIONS
    assert {row["access_key_id"] for row in found["credentials"]} == {KEY}
    assert [(row["path"], row["has_secret"]) for row in found["ids_only"]] == [("/srv/data/log", False)]
    msg = "1 access key in 6 locations, and 1 id in 1 location without a secret."
    assert (found["changed"], found["incomplete"], found["msg"]) == (False, [], msg)
    paths = [row["path"] for row in found["credentials"]]
    done = aside(controller, root, paths=paths, state="aside")
    assert [row["action"] for row in done["files"]] == ACTIONS
    again = controller.module("static_credentials_info", **find).succeeded().last
    assert [row["path"] for row in again["credentials"]] == PATHS[3:]


def test_check_mode_then_aside_then_again_then_restored_then_again(controller, root):
    before = files(root)
    planned = aside(controller, root, "--check", "--diff")
    assert files(root) == before
    done = aside(controller, root, "--diff")
    assert {**planned, "msg": ""} == {**done, "msg": ""}
    assert planned["msg"].startswith("3 to set aside") and done["msg"].startswith("3 set aside")
    assert done["changed"] and [row["action"] for row in done["files"]] == ACTIONS[:3]
    assert done["diff"]["after"] == dict(zip(PATHS[:3], ACTIONS))
    after = files(root)
    assert {after[row["aside_path"]] for row in done["files"]} == {before[path] for path in PATHS[:3]}
    assert after[PATHS[0]][0] == '[Service]\nExecStart=/bin/app\nEnvironment="A=b c"\n'
    assert after[PATHS[1]][:2] == ("[default]\nregion = eu-central-1\n", before[PATHS[1]][1])
    assert after[PATHS[2]][:2] == ("[default]\n", before[PATHS[2]][1])

    again = aside(controller, root)
    assert not again["changed"] and {row["reason"] for row in again["files"]} == {"already_aside"}
    assert files(root) == after

    planned = aside(controller, root, "--check", state="restored")
    assert files(root) == after
    assert {**aside(controller, root, state="restored"), "msg": ""} == {**planned, "msg": ""}
    assert files(root) == before
    assert not aside(controller, root, state="restored")["changed"]


@pytest.mark.parametrize("name", table(["$HOME/~/x.env", "x\n/etc/shadow.env", "{{ 1 + 1 }}.env"], ["{{ 1 + 1 }}.env"]))
def test_paths_with_any_characters_can_be_passed_on(controller, root, name):
    file = root / "home/a" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"URL=x\n{LINES}", encoding="utf-8")
    tasks = [
        {"keyless.ec2.static_credentials_info": {"root": str(root)}, "register": "found"},
        {
            "keyless.ec2.static_credentials_aside": {
                "root": str(root),
                "exclude": ["/etc", "/opt"],
                "paths": "{{ found.credentials | map(attribute='path') }}",
            },
            "register": "done",
        },
        {
            "keyless.ec2.static_credentials_aside": {
                "root": str(root),
                "state": "restored",
                "paths": "{{ done.files | map(attribute='real_path') | select }}",
            }
        },
    ]
    before = files(root)
    found, done, back = (each["result"] for each in controller.play(tasks).succeeded().results)
    (row,) = [row for row in done["files"] if "env" in row["path"] and row["action"] == "trimmed"]
    assert row["path"].isprintable() and row["path"] in [each["path"] for each in found["credentials"]]
    assert {row["reason"] for row in done["files"] if row["path"].startswith("/etc")} == {"excluded"}
    assert back["changed"] and files(root) == before


def test_a_changed_file_fails_the_task_after_the_others_are_restored(controller, root):
    aside(controller, root)
    (root / "home/a/.aws/config").write_text("[default]\nregion = us-east-1\n", encoding="utf-8")
    run = controller.module("static_credentials_aside", root=str(root), paths=PATHS[:3], state="restored")
    assert run.returncode != 0
    assert [row["action"] for row in run.last["files"]] == ["restored", "left", "restored"]
    assert run.last["changed"] and "/home/a/.aws/config: The file was changed after it was set aside." in run.last["msg"]


def test_no_secret_leaves_the_files(controller, root, tmp_path):
    tasks = [
        {"keyless.ec2.static_credentials_info": {"root": str(root), "paths": ["/srv"]}},
        {"keyless.ec2.static_credentials_aside": {"root": str(root), "paths": PATHS}, "diff": True},
        {"keyless.ec2.static_credentials_aside": {"root": str(root), "paths": PATHS, "state": "restored"}},
        {"keyless.ec2.static_credentials_aside": {"root": str(root), "paths": ["/etc"]}, "ignore_errors": True},
    ]
    log, temporary = tmp_path / "ansible.log", tmp_path / "remote"
    tasks = [{**task, "check_mode": checked} for checked in (True, False) for task in tasks]
    run = controller.play(
        tasks,
        "-vvvv",
        "--diff",
        # Ansible itself does not run warm with a log.
        hosts={"localhost": {"ansible_python_interpreter": str(scripts() / "python")}},
        ANSIBLE_LOG_PATH=str(log),
        ANSIBLE_KEEP_REMOTE_FILES="1",
        ANSIBLE_REMOTE_TMP=str(temporary),
        TMPDIR=str(tmp_path),
    ).succeeded()
    assert len(run.results) == len(tasks) and KEY in run.output and log.read_text(encoding="utf-8")
    written = [file for folder in (tmp_path, controller.folder) for file in folder.rglob("*") if file.is_file()]
    kept = [file for file in written if root not in file.parents]
    assert any(temporary in file.parents for file in kept)
    outputs = {"the output": run.output.encode(), **{str(file): file.read_bytes() for file in kept}}
    assert [name for name, data in outputs.items() if any(secret.encode() in data for secret in SECRETS)] == []


ERRORS = [
    ("static_credentials_info", {"path": ["/a"]}, "Unsupported parameters"),
    ("static_credentials_info", {"timeout": 0}, "timeout: 0 is out of range. Use 1 to 31536000."),
    ("static_credentials_info", {"root": "/no/such/folder"}, "root: /no/such/folder is not a directory."),
    ("static_credentials_aside", {}, "missing required arguments: paths"),
    ("static_credentials_aside", {"paths": ["etc/crontab"]}, "paths: etc/crontab is not an absolute path."),
    ("static_credentials_aside", {"paths": ["/a"], "state": "x"}, "value of state must be one of: aside, restored"),
    ("static_credentials_aside", {"paths": ["/a"], "timeout": -1}, "timeout: -1 is out of range."),
    ("static_credentials_aside", {"paths": ["/a"], "exclude": ["a"]}, "exclude: a is not an absolute path."),
    ("static_credentials_aside", {"paths": ["/a"], "suffix": "/"}, "suffix: '/' is not a valid suffix."),
]


def test_invalid_options_are_rejected(controller):
    tasks = [{f"keyless.ec2.{module}": given, "ignore_errors": True} for module, given, message in ERRORS]
    results = controller.play(tasks).succeeded().results
    assert [each["status"] for each in results] == ["failed"] * len(ERRORS)
    assert [message for (module, given, message), each in zip(ERRORS, results) if message not in each["result"]["msg"]] == []


@pytest.mark.parametrize("module", ["static_credentials_info", "static_credentials_aside"])
def test_the_examples_run(controller, root, module):
    """On the files of a test instead of this machine's."""
    (root / "var/lib/app").mkdir(parents=True)
    tasks = yaml.safe_load(examples_of(module))
    for task in tasks:
        task.pop("become", None)
        for name in task:
            if name.startswith("keyless.ec2."):
                task[name] = {**(task[name] or {}), "root": str(root)}
    run = controller.play(tasks).succeeded()
    assert len(run.results) == len(tasks)
