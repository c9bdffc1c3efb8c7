# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which tests were skipped and why, and which of them must run in CI."""

from __future__ import annotations

import ast
import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

ANYWHERE: tuple[str, ...] = ()
ENDS = ("floor", "newest")

# The only reasons, by how they begin, for which a test may be skipped in CI, and in which steps. Each needs a why.
ALLOWED = {
    # These have what the collection needs, and not what goes with it: the ordinary environment does, and the tests run there.
    "ansible-builder and ansible-navigator are not in this environment": ENDS,
    "awx.awx is not in this environment": ENDS,
    "could not import 'ansible_rulebook": ENDS,
    "could not import 'jq'": ENDS,
    # Its model of AWS is older than what is tested.
    "this botocore leaves out the state": ("floor",),
    # No package of Python's. The rules themselves are tested without it.
    "the engine of ansible-rulebook needs Java": ANYWHERE,
    # Many containers have none.
    "This machine has no IPv6": ANYWHERE,
    # Not every file system has it, and the root of a user namespace may not. What comes of the error is tested without.
    "this file system or user can't make files immutable": ANYWHERE,
}


@dataclass(frozen=True)
class Skip:
    reason: str
    file: str
    # It counts as failed.
    must_run: bool = False


def read_skips(report: Path) -> tuple[Skip, ...]:
    """The tests that pytest's report has as skipped; a file that was skipped as a whole is one."""
    cases = ElementTree.parse(report).iter("testcase") if report.exists() else ()
    return tuple(Skip(reason_of(skipped), file_of(case)) for case in cases for skipped in case.iter("skipped"))


def reason_of(skipped: ElementTree.Element) -> str:
    message = skipped.get("message", "")
    if message != "collection skipped":
        return message
    _path, _line, reason = ast.literal_eval(skipped.text or "")
    return str(reason).removeprefix("Skipped: ")


def file_of(case: ElementTree.Element) -> str:
    """pytest names the module; if it was skipped as a whole, in the place of the test."""
    name = case.get("classname") or case.get("name") or ""
    return f"{name.replace('.', '/')}.py"


def judge(step: str, skips: Iterable[Skip]) -> tuple[Skip, ...]:
    """The same, with those that must run marked; that is only in CI."""
    is_ci = bool(os.environ.get("CI"))
    return tuple(replace(skip, must_run=is_ci and not is_allowed(step, skip.reason)) for skip in skips)


def is_allowed(step: str, reason: str) -> bool:
    return any(reason.startswith(beginning) and step in (steps or (step,)) for beginning, steps in ALLOWED.items())


def describe(skips: Iterable[Skip]) -> list[str]:
    """A line for each reason: how many tests were skipped for it, and in which files."""
    groups = defaultdict(list)
    for skip in skips:
        groups[skip.must_run, skip.reason].append(skip.file)
    return [
        f"skipped{', but must run in CI' if must_run else ''}: {reason} ({len(files)} in {', '.join(sorted(set(files)))})"
        for (must_run, reason), files in sorted(groups.items())
    ]
