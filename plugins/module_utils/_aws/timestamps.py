# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parses timestamps in AWS's responses faster than botocore does.

Each instance has about five timestamps, and botocore lets dateutil guess the format of each.
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

# The format of EC2, IAM and Auto Scaling.  fromisoformat() accepts more, and what it accepts depends on Python's version.
USUAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(?:\.[0-9]{3}|\.[0-9]{6})?Z")


def parse_timestamp(value: Any) -> datetime:
    """Returns or raises the same as botocore's own parser, except that botocore uses tzlocal if local time is UTC."""
    if isinstance(value, str) and USUAL.fullmatch(value):
        try:
            return datetime.fromisoformat(value[:-1]).replace(tzinfo=tzutc())
        except ValueError:
            pass  # There is no such day or minute; botocore's parser reports that.
    parsed: datetime = parse_any(value)
    return parsed
