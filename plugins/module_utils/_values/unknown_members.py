# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Members of AWS's responses that the installed botocore does not know.  Pure.

botocore drops them silently.  If a description that lacks them is sent back, AWS deletes what they said.
"""

from __future__ import annotations

from typing import Any, Mapping, Sequence

# A key that AWS never uses, in each structure with unknown members: a digest of each, by its name.  If such a structure is sent in
# spite of everything, botocore refuses the key.
UNKNOWN = "(unknown to botocore)"
REASON = "unknown_members"  # of a row


def unknown_members(value: Any, path: str = "") -> list[str]:
    """The paths of the unknown members, such as ``Overrides[1].ImageId``."""
    if isinstance(value, Mapping):
        prefix = f"{path}." if path else ""
        own = [f"{prefix}{name}" for name in value.get(UNKNOWN, ())]
        others = (unknown_members(each, f"{prefix}{key}") for key, each in value.items() if key != UNKNOWN)
        return [*own, *(found for paths in others for found in paths)]
    if isinstance(value, list):
        return [found for index, each in enumerate(value) for found in unknown_members(each, f"{path}[{index}]")]
    return []


def would_lose(paths: Sequence[str], botocore_version: str) -> str:
    """Why something with these members can't be changed, and what to do; the end of a row's message."""
    return (
        f"the installed botocore {botocore_version} does not know {', '.join(paths)}, which the change would delete: install a newer boto3 and "
        "botocore where the module runs (pip install --upgrade boto3 botocore), and run again"
    )
