# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that Ansible takes for keys of its own, in what a module gets and returns."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from ansible.module_utils._internal._json._profiles import _module_legacy_m2c, _module_modern_m2c
from ansible.vars.clean import strip_internal_keys
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._common.ansible_keys import original_key, passed_key, with_keys
from ansible_collections.keyless.ec2.plugins.module_utils._common.run import run_info

NAMES = ("__ansible_type", "_ansible_no_log", "_ansible_x", "\\__ansible_type", "\\\\_ansible_x", "__ansible_unsafe", "__ansible_vault", "web")


class Ended(Exception):
    """The module has ended."""


def module_that_returns(result, **params):
    ended = []

    def exit_json(**shown):
        ended.append(shown)
        raise Ended

    module = SimpleNamespace(exit_json=exit_json, fail_json=exit_json, params=params, check_mode=False, _diff=False)
    with pytest.raises(Ended):
        run_info(module, lambda: result(module.params))
    return ended[0]


@pytest.mark.parametrize("decoder", [_module_legacy_m2c.Decoder, _module_modern_m2c.Decoder])
def test_the_control_node_gets_each_name_and_a_module_gets_it_back(decoder):
    undo = {"auto_scaling_groups": {name: {"tags": [{name: "TaggedStr"}]} for name in NAMES}}
    shown = json.loads(json.dumps(module_that_returns(lambda _params: {"undo": undo})), cls=decoder)
    registered = strip_internal_keys(shown)
    assert len(registered["undo"]["auto_scaling_groups"]) == len(NAMES)
    given_back = module_that_returns(lambda params: {"seen": repr(params["undo"])}, undo=registered["undo"])
    assert given_back["seen"] == repr(undo)


@given(st.from_regex(r"\A\\{0,3}_{0,3}(ansible_)?[a-z]{0,3}\Z"))
def test_no_two_names_become_one(name):
    assert original_key(passed_key(name)) == name
    assert not passed_key(name).startswith(("_ansible_", "__ansible_"))


def test_only_such_names_change():
    value = {"web": [{"msg": 1, 2: ("x",)}], "ansible_x": None}
    assert with_keys(passed_key, value) == {"web": [{"msg": 1, 2: ["x"]}], "ansible_x": None}
