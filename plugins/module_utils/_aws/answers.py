# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWS answers, and what comes in the place of an answer: a proxy's page, nothing, XML without what has to be in it.

botocore turns some of that into whatever its parsers happen to raise, and the rest into an answer with nothing in it.
"""

from __future__ import annotations

from textwrap import shorten
from typing import Any, Callable, Mapping

from .._common.errors import UNEXPECTED_ANSWER, AwsError

# Policy documents, which botocore decodes.  They are not AWS's but what users wrote: nothing has to be in them.
DOCUMENTS = frozenset({"AssumeRolePolicyDocument", "PolicyDocument"})
LONGEST_QUOTE = 200  # characters of a page that came instead of an answer

Refuse = Callable[[str], AwsError]


class Answer(dict[str, Any]):
    """AWS's answer or a part of it; asked by ``[]`` for a member that is missing, it raises AwsError.

    What may be missing is asked for with ``get``.
    """

    def __init__(self, members: Mapping[str, Any], refuse: Refuse) -> None:
        super().__init__(members)
        self._refuse = refuse

    def __missing__(self, member: str) -> Any:
        raise self._refuse(f"the answer has no {member}")

    def __bool__(self) -> bool:
        """True also of an empty one: it is ``None`` that says of a thing that it is not there."""
        return True

    def over(self, others: Mapping[str, Any]) -> Answer:
        """The same with what it lacks from another one."""
        return Answer({**others, **self}, self._refuse)


def answer_in(parsed: Mapping[str, Any], operation: str, target: str, doing: str) -> Answer:
    """The answer out of what botocore has parsed; the other arguments are AwsError's.  Raises AwsError."""
    answer: Answer = _part(parsed, lambda problem: AwsError(operation, target, doing, UNEXPECTED_ANSWER, problem))
    return answer


def _part(parsed: Any, refuse: Refuse) -> Any:
    if isinstance(parsed, dict):
        return Answer({member: _member(member, value, refuse) for member, value in parsed.items()}, refuse)
    if isinstance(parsed, list):
        return [_part(each, refuse) for each in parsed]
    return parsed


def _member(member: str, value: Any, refuse: Refuse) -> Any:
    if member not in DOCUMENTS:
        return _part(value, refuse)
    if not isinstance(value, dict):
        raise refuse(f"the answer's {member} is not a policy document")
    return value


def plain(value: Any) -> Any:
    """The value in dicts and lists of Python's own, for what is kept and told as AWS has it."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


def unreadable(error: Exception) -> str:
    """What to say of an answer at which botocore's parsers failed."""
    return shorten(f"the answer can't be read: {type(error).__name__}: {error}", LONGEST_QUOTE, placeholder=" …")
