# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is answered: what runs on this machine, and no page in its browser.

A page can send requests to 127.0.0.1, too, and with a name that leads there read the answers. Its browser gives it away.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from http import HTTPStatus

from .exchange import Answer, Request

JSON = "application/json"
READS = ("GET", "HEAD")


def turned_away(request: Request, port: int, own: Sequence[str]) -> Answer | None:
    """The answer to who may not ask, None to who may. ``own`` are the prefixes of what is not AWS's."""
    host = request.environ.get("HTTP_HOST", "")
    if host.lower() not in _hosts(port):
        return _refused(HTTPStatus.FORBIDDEN, f"The host is not {' or '.join(_hosts(port))}.")
    if _is_of_a_page(request):
        return _refused(HTTPStatus.FORBIDDEN, "Web pages get no answer.")
    if request.path.startswith(tuple(own)) and request.method not in READS and _media_type(request) != JSON:
        return _refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"The Content-Type must be {JSON}.")
    return None


def _is_of_a_page(request: Request) -> bool:
    """Pictures and scripts are fetched without an Origin, but not without the site; what a person opens has none."""
    return "HTTP_ORIGIN" in request.environ or request.environ.get("HTTP_SEC_FETCH_SITE", "none") != "none"


def _hosts(port: int) -> list[str]:
    names = ["127.0.0.1", "localhost"]
    return [f"{name}:{port}" for name in names] + (names if port == 80 else [])


def _media_type(request: Request) -> str:
    return request.environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()


def _refused(status: HTTPStatus, text: str) -> Answer:
    return Answer(status.value, [("Content-Type", JSON)], json.dumps({"error": text}).encode())
