# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers with which Python or boto3 can't work are refused, wherever they are given."""

from __future__ import annotations

import threading
from importlib import import_module

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._common.limits import (
    MAX_CONCURRENCY,
    MAX_SECONDS,
    WAITS,
    check_max_concurrency,
    check_range,
    check_waits,
)


@pytest.mark.parametrize("name", WAITS)
@pytest.mark.parametrize("seconds", [-1, MAX_SECONDS + 1, 10**400])
def test_a_wait_that_cannot_be_counted(name, seconds):
    with pytest.raises(OptionError, match=rf"^{name}: -?\d+ is out of range. Use 0 to 31536000."):
        check_waits({name: seconds})


@pytest.mark.parametrize("number", [0, -1, MAX_CONCURRENCY + 1, 10**9])
def test_so_many_calls_at_a_time(number):
    """A pool has room for that many connections, and urllib3 fills it with nothing."""
    with pytest.raises(OptionError, match="^max_concurrency: -?\\d+ is out of range. Use 1 to 256."):
        check_max_concurrency(number)


def test_usual_numbers():
    check_waits({"wait_timeout": MAX_SECONDS, "not_found_timeout": 0, "other": -1})
    check_waits({"wait_timeout": None})
    check_max_concurrency(1)
    check_max_concurrency(MAX_CONCURRENCY)
    check_range("x", 1, 1, 1)
    assert MAX_SECONDS < threading.TIMEOUT_MAX


@pytest.mark.parametrize("package", ["attach", "require_imdsv2"])
def test_the_roles_have_the_same_limits(package):
    checked = import_module("ansible_collections.keyless.ec2.plugins.plugin_utils._rollout.variables").CHECKED[package]
    assert all(each.most for each in checked.numbers.values())
