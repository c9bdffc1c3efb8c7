# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""moto's own server as a function from request to answer."""

from __future__ import annotations

import io
from collections.abc import Collection
from threading import RLock
from typing import Any

from moto.backend_index import backend_url_patterns
from moto.moto_server import werkzeug_app
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from ..autoscaling.schedule import settle_groups
from .exchange import SERVICES, Answer, Request
from .refusals import Refusal

MOTO_ITSELF = "moto_api"
KNOWN = {name for name, _pattern in backend_url_patterns}


def patch_cors() -> None:
    """moto tells browsers that every page may read every answer."""
    werkzeug_app.DISABLE_GLOBAL_CORS = True


def services_of(text: str) -> list[str]:
    """Those that are always offered, and those named in a list with commas. Raises ValueError for an unknown name."""
    named = [name.strip() for name in text.split(",") if name.strip()]
    for name in named:
        if name not in KNOWN:
            raise ValueError(f"moto has no service {name!r}; it has {', '.join(sorted(KNOWN))}.")
    return [*SERVICES, *named]


class _Dispatcher(DomainDispatcherApplication):  # type: ignore[misc]
    """Leads to the services that are offered only, however moto finds out which one a request is for.

    Some of the others start containers, or call other machines.
    """

    def __init__(self, offered: Collection[str]) -> None:
        super().__init__(create_backend_app)
        self._offered = frozenset(offered)

    def get_backend_for_host(self, host: str | None) -> Any:
        """The service, None as long as moto has only looked at the path. Raises Refusal."""
        backend = super().get_backend_for_host(host)
        if host is not None and backend not in self._offered:
            text = f"The emulator was not started with the service {backend or host!r}: see --services."
            raise Refusal("NotImplemented", text, 501)
        return backend


class Moto:
    """moto's WSGI application.

    moto's state is not made for threads, and two calls never overlap in Python code anyway: one
    lock around each call makes every call atomic, as AWS's are, and costs no throughput. Whoever
    else reads moto's state holds ``lock``.
    """

    def __init__(self, services: Collection[str] = SERVICES) -> None:
        self._application = _Dispatcher({*services, MOTO_ITSELF})
        self.lock = RLock()

    def answer(self, request: Request) -> Answer:
        """The answer of moto. Raises what moto raises, and Refusal."""
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
