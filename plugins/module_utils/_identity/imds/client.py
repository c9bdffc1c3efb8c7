# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client of the instance metadata service (IMDS): no proxies, no redirects, limited time and size.

No answer is ever part of an error, because it could be a secret.
"""

from __future__ import annotations

import http.client
import re
import socket
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Mapping, NamedTuple, Optional
from urllib.parse import SplitResult

from ..background import within
from .min_ttl import drop_below

TRY_SECONDS = 0.85  # per request; with a second try it takes less than two seconds to find that nothing answers
MAX_BYTES = 65536  # of an answer
TOKEN_SECONDS = "60"
TOKEN_PATH = "/latest/api/token"
TOKEN = re.compile("[!-~]{1,1024}")  # Anything else is not a valid header value.
PROBE_PATH = "/latest/meta-data/instance-id"
BAD_TOKEN = "none"  # EC2's metadata service answers it with 401.
NO_HEADERS: Mapping[str, str] = {}


class NoAnswer(Exception):
    """There was no valid answer.  The message is a sentence about the service, which it calls "it"."""


class TimedOut(NoAnswer):
    """There was no answer in time."""


class TurnedOff(NoAnswer):
    """The service refuses all requests."""


class ImdsAnswer(NamedTuple):
    """An HTTP answer; ``date`` is the time of the service's own clock, in unix seconds."""

    status: int
    text: str
    date: Optional[float]


class Token(NamedTuple):
    """A session token; ``date`` as in ImdsAnswer."""

    text: str
    date: Optional[float]


class ImdsClient:
    """Makes requests to the metadata service at a base URL."""

    def __init__(self, url: SplitResult, min_ttl: Optional[int] = None) -> None:
        """With ``min_ttl``, answers that arrive with fewer hops left are lost, as they are further away."""
        self._url = url
        self._prefix = url.path.rstrip("/")
        self._min_ttl = min_ttl

    def further_away(self) -> ImdsClient:
        """A client that gets only what would also arrive one network hop further away, such as in a container."""
        return ImdsClient(self._url, min_ttl=2)

    def get_token(self) -> Token:
        """A token that is valid for a minute.  Raises TurnedOff, NoAnswer."""
        answer = self._request_twice("PUT", TOKEN_PATH, {"X-aws-ec2-metadata-token-ttl-seconds": TOKEN_SECONDS})
        if answer.status == 403:
            raise TurnedOff("It answered HTTP 403.")
        if answer.status != 200:
            raise NoAnswer(f"It answered the token request with HTTP {answer.status}.")
        if not TOKEN.fullmatch(answer.text):
            raise NoAnswer("It answered the token request with something that is not a token.")
        return Token(answer.text, answer.date)

    def get(self, path: str, token: str) -> Optional[str]:
        """The text at a path; None if there is nothing.  Raises NoAnswer."""
        answer = self._request_twice("GET", path, {"X-aws-ec2-metadata-token": token})
        if answer.status not in (200, 404):
            raise NoAnswer(f"It answered HTTP {answer.status} to {path}.")
        return answer.text if answer.status == 200 else None

    def status_with_bad_token(self) -> int:
        """The HTTP status of the answer to an invalid token, which has no hop limit.  Raises NoAnswer."""
        return self._request("GET", PROBE_PATH, {"X-aws-ec2-metadata-token": BAD_TOKEN}).status

    def status_without_token(self) -> int:
        """The HTTP status of the answer to an IMDSv1 request.  Raises NoAnswer.

        AWS counts these requests in the metrics that show whether anything on the instance still uses IMDSv1.
        """
        return self._request("GET", PROBE_PATH, NO_HEADERS).status

    def _request_twice(self, method: str, path: str, headers: Mapping[str, str]) -> ImdsAnswer:
        """The answer to the first request, or to a second one if there was none or a server error."""
        try:
            answer = self._request(method, path, headers)
        except NoAnswer:
            return self._request(method, path, headers)
        return answer if answer.status < 500 else self._request(method, path, headers)

    def _request(self, method: str, path: str, headers: Mapping[str, str]) -> ImdsAnswer:
        # A socket's timeout applies to each read: a server that sends byte by byte would never exceed it.
        try:
            return within(TRY_SECONDS, partial(self._exchange, method, path, headers))
        except socket.timeout:
            raise TimedOut("It did not answer in time.") from None
        except OSError as error:
            raise NoAnswer(f"{error.strerror or 'The connection was closed'}.") from None
        except http.client.HTTPException:
            raise NoAnswer("It did not answer with valid HTTP.") from None

    def _exchange(self, method: str, path: str, headers: Mapping[str, str]) -> ImdsAnswer:
        connection = self._connection()
        try:
            if self._min_ttl is not None:
                connection.connect()
                drop_below(connection.sock, self._min_ttl)
            connection.request(method, self._prefix + path, headers=dict(headers))
            response = connection.getresponse()
            body = response.read(MAX_BYTES + 1)
        finally:
            connection.close()
        if len(body) > MAX_BYTES:
            raise NoAnswer(f"It answered with more than {MAX_BYTES} bytes.")
        return ImdsAnswer(response.status, body.decode("utf-8", "replace"), _unix_time(response.getheader("Date")))

    def _connection(self) -> http.client.HTTPConnection:
        secure = self._url.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        return kind(self._url.hostname or "", self._url.port, timeout=TRY_SECONDS)


def _unix_time(date: Optional[str]) -> Optional[float]:
    """The date in unix seconds; None if it is invalid, for which older Pythons raise all kinds of errors."""
    try:
        return parsedate_to_datetime(date).timestamp() if date else None
    except Exception:  # pylint: disable=broad-except
        return None
