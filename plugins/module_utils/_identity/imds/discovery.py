# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the endpoint at which the instance metadata service answers, and whether its tokens arrive."""

from __future__ import annotations

import time
from concurrent import futures
from typing import Any, Optional, Sequence

from ..background import in_background
from .client import TRY_SECONDS, ImdsClient, NoAnswer, Token, TurnedOff

HEAD_START = 0.1  # seconds; the service answers within a few milliseconds


class Contact:
    """Requests a token and, if that takes long, checks whether the service answers at all."""

    def __init__(self, client: ImdsClient) -> None:
        self.client = client
        self._begun = time.monotonic()
        self._token = in_background(client.get_token)
        self._bad_token_status: Optional[futures.Future[int]] = None

    def has_answered(self, seconds: float) -> bool:
        """Whether there is any answer so many seconds after the beginning."""
        requests: list[futures.Future[Any]] = [self._token] if self._bad_token_status is None else [self._token, self._bad_token_status]
        left = max(0.0, self._begun + seconds - time.monotonic())
        futures.wait(requests, left)
        return any(each.done() and isinstance(each.exception(), (type(None), TurnedOff)) for each in requests)

    def send_bad_token(self) -> futures.Future[int]:
        """Sends an invalid token.  The answer has no hop limit, unlike a token, and does not count as IMDSv1."""
        self._bad_token_status = status = in_background(self.client.status_with_bad_token)
        return status

    def token(self) -> Token:
        """Waits for the token.  Raises TurnedOff, NoAnswer."""
        return self._token.result()

    def bad_token_status(self) -> Optional[int]:
        """Waits for the HTTP status of the answer to an invalid token; None if there was no answer."""
        status = self._bad_token_status or self.send_bad_token()
        try:
            return status.result()
        except NoAnswer:
            return None


def first_contact(clients: Sequence[ImdsClient]) -> Contact:
    """The contact with the service that answers first, or with the first one if none answers."""
    contacts = []
    for client in clients:
        contact = Contact(client)
        contacts.append(contact)
        if contact.has_answered(HEAD_START):
            return contact
        contact.send_bad_token()
        if contact.has_answered(2 * HEAD_START):
            return contact
    return next((each for each in contacts if each.has_answered(2 * TRY_SECONDS)), contacts[0])
