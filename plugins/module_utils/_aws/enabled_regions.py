# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The regions that are enabled for an account, also if the module's own region is not."""

from __future__ import annotations

import re
from typing import Callable, Optional

try:  # noqa: SIM105  # Ansible's tests know only this form
    from botocore.loaders import create_loader
except ImportError:
    pass  # AnsibleAWSModule says which library is missing.

from .._common.error_suggestions import NOT_ACCEPTED
from .._common.errors import AwsError
from .ec2 import Ec2

# How a region answers an account that has not enabled it
NOT_ENABLED = NOT_ACCEPTED | {"OptInRequired", "UnauthorizedOperation"}


def enabled_regions(connect: Callable[[Optional[str]], Ec2]) -> list[str]:
    """The enabled regions; ``connect`` returns the gateway of a region, None for the module's own.

    If the account has not enabled that one, it asks a region that every account of the partition has.
    """
    own = connect(None)
    try:
        return own.list_regions()
    except AwsError as error:
        home = home_region(own.region)
        if error.code not in NOT_ENABLED or home in (None, own.region):
            raise
        return connect(home).list_regions()


def home_region(region: str) -> Optional[str]:
    """The region of the partition that every account has enabled, by botocore's data; None if the partition is unknown."""
    for partition in create_loader().load_data("partitions")["partitions"]:
        if region in partition["regions"] or re.match(partition["regionRegex"], region):
            home: Optional[str] = partition["outputs"].get("implicitGlobalRegion")
            return home
    return None
