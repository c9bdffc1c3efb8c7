# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks an instance metadata service (IMDS), without proxies and redirects, bounded in time and in size.

What comes back is never part of an error: it may be a secret.
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

TRY_SECONDS = 0.85  # for all of one request; with one more try it is known within two seconds that nothing answers
MAX_BYTES = 65536  # of an answer
TOKEN_SECONDS = "60"
TOKEN_PATH = "/latest/api/token"
TOKEN = re.compile("[!-~]{1,1024}")  # anything else can't be a header's value
PROBE_PATH = "/latest/meta-data/instance-id"
NO_TOKEN = "none"  # which every metadata service of EC2 refuses with 401
NO_HEADERS: Mapping[str, str] = {}


class NoAnswer(Exception):
    """Nothing came back that can be used; says why, as a sentence about "it"."""


class TimedOut(NoAnswer):
    """Nothing came back in time."""


class TurnedOff(NoAnswer):
    """The service refuses everybody."""


class Answer(NamedTuple):
    """An HTTP answer; ``date`` is when the service sent it by its own clock, in unix seconds."""

    status: int
    text: str
    date: Optional[float]


class Token(NamedTuple):
    """A session's token; ``date`` as in Answer."""

    text: str
    date: Optional[float]


class Imds:
    """The metadata service at a base URL."""

    def __init__(self, url: SplitResult) -> None:
        self._url = url
        self._prefix = url.path.rstrip("/")

    def get_token(self) -> Token:
        """A token for a minute.  Raises TurnedOff, NoAnswer."""
        answer = self._insist("PUT", TOKEN_PATH, {"X-aws-ec2-metadata-token-ttl-seconds": TOKEN_SECONDS})
        if answer.status == 403:
            raise TurnedOff("It answered HTTP 403.")
        if answer.status != 200:
            raise NoAnswer(f"It answered HTTP {answer.status} when asked for a token.")
        if not TOKEN.fullmatch(answer.text):
            raise NoAnswer("What it answered when asked for a token is none.")
        return Token(answer.text, answer.date)

    def get(self, path: str, token: str) -> Optional[str]:
        """The text at a path, None if there is nothing.  Raises NoAnswer."""
        answer = self._insist("GET", path, {"X-aws-ec2-metadata-token": token})
        if answer.status not in (200, 404):
            raise NoAnswer(f"It answered HTTP {answer.status} to {path}.")
        return answer.text if answer.status == 200 else None

    def status_with_a_bad_token(self) -> int:
        """The HTTP status that a wrong token is answered with, whatever the hop limit.  Raises NoAnswer."""
        return self._ask("GET", PROBE_PATH, {"X-aws-ec2-metadata-token": NO_TOKEN}).status

    def status_without_token(self) -> int:
        """The HTTP status that a request of IMDSv1 is answered with.  Raises NoAnswer.

        AWS counts these requests in the metrics that tell whether anything on the instance still uses IMDSv1.
        """
        return self._ask("GET", PROBE_PATH, NO_HEADERS).status

    def _insist(self, method: str, path: str, headers: Mapping[str, str]) -> Answer:
        """The answer, on the second try if the first one has none, or an error of the server."""
        try:
            answer = self._ask(method, path, headers)
        except NoAnswer:
            return self._ask(method, path, headers)
        return answer if answer.status < 500 else self._ask(method, path, headers)

    def _ask(self, method: str, path: str, headers: Mapping[str, str]) -> Answer:
        # A socket's timeout is for each read: a server that sends byte by byte would never be done.
        try:
            return within(TRY_SECONDS, partial(self._exchange, method, path, headers))
        except socket.timeout:
            raise TimedOut("It did not answer in time.") from None
        except OSError as error:
            raise NoAnswer(f"{error.strerror or 'The connection was closed'}.") from None
        except http.client.HTTPException:
            raise NoAnswer("What answers there does not speak HTTP.") from None

    def _exchange(self, method: str, path: str, headers: Mapping[str, str]) -> Answer:
        connection = self._connection()
        try:
            connection.request(method, self._prefix + path, headers=dict(headers))
            response = connection.getresponse()
            body = response.read(MAX_BYTES + 1)
        finally:
            connection.close()
        if len(body) > MAX_BYTES:
            raise NoAnswer(f"It answered with more than {MAX_BYTES} bytes.")
        return Answer(response.status, body.decode("utf-8", "replace"), _seconds(response.getheader("Date")))

    def _connection(self) -> http.client.HTTPConnection:
        secure = self._url.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        return kind(self._url.hostname or "", self._url.port, timeout=TRY_SECONDS)


def _seconds(date: Optional[str]) -> Optional[float]:
    """The date in unix seconds; None for what is none, at which older Pythons fail in many ways."""
    try:
        return parsedate_to_datetime(date).timestamp() if date else None
    except Exception:  # pylint: disable=broad-except
        return None
