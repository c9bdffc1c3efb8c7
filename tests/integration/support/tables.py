# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of cases: the usual run tests a few of each kind, and `make test-all` tests all."""

from __future__ import annotations

from collections.abc import Iterable

import pytest


def table(cases: Iterable, usual: Iterable) -> list:
    """The cases as parameters, of which all but the usual ones are exhaustive."""
    usual = list(usual)
    marked = {True: (), False: (pytest.mark.exhaustive,)}
    return [pytest.param(*as_tuple(case), marks=marked[case in usual], id=name_of(case)) for case in cases]


def as_tuple(case: object) -> tuple:
    return case if isinstance(case, tuple) else (case,)


def name_of(case: object) -> str:
    return "-".join(map(str, as_tuple(case)))
