# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of access_key_info and access_key_usage_info."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._access_key.options import check_access_key_ids, check_usage
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError

KEY_ID = "AKIAIOSFODNN7EXAMPLE"
USAGE = {"access_key_ids": [KEY_ID], "user_names": None, "regions": None, "days": 90, "role_name": None}


@pytest.mark.parametrize("each", [KEY_ID, f"ASIA{KEY_ID[4:]}"])
def test_a_valid_key_id(each):
    check_access_key_ids([each])


@pytest.mark.parametrize("each", ["", KEY_ID[:-1], f"{KEY_ID}A", KEY_ID.lower(), f"AROA{KEY_ID[4:]}", f"{KEY_ID[:-1]}1"])
def test_an_invalid_key_id(each):
    with pytest.raises(OptionError, match="^access_key_ids: "):
        check_access_key_ids([KEY_ID, each])


@pytest.mark.parametrize(
    "options",
    [
        {"days": 1},
        {"days": 400},
        {"access_key_ids": None, "user_names": ["a", "a+b=c,d.e@f-g_1", "u" * 64]},
        {"role_name": "web"},
        {"regions": ["eu-central-1"]},
    ],
)
def test_valid_options(options):
    check_usage({**USAGE, **options})


@pytest.mark.parametrize(
    "options, named",
    [
        ({"access_key_ids": []}, "access_key_ids"),
        ({"user_names": []}, "user_names"),
        ({"regions": []}, "regions"),
        ({"access_key_ids": ["x"]}, "access_key_ids"),
        ({"user_names": ["a", "b c"]}, "user_names"),
        ({"user_names": ["u" * 65]}, "user_names"),
        ({"days": 0}, "days"),
        ({"days": 401}, "days"),
        ({"role_name": "team/web"}, "role_name"),
    ],
)
def test_invalid_options_are_rejected_by_name(options, named):
    with pytest.raises(OptionError) as error:
        check_usage({**USAGE, **options})
    assert error.value.option == named
