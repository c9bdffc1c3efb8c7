# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The access keys that a text has, each with whether its secret is there too.  Pure."""

from __future__ import annotations

from itertools import islice
from typing import NamedTuple, Optional

from .keys import key_ids, lines_of, signers
from .secrets import ids_with_secret

MAX_FINDINGS = 1000  # in one file: whoever writes a file must not decide how much is returned


class Finding(NamedTuple):
    """An access key id in a line, counted from 1; None in an environment, which has no lines."""

    line: Optional[int]
    key_id: str
    has_secret: bool


def findings(text: str) -> list[Finding]:
    """By line; the ids of who signed a request too."""
    ids = list(islice(key_ids(text), MAX_FINDINGS))
    complete = ids_with_secret(text, ids) if ids else set()
    everywhere = sorted(ids + list(islice(signers(text), MAX_FINDINGS)), key=lambda match: match.start())
    return [Finding(line, key_id, key_id in complete) for line, key_id in lines_of(text, everywhere[:MAX_FINDINGS])]


def findings_in_environment(text: str) -> list[Finding]:
    """The same of the environment of a process, whose variables end in NUL: each id once."""
    text = text.replace("\0", "\n")
    ids = list(islice(key_ids(text), MAX_FINDINGS))
    complete = ids_with_secret(text, ids, is_environment=True) if ids else set()
    return [Finding(None, key_id, key_id in complete) for key_id in dict.fromkeys(match.group() for match in ids)]
