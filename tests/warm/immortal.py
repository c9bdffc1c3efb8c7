# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stops forks from copying memory that they only read.

Python counts references in the object itself, so each page that a fork reads is also written, and copied. Immortal objects are not counted (PEP 683).
"""

from __future__ import annotations

import ctypes
import gc
import sys
from types import CodeType, FrameType

# What the garbage collector does not know, because it refers to nothing that could refer back
UNTRACKED = (str, bytes, int, float, tuple, CodeType)
OF_CODE = ("co_consts", "co_names", "co_linetable", "co_exceptiontable", "co_name", "co_qualname", "co_filename")


def make_everything_immortal() -> None:
    """Makes all objects immortal that exist now, which is right for imports: they are never freed anyway. Does nothing before Python 3.12."""
    count = _count_of(None)
    if sys.getrefcount(None) >> 31 == 0:
        return
    waiting: list = [each for each in gc.get_objects() if not isinstance(each, FrameType)]
    tracked = len(waiting)
    for each in waiting[:tracked]:
        waiting.extend(found for found in gc.get_referents(each) if isinstance(found, UNTRACKED))
    while waiting:
        each = waiting.pop()
        if _count_of(each).value != count.value:
            _count_of(each).value = count.value
            waiting.extend(_parts(each))


def _parts(each: object) -> list:
    """What only code and tuples refer to."""
    if isinstance(each, CodeType):
        return [getattr(each, name) for name in OF_CODE]
    return [part for part in each if isinstance(part, UNTRACKED)] if type(each) is tuple else []


def _count_of(each: object) -> ctypes.c_uint32:
    """The half of an object's reference count that tells whether it is immortal."""
    return ctypes.c_uint32.from_address(id(each))
