# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes signed calls to AWS, and interprets the answers.

No redirect is followed, because it would send a signature to another server.  Answers are only searched for an error.
"""

from __future__ import annotations

import http.client
import re
import ssl
import time
import urllib.error
import urllib.request
from functools import partial
from typing import NamedTuple, Optional

from ..background import within
from ..metadata import MAX_MESSAGE, printable
from .calls import ALLOWED, DENIED, UNKNOWN, Call
from .endpoints import endpoint_of
from .signing import Request, RoleSecrets, encoded_query, signed_headers

SECONDS = 15  # per call
MAX_BYTES = 65536  # of an answer
DRY_RUN_SUCCESS = "DryRunOperation"
DENIALS = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation", "Client.UnauthorizedOperation"})
CODE = re.compile(r"<Code>([\w.:-]{1,100})</Code>|\"__type\"\s*:\s*\"(?:[^\"#]*#)?([\w.:-]{1,100})\"")
CODE_NAME = re.compile(r"[\w.-]{1,100}")
MESSAGE = re.compile(r"<Message>(.*?)</Message>|\"[Mm]essage\"\s*:\s*\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)
ENCODED = re.compile(r"\s*Encoded authorization failure message: \S+")
# S3 answers HEAD with 403 and no text, also for an object that does not exist if the caller may not list the bucket.
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
FORBIDDEN = "HTTP 403"
DENIED_OR_MISSING = "It is denied, or the object does not exist: without s3:ListBucket, S3 gives the same answer to both."


class ActionAnswer(NamedTuple):
    """ALLOWED, DENIED or UNKNOWN, and the code and text of AWS's error."""

    answer: str
    code: Optional[str] = None
    message: Optional[str] = None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: object) -> None:
        return None


class SignedClient:
    """Calls the public endpoints of a region, or one endpoint for all services."""

    def __init__(self, region: str, secrets: RoleSecrets, endpoint: Optional[str], clock_ahead: float) -> None:
        self._region = region
        self._secrets = secrets
        self._endpoint = endpoint
        self._clock_ahead = clock_ahead
        self._opener = urllib.request.build_opener(_NoRedirect, urllib.request.HTTPSHandler(context=ssl.create_default_context()))

    def answer_to(self, call: Call, region: Optional[str] = None) -> ActionAnswer:
        """Makes the call."""
        try:
            answer = within(SECONDS, partial(self._send, call, region or self._region))
            if answer.code == FORBIDDEN and call.listing:
                listed = within(SECONDS, partial(self._send, call.listing, region or self._region))
                return ActionAnswer(DENIED, FORBIDDEN) if listed.answer == ALLOWED else answer
            return answer
        except OSError as error:
            reason = getattr(error, "reason", error)
            text = self._secrets.removed_from("Could not reach AWS: %s" % (reason or type(error).__name__))
            return ActionAnswer(UNKNOWN, None, printable(text, MAX_MESSAGE))
        except (http.client.HTTPException, ValueError) as error:
            # The error's text could contain a header, which is secret.
            return ActionAnswer(UNKNOWN, None, "The answer is not from AWS (%s)." % type(error).__name__)

    def _send(self, call: Call, region: str) -> ActionAnswer:
        endpoint = endpoint_of(call.service, region)
        url = (self._endpoint or endpoint.url).rstrip("/") + call.path
        request = Request(call.method, url, call.query, call.headers, call.body)
        headers = signed_headers(request, call.service, endpoint.region, self._secrets, time.time() - self._clock_ahead)
        headers.pop("host")
        query = encoded_query(call.query)
        prepared = urllib.request.Request(url + ("?" + query if query else ""), call.body or None, headers, method=call.method)
        try:
            with self._opener.open(prepared, timeout=SECONDS):
                return ActionAnswer(ALLOWED)
        except urllib.error.HTTPError as error:
            with error:
                # An answer can repeat the headers of its request.
                text, kind = error.read(MAX_BYTES).decode("utf-8", "replace"), error.headers.get("x-amzn-ErrorType") or ""
                return interpret_error(error.code, self._secrets.removed_from(text), self._secrets.removed_from(kind), call.method)


def interpret_error(status: int, text: str, error_type: Optional[str] = None, method: str = "GET") -> ActionAnswer:
    """What an error says about the permission.  REST services have its name in a header, ``error_type``."""
    named = CODE_NAME.match(error_type or "")
    code = _first_group(CODE, text) or (named.group() if named else None)
    message = _first_group(MESSAGE, text)
    shown = printable(ENCODED.sub("", message), MAX_MESSAGE) if message else None
    if code == DRY_RUN_SUCCESS:
        return ActionAnswer(ALLOWED)
    if code in DENIALS:
        return ActionAnswer(DENIED, code, shown)
    if code is None and status == 403 and method == "HEAD":
        return ActionAnswer(UNKNOWN, FORBIDDEN, DENIED_OR_MISSING)
    return ActionAnswer(UNKNOWN, code or "HTTP %d" % status, shown)


def _first_group(pattern: re.Pattern[str], text: str) -> Optional[str]:
    match = pattern.search(text)
    return next((each for each in match.groups() if each is not None), None) if match else None
