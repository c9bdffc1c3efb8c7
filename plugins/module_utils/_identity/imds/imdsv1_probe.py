# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds out whether the metadata service answers without a token (IMDSv1)."""

from __future__ import annotations

from contextlib import suppress
from typing import Optional

from .client import ImdsClient, NoAnswer


class Imdsv1Probe:
    """Sends at most one request without a token, and only if the user wants it.

    These requests count in the metric MetadataNoToken, which shows operators whether they can turn IMDSv1 off.
    """

    def __init__(self, wanted: bool) -> None:
        self._pending = wanted
        self._is_allowed: Optional[bool] = None

    def is_allowed(self, client: ImdsClient) -> Optional[bool]:
        """Whether IMDSv1 is allowed; None if the probe is not wanted, or got no answer."""
        if self._pending:
            self._pending = False
            with suppress(NoAnswer):
                self._is_allowed = client.status_without_token() == 200
        return self._is_allowed
