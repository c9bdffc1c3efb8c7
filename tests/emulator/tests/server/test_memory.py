# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory is freed when its contents can't be used any more."""

from __future__ import annotations

import gc
from typing import Any


def _made(kind: type) -> int:
    """Counts the objects of this class that are in memory."""
    gc.collect()
    return sum(isinstance(each, kind) for each in gc.get_objects())


def _reset() -> list[tuple[int, int]]:
    """Returns how many EC2 and IAM backends there are before and after a reset."""
    from moto.ec2.models import EC2Backend
    from moto.iam.models import IAMBackend, iam_backends

    from keyless_emulator.server.emulator import Emulator
    from keyless_emulator.server.http_messages import make_request

    emulator = Emulator()
    for operation in (b"DescribeInstances", b"DescribeImages"):
        for region in ("eu-west-1", "us-west-2"):
            emulator._gateway.answer(make_request("/", b"Version=2016-11-15&Action=" + operation, "ec2", region))
    first, second = (iam_backends[account]["aws"].managed_policies for account in ("111111111111", "222222222222"))
    arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    assert first[arn] is not second[arn] and first[arn].versions is second[arn].versions
    del first, second
    before = _made(EC2Backend), _made(IAMBackend)
    emulator.reset()
    return [before, (_made(EC2Backend), _made(IAMBackend))]


def test_a_reset_frees_all_regions_and_accounts() -> None:
    from warm_emulator import run_warm

    before, after = run_warm(_reset)
    assert min(before) >= 2 and after == (0, 0)


def test_images_and_their_snapshots_are_created_on_demand(aws: Any) -> None:
    owned = aws.ec2.describe_snapshots()["Snapshots"]
    images = aws.ec2.describe_images()["Images"]
    assert len(images) > 1000 and {each["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"] for each in images} == {each["SnapshotId"] for each in owned}
    aws.http("POST", "/emulator/reset")
    assert len(aws.ec2.describe_images()["Images"]) == len(images)
