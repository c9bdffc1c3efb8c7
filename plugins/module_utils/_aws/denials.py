# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why EC2 refused a call: its refusals carry a message that only sts:DecodeAuthorizationMessage opens.

https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
"""

from __future__ import annotations

import json
import re
from threading import Lock
from typing import Any, Callable, Mapping, Optional

try:
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError
except ImportError:
    pass  # AnsibleAWSModule says which library is missing.

from .._common.errors import ENCODED, Denial

OPENABLE = re.compile(rf"\s*{ENCODED}(?P<encoded>\S+)")
# A fleet is refused for one reason, or few: nobody needs it opened a thousand times.
MOST = 10


def explain_denials(client: Any, make_sts: Callable[[], Any]) -> None:
    """Has the client's refusals opened, where that is allowed; ``denial_in`` finds what they hold."""
    client.meta.events.register("after-call", _Opener(make_sts))


def denial_in(error: Mapping[str, Any]) -> Optional[Denial]:
    """The reason in the ``Error`` of botocore's answer; None where it could not be opened."""
    return error.get("Denial")


class _Opener:
    """Opens the first refusals, and none after one that may not be opened; called from several threads."""

    def __init__(self, make_sts: Callable[[], Any]) -> None:
        self._make_sts = make_sts
        self._left = MOST
        self._opening = Lock()

    def __call__(self, parsed: dict[str, Any], **_others: Any) -> None:
        error = parsed.get("Error") or {}
        found = OPENABLE.search(error.get("Message") or "")
        if found and error.get("Code") == "UnauthorizedOperation":
            denial = self._open(found["encoded"])
            if denial:
                error.update(Denial=denial, Message=OPENABLE.sub("", error["Message"]))

    def _open(self, encoded: str) -> Optional[Denial]:
        with self._opening:
            if not self._left:
                return None
            self._left -= 1
            try:
                answer = self._make_sts().decode_authorization_message(EncodedMessage=encoded)
                return denial_of(json.loads(answer["DecodedMessage"]))
            except (BotoCoreError, ClientError, ResponseParserError, AttributeError, KeyError, TypeError, ValueError):
                # It would only have explained the refusal, which is told in any case.
                self._left = 0
                return None


def denial_of(decoded: Mapping[str, Any]) -> Denial:
    """What the opened message says; raises KeyError for one that says nothing."""
    statements = (decoded.get("matchedStatements") or {}).get("items") or ()
    denying = [each for each in statements if each.get("effect") == "DENY"]
    return Denial(
        action=decoded["context"]["action"],
        resource=decoded["context"].get("resource") or "*",
        is_explicit=bool(decoded.get("explicitDeny")),
        statements=tuple(each["statementId"] for each in denying if each.get("statementId")),
    )
