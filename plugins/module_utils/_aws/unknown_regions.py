# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors that a misspelled region may have caused: AWS refuses the credentials there, or the name has no address."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any, FrozenSet, Optional

try:  # noqa: SIM105  # Ansible's tests know only this form
    from botocore.session import get_session
except ImportError:
    pass  # AnsibleAWSModule says which library is missing.

from .._common.error_suggestions import NOT_ACCEPTED, UNREACHED
from .._common.errors import AwsError, suggestion_for
from .._common.suggestions import did_you_mean

SUSPECT = NOT_ACCEPTED | UNREACHED
SHOWN = 2


@lru_cache(maxsize=1)
def known_regions() -> FrozenSet[str]:
    """The regions that the installed botocore knows.  AWS may have newer ones, so another name need not be wrong."""
    session = get_session()
    return frozenset(region for partition in session.get_available_partitions() for region in session.get_available_regions("ec2", partition))


def explain_region(error: AwsError, region: Optional[str]) -> AwsError:
    """The error of a call in this region, whose suggestion begins with the region if botocore does not know it."""
    if error.code not in SUSPECT or not region or region.endswith("-global") or region in known_regions():
        return error
    doubt = f"botocore does not know the region {region}. {did_you_mean(region, known_regions(), SHOWN) or 'Check the option region.'}"
    return replace(error, suggestion=f"{doubt} If the region is right: {suggestion_for(error)}")


def region_of(client: Any) -> Optional[str]:
    """The region that a client calls."""
    region: Optional[str] = getattr(getattr(client, "meta", None), "region_name", None)
    return region
