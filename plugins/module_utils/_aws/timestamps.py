# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Timestamps in AWS's answers, parsed faster than by botocore.

Each instance has about five of them, and botocore has dateutil guess the format of each.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

try:
    from botocore.utils import parse_timestamp as parse_any
    from dateutil.tz import tzutc
except ImportError:
    pass  # AnsibleAWSModule says which library is missing.

# What EC2, IAM and Auto Scaling send, in the strictest reading: fromisoformat() takes more, which differs between Python's versions.
USUAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(?:\.[0-9]{3}|\.[0-9]{6})?Z")


def parse_timestamp(value: Any) -> datetime:
    """The same as botocore's own parser returns or raises, for every value; only its time zone may be tzlocal where local time is UTC."""
    if isinstance(value, str) and USUAL.fullmatch(value):
        try:
            return datetime.fromisoformat(value[:-1]).replace(tzinfo=tzutc())
        except ValueError:
            pass  # There is no such day or minute; botocore says so.
    parsed: datetime = parse_any(value)
    return parsed
