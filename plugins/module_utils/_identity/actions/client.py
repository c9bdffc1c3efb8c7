# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes calls of AWS with a role's credentials, bounded in time and size, and tells what came of them.

No redirect is followed: it would carry a signature to another machine.  What comes back is only read for AWS's error.
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
from ..metadata import MOST_SAID, shown
from .calls import Call
from .signing import Request, Secrets, encoded_query, signed_headers

SECONDS = 15  # for all of one call
MAX_BYTES = 65536  # of an answer
ALLOWED, DENIED, UNKNOWN = "allowed", "denied", "unknown"
WOULD = "DryRunOperation"
DENIALS = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation", "Client.UnauthorizedOperation"})
CODE = re.compile(r"<Code>([\w.:-]{1,100})</Code>|\"__type\"\s*:\s*\"(?:[^\"#]*#)?([\w.:-]{1,100})\"")
CODE_NAME = re.compile(r"[\w.-]{1,100}")
MESSAGE = re.compile(r"<Message>(.*?)</Message>|\"[Mm]essage\"\s*:\s*\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)
ENCODED = re.compile(r"\s*Encoded authorization failure message: \S+")
GLOBAL = ("iam",)
HOSTS = {"ecr": "api.ecr"}  # where it is not what the service signs with


class Answer(NamedTuple):
    """ALLOWED, DENIED or UNKNOWN, and AWS's code and text where it has refused something."""

    answer: str
    code: Optional[str] = None
    message: Optional[str] = None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: object) -> None:
        return None


class Aws:
    """AWS as one region's endpoints, or as one endpoint that answers for all services."""

    def __init__(self, region: str, secrets: Secrets, endpoint: Optional[str], clock_ahead: float) -> None:
        self._region = region
        self._secrets = secrets
        self._endpoint = endpoint
        self._clock_ahead = clock_ahead
        self._opener = urllib.request.build_opener(_NoRedirect, urllib.request.HTTPSHandler(context=ssl.create_default_context()))

    def ask(self, call: Call, region: Optional[str] = None) -> Answer:
        """What AWS answers to the call."""
        try:
            return within(SECONDS, partial(self._ask, call, region or self._region))
        except OSError as error:
            reason = getattr(error, "reason", error)
            return Answer(UNKNOWN, None, shown("AWS could not be reached: %s" % (reason or type(error).__name__), MOST_SAID))
        except (http.client.HTTPException, ValueError) as error:
            # Its text may have a header in it, which is a secret.
            return Answer(UNKNOWN, None, "What answers there does not speak as AWS does (%s)." % type(error).__name__)

    def _ask(self, call: Call, region: str) -> Answer:
        url = self._base(call.service, region) + call.path
        request = Request(call.method, url, call.query, call.headers, call.body)
        signing = "us-east-1" if call.service in GLOBAL else region
        headers = signed_headers(request, call.service, signing, self._secrets, time.time() - self._clock_ahead)
        headers.pop("host")
        query = encoded_query(call.query)
        made = urllib.request.Request(url + ("?" + query if query else ""), call.body or None, headers, method=call.method)
        try:
            with self._opener.open(made, timeout=SECONDS):
                return Answer(ALLOWED)
        except urllib.error.HTTPError as error:
            with error:
                text = error.read(MAX_BYTES).decode("utf-8", "replace")
                return judged(error.code, text, error.headers.get("x-amzn-ErrorType"), call.method)

    def _base(self, service: str, region: str) -> str:
        if self._endpoint:
            return self._endpoint.rstrip("/")
        suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
        host = HOSTS.get(service, service)
        return "https://%s.%s" % (host, suffix) if service in GLOBAL else "https://%s.%s.%s" % (host, region, suffix)


def judged(status: int, text: str, error_type: Optional[str] = None, method: str = "GET") -> Answer:
    """What an answer that is no success says of the permission; REST services name the error in a header.  Pure."""
    named = CODE_NAME.match(error_type or "")
    code = _found(CODE, text) or (named.group() if named else None)
    message = _found(MESSAGE, text)
    told = shown(ENCODED.sub("", message), MOST_SAID) if message else None
    if code == WOULD:
        return Answer(ALLOWED)
    # An answer to HEAD has no text.
    if code in DENIALS or (code is None and status == 403 and method == "HEAD"):
        return Answer(DENIED, code or "HTTP 403", told)
    return Answer(UNKNOWN, code or "HTTP %d" % status, told)


def _found(pattern: re.Pattern[str], text: str) -> Optional[str]:
    match = pattern.search(text)
    return next((each for each in match.groups() if each is not None), None) if match else None
