# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is found wrong with the options of launch_profile_attach before AWS is asked."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._launch.options import launch_spec

ATTACH = {
    "auto_scaling_groups": ["web"],
    "filters": None,
    "launch_templates": None,
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
UNDO = {
    "launch_templates": {"lt-1": {"default_version": "1", "latest_version": "2"}},
    "auto_scaling_groups": {"web": {"LaunchConfigurationName": "web"}},
    "fleets": {"fleet-1": {"LaunchTemplateConfigs": []}},
    "instances": {"i-1": None},
}


@pytest.mark.parametrize(
    "options, named",
    [
        ({"instance_profile": None}, "instance_profile"),
        ({"instance_profile": "a b"}, "instance_profile"),
        ({"instance_profile": "a b", "state": "absent"}, "instance_profile"),
        ({"auto_scaling_groups": ["web", ""]}, "auto_scaling_groups"),
        ({"launch_templates": [""]}, "launch_templates"),
        ({"filters": {}}, "filters"),
        ({"filters": {"tag-keys": "x"}}, "filters[tag-keys]"),
        ({"filters": {"tag:Name": None}}, "filters[tag:Name]"),
        ({"filters": {"tag-key": []}}, "filters[tag-key]"),
        ({"filters": {"tag-value": {}}}, "filters[tag-value]"),
        ({"max_concurrency": 0}, "max_concurrency"),
    ],
)
def test_what_cannot_be_is_refused_by_the_options_name(options, named):
    with pytest.raises(OptionError) as error:
        launch_spec({**ATTACH, **options}, None)
    assert error.value.option == named


@pytest.mark.parametrize("options", [{}, {"filters": {"tag:Name": "x", "tag-key": ["a"], "tag-value": ["b"]}}, {"max_concurrency": 1}])
def test_what_can_be_is_taken(options):
    spec = launch_spec({**ATTACH, **options}, None)
    assert (spec.groups, spec.templates, spec.profile, spec.only) == (("web",), (), "web", None)


def test_what_is_named_twice_counts_once():
    spec = launch_spec({**ATTACH, "auto_scaling_groups": ["b", "a", "b"], "launch_templates": ["t", "t"]}, None)
    assert (spec.groups, spec.templates) == (("b", "a"), ("t",))


@pytest.mark.parametrize("given, only", [(None, None), ("old", "old"), ("arn:aws:iam::123456789012:instance-profile/a/old", "old")])
def test_absent_takes_any_profile_away_or_the_one_that_is_named(given, only):
    spec = launch_spec({**ATTACH, "state": "absent", "instance_profile": given}, None)
    assert (spec.profile, spec.only) == (None, only)


def test_undo_is_all_that_counts():
    spec = launch_spec({**ATTACH, "undo": UNDO, "instance_profile": None, "wait_timeout": 7}, None)
    assert (spec.undo, spec.groups, spec.wait, spec.wait_timeout) == (UNDO, (), True, 7)


@pytest.mark.parametrize(
    "wrong, named",
    [
        ({"other": {}}, "undo"),
        ({"instances": ["i-1"]}, "undo"),
        ({"launch_templates": {"lt-1": "2"}}, "undo.launch_templates[lt-1]"),
        ({"launch_templates": {"lt-1": {"default_version": "1"}}}, "undo.launch_templates[lt-1]"),
        ({"launch_templates": {"lt-1": {"default_version": "1", "latest_version": "$Latest"}}}, "undo.launch_templates[lt-1]"),
        ({"auto_scaling_groups": {"web": []}}, "undo.auto_scaling_groups[web]"),
        ({"auto_scaling_groups": {"web": {}}}, "undo.auto_scaling_groups[web]"),
        ({"auto_scaling_groups": {"web": {"LaunchTemplate": {}, "Other": 1}}}, "undo.auto_scaling_groups[web]"),
        ({"auto_scaling_groups": {"web": {"LaunchTemplate": {}, "MixedInstancesPolicy": {}}}}, "undo.auto_scaling_groups[web]"),
        ({"fleets": {"fleet-1": []}}, "undo.fleets[fleet-1]"),
        ({"fleets": {"fleet-1": {"LaunchTemplateConfigs": {}}}}, "undo.fleets[fleet-1]"),
        ({"fleets": {"fleet-1": {"LaunchTemplateConfigs": [], "Type": "x"}}}, "undo.fleets[fleet-1]"),
    ],
)
def test_what_no_run_has_returned_is_no_undo(wrong, named):
    with pytest.raises(OptionError) as error:
        launch_spec({**ATTACH, "undo": {**UNDO, **wrong}}, None)
    assert error.value.option == named
