# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the last use of a role's credentials shows that its instances still use their metadata service."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._metadata_options.use import role_use
from ansible_collections.keyless.ec2.plugins.module_utils._values.metadata_use import UNKNOWN, UNUSED, USED, Use, Window

WINDOW = Window(14, datetime(2026, 6, 30, 12, tzinfo=timezone.utc))
OLD = "2026-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("created", "last_used", "expected"),
    [
        (OLD, "2026-06-20T23:59:59+00:00", Use(USED, "its role web was last used on 2026-06-20")),
        (OLD, WINDOW.since.isoformat(), Use(USED, f"its role web was last used on {WINDOW.since:%Y-%m-%d}")),
        (OLD, "2026-06-01T00:00:00+00:00", Use(UNUSED)),
        (OLD, None, Use(UNUSED)),
        (WINDOW.since.isoformat(), None, Use(UNUSED)),
        ("2026-06-25T10:00:00+00:00", None, Use(UNKNOWN, "its role web was created on 2026-06-25, which is too young")),
        ("2026-06-25T10:00:00+00:00", "2026-06-26T10:00:00+00:00", Use(USED, "its role web was last used on 2026-06-26")),
    ],
)
def test_a_role_without_a_use_for_long_enough_is_unused(created, last_used, expected):
    assert role_use("web", created, last_used, WINDOW) == expected
