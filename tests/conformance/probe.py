# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A probe: a claim about AWS, its source, the code that relies on it, and calls that check it."""

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
    """The source of a claim: the title of a page by AWS, or a public issue. Without either, the claim is unknown."""

    kind: str
    title: str
    # The source of an error's text, if the page has only its code
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
    # How many instances it launches, apart from shared ones
    instances: int = 0
    # About how long it takes on AWS, which nobody has measured yet
    seconds: int = 6
    # Because it changes something of the whole account
    runs_alone: bool = False


class Different(Exception):
    """The claim is wrong; the text says what was observed instead."""


class NotApplicable(Exception):
    """The probe can't run at this endpoint; the text says why."""


PROBES: dict[str, Probe] = {}


# The source of a text that other emulators have, and that no public issue shows
UNSOURCED = "no public source"


def documented(*titles: str, text: str = "") -> Source:
    return Source(DOCUMENTED, "; ".join(titles), text)


def reported(*issues: str) -> Source:
    return Source(REPORTED, "; ".join(issues))


def unknown(question: str) -> Source:
    return Source(UNKNOWN, question)


def probe(claim: str, source: Source, *relied_on_by: str, **options: Any) -> Callable[[Callable[[Aws], None]], Callable[[Aws], None]]:
    """Registers the decorated function as a probe with the function's name, and the module's name as its subject."""

    def register(check: Callable[[Aws], None]) -> Callable[[Aws], None]:
        name, subject = check.__name__, check.__module__.rpartition(".")[2]
        assert name not in PROBES or PROBES[name].subject == subject, f"there are two probes {name}"
        paths = tuple(path if path.startswith("plugin_utils/") else f"module_utils/{path}" for path in relied_on_by)
        PROBES[name] = Probe(name, subject, claim, source, paths, check, **options)
        return check

    return register


@contextmanager
def refused(code: str | tuple[str, ...], *texts: str, status: int | None = None) -> Iterator[None]:
    """The calls in this context must fail with this code, or one of these codes, and the message must contain all texts."""
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
    """Raises Different, with what was observed, unless the condition is true."""
    if not is_so:
        raise Different(f"{observed!r}" if not isinstance(observed, str) else observed)


def same(observed: Any, claimed: Any) -> None:
    expect(observed == claimed, f"{observed!r}, not {claimed!r}")
