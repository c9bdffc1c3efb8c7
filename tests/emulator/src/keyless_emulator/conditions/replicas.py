# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Eventual consistency of IAM: replicas that lag behind, and ids in place of the ARNs of new principals."""

from __future__ import annotations

import re
from collections.abc import Callable
from threading import RLock
from typing import Any

from moto.iam.models import iam_backends

from ..iam.earlier_states import EarlierState, earlier_state_until
from ..server.calls import Call
from ..server.gateway import ERROR_CODE
from ..server.http_messages import Answer
from ..server.value_checks import duration
from .clock import clock

NOT_LATE: dict[str, Any] = {"behind": [], "arns_after": 0.0}
"""The setting at the start: IAM has one replica that knows everything, and ARNs are there at once."""

LATE = (b"NoSuchEntity", b"DeleteConflict", b"MalformedPolicyDocument")
NEW = re.compile(rb"<(?:RoleId|InstanceProfileId)>([^<]+)<")
ARN = re.compile(rb"<Arn>(arn:[^<]+)</Arn>")


class Replicas:
    """Sends IAM calls to replicas in turn, each of which lags behind by a number of seconds.

    A read shows what its replica knows. A write fails if its replica does not know its subject or a principal that it names, or still knows something
    that is in the way. Otherwise it succeeds.
    """

    def __init__(self, lock: RLock) -> None:
        self._lock = lock
        self._setting = NOT_LATE
        self._turn = 0
        self._history: list[EarlierState] = []
        self._young: dict[bytes, tuple[bytes, float]] = {}

    def show(self) -> dict[str, Any]:
        """Returns the setting."""
        return self._setting

    def change(self, described: Any) -> None:
        """Changes the parts of the setting that are named. Raises ValueError."""
        with self._lock:
            self._setting = {**self._setting, **replicas_of(described)}
            self._history = []
            self._young = {}

    def __call__(self, call: Call, proceed: Callable[[], Answer]) -> Answer:
        """Returns the answer of the call, from a replica if it is about something that replicas may not know yet."""
        if call.service != "iam" or self._setting == NOT_LATE:
            return proceed()
        with self._lock:
            answer = self._written(call, proceed) if call.is_write else self._read(proceed)
            return self._with_ids(answer)

    def _read(self, proceed: Callable[[], Answer]) -> Answer:
        past = self._replica()
        if past is None:
            return proceed()
        with past.seen():
            return proceed()

    def _written(self, call: Call, proceed: Callable[[], Answer]) -> Answer:
        past = self._replica()
        if past and _is_about_something(call):
            refused = _refused_then(past, call, proceed)
            if refused:
                return refused
        if self._setting["behind"]:
            self._history.append(earlier_state_until(clock().now()))
        answer = proceed()
        self._note_new(answer)
        return answer

    def _replica(self) -> EarlierState | None:
        """Returns what the next replica knows, or None if it knows everything."""
        behind = self._setting["behind"]
        if not behind:
            return None
        self._turn = (self._turn + 1) % len(behind)
        oldest = clock().now() - max(behind)
        self._history = [each for each in self._history if each.until > oldest]
        moment = clock().now() - behind[self._turn]
        return next((each for each in self._history if each.until > moment), None)

    def _note_new(self, answer: Answer) -> None:
        identifier, arn = NEW.search(answer.body), ARN.search(answer.body)
        if identifier and arn:
            self._young[arn[1]] = identifier[1], clock().now() + self._setting["arns_after"]

    def _with_ids(self, answer: Answer) -> Answer:
        self._young = {arn: new for arn, new in self._young.items() if new[1] > clock().now()}
        body = answer.body
        for arn, (identifier, _until) in self._young.items():
            body = body.replace(b"<Arn>%b</Arn>" % arn, b"<Arn>%b</Arn>" % identifier)
        return Answer(answer.status, answer.headers, body)


def replicas_of(described: Any) -> dict[str, Any]:
    """Parses parts of the setting. Raises ValueError."""
    if not isinstance(described, dict) or not described.keys() <= NOT_LATE.keys():
        raise ValueError(f"Replicas must be an object with some of {', '.join(NOT_LATE)}.")
    behind = described.get("behind", [])
    if not isinstance(behind, list):
        raise ValueError("behind must be a list of seconds, one for each replica.")
    for seconds in behind:
        duration(seconds, "behind")
    duration(described.get("arns_after", 0), "arns_after")
    return described


def _is_about_something(call: Call) -> bool:
    """Tells whether the call is about a role or a profile."""
    return bool({"RoleName", "InstanceProfileName"} & call.parameters.keys())


def _refused_then(past: EarlierState, call: Call, proceed: Callable[[], Answer]) -> Answer | None:
    """Returns the error that the call would have got from the replica, if eventual consistency can explain it."""
    policy = _policy_of(call)
    attached = policy and policy.attachment_count
    with past.seen():
        answer = proceed()
    if policy:
        policy.attachment_count = attached
    code = ERROR_CODE.search(answer.body)
    return answer if code and code[1] in LATE else None


def _policy_of(call: Call) -> Any:
    """Returns the managed policy that the call attaches or detaches. A policy counts its attachments."""
    arn = call.parameters.get("PolicyArn")
    backends = (backend for account in iam_backends.values() for backend in account.values())
    return next((each.managed_policies[arn] for each in backends if arn in each.managed_policies), None)
