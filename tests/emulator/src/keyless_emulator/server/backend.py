# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""moto's server, as a function from request to answer."""

from __future__ import annotations

import io
from collections.abc import Collection
from threading import RLock
from typing import Any

from moto.backend_index import backend_url_patterns
from moto.moto_server import werkzeug_app
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from ..autoscaling.schedule import settle_groups
from .errors import AwsError
from .http_messages import SERVICES, Answer, Request

MOTO_ITSELF = "moto_api"
KNOWN = {name for name, _pattern in backend_url_patterns}
# moto routes both by the name of the first, because they have the same host.
LOAD_BALANCERS = ("elb", "elbv2")


def patch_cors() -> None:
    """Removes moto's headers that let every page read every answer."""
    werkzeug_app.DISABLE_GLOBAL_CORS = True


def services_of(text: str) -> list[str]:
    """Returns the default services and those in a list separated by commas. Raises ValueError for an unknown name."""
    named = [name.strip() for name in text.split(",") if name.strip()]
    for name in named:
        if name not in KNOWN:
            raise ValueError(f"Unknown service {name!r}. moto has {', '.join(sorted(KNOWN))}.")
    return [*SERVICES, *named, *(LOAD_BALANCERS if set(LOAD_BALANCERS) & set(named) else ())]


class _Dispatcher(DomainDispatcherApplication):  # type: ignore[misc]
    """Routes requests only to the offered services, however moto identifies the service.

    Some of the others start containers, or call other machines.
    """

    def __init__(self, offered: Collection[str]) -> None:
        super().__init__(create_backend_app)
        self._offered = frozenset(offered)

    def get_backend_for_host(self, host: str | None) -> Any:
        """Returns the service, or None if moto has only checked the path. Raises AwsError."""
        backend = super().get_backend_for_host(host)
        if host is not None and backend not in self._offered:
            text = f"The emulator was not started with the service {backend or host!r}: see --services."
            raise AwsError("NotImplemented", text, 501)
        return backend


class Moto:
    """moto's WSGI application.

    moto's state is not thread-safe. A lock around each call makes calls atomic, as on AWS, and costs no throughput, because Python runs one thread at
    a time. Other code that reads moto's state must hold ``lock``.
    """

    def __init__(self, services: Collection[str] = SERVICES) -> None:
        self._application = _Dispatcher({*services, MOTO_ITSELF})
        self.lock = RLock()

    def answer(self, request: Request) -> Answer:
        """Returns moto's answer. Raises AwsError, and whatever moto raises."""
        environ = {**request.environ, "wsgi.input": io.BytesIO(request.body)}
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> None:
            started[:] = [int(status.split(" ", 1)[0]), headers]

        with self.lock:
            settle_groups()
            chunks = self._application(environ, start_response)
            try:
                body = b"".join(chunks)
            finally:
                if hasattr(chunks, "close"):
                    chunks.close()
        return Answer(started[0], started[1], body)
