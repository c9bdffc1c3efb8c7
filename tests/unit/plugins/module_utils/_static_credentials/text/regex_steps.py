# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A regular expression matcher that counts its steps, which Python's own can't.

It tries the alternatives in the same order.  So a text that takes it long takes Python's matcher long too.
"""

from __future__ import annotations

import re
import sys
from re import _constants as op
from re import _parser as parser

SPACES, DIGITS = " \t\n\r\f\v", "0123456789"
CATEGORIES = {
    op.CATEGORY_SPACE: lambda each: each in SPACES,
    op.CATEGORY_NOT_SPACE: lambda each: each not in SPACES,
    op.CATEGORY_WORD: lambda each: each.isalnum() or each == "_",
    op.CATEGORY_DIGIT: lambda each: each in DIGITS,
}


class TooMany(Exception):
    """The limit of steps is exceeded."""


def steps(pattern, text, limit=200000, anywhere=False):
    """The number of steps to match a text from its start, or to search it.  Raises TooMany."""
    matcher = _Matcher(text, bool(pattern.flags & re.IGNORECASE), limit)
    nodes, depth = list(parser.parse(pattern.pattern, pattern.flags)), sys.getrecursionlimit()
    sys.setrecursionlimit(20000)
    try:
        for start in range(len(text) if anywhere else 1):
            if matcher.match(nodes, 0, start, {}, lambda at, groups: True):
                break
    finally:
        sys.setrecursionlimit(depth)
    return matcher.count


class _Matcher:
    def __init__(self, text, ignores_case, limit):
        self.text = text.lower() if ignores_case else text
        self.ignores_case = ignores_case
        self.limit = limit
        self.count = 0

    def match(self, nodes, index, at, groups, then):
        if index == len(nodes):
            return then(at, groups)
        self.count += 1
        if self.count > self.limit:
            raise TooMany
        kind, value = nodes[index]

        def go_on(after, found):
            return self.match(nodes, index + 1, after, found, then)

        if kind in (op.MAX_REPEAT, op.MIN_REPEAT):
            return self.repeat(value, 0, at, groups, go_on)
        if kind is op.BRANCH:
            return any(self.match(list(each), 0, at, groups, go_on) for each in value[1])
        if kind is op.SUBPATTERN:
            return self.match(list(value[3]), 0, at, groups, lambda after, found: go_on(after, {**found, value[0]: self.text[at:after]}))
        if kind is op.GROUPREF:
            group = groups.get(value, "")
            return self.text.startswith(group, at) and go_on(at + len(group), groups)
        if kind in (op.ASSERT, op.ASSERT_NOT):
            return self.looks_around(value, at, groups) == (kind is op.ASSERT) and go_on(at, groups)
        if kind is op.AT:
            return self.is_at(value, at) and go_on(at, groups)
        return at < len(self.text) and self.takes(kind, value, self.text[at]) and go_on(at + 1, groups)

    def repeat(self, value, count, at, groups, then):
        least, most, item = value

        def again(after, found):
            return after != at and self.repeat(value, count + 1, after, found, then)

        if count < most and self.match(list(item), 0, at, groups, again):
            return True
        return count >= least and then(at, groups)

    def looks_around(self, value, at, groups):
        direction, item = value
        start = at if direction > 0 else at - item.getwidth()[0]
        return start >= 0 and self.match(list(item), 0, start, groups, lambda after, found: True)

    def is_at(self, where, at):
        if where is op.AT_END_STRING:
            return at == len(self.text)
        assert where is op.AT_BOUNDARY, where
        word = CATEGORIES[op.CATEGORY_WORD]
        return (at > 0 and word(self.text[at - 1])) != (at < len(self.text) and word(self.text[at]))

    def takes(self, kind, value, each):
        if kind is op.ANY:
            return each != "\n"
        if kind is op.NOT_LITERAL:
            return ord(each) != self.code(value)
        if kind is op.LITERAL:
            return ord(each) == self.code(value)
        assert kind is op.IN, kind
        return self.is_in(value, each)

    def is_in(self, items, each):
        negated = items[0][0] is op.NEGATE
        return negated != any(self.is_item(kind, value, each) for kind, value in items[negated:])

    def is_item(self, kind, value, each):
        if kind is op.CATEGORY:
            return CATEGORIES[value](each)
        if kind is op.RANGE:
            return value[0] <= ord(each) <= value[1]
        return ord(each) == self.code(value)

    def code(self, value):
        return ord(chr(value).lower()) if self.ignores_case else value
