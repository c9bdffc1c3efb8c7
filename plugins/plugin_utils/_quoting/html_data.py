# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Data in an HTML page.  Pure.  Other text goes through Jinja's autoescape."""

from __future__ import annotations

import json
from typing import Any


def script_data(value: Any) -> str:
    """The value as JSON that can't end the script element that it is in, because characters that are special in HTML are escaped."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
