# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The path of every AWS call to moto and back."""

from __future__ import annotations

import re
import sys
import time
import traceback
from collections.abc import Callable, Sequence

from .calls import Call, CallLog
from .errors import DISCONNECT, AwsError, error_answer
from .http_messages import NO_ANSWER, Answer, Request, parse_call, protocol_of
from .wire import error_in

ERROR_CODE = re.compile(rb"<Code>([^<]+)</Code>")

Hook = Callable[[Call], None]
"""Sees a call before moto does. It may raise AwsError."""

Layer = Callable[[Call, Callable[[], Answer]], Answer]
"""Gets a call and what answers it. It may wait, raise AwsError before or after, or answer otherwise."""


class Gateway:
    """Identifies a call, passes it through the layers, the hooks and moto, and records it."""

    def __init__(
        self,
        backend: Callable[[Request], Answer],
        log: CallLog,
        hooks: Sequence[Hook],
        layers: Sequence[Layer] = (),
    ) -> None:
        self._backend = backend
        self._log = log
        self._hooks = hooks
        self._layers = layers

    def answer(self, request: Request) -> Answer:
        """Returns the answer. The call is in the log before the client gets it."""
        call = parse_call(request)
        began = time.perf_counter()
        try:
            answer = self._through(call, request, self._layers)
        except AwsError as refusal:
            answer = error_answer(refusal, call.service)
        call.status = answer.status
        call.error = _error_code(answer)
        call.seconds = round(time.perf_counter() - began, 6)
        self._log.record(call)
        return error_in(protocol_of(request), answer)

    def _through(self, call: Call, request: Request, layers: Sequence[Layer]) -> Answer:
        if not layers:
            return self._made(call, request)
        outermost, *others = layers
        return outermost(call, lambda: self._through(call, request, others))

    def _made(self, call: Call, request: Request) -> Answer:
        """Returns AWS's answer. An error is an answer too: for the layers, the call was made."""
        try:
            for hook in self._hooks:
                hook(call)
            return self._ask_backend(request)
        except AwsError as refusal:
            return error_answer(refusal, call.service)

    def _ask_backend(self, request: Request) -> Answer:
        try:
            return self._backend(request)
        except AwsError:
            raise
        except NotImplementedError as error:
            # 501, because SDKs retry after a 500.
            raise AwsError("NotImplemented", str(error), 501) from error
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            raise AwsError("InternalFailure", f"{type(error).__name__}: {error}", 500) from error


def _error_code(answer: Answer) -> str | None:
    """Returns the code of an error, or None."""
    if answer == NO_ANSWER:
        return DISCONNECT
    if answer.status < 400:
        return None
    match = ERROR_CODE.search(answer.body)
    if match:
        return match.group(1).decode()
    named = {name.lower(): value for name, value in answer.headers}.get("x-amzn-errortype")
    return named or str(answer.status)
