# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which permissions jobs need.  A job is a role of this collection, and its permissions are those of its permissions.yml.  Pure.

A statement has ``sid``, ``actions``, ``resources`` with names in braces, maybe ``conditions``, and ``for``: the variables of the role
that ask for it, each of which is a feature.  ``includes`` are other roles that the role runs: always, or ``for`` a variable; with the
features ``with``, or with those that are asked for.
"""

from __future__ import annotations

from typing import Any, Collection, Iterable, Iterator, Mapping, Optional

from .._common.errors import OptionError
from .._common.suggestions import did_you_mean

Permissions = Mapping[str, Mapping[str, Any]]
Features = Optional[Collection[str]]  # None for all


def check_jobs(permissions: Permissions, jobs: Collection[str]) -> None:
    """Raises OptionError where a job is none."""
    if not jobs:
        raise OptionError("jobs", "is empty.", f"Name at least one of {_listed(permissions)}; without it, all are meant.")
    _check("jobs", "job", jobs, permissions)


def check_features(permissions: Permissions, features: Features) -> None:
    """Raises OptionError where a feature is none."""
    _check("features", "feature", features or (), features_of(permissions))


def features_of(permissions: Permissions) -> list[str]:
    """All variables that ask for more than the job needs without them."""
    parts = (part for each in permissions.values() for part in (*each["statements"], *each.get("includes", ())))
    return sorted({name for part in parts for name in part.get("for", ())})


def statements_for(permissions: Permissions, jobs: Iterable[str], features: Features) -> Iterator[Mapping[str, Any]]:
    """The statements that the jobs need, in an order that does not depend on that of the jobs; some may come twice."""
    for job in sorted(set(jobs)):
        yield from _statements_of(permissions, job, features)


def _statements_of(permissions: Permissions, job: str, features: Features) -> Iterator[Mapping[str, Any]]:
    for include in permissions[job].get("includes", ()):
        if _is_asked_for(include, features):
            yield from _statements_of(permissions, include["role"], include.get("with", features))
    yield from (each for each in permissions[job]["statements"] if _is_asked_for(each, features))


def _is_asked_for(part: Mapping[str, Any], features: Features) -> bool:
    return features is None or "for" not in part or not set(part["for"]).isdisjoint(features)


def _check(option: str, kind: str, given: Iterable[str], known: Collection[str]) -> None:
    for each in given:
        if each not in known:
            meant = did_you_mean(each, known)
            raise OptionError(option, f"{each!r} is no {kind}.", f"{meant} Known are {_listed(known)}.".lstrip())


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
