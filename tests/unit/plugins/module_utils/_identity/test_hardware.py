# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recognizing EC2 by its hardware."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._identity.hardware import is_ec2_hardware

HARDWARE = [
    ("class/dmi/id/sys_vendor", "Amazon EC2\n", True),
    ("class/dmi/id/board_vendor", "Amazon EC2\n", True),
    ("class/dmi/id/product_uuid", "EC2E1916-9099-7CAF-FD21-012345ABCDEF\n", True),
    ("hypervisor/uuid", "ec2e1916-9099-7caf-fd21-012345abcdef\n", True),
    ("class/dmi/id/sys_vendor", "QEMU\n", False),
    ("class/dmi/id/sys_vendor", "\u00e9\n", False),
    ("hypervisor/uuid", "00000000-0000-0000-0000-000000000ec2\n", False),
    ("elsewhere", "Amazon EC2\n", False),
]


@pytest.mark.parametrize(("name", "text", "expected"), HARDWARE)
def test_ec2_hardware_is_recognized(tmp_path, name, text, expected):
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    assert is_ec2_hardware(str(tmp_path)) is expected
