# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first contact with the instance metadata service: where it answers, with a token and without."""

from __future__ import annotations

import time
from concurrent import futures
from typing import Optional, Sequence

from .service import TRY_SECONDS, Imds, NoAnswer, Token
from .threads import in_background

HEAD_START = 0.1  # seconds; the service answers within a few thousandths


class Contact:
    """The service is asked for a token and, side by side, whether it answers without one."""

    def __init__(self, imds: Imds) -> None:
        self.imds = imds
        self._begun = time.monotonic()
        self._token = in_background(imds.get_token)
        self._status = in_background(imds.status_without_token)

    def answered(self, seconds: float) -> bool:
        """Whether it has given a token or answered without one so many seconds after the beginning."""
        left = max(0.0, self._begun + seconds - time.monotonic())
        futures.wait([self._token, self._status], left)
        return any(each.done() and each.exception() is None for each in (self._token, self._status))

    def token(self) -> Token:
        """Waits for the token.  Raises TurnedOff, NoAnswer."""
        return self._token.result()

    def status_without_token(self) -> Optional[int]:
        """Waits for the HTTP status of a request without a token; None if there was no answer."""
        try:
            return self._status.result()
        except NoAnswer:
            return None


def first_contact(services: Sequence[Imds]) -> Contact:
    """The contact with the service that answers first, or with the first one where none does."""
    contacts = []
    for imds in services:
        contacts.append(Contact(imds))
        if contacts[-1].answered(HEAD_START):
            return contacts[-1]
    return next((each for each in contacts if each.answered(2 * TRY_SECONDS)), contacts[0])
