# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The permissions that jobs need: a job is a role of this collection, with its files/permissions.yml.  Pure.

Each statement there has a ``sid``, ``actions``, ``resources`` with placeholders in braces, and optionally ``conditions``,
``for`` (the role variables that need it, each of which is a feature) and ``unless`` (features that replace it). ``includes``
lists other roles that the role runs: always, or ``for`` a variable; with the features in ``with``, or else with the selected ones.
"""

from __future__ import annotations

from typing import Any, Collection, Iterable, Iterator, Mapping

from .._common.errors import OptionError
from .._common.suggestions import did_you_mean

Permissions = Mapping[str, Mapping[str, Any]]
Features = Collection[str]


def check_jobs(permissions: Permissions, jobs: Collection[str]) -> None:
    """Raises OptionError if there are no jobs or an unknown one."""
    if not jobs:
        raise OptionError("jobs", "is empty.", f"Name at least one of {_listed(permissions)}, or leave it out for all.")
    _check_names("jobs", "job", jobs, permissions)


def check_features(permissions: Permissions, features: Features) -> None:
    """Raises OptionError for an unknown feature."""
    _check_names("features", "feature", features, features_of(permissions))


def features_of(permissions: Permissions) -> list[str]:
    """All role variables that need additional permissions."""
    parts = (part for each in permissions.values() for part in (*each["statements"], *each.get("includes", ())))
    return sorted({name for part in parts for name in part.get("for", ())})


def templates_for(permissions: Permissions, jobs: Iterable[str], features: Features) -> Iterator[Mapping[str, Any]]:
    """The statements that the jobs need, in an order that does not depend on the order of the jobs. Some can occur twice."""
    for job in sorted(set(jobs)):
        yield from _templates_of(permissions, job, features)


def _templates_of(permissions: Permissions, job: str, features: Features) -> Iterator[Mapping[str, Any]]:
    for include in permissions[job].get("includes", ()):
        if _is_selected(include, features):
            yield from _templates_of(permissions, include["role"], include.get("with", features))
    yield from (each for each in permissions[job]["statements"] if _is_selected(each, features))


def _is_selected(part: Mapping[str, Any], features: Features) -> bool:
    wanted = "for" not in part or not set(part["for"]).isdisjoint(features)
    return wanted and set(part.get("unless", ())).isdisjoint(features)


def _check_names(option: str, kind: str, names: Iterable[str], known: Collection[str]) -> None:
    for each in names:
        if each not in known:
            suggestion = f"{did_you_mean(each, known)} Valid {kind}s are {_listed(known)}."
            raise OptionError(option, f"{each!r} is not a {kind}.", suggestion.lstrip())


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
