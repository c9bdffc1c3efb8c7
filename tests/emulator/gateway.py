# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one place that every AWS call passes, on its way to moto and back."""

from __future__ import annotations

import re
import sys
import time
import traceback
from collections.abc import Callable, Sequence

from .calls import Call, CallLog
from .exchange import Answer, Request, call_of
from .refusals import Refusal, render

ERROR_CODE = re.compile(rb"<Code>([^<]+)</Code>")

Hook = Callable[[Call], None]
"""Sees a call before moto does. It may wait (latency), or raise Refusal (rules, throttles, faults)."""


class Gateway:
    """Identifies a call, lets the hooks see it, has it answered, and records it."""

    def __init__(self, backend: Callable[[Request], Answer], log: CallLog, hooks: Sequence[Hook]) -> None:
        self._backend = backend
        self._log = log
        self._hooks = hooks

    def answer(self, request: Request) -> Answer:
        """Return the answer; the call is in the log before the client can see it."""
        call = call_of(request)
        began = time.perf_counter()
        try:
            answer = self._let_through(call, request)
        except Refusal as refusal:
            answer = _refused(refusal, call.service)
        call.status = answer.status
        call.error = _error_code(answer)
        call.seconds = round(time.perf_counter() - began, 6)
        self._log.record(call)
        return answer

    def _let_through(self, call: Call, request: Request) -> Answer:
        for hook in self._hooks:
            hook(call)
        try:
            return self._backend(request)
        except NotImplementedError as error:
            # 501, because SDKs retry a 500 several times over.
            raise Refusal("NotImplemented", str(error), 501) from error
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            raise Refusal("InternalFailure", f"{type(error).__name__}: {error}", 500) from error


def _refused(refusal: Refusal, service: str) -> Answer:
    content_type, body = render(refusal, service)
    return Answer(refusal.status, [("Content-Type", content_type)], body)


def _error_code(answer: Answer) -> str | None:
    """Return AWS's code of an error answer, None of any other."""
    if answer.status < 400:
        return None
    match = ERROR_CODE.search(answer.body)
    if match:
        return match.group(1).decode()
    named = {name.lower(): value for name, value in answer.headers}.get("x-amzn-errortype")
    return named or str(answer.status)
