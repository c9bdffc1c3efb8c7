# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a new instance would accept requests without a token (IMDSv1).  Pure.

Each metadata option is evaluated by itself: the launch comes first, then the account's default in the region, then the image.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Iterable, Mapping, Optional

IMDSV2 = "v2.0"  # of an image


@dataclass(frozen=True)
class ImdsDefaults:
    """The defaults for metadata options that a launch does not give.

    ``account`` are those of the account in the region, None if they could not be read.  ``images`` has ImdsSupport of each image that
    was found, empty for an image without it.
    """

    account: Optional[Mapping[str, Any]] = None
    images: Mapping[str, str] = field(default_factory=dict)


def decides_itself(data: Mapping[str, Any]) -> bool:
    """Whether the launch needs no defaults to forbid IMDSv1."""
    options = data.get("MetadataOptions") or {}
    return options.get("HttpTokens") == "required" or options.get("HttpEndpoint") == "disabled"


def allows_imdsv1(data: Mapping[str, Any], image_ids: Iterable[Optional[str]], defaults: ImdsDefaults) -> Optional[bool]:
    """Whether a launch with this data from one of these images allows IMDSv1; None if that is not known."""
    if decides_itself(data):
        return False
    options, account = data.get("MetadataOptions") or {}, defaults.account
    if account and account.get("HttpTokensEnforced") == "enabled":
        return False  # AWS refuses the launch unless tokens are required
    if account and not options.get("HttpEndpoint") and account.get("HttpEndpoint") == "disabled":
        return False
    if options.get("HttpTokens"):
        # Without the account's defaults, enforcement is not known.
        return None if account is None else True
    tokens = default_tokens(image_ids, defaults)
    return None if tokens is None else tokens != "required"


def default_tokens(image_ids: Iterable[Optional[str]], defaults: ImdsDefaults) -> Optional[str]:
    """HttpTokens of launches from these images that do not give it, ``optional`` if some get that; None if it is not known."""
    if defaults.account is None:
        return None
    if defaults.account.get("HttpTokens"):
        return str(defaults.account["HttpTokens"])
    supported = [defaults.images.get(each) if each else None for each in image_ids]
    if any(each is not None and each != IMDSV2 for each in supported):
        return "optional"
    return None if None in supported or not supported else "required"
