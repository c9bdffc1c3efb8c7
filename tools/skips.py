# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lists skipped tests by reason, and knows which of them must run in CI."""

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

# The beginnings of the only reasons for which a test may be skipped in CI, and the steps in which it may. Each needs a comment.
ALLOWED = {
    # These environments have only what the collection needs. The tests run in the ordinary environment.
    "ansible-builder and ansible-navigator are not in this environment": ENDS,
    "awx.awx is not in this environment": ENDS,
    "could not import 'ansible_rulebook": ENDS,
    "could not import 'jq'": ENDS,
    # Its model of AWS is too old.
    "this botocore leaves out the state": ("floor",),
    "this botocore does not know the account's defaults for metadata options": ("floor",),
    "this botocore does not know who operates an instance": ("floor",),
    # It is not a Python package. The rules themselves are tested without it.
    "the engine of ansible-rulebook needs Java": ANYWHERE,
    # Many containers have no IPv6.
    "This machine has no IPv6": ANYWHERE,
    # Not even root can do so in every container.
    "this user can't make namespaces": ANYWHERE,
    # Some file systems and namespaces do not support it. How the error is handled is tested without it.
    "this file system or user can't make files immutable": ANYWHERE,
}


@dataclass(frozen=True)
class Skip:
    reason: str
    file: str
    # It counts as failed.
    must_run: bool = False


def read_skips(report: Path) -> tuple[Skip, ...]:
    """Returns the skipped tests in pytest's report. A file that was skipped as a whole counts once."""
    cases = ElementTree.parse(report).iter("testcase") if report.exists() else ()
    return tuple(Skip(reason_of(skipped), file_of(case)) for case in cases for skipped in case.iter("skipped"))


def reason_of(skipped: ElementTree.Element) -> str:
    message = skipped.get("message", "")
    if message != "collection skipped":
        return message
    _path, _line, reason = ast.literal_eval(skipped.text or "")
    return str(reason).removeprefix("Skipped: ")


def file_of(case: ElementTree.Element) -> str:
    """pytest gives the module's name, which is in the place of the test's name if the module was skipped as a whole."""
    name = case.get("classname") or case.get("name") or ""
    return f"{name.replace('.', '/')}.py"


def judge(step: str, skips: Iterable[Skip]) -> tuple[Skip, ...]:
    """Marks the skipped tests that must run. Outside CI, none must."""
    is_ci = bool(os.environ.get("CI"))
    return tuple(replace(skip, must_run=is_ci and not is_allowed(step, skip.reason)) for skip in skips)


def is_allowed(step: str, reason: str) -> bool:
    return any(reason.startswith(beginning) and step in (steps or (step,)) for beginning, steps in ALLOWED.items())


def describe(skips: Iterable[Skip]) -> list[str]:
    """Returns a line for each reason: how many tests were skipped for it, and in which files."""
    groups = defaultdict(list)
    for skip in skips:
        groups[skip.must_run, skip.reason].append(skip.file)
    return [
        f"skipped{', but must run in CI' if must_run else ''}: {reason} ({len(files)} in {', '.join(sorted(set(files)))})"
        for (must_run, reason), files in sorted(groups.items())
    ]
