# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of instance_metadata_options."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_options.options import metadata_spec
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_options.row import Rules
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_options.wanted import WantedOptions

I = "i-0123456789abcdef0"  # noqa: E741
DEFAULTS = {
    **dict.fromkeys(("instance_ids", "filters", "undo", "http_tokens", "http_endpoint", "http_put_response_hop_limit")),
    **dict.fromkeys(("http_protocol_ipv6", "instance_metadata_tags", "launch_templates", "auto_scaling_groups")),
    "unused_days": 14,
    "on_use": "skip",
    "include_managed": False,
    "wait": True,
    "wait_timeout": 300,
    "max_concurrency": 8,
}
ONE = {**DEFAULTS, "instance_ids": [I], "http_tokens": "required"}
ORIGIN = {"account": "123456789012", "region": "eu-central-1", "collection_version": "1.0.0"}


def undo(former):
    return {**DEFAULTS, "undo": {**ORIGIN, "instances": {I: former}}}


def test_the_options_reach_the_spec():
    spec = metadata_spec({**ONE, "http_put_response_hop_limit": 2, "on_use": "fail", "wait": False, "wait_timeout": 7, "unused_days": 3})
    assert spec.instances == {I: {"http_tokens": "required", "http_put_response_hop_limit": 2}}
    assert (spec.rules, spec.wait, spec.wait_timeout, spec.unused_days) == (Rules(on_use="fail"), False, 7, 3)
    found = metadata_spec({**ONE, "instance_ids": None, "filters": {"tag:a": "b"}, "include_managed": True})
    assert (found.filters, found.instances) == ([{"Name": "tag:a", "Values": ["b"]}], {})
    assert found.rules == Rules(named=False, include_managed=True)
    assert spec.launch is None
    found = metadata_spec(
        {**ONE, "instance_ids": None, "launch_templates": ["a", "b", "a"], "auto_scaling_groups": ["g"], "include_managed": True}
    ).launch
    assert (found.templates, found.groups, found.members, found.include_managed) == (("a", "b"), ("g",), False, True)
    assert found.wanted == WantedOptions({"http_tokens": "required"})
    both = {**ORIGIN, "launch_templates": {"lt-1": {"default_version": "1", "latest_version": "2"}}, "instances": {I: {"http_tokens": "optional"}}}
    found = metadata_spec({**DEFAULTS, "undo": both})
    assert found.launch.undo == {key: value for key, value in both.items() if key != "instances"}
    assert metadata_spec(undo({"http_tokens": "optional"})).instances == {I: {"http_tokens": "optional"}}


def test_all_options_can_be_restored():
    former = {
        "http_tokens": "optional",
        "http_endpoint": "enabled",
        "http_put_response_hop_limit": 1,
        "http_protocol_ipv6": "disabled",
        "instance_metadata_tags": "enabled",
    }
    assert metadata_spec(undo(former)).instances == {I: former}


@pytest.mark.parametrize("limit", [1, 64])
@pytest.mark.parametrize("days", [1, 454])
def test_boundaries_are_accepted(limit, days):
    spec = metadata_spec({**ONE, "http_put_response_hop_limit": limit, "unused_days": days})
    assert spec.values["http_put_response_hop_limit"] == limit


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({**ONE, "wait_timeout": -1}, "wait_timeout: -1 is out of range"),
        ({**ONE, "http_tokens": None}, "http_tokens: is missing"),
        ({**ONE, "http_put_response_hop_limit": 0}, "http_put_response_hop_limit: 0 is not"),
        ({**ONE, "http_put_response_hop_limit": 65}, "Give a number from 1 to 64."),
        ({**ONE, "unused_days": 0}, "unused_days: is 0. Give 1 to 454"),
        ({**ONE, "unused_days": 455}, "unused_days: is 455."),
        ({**ONE, "max_concurrency": 0}, "max_concurrency: 0 is out of range"),
        ({**ONE, "launch_templates": [""]}, "launch_templates: has an empty name."),
        ({**DEFAULTS, "undo": {**ORIGIN, "launch_templates": {"lt-1": {}}}}, "undo.launch_templates[lt-1]: has an unexpected form."),
        ({**ONE, "instance_ids": ["web"]}, "instance_ids: 'web' is not an instance id."),
        ({**ONE, "instance_ids": None, "filters": {}}, "filters: is empty and would match every instance."),
        ({**undo({"http_tokens": "optional"}), "http_tokens": "required"}, "undo: can't be combined with http_tokens."),
        (undo({}), "undo.instances[i-0123456789abcdef0]: has an unexpected form."),
        (undo(None), "has an unexpected form."),
        (undo({"http_tokens": "maybe"}), "'maybe' is not a value of it. It can be optional or required."),
        (undo({"state": "applied"}), "has an unexpected form."),
        (undo({"http_put_response_hop_limit": True}), "True is not a hop limit."),
        ({**DEFAULTS, "undo": {"instances": {I: {"http_tokens": "optional"}}}}, "is not the return value of a run"),
        ({**DEFAULTS, "undo": {**ORIGIN, "instances": {"x": {"http_tokens": "optional"}}}}, "undo.instances: 'x' is not an instance id."),
    ],
)
def test_wrong_options_are_refused(options, says):
    with pytest.raises(OptionError) as error:
        metadata_spec(options)
    assert says in str(error.value)
