# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML and JSON that somebody else may have written.  Pure.

All errors are ValueErrors in one line without any of the text, because it may have a secret in it.
"""

from __future__ import annotations

import json
import re
from functools import partial
from math import isfinite
from typing import Any, Callable, Optional

import yaml

TOO_DEEP = "it has too many levels"
TEXT = re.compile(r"'(?!\\|.')[^']*'")  # in an error of YAML, but no single character


class _PlainLoader(yaml.SafeLoader):  # pylint: disable=too-many-ancestors
    """Without anchors and aliases: a few lines of them stand for more values than there is memory."""

    def compose_node(self, parent: Optional[yaml.Node], index: int) -> Optional[yaml.Node]:
        """The next node; raises MarkedYAMLError if it has an anchor or is an alias."""
        event = self.peek_event()
        if getattr(event, "anchor", None):
            raise yaml.MarkedYAMLError(problem="anchors and aliases are not allowed: write the value out", problem_mark=event.start_mark)
        return super().compose_node(parent, index)


def read_yaml(text: str) -> Any:
    """The document in the text, of which JSON is a part.  Raises ValueError."""
    return _in_one_line(lambda: yaml.load(text, Loader=_PlainLoader))


def read_json(text: str) -> Any:
    """The document in the text.  Raises ValueError, also for numbers that are not in JSON, such as NaN."""
    return _in_one_line(lambda: json.loads(text, parse_constant=_refuse, parse_float=_finite))


def read_json_documents(text: str) -> list[Any]:
    """The documents in the text, one or more, one after the other.  Raises ValueError."""
    found: list[Any] = []
    decoder, rest = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite), text.strip()
    while rest or not found:
        document, end = _in_one_line(partial(decoder.raw_decode, rest))
        found.append(document)
        rest = rest[end:].lstrip()
    return found


def plain(document: Any) -> Any:
    """The values as they are in JSON.  Dates become texts again: the version of a policy looks like one.  Raises ValueError."""
    return _in_one_line(lambda: json.loads(json.dumps(document, default=str, allow_nan=False)))


def _in_one_line(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except RecursionError:
        raise ValueError(TOO_DEEP) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = TEXT.sub("…", getattr(error, "problem", None) or "it is not YAML")
        raise ValueError(f"{problem}{f' in line {mark.line + 1}' if mark else ''}") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg} in line {error.lineno}") from None
    except (ValueError, TypeError, OverflowError, AttributeError):
        # For example a date in a month that does not exist, or a date as a key
        raise ValueError("it has a value or a key that is not allowed") from None


def _refuse(_constant: str) -> Any:
    raise ValueError


def _finite(text: str) -> float:
    number = float(text)
    return number if isfinite(number) else _refuse(text)
