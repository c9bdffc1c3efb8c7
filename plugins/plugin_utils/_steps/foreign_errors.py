# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user can do about an error in the message of another collection's module.  Pure."""

from __future__ import annotations

import re
from typing import Any, Collection, Mapping, Optional

from ...module_utils._common.denials import denial_in_message, suggestion_for_denial
from ...module_utils._common.error_suggestions import suggestion_by_cause
from ...module_utils._common.plan_summary import ended
from ...module_utils._common.suggestions import did_you_mean

# botocore's errors by the fixed part of their texts: amazon.aws passes on only the text. Those of AWS have a code.
TEXTS = {
    "PartialCredentials": "Partial credentials found in",
    "ProfileNotFound": "The config profile (",
    "NoCredentials": "Unable to locate credentials",
    "NoRegion": "You must specify a region",
    "EndpointConnection": "Could not connect to the endpoint URL",
    "ConnectTimeout": "Connect timeout on endpoint URL",
}


def explained(failed: Mapping[str, Any]) -> str:
    """The message of a module that failed, with the code and the next step if they are known and not in it."""
    message = str(failed.get("msg") or "")
    code = _code(failed.get("error"), message)
    denial = denial_in_message(message)
    suggestion = suggestion_for_denial(denial) if denial else suggestion_by_cause("", code, message) if code else None
    if not suggestion or suggestion in message:
        return message
    # As in the errors of our own modules
    named = message if not code or re.search(rf"\b{re.escape(code)}\b", message) else f"{message.rstrip('.')} ({code})"
    return f"{ended(named)} {suggestion}"


def _code(error: Any, message: str) -> str:
    """The code of AWS's error, or that of botocore's."""
    if isinstance(error, Mapping) and error.get("code"):
        return str(error["code"])
    return next((code for code, text in TEXTS.items() if text in message), "")


def with_region(message: str, region: Optional[str], known: Collection[str]) -> str:
    """The message of a call that may have failed because of the region, which ends with similar ones if it is not ``known``."""
    similar = did_you_mean(region or "", known, 2)
    if not similar or region in known or "region" not in message:
        return message
    return f"{ended(message)} botocore does not know the region {region}. {similar}"
