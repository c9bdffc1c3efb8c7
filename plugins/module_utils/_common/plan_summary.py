# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan, or what came of it, in one sentence: "85 to attach, 20 to replace, 5 skipped (3 managed by Amazon EKS, 2 terminated)".  Pure."""

from __future__ import annotations

from collections import Counter
from typing import Dict, Iterable, List, NamedTuple, Sequence

from .sentences import number_of

SHOWN = 3  # failures, or kinds of changes
SKIPPED, FAILED = "skipped", "failed"


class Words(NamedTuple):
    """An action as a plan and as a result."""

    planned: str
    done: str


# In the order in which a sentence names them.  Actions that are not here come first, and are the same in both.
WORDS = {
    "created": Words("to create", "created"),
    "launched": Words("to launch", "launched"),
    "associated": Words("to attach", "attached"),
    "replaced": Words("to replace", "replaced"),
    "detached": Words("to detach", "detached"),
    "written": Words("to write", "written"),
    "modified": Words("to change", "changed"),
    "updated": Words("to update", "updated"),
    "filled": Words("to give the role", "given the role"),
    "emptied": Words("to empty", "emptied"),
    "tagged": Words("to tag", "tagged"),
    "untagged": Words("to remove tags of", "whose tags were removed"),
    "removed": Words("to remove", "removed"),
    "deleted": Words("to delete", "deleted"),
    "aside": Words("to set aside", "set aside"),
    "trimmed": Words("to set aside and replace by a copy without the credentials", "set aside and replaced by a copy without the credentials"),
    "restored": Words("to restore", "restored"),
    "unchanged": Words("unchanged", "unchanged"),
    SKIPPED: Words("skipped", "skipped"),
    "left": Words("left", "left"),
    FAILED: Words("that would fail", "failed"),
}
ORDER = list(WORDS)


class Item(NamedTuple):
    """Something in a plan: what happens to it, and why, in words that can follow a number: "managed by Amazon EKS"."""

    action: str
    cause: str = ""


class Kind(NamedTuple):
    """Items of one kind.  Without a ``noun``, the reader knows what they are."""

    items: Sequence[Item]
    noun: str = ""


def restored(items: Iterable[Item]) -> List[Item]:
    """The items of an undo, whose changes restore what was there before."""
    return [item._replace(action="restored") if item.action == "modified" else item for item in items]


def counted(kinds: Iterable[Kind], planned: bool) -> str:
    """How many of each kind have each action; empty if there is nothing."""
    return ", ".join(part for kind in kinds for part in _parts(kind, planned))


def _parts(kind: Kind, planned: bool) -> Iterable[str]:
    by_action: Dict[str, List[Item]] = {}
    for item in kind.items:
        by_action.setdefault(item.action, []).append(item)
    for action, items in sorted(by_action.items(), key=lambda entry: ORDER.index(entry[0]) if entry[0] in ORDER else -1):
        number = number_of(len(items), kind.noun) if kind.noun else str(len(items))
        causes = _causes(items) if action == SKIPPED else ""
        yield f"{number} {word(action, planned)}{causes}"


def word(action: str, planned: bool) -> str:
    """The action in words."""
    words = WORDS.get(action, Words(action, action))
    return words.planned if planned else words.done


def _causes(items: Sequence[Item]) -> str:
    found = Counter(item.cause for item in items if item.cause)
    return f" ({', '.join(f'{count} {cause}' for cause, count in found.most_common())})" if found else ""


def first_of(texts: Sequence[str]) -> str:
    """The first three sentences, and how many more there are: "a; b; c; and 45 more"."""
    more = [f"and {len(texts) - SHOWN} more"] if len(texts) > SHOWN else []
    return "; ".join([*(each.rstrip(".") for each in texts[:SHOWN]), *more])


def summary(kinds: Iterable[Kind], planned: bool, failures: Sequence[str] = (), nothing: str = "Nothing to do.") -> str:
    """The sentence, followed by the first failures; ``nothing`` if there are no items."""
    text = counted(kinds, planned)
    if not text:
        return nothing
    return f"{text}. {ended(first_of(failures))}".rstrip()


def ended(text: str) -> str:
    """The text with a full stop, if it has no mark at its end and is not empty."""
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."
