# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wanted values that differ from the current ones.  Pure."""

from __future__ import annotations

from typing import Any, Mapping


def differing(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of ``wanted`` that are missing from ``found`` or have another value there.

    A wanted None matches everything, and entries that only ``found`` has are ignored; nested dictionaries follow the same rules.
    """
    return {name: value for name, value in wanted.items() if not _is_met(value, found.get(name))}


def _is_met(wanted: Any, found: Any) -> bool:
    if wanted is None:
        return True
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and not differing(wanted, found)
    if isinstance(wanted, (list, tuple)):
        return isinstance(found, (list, tuple)) and len(wanted) == len(found) and all(map(_is_met, wanted, found))
    # Templates and the command line turn numbers into strings.
    return found is not None and str(wanted) == str(found)
