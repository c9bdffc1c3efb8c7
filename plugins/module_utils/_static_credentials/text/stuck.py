# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A key that can't be cut out of its file.  Pure."""

from __future__ import annotations


class Stuck(Exception):
    """``reason`` is one of in_json, in_url, in_command and unclear; the message tells the line, not what is in it."""

    def __init__(self, reason: str, line: int, problem: str) -> None:
        super().__init__(f"Line {line} {problem}. Take the key out by hand.")
        self.reason = reason
