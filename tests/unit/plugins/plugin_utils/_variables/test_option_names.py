# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_variables.option_names: errors name the role's variables, and not the options of the module behind it."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.plugin_utils._variables.option_names import by_variable

OPTIONS = {"attach_region", "attach_instance_profile"}


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("instance_profile: there is no x.", "attach_instance_profile: there is no x."),
        ("a: is wrong.\ninstance_profile: is empty.", "a: is wrong.\nattach_instance_profile: is empty."),
        ("Check the option region, and the option endpoint_url.", "Check attach_region, and the option endpoint_url."),
        ("web: it has another instance_profile: app", "web: it has another instance_profile: app"),
        ("attach_region: is wrong.", "attach_region: is wrong."),
        ("", ""),
    ],
)
def test_options_that_are_variables_are_named_so(error, expected):
    assert by_variable(error, "attach", OPTIONS) == expected
