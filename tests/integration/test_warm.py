# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The warm commands that most tests use do what the real ones do."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.support.controller import REAL
from ansible_collections.keyless.ec2.tests.integration.support.in_process import scripts

MODULES = Path(__file__).resolve().parents[2] / "plugins" / "modules"
# Differs from run to run, also of the same command.
VARYING = re.compile(r"AKIARUN\d+|i-[0-9a-f]+|iip-assoc-[0-9a-f]+|A[A-Z]{3}[A-Z0-9]{17}|\d{4}-\d\d-\d\d[T ][\d:.+]+Z?|results-\d+|\d:\d\d:\d\d\.\d+")
PLAY = [
    {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {"ansible_connection": "local", "ansible_python_interpreter": "{{ python | default(ansible_playbook_python) }}"},
        "tasks": [
            {"name": "Find", "keyless.ec2.instance_profile_attach_info": {"instance_ids": ["{{ instance }}"]}},
            {"name": "Ask wrongly", "keyless.ec2.iam_ec2_role": {"name": "web", "state": "perhaps"}, "ignore_errors": True},
            {"name": "Where", "ansible.builtin.command": "pwd", "changed_when": False},
            {"name": "Who", "ansible.builtin.debug": {"msg": "{{ lookup('ansible.builtin.env', 'WHO') }}"}},
            {"name": "Escape", "ansible.builtin.debug": {"msg": "{{ 'a\\b' | regex_replace('(b)', '\\1\\1') }}"}, "when": r"'a\b' | length == 3"},
            {"name": "Mask", "ansible.builtin.shell": "umask", "changed_when": False},
            {"name": "Read", "ansible.builtin.debug": {"msg": "{{ lookup('ansible.builtin.pipe', 'cat') }}"}},
            {"name": "Fail", "ansible.builtin.fail": {"msg": "as it should"}},
        ],
    }
]


@pytest.fixture(name="both")
def _both(controller, aws):
    """Runs a command warm, perhaps twice, and normally; returns the exit status, the output and the results of each."""

    def run(program: str, *arguments: str, stdin: bytes = b"", again: bool = False, **environment: str) -> list[tuple]:
        folders = (*[scripts()] * (1 + again), REAL)
        return [_run(controller, bin_folder / program, arguments, stdin, environment) for bin_folder in folders]

    return run


def _run(controller, command, arguments, stdin, environment):
    results = controller.folder / "compared.jsonl"
    results.unlink(missing_ok=True)
    # Without the warm commands on PATH, so that the real command's modules are run by the real Python, too.
    variables = {**controller.environment("AKIACOMPARED00000000", results), "PATH": f"{REAL}{os.pathsep}{os.environ['PATH']}", **environment}
    done = subprocess.run([command, *arguments], cwd=controller.folder, env=variables, input=stdin, capture_output=True, check=False)
    recorded = results.read_text(encoding="utf-8") if results.exists() else ""
    return done.returncode, *(
        VARYING.sub("…", text).replace(str(scripts()), str(REAL)) for text in (done.stdout.decode(), done.stderr.decode(), recorded)
    )


def _is_warm(controller, *arguments: str, **environment: str) -> bool:
    """Whether the script ran a playbook warm, without falling back to the real command. Then its Python is that of the warm commands."""
    controller.folder.joinpath("python.yml").write_text(
        yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": [{"ansible.builtin.debug": {"var": "ansible_playbook_python"}}]}])
    )
    run = controller.run("python.yml", *arguments, **environment).succeeded()
    return run.last["ansible_playbook_python"] == str(scripts() / "python")


def test_a_play_is_the_same(controller, aws, both):
    """Exit status, both outputs and every result are the same for a module that succeeds, one that fails, and a play that fails.

    The second warm run uses the templates that the first one has compiled.
    """
    [instance] = aws.run_instances()
    (controller.folder / "play.yml").write_text(yaml.safe_dump(PLAY), encoding="utf-8")
    warm, again, real = both(
        "ansible-playbook", "play.yml", "-e", f"instance={instance}", "-vv", again=True, stdin=b"from standard input", WHO="somebody"
    )
    assert warm == again == real
    assert warm[0] == 2 and len(warm[3].splitlines()) == 8


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("ansible-playbook", "--version"), marks=pytest.mark.exhaustive),
        pytest.param(("ansible-playbook", "missing.yml"), marks=pytest.mark.exhaustive),
        pytest.param(("ansible-playbook", "--no-such-option"), marks=pytest.mark.exhaustive),
        ("ansible-playbook", "--syntax-check", "keyless.ec2.attach"),
        ("ansible-inventory", "-i", "localhost,", "--list"),
    ],
    ids=" ".join,
)
def test_a_command_is_the_same(both, command):
    warm, real = both(*command)
    assert warm == real


