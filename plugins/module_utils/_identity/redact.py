# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removes secrets from a text by their value: an answer can repeat what it was asked with, whole or in part.  Pure."""

from __future__ import annotations

from typing import Iterable
from urllib.parse import quote

REDACTED = "(redacted)"
SHORTEST = 12  # characters of a secret that may not be shown, one after the other


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """The text without any part of a secret, also as it is written in URLs and in JSON."""
    parts = {part for secret in secrets for form in _forms(secret.lower()) for part in _parts(form)}
    folded = text.lower()
    if len(folded) != len(text) or not parts:
        # Without the same positions, nothing can be shown.
        return text if not parts else REDACTED
    sizes = sorted({len(part) for part in parts})
    hidden = [False] * len(text)
    for start in range(len(text)):
        for size in sizes:
            if folded[start : start + size] in parts:
                hidden[start : start + size] = [True] * len(hidden[start : start + size])
    return _shown(text, hidden)


def _forms(secret: str) -> set[str]:
    return {secret, quote(secret, safe="").lower(), secret.replace("/", "\\/")}


def _parts(secret: str) -> set[str]:
    """All parts of that length; the secret itself if it is shorter."""
    return {secret[start : start + SHORTEST] for start in range(max(1, len(secret) - SHORTEST + 1))} - {""}


def _shown(text: str, hidden: list[bool]) -> str:
    pieces: list[str] = []
    for position, character in enumerate(text):
        if not hidden[position]:
            pieces.append(character)
        elif not pieces or pieces[-1] != REDACTED:
            pieces.append(REDACTED)
    return "".join(pieces)
