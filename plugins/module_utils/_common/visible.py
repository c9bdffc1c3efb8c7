# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which characters a reader sees.  Pure.

Python calls some characters printable that show as nothing or as a space.  It does not have their property, so they are listed here.
"""

from __future__ import annotations

import re

# Default_Ignorable_Code_Point in DerivedCoreProperties.txt of Unicode 17.0, the same as in 14.0
IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Fillers, blanks and joiners without the property.  The last one stands for an object that is not there.
BLANK = "\u2800\u2d7f\U0001107f\U00011a47\U00011a99\U00011f42\U00013441\U00013442\U00016fe4\U0001bc9d\U0001d159\ufffc"

_INVISIBLE = re.compile(f"[{IGNORABLE}{BLANK}]")


def is_visible(text: str) -> bool:
    """Whether a reader sees each character of the text, which is on one line."""
    return text.isprintable() and not _INVISIBLE.search(text)
