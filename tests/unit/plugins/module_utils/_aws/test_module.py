# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our modules hand warnings to Ansible only once."""

from __future__ import annotations

import pytest
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ansible_collections.keyless.ec2.plugins.module_utils._aws.module import AwsModule


class Underlying:
    """Replaces AnsibleModule; records what it is given."""

    check_mode = _diff = False
    _name = "any"
    params: dict = {}

    def __init__(self, **_made):
        self.warned, self.results = [], []

    def warn(self, text):
        self.warned.append(text)

    def exit_json(self, **result):
        self.results.append(result)

    fail_json = exit_json


@pytest.fixture(name="module")
def _module(monkeypatch):
    monkeypatch.setitem(AnsibleAWSModule.default_settings, "module_class", Underlying)
    return AwsModule(argument_spec={}, check_boto3=False)


@pytest.mark.parametrize("end", ["exit_json", "fail_json"])
def test_a_warning_is_not_also_in_the_result(module, end):
    module.warn("The instance is not managed.")
    getattr(module, end)(msg="Done.")
    assert module.warned == ["The instance is not managed."]
    assert module.results == [{"msg": "Done."}]
