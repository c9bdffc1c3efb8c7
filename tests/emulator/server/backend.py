# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""moto's own server as a function from request to answer."""

from __future__ import annotations

import io
from threading import RLock
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from .exchange import Answer, Request


class Moto:
    """moto's WSGI application.

    moto's state is not made for threads, and two calls never overlap in Python code anyway: one
    lock around each call makes every call atomic, as AWS's are, and costs no throughput. Whoever
    else reads moto's state holds ``lock``.
    """

    def __init__(self) -> None:
        self._application = DomainDispatcherApplication(create_backend_app)
        self.lock = RLock()

    def answer(self, request: Request) -> Answer:
        """The answer of moto. Raises what moto raises."""
        environ = {**request.environ, "wsgi.input": io.BytesIO(request.body)}
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> None:
            started[:] = [int(status.split(" ", 1)[0]), headers]

        with self.lock:
            chunks = self._application(environ, start_response)
            try:
                body = b"".join(chunks)
            finally:
                if hasattr(chunks, "close"):
                    chunks.close()
        return Answer(started[0], started[1], body)
