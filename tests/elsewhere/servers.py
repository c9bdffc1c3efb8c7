# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS emulators of other projects, each in a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = "127.0.0.1"
CHECKOUT = Path(__file__).resolve().parents[2]
MINISTACK = CHECKOUT / ".venv-elsewhere" / "bin" / "ministack"


@contextmanager
def running(name: str, folder: Path, **settings: str) -> Iterator[str]:
    """Yields the endpoint of the emulator, which is stopped at the end. ``settings`` are environment variables."""
    port = _free_port()
    command, variables = _started_by(name, port)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    with (folder / f"{name}.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(command, env={**environment, **variables, **settings}, cwd=folder, stdout=log, stderr=log)
        try:
            _wait_for(port, process)
            yield f"http://{HERE}:{port}"
        finally:
            process.terminate()
            process.wait()


def _started_by(name: str, port: int) -> tuple[list[str], dict[str, str]]:
    """Returns the command and its environment."""
    if name == "moto":
        program = str(Path(sys.executable).with_name("moto_server"))
        return [program, "-H", HERE, "-p", str(port)], {"MOTO_IAM_LOAD_MANAGED_POLICIES": "true"}
    assert MINISTACK.exists(), "ministack is not there: make setup-elsewhere"
    # By default, it listens on every interface.
    return [str(MINISTACK)], {"BIND_HOST": HERE, "GATEWAY_PORT": str(port)}


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((HERE, 0))
        return found.getsockname()[1]


def _wait_for(port: int, process: subprocess.Popen) -> None:
    while process.poll() is None:
        with socket.socket() as client:
            if client.connect_ex((HERE, port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"It ended by itself with {process.returncode}.")
