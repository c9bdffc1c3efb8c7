# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a probe is: a claim about AWS, where the claim comes from, which code relies on it, and calls that check it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from .aws import Aws

DOCUMENTED, REPORTED, UNKNOWN = "documented", "reported", "unknown"


@dataclass(frozen=True)
class Source:
    """Where a claim comes from: the title of a page of AWS, or a public issue. If nothing says so, it is unknown."""

    kind: str
    title: str
    # Where the text of a refusal comes from, if the page has only its code
    text: str = ""


@dataclass(frozen=True)
class Probe:
    name: str
    subject: str
    # One plain sentence
    claim: str
    source: Source
    # Paths below plugins/ of the code that would be wrong if the claim were
    relied_on_by: tuple[str, ...]
    check: Callable[[Aws], None]


class Different(Exception):
    """AWS does not do what the claim says; the text is what it does instead."""


class NotApplicable(Exception):
    """The probe can't be made here; the text is why."""


PROBES: dict[str, Probe] = {}


# Of a text that other emulators have, and of which no public issue was found
UNSOURCED = "no public source"


def documented(*titles: str, text: str = "") -> Source:
    return Source(DOCUMENTED, "; ".join(titles), text)


def reported(*issues: str) -> Source:
    return Source(REPORTED, "; ".join(issues))


def unknown(question: str) -> Source:
    return Source(UNKNOWN, question)


def probe(claim: str, source: Source, *relied_on_by: str) -> Callable[[Callable[[Aws], None]], Callable[[Aws], None]]:
    """Registers the decorated function; its name is the probe's, and its module the subject."""

    def register(check: Callable[[Aws], None]) -> Callable[[Aws], None]:
        name, subject = check.__name__, check.__module__.rpartition(".")[2]
        assert name not in PROBES or PROBES[name].subject == subject, f"there are two probes {name}"
        PROBES[name] = Probe(name, subject, claim, source, tuple(f"module_utils/{path}" for path in relied_on_by), check)
        return check

    return register


@contextmanager
def refused(code: str | tuple[str, ...], *texts: str, status: int | None = None) -> Iterator[None]:
    """The calls in this context end with this code, or one of them; each of the texts is in the message."""
    try:
        yield
    except ClientError as error:
        actual, message = error.response["Error"]["Code"], error.response["Error"].get("Message", "")
        answered = error.response["ResponseMetadata"]["HTTPStatusCode"]
        codes = (code,) if isinstance(code, str) else code
        if actual not in codes or any(text not in message for text in texts) or status not in (None, answered):
            raise Different(f"refused with {actual}, {answered}: {message}") from error
    else:
        raise Different("not refused")


def expect(is_so: Any, observed: Any) -> None:
    """Raises Different with what was observed, unless it is so."""
    if not is_so:
        raise Different(f"{observed!r}" if not isinstance(observed, str) else observed)


def same(observed: Any, claimed: Any) -> None:
    expect(observed == claimed, f"{observed!r}, not {claimed!r}")
