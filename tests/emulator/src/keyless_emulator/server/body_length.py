# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The length of a request's body. No client can block a thread or fill the memory by stating a wrong one."""

from __future__ import annotations

import re
from email.message import Message
from http import HTTPStatus

MOST_BYTES = 16 * 2**20


class BadBody(Exception):
    """A body that is not read, with the HTTP status to answer."""

    def __init__(self, status: HTTPStatus, text: str) -> None:
        super().__init__(text)
        self.status = status


def body_length(headers: Message) -> int:
    """Returns the number of bytes to read, 0 if the request has no length. Raises BadBody."""
    if "Transfer-Encoding" in headers:
        raise BadBody(HTTPStatus.LENGTH_REQUIRED, "The body must come in one piece, with a Content-Length.")
    lengths = headers.get_all("Content-Length", ["0"])
    if len(lengths) > 1 or not re.fullmatch("[0-9]+", lengths[0]):
        raise BadBody(HTTPStatus.BAD_REQUEST, "The Content-Length must be one number.")
    digits = lengths[0].lstrip("0") or "0"
    if len(digits) > len(str(MOST_BYTES)) or int(digits) > MOST_BYTES:
        raise BadBody(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body may have {MOST_BYTES} bytes.")
    return int(digits)
