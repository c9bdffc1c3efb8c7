# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first contact with the instance metadata service: where it answers, and whether its tokens get here."""

from __future__ import annotations

import time
from concurrent import futures
from typing import Any, Optional, Sequence

from ..background import in_background
from .client import TRY_SECONDS, Imds, NoAnswer, Token, TurnedOff

HEAD_START = 0.1  # seconds; the service answers within a few thousandths


class Contact:
    """The service is asked for a token and, where that takes long, whether it answers anything at all."""

    def __init__(self, imds: Imds) -> None:
        self.imds = imds
        self._begun = time.monotonic()
        self._token = in_background(imds.get_token)
        self._refusal: Optional[futures.Future[int]] = None

    def answered(self, seconds: float) -> bool:
        """Whether it has given any answer so many seconds after the beginning."""
        asked: list[futures.Future[Any]] = [self._token] if self._refusal is None else [self._token, self._refusal]
        left = max(0.0, self._begun + seconds - time.monotonic())
        futures.wait(asked, left)
        return any(each.done() and isinstance(each.exception(), (type(None), TurnedOff)) for each in asked)

    def ask_for_a_refusal(self) -> futures.Future[int]:
        """Asks with a wrong token: the response has no hop limit, as those with tokens have, and is not counted as IMDSv1."""
        self._refusal = refusal = in_background(self.imds.status_with_a_bad_token)
        return refusal

    def token(self) -> Token:
        """Waits for the token.  Raises TurnedOff, NoAnswer."""
        return self._token.result()

    def refusal(self) -> Optional[int]:
        """Waits for the HTTP status of the request with a wrong token; None if there was no answer."""
        refusal = self._refusal or self.ask_for_a_refusal()
        try:
            return refusal.result()
        except NoAnswer:
            return None


def first_contact(services: Sequence[Imds]) -> Contact:
    """The contact with the service that answers first, or with the first one where none does."""
    contacts = []
    for imds in services:
        contact = Contact(imds)
        contacts.append(contact)
        if contact.answered(HEAD_START):
            return contact
        contact.ask_for_a_refusal()
        if contact.answered(2 * HEAD_START):
            return contact
    return next((each for each in contacts if each.answered(2 * TRY_SECONDS)), contacts[0])
