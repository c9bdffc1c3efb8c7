# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What does not exist in check mode, because an earlier task would have created it.  Pure."""

from __future__ import annotations

from typing import Any, NamedTuple, Sequence

PLANNED = "does not exist; planned as if an earlier task had created it"


class Missing(NamedTuple):
    """A resource by its kind and name, and the error with which a real run would end."""

    kind: str
    name: str
    message: str

    @property
    def warning(self) -> str:
        """What check mode says."""
        return f"The {self.kind} {self.name} {PLANNED}."

    def as_result(self) -> dict[str, Any]:
        """An entry of the return value ``missing``."""
        return self._asdict()


def missing_value(missing: Sequence[Missing]) -> dict[str, Any]:
    """The return value ``missing``; nothing if everything exists."""
    return {"missing": [each.as_result() for each in missing]} if missing else {}
