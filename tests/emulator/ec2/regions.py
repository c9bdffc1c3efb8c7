# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Regions: an account has those of its own partition only."""

from __future__ import annotations

from typing import Any

from moto.ec2.models import EC2Backend
from moto.utilities.utils import get_partition


def patch_describe_regions() -> None:
    """moto lists those of every partition, where no account can have a key."""
    original = EC2Backend.describe_regions

    def describe_regions(self: Any, *args: Any, **kwargs: Any) -> list[Any]:
        return [each for each in original(self, *args, **kwargs) if get_partition(each.name) == self.partition]

    EC2Backend.describe_regions = describe_regions
