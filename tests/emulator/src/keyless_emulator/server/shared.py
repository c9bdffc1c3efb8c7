# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that all copies of this package in one process share."""

from __future__ import annotations

from typing import TypeVar

import moto

Setting = TypeVar("Setting")


def of_process(mark: str, default: Setting) -> Setting:
    """What this process keeps under the mark; the default, if it keeps nothing yet.

    It is on moto itself, as the patches are, because this package can be imported under two names.
    """
    setting: Setting = vars(moto).setdefault(mark, default)
    return setting