def test_settings_are_those_of_the_run(controller, both):
    """Ansible reads its settings when it is imported, so a run with other settings than the last one needs its own process."""
    for forks in ("3", "7"):
        (controller.folder / "ansible.cfg").write_text(f"[defaults]\nforks = {forks}\n", encoding="utf-8")
        warm, real = both("ansible-config", "dump", "--only-changed", ANSIBLE_TIMEOUT=forks)
        (controller.folder / "ansible.cfg").unlink()
        assert warm[:3] == real[:3]
        assert f"= {forks}" in warm[1]


def test_the_tests_run_warm(controller):
    assert _is_warm(controller)


def test_ansible_passes_modules_to_the_server_itself(controller):
    """A shell and a client for each module would take longer than most modules. The module's output is then a file in memory, and not a pipe."""
    task = {"ansible.builtin.shell": "readlink /proc/$PPID/fd/1; echo $WHO", "environment": {"WHO": "some body"}}
    assert controller.play([task]).succeeded().last["stdout_lines"] == ["/memfd:output (deleted)", "some body"]


def test_the_real_command_runs_what_a_fork_cannot(controller):
    """Such as what Python reads at its start, and a log file, which an import opens."""
    assert not _is_warm(controller, PYTHONHASHSEED="1")
    assert not _is_warm(controller, ANSIBLE_LOG_PATH=str(controller.folder / "log"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_signal_ends_the_command(controller, tmp_path, number):
    """If a client is killed, its command is killed too."""
    inventory = tmp_path / "inventory"
    inventory.write_text(f"#!/bin/sh\necho $$ > '{tmp_path}/began'; exec cat '{tmp_path}/never'\n", encoding="utf-8")
    inventory.chmod(0o755)
    for name in ("began", "never"):
        os.mkfifo(tmp_path / name)
    command = [scripts() / "ansible-inventory", "-i", inventory, "--list"]
    environment = controller.environment("AKIAWAITING000000000", tmp_path / "results")
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    script = int((tmp_path / "began").read_text(encoding="ascii"))
    try:
        process.send_signal(number)
        process.communicate()
    finally:
        # Ansible leaves its inventory script behind if it is told to end, with or without warm commands.
        with contextlib.suppress(ProcessLookupError):
            os.kill(script, signal.SIGKILL)
    assert process.returncode != 0


def test_the_archive_of_a_module_has_what_the_module_imports(controller):
    """In the tests, modules import from the checkout. On a host, there is only the archive that Ansible creates for each."""
    names = sorted(path.stem for path in MODULES.glob("*.py"))
    imported, archives = _imported(names), _archives(controller, names)
    for name in names:
        missing = {each for each in imported[name] if not {f"{each}.py", f"{each}/__init__.py"} & archives[name]}
        assert len(imported[name]) > 10 and not missing, f"{name}: {missing}"


def _imported(names: list[str]) -> dict[str, set[str]]:
    """The files of collections that each module imports, each in a fork of a process that has imported the libraries."""
    code = """
import importlib, json, os, sys
import boto3, ansible.module_utils.basic, ansible.module_utils.urls
for name in sys.argv[1:]:
    if os.fork() == 0:
        try:
            importlib.import_module("ansible_collections.keyless.ec2.plugins.modules." + name)
            found = [each.__name__ for each in list(sys.modules.values()) if each.__name__.startswith("ansible_collections.") and each.__file__]
            print(json.dumps([name, found]), flush=True)
        finally:
            os._exit(0)
    os.wait()
"""
    listed = subprocess.run([sys.executable, "-c", code, *names], check=True, capture_output=True, text=True).stdout
    return {name: {each.replace(".", "/") for each in found} for name, found in map(json.loads, listed.splitlines())}


def _archives(controller, names: list[str]) -> dict[str, set[str]]:
    """The files in the archive of each module, which Ansible keeps on a host with ANSIBLE_KEEP_REMOTE_FILES."""
    tasks = [{f"keyless.ec2.{name}": {"no_such_option": True}, "ignore_errors": True} for name in names]
    folder = controller.folder / "remote"
    controller.play(tasks, ANSIBLE_KEEP_REMOTE_FILES="1", ANSIBLE_REMOTE_TMP=str(folder))
    found = {}
    for file in folder.rglob("AnsiballZ_*.py"):
        [data] = re.findall(r"zip_data='([^']+)'|ZIPDATA = r?\"\"\"([^\"]+)", file.read_text(encoding="utf-8"))[:1]
        with zipfile.ZipFile(io.BytesIO(base64.b64decode("".join(data)))) as archive:
            found[file.stem.removeprefix("AnsiballZ_")] = set(archive.namelist())
    return found
