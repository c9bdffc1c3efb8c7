# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator's own endpoints, under /emulator/."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from ..conditions.conditions import Conditions
from ..imds.metrics import metrics_of_instances
from .calls import CallLog, CallsDropped
from .http_messages import Answer, Request

PREFIX = "/emulator/"


class Control:
    """Reads and clears the log, and reads and changes the conditions."""

    def __init__(self, log: CallLog, conditions: Conditions, reset: Callable[[], None]) -> None:
        self._log = log
        self._reset_all = reset
        self._routes: dict[tuple[str, str], Callable[[Request], Any]] = {
            ("GET", "health"): self._health,
            ("GET", "metrics"): lambda _request: metrics_of_instances(),
            ("GET", "calls"): self._read_calls,
            ("DELETE", "calls"): self._clear_calls,
            ("POST", "reset"): self._reset,
        }
        for name, setting in conditions.settings.items():
            self._routes["GET", name] = partial(_show, setting)
            self._routes["PUT", name] = partial(_change, setting)
        for name, rows in conditions.lists.items():
            self._routes["GET", name] = partial(_show, rows)
            self._routes["POST", name] = partial(_add, rows)
            self._routes["DELETE", name] = partial(_clear, rows)

    def answer(self, request: Request) -> Answer:
        """Returns the answer as JSON: 404 for an unknown path, 400 for an invalid number or body, 410 for calls that are no longer kept."""
        route = self._routes.get((request.method, request.path.removeprefix(PREFIX)))
        if route is None:
            return not_found(request)
        try:
            return _json(200, route(request))
        except ValueError as error:
            return _json(400, {"error": str(error)})
        except CallsDropped as error:
            return _json(410, {"error": str(error)})

    def _health(self, _request: Request) -> Any:
        return {"ok": True}

    def _read_calls(self, request: Request) -> Any:
        query = parse_qs(request.environ.get("QUERY_STRING", ""))
        return self._log.since(int(query.get("since", ["0"])[0]), query.get("access_key_id", [None])[0])

    def _clear_calls(self, _request: Request) -> Any:
        self._log.clear()
        return {"ok": True}

    def _reset(self, _request: Request) -> Any:
        self._reset_all()
        return {"ok": True}


def not_found(request: Request) -> Answer:
    """Returns the answer for an unknown path."""
    return _json(404, {"error": f"There is no {request.method} {request.path}."})


def _show(condition: Any, _request: Request) -> Any:
    return condition.show()


def _change(setting: Any, request: Request) -> Any:
    setting.change(json.loads(request.body))
    return setting.show()


def _add(rows: Any, request: Request) -> Any:
    rows.add(json.loads(request.body))
    return rows.show()


def _clear(rows: Any, _request: Request) -> Any:
    rows.clear()
    return rows.show()


def _json(status: int, value: Any) -> Answer:
    return Answer(status, [("Content-Type", "application/json")], json.dumps(value).encode())
