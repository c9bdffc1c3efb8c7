# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the metadata service answers without a token (IMDSv1)."""

from __future__ import annotations

from contextlib import suppress
from typing import Optional

from .client import Imds, NoAnswer


class V1Probe:
    """Asks without a token where that is wanted, and once at most.

    More would spoil the metric MetadataNoToken, by which operators see whether IMDSv1 can be turned off.
    """

    def __init__(self, wanted: bool) -> None:
        self._wanted = wanted
        self._found: Optional[bool] = None

    def allows_v1(self, imds: Imds) -> Optional[bool]:
        """Whether it does; None where nobody wants to know, or there was no answer."""
        if self._wanted:
            self._wanted = False
            with suppress(NoAnswer):
                self._found = imds.status_without_token() == 200
        return self._found
