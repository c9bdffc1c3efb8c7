# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why EC2 denied a call: its errors contain a message that only sts:DecodeAuthorizationMessage can decode.

https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
"""

from __future__ import annotations

import json
import re
from threading import Lock
from typing import Any, Callable, Mapping, Optional

from .._common.denials import Denial
from .._common.errors import ENCODED

ENCODED_PART = re.compile(rf"\s*{ENCODED}(?P<encoded>\S+)")
# A run is denied for one reason or a few, so there is no need to decode a thousand errors.
MAX_DECODED = 10


def explain_denials(client: Any, make_sts: Callable[[], Any]) -> None:
    """Decodes the client's errors, if that is allowed; ``denial_in`` returns the decoded reason."""
    client.meta.events.register("after-call", _Decoder(make_sts))


def denial_in(error: Mapping[str, Any]) -> Optional[Denial]:
    """The reason in the ``Error`` of botocore's response, or None if it was not decoded."""
    return error.get("Denial")


class _Decoder:
    """Decodes the first errors, and stops after one that can't be decoded.  It is called from several threads."""

    def __init__(self, make_sts: Callable[[], Any]) -> None:
        self._make_sts = make_sts
        self._left = MAX_DECODED
        self._decoding = Lock()

    def __call__(self, parsed: dict[str, Any], **_others: Any) -> None:
        error = parsed.get("Error") or {}
        found = ENCODED_PART.search(error.get("Message") or "")
        if found and error.get("Code") == "UnauthorizedOperation":
            denial = self._decode(found["encoded"])
            if denial:
                error.update(Denial=denial, Message=ENCODED_PART.sub("", error["Message"]))

    def _decode(self, encoded: str) -> Optional[Denial]:
        with self._decoding:
            if not self._left:
                return None
            self._left -= 1
            try:
                response = self._make_sts().decode_authorization_message(EncodedMessage=encoded)
                return denial_of(json.loads(response["DecodedMessage"]))
            except Exception:  # pylint: disable=broad-exception-caught
                # The reason is only an explanation; the error itself is reported in any case.
                self._left = 0
                return None


def denial_of(decoded: Mapping[str, Any]) -> Denial:
    """The reason in a decoded message.  Raises KeyError if it has none."""
    statements = (decoded.get("matchedStatements") or {}).get("items") or ()
    denying = [each for each in statements if each.get("effect") == "DENY"]
    return Denial(
        action=decoded["context"]["action"],
        resource=decoded["context"].get("resource") or "*",
        is_explicit=bool(decoded.get("explicitDeny")),
        statements=tuple(each["statementId"] for each in denying if each.get("statementId")),
    )
