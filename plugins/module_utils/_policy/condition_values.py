# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values that a condition compares with: dates, numbers, ranges of addresses.  Pure.

Where one is none, AWS says that "the policy failed legacy parsing".
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Optional

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)
# ISO 8601, of which anything after the year may be left out
DATE = re.compile(
    r"[+-]?\d{1,9}(-(0?[1-9]|1[0-2])(-(0?[1-9]|[12]\d|3[01]))?)?"
    r"(T(([01]?\d|2[0-3])(:[0-5]?\d(:[0-5]?\d(\.\d{1,9})?)?)?(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)?)?)?",
    re.IGNORECASE | re.ASCII,
)
LATEST = 2**63 - 1  # as a number of seconds since 1970


def wrong_value(operator: str, value: Any) -> Optional[str]:
    """What would be right in the place of a value that the operator can't compare with."""
    # What a variable will hold can't be known.
    if isinstance(value, str) and "${" in value:
        return None
    text = str(value)
    if operator.startswith("Numeric") and not NUMBER.fullmatch(text):
        return "A number is like 10 or 1.5."
    if operator.startswith("Date") and not _is_date(text):
        return "A date is like 2026-01-31T08:15:00Z, or the seconds since 1970."
    if operator.startswith(("IpAddress", "NotIpAddress")) and not is_network(text):
        return "A range of addresses is like 192.0.2.0/24 or 2001:DB8::/32."
    return None


def _is_date(text: str) -> bool:
    return int(text) <= LATEST if text.isdecimal() else bool(DATE.fullmatch(text))


def is_network(text: str) -> bool:
    """Whether it is an address or a range of them."""
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True
