# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recognizes the names of settings for access key ids, secrets and session tokens.  Pure."""

from __future__ import annotations

import re

# A name such as secret_key could be of anything.  So it needs a prefix, or a kind of file in which it means an AWS key.
_AWS = (
    r"(?:\w*_)?aws[_-]?(?:access[_-]?key(?:[_-]?id)?|secret(?:[_-]?access)?[_-]?key|(?:session|security)[_-]?token)"
    r"|(?:ec2|s3)_(?:access_key(?:_id)?|secret_(?:access_)?key|session_token)"
    r"|rclone_config_\w+_session_token"
    r"|(?:rclone_config_\w+_)?(?:access[_-]?key[_-]?id|secret[_-]?access[_-]?key)"
)
_IN_KIND = {
    "s3cfg": r"|access_key|secret_key|access_token",
    "rclone": r"|session_token",
}
_IDS = re.compile(r"access[_-]?key(?:[_-]?id)?\Z", re.IGNORECASE)


class CredentialNames:
    """The names in one kind of file."""

    def __init__(self, kind: str) -> None:
        either = f"(?:{_AWS}{_IN_KIND.get(kind, '')})"
        self._name = re.compile(either + r"\Z", re.IGNORECASE)
        self._set_in = re.compile(r"(?<![\w-])" + either + r"[\"']?\s*[=:]\s*[\"']?[^\s\"'$]", re.IGNORECASE)

    def include(self, name: str) -> bool:
        return bool(self._name.match(name))

    def are_set_in(self, line: str) -> bool:
        """Whether one of them gets a value anywhere in a line."""
        return bool(self._set_in.search(line))

    def is_id(self, name: str) -> bool:
        """Whether it is the name of an access key id rather than a secret."""
        return self.include(name) and bool(_IDS.search(name)) and "secret" not in name.lower()
