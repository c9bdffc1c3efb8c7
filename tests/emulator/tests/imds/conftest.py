# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures: instances with a metadata service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from imds_client import Imds


@pytest.fixture(name="bare")
def _bare(aws: Any) -> Imds:
    """The metadata service of an instance without a profile."""
    return Imds(aws, aws.launch()[0])


@pytest.fixture(name="web")
def _web(aws: Any) -> Imds:
    """The metadata service of an instance with the profile and role web."""
    aws.profile("web")
    return Imds(aws, aws.launch(IamInstanceProfile={"Name": "web"})[0])


@pytest.fixture(name="ahead")
def _ahead(aws: Any) -> Callable[[float], None]:
    """Sets the emulator's clock ahead."""

    def ahead(seconds: float) -> None:
        aws.http("PUT", "/emulator/clock", {"ahead": seconds})

    return ahead
