# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parses the metadata of an instance.  Pure.

Raises ValueError for anything that EC2's metadata service would not return.  The error contains nothing of it.
"""

from __future__ import annotations

import calendar
import json
import re
import time
from typing import Any, NamedTuple, Optional

from .._common.identifiers import ACCOUNT_ID, INSTANCE_ID
from .._common.quoting import one_line
from .actions.signing import RoleSecrets
from .redact import without_secrets

REGION = re.compile("[a-z0-9-]{1,32}")
HEADER_VALUE = re.compile("[!-~]{1,8192}")
MAX_TEXT = 1000  # characters, more than an ARN has
MAX_MESSAGE = 300  # characters of AWS's texts for people


class Profile(NamedTuple):
    """iam/info: the instance profile, or the ``code`` that says why there is none."""

    code: Optional[str]
    arn: Optional[str]
    profile_id: Optional[str]


class Credentials(NamedTuple):
    """What is not secret about a role's credentials; ``expiration`` is ISO 8601, in UTC."""

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
    """The host in an instance identity document.  Its fields are None if the text is not one."""
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
    return Profile(_text(document, "Code", MAX_MESSAGE), _text(document, "InstanceProfileArn"), _text(document, "InstanceProfileId"))


def credentials_in(text: str) -> Credentials:
    """The document without its access key id, secret key and token."""
    document = _document(text)
    secrets = [each for each in (document.pop("SecretAccessKey", None), document.pop("Token", None)) if isinstance(each, str)]
    document = {name: without_secrets(each, secrets) if isinstance(each, str) else each for name, each in document.items()}
    expiration = _text(document, "Expiration")
    return Credentials(
        _text(document, "Code", MAX_MESSAGE),
        _text(document, "Type"),
        expiration if unix_time(expiration) is not None else None,
        _text(document, "Message", MAX_MESSAGE),
    )


def role_secrets_in(text: str) -> Optional[RoleSecrets]:
    """The credentials, only for signing requests; None if there are none."""
    document = _document(text)
    given = [document.get(name) for name in ("AccessKeyId", "SecretAccessKey", "Token")]
    # An invalid header value would appear in the error about it.
    parts = [each for each in given if isinstance(each, str) and HEADER_VALUE.fullmatch(each)]
    return RoleSecrets(*parts) if len(parts) == len(given) else None


def matching(pattern: re.Pattern[str], text: Optional[str]) -> Optional[str]:
    """The text, stripped, if it matches; else None."""
    found = pattern.fullmatch((text or "").strip())
    return found and found.group()


def unix_time(expiration: Optional[str]) -> Optional[int]:
    """A time of the metadata service in unix seconds; None if it is not one."""
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
    """The content of a JSON text; None if it is invalid, because json's error would contain the text."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _text(document: dict[str, Any], name: str, limit: int = MAX_TEXT) -> Optional[str]:
    """The string of that name, printable and shortened; None if it is not a string."""
    value = document.get(name)
    return printable(value, limit) if isinstance(value, str) else None


def printable(text: str, limit: int) -> str:
    """The text on one line, with invisible characters escaped, and shortened to a number of characters."""
    line = one_line(" ".join(text.split())[: limit + 1])
    return line if len(line) <= limit else line[: limit - 3] + "..."
