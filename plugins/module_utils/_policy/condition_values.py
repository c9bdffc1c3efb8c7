# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values that condition operators accept: dates, numbers and address ranges.  Pure.

For an invalid value, AWS only says that "the policy failed legacy parsing".
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Optional

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE | re.ASCII)
# ISO 8601, where everything after the year is optional
DATE = re.compile(
    r"[+-]?\d{1,9}(-(0?[1-9]|1[0-2])(-(0?[1-9]|[12]\d|3[01]))?)?"
    r"(T(([01]?\d|2[0-3])(:[0-5]?\d(:[0-5]?\d(\.\d{1,9})?)?)?(Z|[+-]([01]\d|2[0-3])(:?[0-5]\d)?)?)?)?",
    re.IGNORECASE | re.ASCII,
)
MAX_SECONDS = 2**63 - 1  # since 1970


def value_suggestion(operator: str, value: Any) -> Optional[str]:
    """What to use instead of a value that the operator can't compare with; None for a valid value."""
    # The value of a policy variable is only known when the policy is evaluated.
    if isinstance(value, str) and "${" in value:
        return None
    text = str(value)
    if operator.startswith("Numeric") and not NUMBER.fullmatch(text):
        return "Use a number like 10 or 1.5."
    if operator.startswith("Date") and not _is_date(text):
        return "Use a date like 2026-01-31T08:15:00Z, or seconds since 1970."
    if operator.startswith(("IpAddress", "NotIpAddress")) and not is_network(text):
        return "Use an address range like 192.0.2.0/24 or 2001:DB8::/32."
    return None


def _is_date(text: str) -> bool:
    return int(text) <= MAX_SECONDS if text.isdecimal() else bool(DATE.fullmatch(text))


def is_network(text: str) -> bool:
    """Whether the text is an IP address or an address range."""
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True
