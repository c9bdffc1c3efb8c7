# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator's own endpoints, under /emulator/."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

from .calls import CallLog
from .exchange import Answer, Request

PREFIX = "/emulator/"


class Control:
    """GET /emulator/health, GET /emulator/calls[?since=N], DELETE /emulator/calls."""

    def __init__(self, log: CallLog) -> None:
        self._log = log
        self._routes = {
            ("GET", "health"): self._health,
            ("GET", "calls"): self._read_calls,
            ("DELETE", "calls"): self._clear_calls,
        }

    def answer(self, request: Request) -> Answer:
        """Return the answer as JSON; 404 for anything unknown, 400 for a bad number."""
        route = self._routes.get((request.method, request.path.removeprefix(PREFIX)))
        if route is None:
            return _json(404, {"error": f"There is no {request.method} {request.path}."})
        try:
            return _json(200, route(request))
        except ValueError as error:
            return _json(400, {"error": str(error)})

    def _health(self, _request: Request) -> Any:
        return {"ok": True}

    def _read_calls(self, request: Request) -> Any:
        query = parse_qs(request.environ.get("QUERY_STRING", ""))
        return self._log.since(int(query.get("since", ["0"])[0]))

    def _clear_calls(self, _request: Request) -> Any:
        self._log.clear()
        return {"ok": True}


def _json(status: int, value: Any) -> Answer:
    return Answer(status, [("Content-Type", "application/json")], json.dumps(value).encode())
