# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of the settings that hold an access key id, its secret or its session token.  Pure."""

from __future__ import annotations

import re

# A name such as secret_key alone may be of anything, so it takes a prefix, or a file in which it is an access key's.
_AWS = (
    r"(?:\w*_)?aws[_-]?(?:access[_-]?key(?:[_-]?id)?|secret(?:[_-]?access)?[_-]?key|(?:session|security)[_-]?token)"
    r"|(?:ec2|s3)_(?:access_key(?:_id)?|secret_(?:access_)?key|session_token)"
    r"|rclone_config_\w+_session_token"
    r"|(?:rclone_config_\w+_)?(?:access[_-]?key[_-]?id|secret[_-]?access[_-]?key)"
)
_OF_KIND = {
    "s3cfg": r"|access_key|secret_key|access_token",
    "rclone": r"|session_token",
}
_IDS = re.compile(r"access[_-]?key(?:[_-]?id)?\Z", re.IGNORECASE)


class Names:
    """Those of one kind of file."""

    def __init__(self, kind: str) -> None:
        either = f"(?:{_AWS}{_OF_KIND.get(kind, '')})"
        self._name = re.compile(either + r"\Z", re.IGNORECASE)
        self._sets = re.compile(r"(?<![\w-])" + either + r"[\"']?\s*[=:]\s*[\"']?[^\s\"'$]", re.IGNORECASE)

    def has(self, name: str) -> bool:
        return bool(self._name.match(name))

    def sets(self, line: str) -> bool:
        """Whether a line gives one of them a value, somewhere."""
        return bool(self._sets.search(line))

    def is_id(self, name: str) -> bool:
        """Whether it is the name of an access key id, and not of a secret."""
        return self.has(name) and bool(_IDS.search(name)) and "secret" not in name.lower()
