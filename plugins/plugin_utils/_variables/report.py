# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of the role report that say what it reads, checked before the first call.  Pure."""

from __future__ import annotations

from typing import Any, Mapping

from .checks import errors_of, no_spaces_alone, regions, selection


def report_errors(values: Mapping[str, Any], converted: Mapping[str, Any]) -> list[str]:
    """An error for each list that is invalid; both have the values of the role's variables, without the prefix."""
    lists = [selection(f"report_{name}", values[name], converted[name]) for name in ("accounts", "estate", "formats")]
    searched = regions("report_regions", values["regions"], converted["regions"])
    return errors_of([*lists, searched, *no_spaces_alone("report", values, ("directory", "organization_role_name", "external_id", "since"))])
