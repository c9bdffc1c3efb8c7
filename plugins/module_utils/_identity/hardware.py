# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds out from the hardware whether a host is an EC2 instance."""

from __future__ import annotations

VENDORS = ("class/dmi/id/sys_vendor", "class/dmi/id/board_vendor")
UUIDS = ("class/dmi/id/product_uuid", "hypervisor/uuid")  # Only root can read the first one.


def is_ec2_hardware(folder: str = "/sys") -> bool:
    """``folder`` is where the kernel's sysfs is mounted."""
    amazon = any(_line(f"{folder}/{name}") == "amazon ec2" for name in VENDORS)
    return amazon or any(_line(f"{folder}/{name}").startswith("ec2") for name in UUIDS)


def _line(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read(256).strip().lower()
    except OSError:
        return ""
