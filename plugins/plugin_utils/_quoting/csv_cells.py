# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cells of a CSV file.  Pure."""

from __future__ import annotations

import re

from ...module_utils._common.quoting import one_line

# Spreadsheets take a cell that begins with one of these for a formula.  Some split cells at semicolons, too, whatever the quotes say, and then
# quotes may come first.  Those that split at tabs or ends of lines find none in a cell.
# https://owasp.org/www-community/attacks/CSV_Injection
FORMULA = re.compile(r"(?:^|(?<=;))(?=[\s\"]*[=+\-@\uff0b\uff0d\uff1d\uff20])")


def csv_cell(value: object) -> str:
    """The value on one line, with an apostrophe wherever a spreadsheet would take what follows for a formula."""
    return FORMULA.sub("'", "" if value is None else one_line(str(value)))
