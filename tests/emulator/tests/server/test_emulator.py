# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start, answers, stop."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
from multiprocessing.process import BaseProcess
from pathlib import Path
from stat import S_IMODE
from typing import Any

import pytest


def _wait_for(path: Path, process: BaseProcess) -> Any:
    while not path.exists():
        assert process.is_alive()
        time.sleep(0.05)
    return json.loads(path.read_text(encoding="utf-8"))


def _is_listening(endpoint: str) -> bool:
    host, port = endpoint.removeprefix("http://").split(":")
    try:
        with socket.create_connection((host, int(port))):
            return True
    except OSError:
        return False


def test_from_start_to_stop(program: Any, connect: Any, tmp_path: Path) -> None:
    ready, log = tmp_path / "ready.json", tmp_path / "calls.jsonl"
    with program("--ready-file", str(ready), "--log", str(log), umask=0) as (process, output):
        endpoint = output.readline().strip()
        # Only the owner has access.
        assert {path: S_IMODE(path.lstat().st_mode) for path in tmp_path.iterdir()} == {ready: 0o600, log: 0o600}
        assert _wait_for(ready, process) == {"endpoint": endpoint, "pid": process.pid}
        assert endpoint.startswith("http://127.0.0.1:")
        connect(endpoint).role("web")
        [call] = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        process.terminate()
        assert output.read() == ""
        process.join()
    assert process.exitcode == 0
    assert (call["operation"], call["parameters"]["RoleName"]) == ("CreateRole", "web")
    assert not ready.exists()
    assert not _is_listening(endpoint)


def test_ends_with_its_parent(program: Any, tmp_path: Path) -> None:
    ready = tmp_path / "ready.json"
    with (
        subprocess.Popen(["cat"], stdin=subprocess.PIPE) as parent,
        program("--ready-file", str(ready), "--parent-pid", str(parent.pid)) as (process, _output),
    ):
        endpoint = _wait_for(ready, process)["endpoint"]
        assert _is_listening(endpoint)
        # A zombie has ended, too.
        os.kill(parent.pid, signal.SIGKILL)
        process.join()
        assert process.exitcode == 0
        assert not _is_listening(endpoint)


def test_connection_is_kept(aws: Any) -> None:
    connection = http.client.HTTPConnection(aws.endpoint.removeprefix("http://"))
    connection.connect()
    own_port = connection.sock.getsockname()[1]
    for _attempt in range(2):
        connection.request("GET", "/emulator/health")
        assert json.loads(connection.getresponse().read()) == {"ok": True}
        assert connection.sock.getsockname()[1] == own_port
    connection.close()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/emulator/nothing", 404),
        ("POST", "/emulator/calls", 404),
        ("GET", "/emulator/calls?since=x", 400),
    ],
)
def test_wrong_requests(aws: Any, method: str, path: str, status: int) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        aws.http(method, path)
    assert caught.value.code == status


def test_own_endpoints_are_not_in_the_log(aws: Any) -> None:
    aws.http("GET", "/emulator/health")
    aws.http("POST", "/moto-api/reset")
    assert not aws.calls()
