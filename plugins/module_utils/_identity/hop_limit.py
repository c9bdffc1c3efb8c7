# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds out whether the tokens of the metadata service arrive one network hop further away, where containers are."""

from __future__ import annotations

import ctypes
import os
from concurrent import futures
from functools import partial
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence

from .._common.incomplete import Incomplete
from .background import in_background
from .containers import Engines, container_engines, network_namespaces
from .imds.client import ImdsClient, NoAnswer, TimedOut, TurnedOff

CLONE_NEWNET = 0x40000000
SECONDS = 6.0  # for all requests from namespaces, which go out together
CONTAINER, HOST = "container", "host"


class HopLimit(NamedTuple):
    """``is_enough`` says whether tokens arrive in containers, None if that is not known; ``measured_from`` is CONTAINER, HOST or None."""

    engines: Engines
    is_enough: Optional[bool]
    measured_from: Optional[str]

    @property
    def is_too_small(self) -> bool:
        """Whether the host has containers that get no tokens."""
        return self.is_enough is False and (bool(self.engines.names) or self.measured_from == CONTAINER)

    def as_result(self) -> Dict[str, Any]:
        """The return value ``containers``."""
        engines = self.engines.names if self.engines.names or self.engines.is_complete else None
        return {"engines": engines, "tokens_arrive": self.is_enough, "measured_from": self.measured_from}

    def incomplete(self) -> List[Dict[str, Any]]:
        """The return value ``incomplete``: what is not known."""
        found = []
        if not self.engines.is_complete:
            message = "Not all processes of this host can be seen, so it is not known whether it runs containers. Run this as root (become)."
            found.append(Incomplete("containers.engines", "permission_denied", message))
        if self.is_enough is None:
            message = "It could not be measured whether the tokens of the metadata service arrive in containers on this host."
            found.append(Incomplete("containers.tokens_arrive", "not_measured", message))
        return [each.as_result() for each in found]


def measure(clients: Sequence[ImdsClient]) -> HopLimit:
    """Asks the client that gets tokens on the host; if none does, nothing can be measured."""
    client = next((each for each in clients if tokens_arrive(each, each)), None)
    return HopLimit(container_engines(), None, None) if client is None else measure_with(client)


def measure_with(client: ImdsClient) -> HopLimit:
    """Asks from the network namespaces of containers, and from the host as if it were one hop further away.

    What a container answers can be false, because its users may control its network; so can the absence of containers.
    """
    answers = _from_namespaces(partial(tokens_arrive, client, client))
    on_host = tokens_arrive(client.further_away(), client)
    known = [*answers, *([] if on_host is None else [on_host])]
    return HopLimit(container_engines(), all(known) if known else None, CONTAINER if answers else HOST if known else None)


def tokens_arrive(client: ImdsClient, nearer: ImdsClient) -> Optional[bool]:
    """Whether a token arrives at the client; None if there is no answer at all, not even to the ``nearer`` client.

    Only the answer to the request for a token has a hop limit.
    """
    try:
        client.get_token()
        return True
    except TimedOut:
        return False if _answers(nearer) else None
    except (NoAnswer, TurnedOff):
        return None


def _answers(client: ImdsClient) -> bool:
    try:
        return client.status_with_bad_token() == 401
    except NoAnswer:
        return False


def _from_namespaces(call: Callable[[], Optional[bool]]) -> List[bool]:
    """What the call returns in each network namespace, without those in which it returns None or takes too long."""
    descriptors = list(network_namespaces())
    try:
        running = [in_background(partial(_inside, descriptor, call)) for descriptor in descriptors]
        done, _waiting = futures.wait(running, SECONDS)
        answers = [each.result() for each in running if each in done and not each.exception()]
        return [each for each in answers if each is not None]
    finally:
        for each in descriptors:
            os.close(each)


def _inside(descriptor: int, call: Callable[[], Optional[bool]]) -> Optional[bool]:
    """The call's result in the network namespace.  It must have a thread of its own, which stays in that namespace, as do those it starts."""
    libc = ctypes.CDLL(None, use_errno=True)  # os.setns is new in Python 3.12
    if libc.setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "The namespace can't be entered")
    return call()
