# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an instance's metadata says, as values.  Pure.

Raises ValueError for what the metadata service of EC2 does not say; the error has nothing of it.
"""

from __future__ import annotations

import calendar
import json
import re
import time
from typing import Any, NamedTuple, Optional

from .._common.identifiers import ACCOUNT_ID, INSTANCE_ID
from .actions.signing import Secrets

REGION = re.compile("[a-z0-9-]{1,32}")
IN_A_HEADER = re.compile("[!-~]{1,8192}")
MOST_CHARACTERS = 1000  # of a text, more than an ARN has
MOST_SAID = 300  # of what AWS says of itself to people


class Profile(NamedTuple):
    """iam/info: the instance profile, or the ``code`` that says why there is none."""

    code: Optional[str]
    arn: Optional[str]
    profile_id: Optional[str]


class Credentials(NamedTuple):
    """What may be known of a role's credentials; ``expiration`` is ISO 8601, in UTC."""

    code: Optional[str]
    type: Optional[str]
    expiration: Optional[str]
    message: Optional[str]


class Host(NamedTuple):
    """Which instance it is."""

    instance_id: Optional[str]
    region: Optional[str]
    account_id: Optional[str]


def host_in(text: str) -> Host:
    """What the instance identity document says; nothing where it is none."""
    try:
        document = _document(text)
    except ValueError:
        document = {}
    return Host(
        matching(INSTANCE_ID, _text(document, "instanceId")),
        matching(REGION, _text(document, "region")),
        matching(ACCOUNT_ID, _text(document, "accountId")),
    )


def profile_in(text: str) -> Profile:
    document = _document(text)
    return Profile(_text(document, "Code", MOST_SAID), _text(document, "InstanceProfileArn"), _text(document, "InstanceProfileId"))


def credentials_in(text: str) -> Credentials:
    """The document without its secrets: neither a key nor its id nor the token gets any further."""
    document = _document(text)
    expiration = _text(document, "Expiration")
    return Credentials(
        _text(document, "Code", MOST_SAID),
        _text(document, "Type"),
        expiration if seconds_of(expiration) is not None else None,
        _text(document, "Message", MOST_SAID),
    )


def secrets_in(text: str) -> Optional[Secrets]:
    """The credentials themselves, to sign requests with and for nothing else; None where there are none."""
    document = _document(text)
    given = [document.get(name) for name in ("AccessKeyId", "SecretAccessKey", "Token")]
    # What can't be in a header would come back in the error about it.
    parts = [each for each in given if isinstance(each, str) and IN_A_HEADER.fullmatch(each)]
    return Secrets(*parts) if len(parts) == len(given) else None


def matching(pattern: re.Pattern[str], text: Optional[str]) -> Optional[str]:
    """The text without blanks at its ends if it is one of these, else None."""
    found = pattern.fullmatch((text or "").strip())
    return found and found.group()


def seconds_of(expiration: Optional[str]) -> Optional[int]:
    """A time of the metadata service in unix seconds; None if it is none."""
    try:
        return calendar.timegm(time.strptime(expiration or "", "%Y-%m-%dT%H:%M:%SZ"))
    except ValueError:
        return None


def _document(text: str) -> dict[str, Any]:
    document = _parsed(text)
    if not isinstance(document, dict):
        raise ValueError("This is not a JSON object.")
    return document


def _parsed(text: str) -> Any:
    """The content of a JSON text.  None for another: json's error would carry the text along."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _text(document: dict[str, Any], name: str, most: int = MOST_CHARACTERS) -> Optional[str]:
    """The text of that name as it can be shown, with so many characters at most; None if it is none."""
    value = document.get(name)
    return shown(value, most) if isinstance(value, str) else None


def shown(text: str, most: int) -> str:
    """The text in one line. What would move a terminal's cursor, or can't be written to one, is escaped."""
    begin = " ".join(text.split())[: most + 1]
    line = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in begin)
    return line if len(line) <= most else line[: most - 3] + "..."
