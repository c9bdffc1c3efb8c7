# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which keys the user wants to deactivate: access key ids, and names of IAM users.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterable, Iterator, Sequence

from ansible_collections.keyless.ec2.plugins.module_utils._access_key.options import USER_NAME
from ansible_collections.keyless.ec2.plugins.module_utils._common.identifiers import ACCESS_KEY_ID

LONG_TERM = "AKIA"
NOTHING = ("", "false", "no")
EVERYTHING = ("true", "yes", "on", "1", "all", "*")
AMBIGUOUS = (
    'migrate_keys_deactivate: "{given}" names no key. Every user of a host can write the id of somebody else\'s key into a file, so keys that were '
    "merely found are never deactivated. Give access key ids, or names of IAM users. Found with their secrets on this host: {found}."
)
INVALID = (
    "migrate_keys_deactivate: {name} is neither the id of a long-term access key, such as AKIAIOSFODNN7EXAMPLE, nor the name of an IAM user. "
    "Temporary keys need not be deactivated: they expire."
)


@dataclass(frozen=True)
class Request:
    """The names that the user gave."""

    names: Sequence[str] = ()

    @classmethod
    def parse(cls, given: Any) -> Request:
        """Parses the variable: a list, one name, or a boolean."""
        return cls([name for name in _texts(given) if name.lower() not in NOTHING])

    @property
    def is_ambiguous(self) -> bool:
        """Whether it asks for every key instead of naming some."""
        return any(name.lower() in EVERYTHING for name in self.names)

    def errors(self, found: Iterable[str] = ()) -> list[str]:
        """Why it is refused, in sentences; empty for a valid request.  ``found`` are the ids that the message suggests."""
        if self.is_ambiguous:
            return [AMBIGUOUS.format(given=", ".join(self.names), found=", ".join(found) or "none")]
        return [INVALID.format(name=name) for name in self.names if not _is_valid(name)]


def _texts(given: Any) -> Iterator[str]:
    if isinstance(given, (list, tuple)):
        for each in given:
            yield from _texts(each)
    else:
        yield str(given).strip()


def _is_valid(name: str) -> bool:
    """Whether it is the id of a long-term key or the name of a user.  A name that begins like an id is never a user."""
    if ACCESS_KEY_ID.match(name):
        return name.startswith(LONG_TERM) and ACCESS_KEY_ID.fullmatch(name) is not None
    return USER_NAME.fullmatch(name) is not None
