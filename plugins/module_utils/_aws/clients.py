# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""boto3 clients, made from amazon.aws's connection options."""

from __future__ import annotations

from typing import Any, Optional

# Throttling then costs time and not a failure: botocore paces the calls to what AWS lets through.
RETRIES = {"mode": "adaptive", "total_max_attempts": 12}


def client(module: Any, service: str, concurrency: int = 10, region: Optional[str] = None) -> Any:
    """A boto3 client made from amazon.aws's connection options, for so many calls at a time; of another region if given."""
    from botocore.config import Config

    elsewhere = {"region": region} if region else {}
    return module.client(service, config=Config(retries=RETRIES, max_pool_connections=concurrency), **elsewhere)


def client_anywhere(module: Any, service: str, region: Optional[str] = None) -> Any:
    """A client of the region, or of any that answers for all: the module's own, else that of AWS's first."""
    return client(module, service, region=region or module.region or "us-east-1")
