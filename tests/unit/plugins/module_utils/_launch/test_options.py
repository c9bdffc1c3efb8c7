# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._launch.options import launch_spec

GIVEN = {
    "auto_scaling_groups": None,
    "launch_templates": None,
    "filters": None,
    "instance_profile": "web",
    "state": "present",
    "on_conflict": "replace",
    "on_loss": "ignore",
    "members": True,
    "include_managed": False,
    "convert_launch_configurations": False,
    "undo": None,
    "wait": True,
    "wait_timeout": 300,
    "max_concurrency": 8,
}
VERSIONS = {"default_version": 1, "latest_version": "2"}
TAG = {"Key": "a", "Value": "b", "PropagateAtLaunch": True}
SETTINGS = {"Tags": {"a": TAG, "c": None}, "TargetGroupARNs": []}
HERE = {"account": "123456789012", "region": "eu-central-1", "collection_version": "1.0.0"}
UNDO = {
    **HERE,
    "launch_templates": {"lt-1": VERSIONS},
    "auto_scaling_groups": {"web": {"LaunchTemplate": {}}, "batch": {"LaunchConfigurationName": "batch"}, "shop": SETTINGS},
    "fleets": {"fleet-1": {"LaunchTemplateConfigs": []}},
    "instances": {},
}


def spec(**options):
    return launch_spec({**GIVEN, **options})


def test_duplicates_are_removed():
    found = spec(auto_scaling_groups=["b", "a", "b"], launch_templates=["t", "t"], filters={"tag:team": "shop"})
    assert (found.groups, found.templates, found.filters) == (("b", "a"), ("t",), [{"Name": "tag:team", "Values": ["shop"]}])
    assert (found.profile, found.only, found.undo) == ("web", None, None)


def test_a_profile_limits_a_removal():
    arn = "arn:aws:iam::123456789012:instance-profile/team/web"
    assert [spec(state="absent", instance_profile=each).only for each in ("web", arn, None)] == ["web", "web", None]
    assert spec(state="absent").profile is None


@pytest.mark.parametrize(
    ("option", "name"), [("on_conflict", "on_conflict"), ("on_loss", "on_loss"), ("members", "members"), ("include_managed", "include_managed"),
                         ("convert_launch_configurations", "convert"), ("wait", "wait")],
)  # fmt: skip
def test_options_are_in_the_spec(option, name):
    assert spec(wait_timeout=7).wait_timeout == 7
    assert getattr(spec(**{option: "asked"}), name) == "asked"


BAD = [
    ({"instance_profile": None}, "instance_profile"),
    ({"instance_profile": "a b"}, "instance_profile"),
    ({"auto_scaling_groups": ["web", ""]}, "auto_scaling_groups"),
    ({"launch_templates": [""]}, "launch_templates"),
    ({"max_concurrency": 0}, "max_concurrency"),
    ({"wait_timeout": -1}, "wait_timeout"),
    ({"filters": {}}, "filters"),
    ({"filters": {"instance-id": "i-1"}}, r"filters\[instance-id\]"),
    ({"filters": {"tag:team": []}}, r"filters\[tag:team\]"),
    ({"filters": {"tag-key": None}}, r"filters\[tag-key\]"),
    ({"filters": {"tag-value": {}}}, r"filters\[tag-value\]"),
    ({"undo": {**HERE, "roles": {}}}, "undo"),
    ({"undo": {"instances": {"i-1": None}}}, "undo"),
    ({"undo": {**HERE, "instances": []}}, "undo"),
    ({"undo": {**HERE, "launch_templates": {"lt-1": {"default_version": 1}}}}, r"undo.launch_templates\[lt-1\]"),
    ({"undo": {**HERE, "launch_templates": {"lt-1": {**VERSIONS, "latest_version": "$Latest"}}}}, r"undo.launch_templates\[lt-1\]"),
    ({"undo": {**HERE, "auto_scaling_groups": {"web": {}}}}, r"undo.auto_scaling_groups\[web\]"),
    ({"undo": {**HERE, "auto_scaling_groups": {"web": {"LaunchTemplate": {}, "MixedInstancesPolicy": {}}}}}, r"undo.auto_scaling_groups\[web\]"),
    ({"undo": {**HERE, "auto_scaling_groups": {"web": {"LaunchTemplate": {}, "Other": 1}}}}, r"undo.auto_scaling_groups\[web\]"),
    ({"undo": {**HERE, "auto_scaling_groups": {"web": {"Tags": []}}}}, r"undo.auto_scaling_groups\[web\]"),
    ({"undo": {**HERE, "auto_scaling_groups": {"web": {"Tags": {"a": {"Value": "b"}}}}}}, r"undo.auto_scaling_groups\[web\]"),
    ({"undo": {**HERE, "auto_scaling_groups": {"web": {"TargetGroupARNs": "arn:t"}}}}, r"undo.auto_scaling_groups\[web\]"),
    ({"undo": {**HERE, "fleets": {"fleet-1": {}}}}, r"undo.fleets\[fleet-1\]"),
    ({"undo": {**HERE, "fleets": {"fleet-1": {"LaunchTemplateConfigs": {}}}}}, r"undo.fleets\[fleet-1\]"),
]


@pytest.mark.parametrize(("options", "option"), BAD)
def test_invalid_options_are_refused_by_name(options, option):
    with pytest.raises(OptionError, match=f"^{option}: "):
        launch_spec({**GIVEN, **options})


@pytest.mark.parametrize("filters", [None, {"tag:team": "shop"}, {"tag-key": ["team"], "tag-value": "shop"}])
def test_filters_that_auto_scaling_has(filters):
    launch_spec({**GIVEN, "filters": filters, "max_concurrency": 1})


def test_undo_replaces_all_other_options():
    found = spec(undo=UNDO, instance_profile=None, wait=False, wait_timeout=5)
    assert (found.undo, found.wait, found.wait_timeout, found.groups) == (UNDO, False, 5, ())
