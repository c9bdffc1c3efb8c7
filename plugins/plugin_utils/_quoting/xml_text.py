# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text in XML, whose syntax the library escapes.  Pure."""

from __future__ import annotations

from ...module_utils._common.quoting import lines


def xml_text(text: str) -> str:
    """The text with its invisible characters escaped, most of which XML 1.0 can't represent."""
    return lines(text)
