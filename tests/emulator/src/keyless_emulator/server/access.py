# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers programs on this machine, but no web pages in its browser.

A page can also send requests to 127.0.0.1, and read the answers through a name that resolves to it. Headers that its browser sends show that.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from http import HTTPStatus

from .http_messages import Answer, Request

JSON = "application/json"
READS = ("GET", "HEAD")


def refusal_for_web_page(request: Request, port: int, own: Sequence[str]) -> Answer | None:
    """Returns the answer that refuses the request, or None. ``own`` are the prefixes of paths that do not belong to AWS."""
    host = request.environ.get("HTTP_HOST", "")
    if host.lower() not in _hosts(port):
        return _refused(HTTPStatus.FORBIDDEN, f"The host is not {' or '.join(_hosts(port))}.")
    if _is_of_a_page(request):
        return _refused(HTTPStatus.FORBIDDEN, "Web pages get no answer.")
    if request.path.startswith(tuple(own)) and request.method not in READS and _media_type(request) != JSON:
        return _refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"The Content-Type must be {JSON}.")
    return None


def _is_of_a_page(request: Request) -> bool:
    """Tells whether a web page sent the request. Pictures and scripts are requested without Origin, but with Sec-Fetch-Site. For an address that a
    person enters, that is none."""
    return "HTTP_ORIGIN" in request.environ or request.environ.get("HTTP_SEC_FETCH_SITE", "none") != "none"


def _hosts(port: int) -> list[str]:
    names = ["127.0.0.1", "localhost"]
    return [f"{name}:{port}" for name in names] + (names if port == 80 else [])


def _media_type(request: Request) -> str:
    return request.environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()


def _refused(status: HTTPStatus, text: str) -> Answer:
    return Answer(status.value, [("Content-Type", JSON)], json.dumps({"error": text}).encode())
