# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A running emulator: which path is answered by what."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from threading import Thread

from ..cloudwatch.metric_data import CloudWatch
from ..conditions.conditions import Conditions, Start
from ..ec2.regions import check_region
from ..iam.access_analyzer import AccessAnalyzer
from ..iam.assuming import check_assuming
from ..iam.cloud_trail import CloudTrail
from ..iam.history import history
from ..iam.last_use import LastUse
from ..iam.permissions import Permissions
from ..imds.service import PREFIX as METADATA_PREFIX
from ..imds.service import MetadataService
from ..patches import apply_patches
from .access import refusal_for_web_page
from .backend import Moto
from .calls import KEPT, Call, CallLog
from .control import PREFIX, Control, not_found
from .gateway import Gateway
from .http_messages import SERVICES, Answer, Request, make_request
from .listener import LOOPBACK, Listener
from .request_checks import check_rules
from .warm_up import warm_up

MOTO_PREFIX = "/moto-api"
MOTO_PATHS = ("/moto-api/reset", "/moto-api/reset-auth")
# moto's other pages, its single IMDS, and what browsers request on their own: no AWS calls
NOWHERE = (MOTO_PREFIX, "/latest/", "/favicon.ico")


class Emulator:
    """A running emulator. As a context manager, it stops at the end."""

    def __init__(
        self,
        port: int = 0,
        log_file: Path | None = None,
        start: Start = Start(),
        services: Collection[str] = SERVICES,
        keep_calls: int = KEPT,
    ) -> None:
        apply_patches()
        self.calls = CallLog(log_file, keep_calls)
        history().keep(keep_calls)
        self._moto = Moto(services)
        warm_up(self._moto.answer)
        self._analyzer = AccessAnalyzer()
        self._trail = CloudTrail(self._moto.lock)
        self._metrics = CloudWatch(self._moto.lock)
        unconditional = Gateway(self._backend, self.calls, (check_rules,))
        permissions = Permissions(self._moto.lock)
        more = {"findings": self._analyzer}
        self.conditions = Conditions(start, unconditional.answer, self._moto.lock, permissions, more)
        hooks = (check_rules, check_region, LastUse(self._moto.lock), self._note, permissions, self._check_assuming)
        self._gateway = Gateway(self._backend, self.calls, hooks, self.conditions.layers)
        self._control = Control(self.calls, self.conditions, self.reset)
        self._metadata = MetadataService(self._moto.lock)
        self._server = Listener(port, self._answer)

    @property
    def endpoint(self) -> str:
        """Returns the URL for AWS clients."""
        return f"http://{LOOPBACK}:{self._server.port}"

    def reset(self) -> None:
        """Resets AWS's state and the conditions. The log stays."""
        self.conditions.reset()
        history().clear()
        self._moto.answer(make_request("/moto-api/reset"))

    def serve(self) -> None:
        """Answers requests until stop() is called or an exception is raised, which is passed on."""
        self._server.serve_forever(poll_interval=0.05)

    def start(self) -> Emulator:
        """Answers requests in a thread, and returns at once."""
        Thread(target=self.serve, daemon=True).start()
        return self

    def pause(self) -> None:
        """Stops a server that start() started. It keeps its port."""
        self._server.shutdown()

    def stop(self) -> None:
        """The same, and frees its port."""
        self.pause()
        self.close()

    def close(self) -> None:
        """Frees the port and closes the log."""
        self._server.server_close()
        self.calls.close()

    def __enter__(self) -> Emulator:
        return self.start()

    def __exit__(self, *_details: object) -> None:
        self.stop()

    def _check_assuming(self, call: Call) -> None:
        with self._moto.lock:
            check_assuming(call)

    def _note(self, call: Call) -> None:
        history().note(call, self._moto.lock)

    def _backend(self, request: Request) -> Answer:
        own = next((each for each in (self._analyzer, self._trail, self._metrics) if each.is_for(request)), self._moto)
        return own.answer(request)

    def _answer(self, request: Request) -> Answer:
        return refusal_for_web_page(request, self._server.port, (PREFIX, MOTO_PREFIX)) or self._routed(request)

    def _routed(self, request: Request) -> Answer:
        if request.path.startswith(PREFIX):
            return self._control.answer(request)
        if request.path.startswith(METADATA_PREFIX):
            return self._metadata.answer(request)
        if request.path in MOTO_PATHS:
            return self._moto.answer(request)
        if request.path.startswith(NOWHERE):
            return not_found(request)
        return self._gateway.answer(request)
