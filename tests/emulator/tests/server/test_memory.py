# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory is freed when its contents can't be used any more."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

RESET = """
import gc
from keyless_emulator.server.emulator import Emulator
from keyless_emulator.server.http_messages import make_request
from moto.ec2.models import EC2Backend
from moto.iam.models import IAMBackend, iam_backends

def made(kind):
    gc.collect()
    return sum(isinstance(each, kind) for each in gc.get_objects())

emulator = Emulator()
for operation in (b"DescribeInstances", b"DescribeImages"):
    for region in ("eu-west-1", "us-west-2"):
        emulator._gateway.answer(make_request("/", b"Version=2016-11-15&Action=" + operation, "ec2", region))
first, second = (iam_backends[account]["aws"].managed_policies for account in ("111111111111", "222222222222"))
arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
assert first[arn] is not second[arn] and first[arn].versions is second[arn].versions
del first, second
print(made(EC2Backend) >= 2, made(IAMBackend) >= 2)
emulator.reset()
print(made(EC2Backend), made(IAMBackend))
"""


def test_a_reset_frees_all_regions_and_accounts() -> None:
    finished = subprocess.run([sys.executable, "-c", RESET], capture_output=True, text=True, check=False)
    assert finished.stdout.splitlines() == ["True True", "0 0"], finished.stderr


def test_images_and_their_snapshots_are_created_on_demand(aws: Any) -> None:
    owned = aws.ec2.describe_snapshots()["Snapshots"]
    images = aws.ec2.describe_images()["Images"]
    assert len(images) > 1000 and {each["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"] for each in images} == {each["SnapshotId"] for each in owned}
    aws.http("POST", "/emulator/reset")
    assert len(aws.ec2.describe_images()["Images"]) == len(images)
