# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An emulated AWS and a control node for the tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import Aws
from ansible_collections.keyless.ec2.tests.integration.support.controller import Controller

EMULATOR = Path(__file__).resolve().parents[1] / "emulator"


@pytest.fixture(scope="session", name="endpoint")
def _endpoint() -> Iterator[str]:
    # The oldest supported boto3 is too old for moto, so the emulator may run on another interpreter.
    python = os.environ.get("KEYLESS_EMULATOR_PYTHON", sys.executable)
    command = [python, str(EMULATOR), "--parent-pid", str(os.getpid())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@pytest.fixture(scope="module", name="aws")
def _aws(endpoint: str) -> Aws:
    """An AWS with nothing in it; tests of one module choose names of their own."""
    aws = Aws(endpoint)
    aws.reset()
    return aws


@pytest.fixture(scope="module", name="controller")
def _controller(aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> Controller:
    return Controller(tmp_path_factory.mktemp("controller"), aws)
