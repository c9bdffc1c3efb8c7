# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator's own endpoints, under /emulator/."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from .calls import CallLog
from .conditions import Conditions
from .exchange import Answer, Request
from .propagation import propagation

PREFIX = "/emulator/"


class Control:
    """Reads and clears the log, and reads and changes the conditions."""

    def __init__(self, log: CallLog, conditions: Conditions, reset: Callable[[], None]) -> None:
        self._log = log
        self._conditions = conditions
        self._reset_all = reset
        self._routes = {
            ("GET", "health"): self._health,
            ("GET", "calls"): self._read_calls,
            ("DELETE", "calls"): self._clear_calls,
            ("GET", "latency"): self._read_latency,
            ("PUT", "latency"): self._set_latency,
            ("GET", "propagation"): self._read_propagation,
            ("PUT", "propagation"): self._set_propagation,
            ("GET", "faults"): self._read_faults,
            ("POST", "faults"): self._add_faults,
            ("DELETE", "faults"): self._clear_faults,
            ("GET", "deaths"): self._read_deaths,
            ("POST", "deaths"): self._add_deaths,
            ("DELETE", "deaths"): self._clear_deaths,
            ("POST", "reset"): self._reset,
        }

    def answer(self, request: Request) -> Answer:
        """Return the answer as JSON; 404 for anything unknown, 400 for bad numbers and bodies."""
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

    def _read_latency(self, _request: Request) -> Any:
        return {"milliseconds": self._conditions.latency.milliseconds}

    def _set_latency(self, request: Request) -> Any:
        self._conditions.set_latency(_only(request, "milliseconds"))
        return self._read_latency(request)

    def _read_propagation(self, _request: Request) -> Any:
        return {"seconds": propagation().seconds}

    def _set_propagation(self, request: Request) -> Any:
        self._conditions.set_propagation(_only(request, "seconds"))
        return self._read_propagation(request)

    def _read_faults(self, _request: Request) -> Any:
        return self._conditions.faults.left()

    def _add_faults(self, request: Request) -> Any:
        self._conditions.faults.add(json.loads(request.body))
        return self._read_faults(request)

    def _clear_faults(self, request: Request) -> Any:
        self._conditions.faults.clear()
        return self._read_faults(request)

    def _read_deaths(self, _request: Request) -> Any:
        return self._conditions.deaths.states()

    def _add_deaths(self, request: Request) -> Any:
        self._conditions.deaths.add(json.loads(request.body))
        return self._read_deaths(request)

    def _clear_deaths(self, request: Request) -> Any:
        self._conditions.deaths.clear()
        return self._read_deaths(request)

    def _reset(self, _request: Request) -> Any:
        self._reset_all()
        return {"ok": True}


def _only(request: Request, name: str) -> Any:
    """Return the value of the one member that the body has."""
    body = json.loads(request.body)
    if not isinstance(body, dict) or list(body) != [name]:
        raise ValueError(f"The body must be an object with {name} and nothing else.")
    return body[name]


def _json(status: int, value: Any) -> Answer:
    return Answer(status, [("Content-Type", "application/json")], json.dumps(value).encode())
