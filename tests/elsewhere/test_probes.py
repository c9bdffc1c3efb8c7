# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""moto and ministack differ from AWS where the reviewed table says so, and nowhere else."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.tests.elsewhere.differences import EMULATORS, observe, of


@pytest.mark.parametrize("name", EMULATORS)
def test_differences(name, tmp_path):
    assert observe(name, tmp_path) == of(name)
