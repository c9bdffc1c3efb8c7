# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Merges the documents of several reports, each of which read other accounts.  Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Mapping, NamedTuple, Sequence

from .report import FORMAT, read_document, time_in
from .rows import ROW_KINDS, EstateError


class Source(NamedTuple):
    """A document, when it was taken, and the name of its file."""

    name: str
    taken: str
    document: Mapping[str, Any]

    @property
    def time(self) -> datetime:
        """The same time, to compare it with others."""
        return time_in(self.taken, self.name)

    @property
    def accounts(self) -> list[str]:
        """The accounts that the file is about, also those that could not be read."""
        return [str(row["account_id"]) for row in self.document["estate"]["accounts"]]


class Merged(NamedTuple):
    """The document of all accounts, and sentences for people: accounts that several files have, and files of different times."""

    document: Mapping[str, Any]
    notes: Sequence[str]


def merge(documents: Mapping[str, Any], now: str) -> Merged:
    """One document from those of several files, by the names of the files.  Raises EstateError.

    If several files have an account, the newest one counts, also if it could not read the account: older rows may be wrong by now.
    The merged document is as old as its oldest part, so that nobody takes it for newer.
    """
    sources = [Source(name, read_document(each, name, now)[0], each) for name, each in documents.items()]
    if len(sources) == 1:
        return Merged(sources[0].document, ())
    for source in sources:
        _check_accounts(source)
    newest = _newest_by_account(sources)
    estate = {
        kind: [row for source in sources for row in source.document["estate"][kind] if newest[str(row["account_id"])] is source] for kind in ROW_KINDS
    }
    used = [source for source in sources if any(each is source for each in newest.values())] or sources
    oldest, latest = (choose(used, key=lambda each: each.time).taken for choose in (min, max))
    notes = [*_twice(sources, newest), *([f"The files are from {oldest} to {latest}."] if oldest != latest else [])]
    return Merged({"format": FORMAT, "taken": oldest, "estate": estate}, notes)


def _check_accounts(source: Source) -> None:
    """Raises EstateError if a file has a resource of an account that it is not about: it would replace what the account's own file says."""
    others = {str(row["account_id"]) for kind in ROW_KINDS for row in source.document["estate"][kind]} - set(source.accounts)
    if others:
        raise EstateError(f"{source.name} has resources of {', '.join(sorted(others))}, but no row in accounts for it. Do not merge it.")


def _newest_by_account(sources: Sequence[Source]) -> dict[str, Source]:
    found: dict[str, Source] = {}
    for source in sources:
        for account in source.accounts:
            if account not in found or found[account].time < source.time:
                found[account] = source
    return found


def _twice(sources: Sequence[Source], newest: Mapping[str, Source]) -> list[str]:
    """A sentence for each account that several files have."""
    names: dict[str, list[str]] = {}
    for source in sources:
        for account in dict.fromkeys(source.accounts):
            names.setdefault(account, []).append(source.name)
    return [
        f"The account {account} is in {' and in '.join(files)}: {newest[account].name} is the newest ({newest[account].taken}) and was used."
        for account, files in names.items()
        if len(files) > 1
    ]
