# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The metadata options of launch templates: what differs, what stays, and what AWS's defaults already give."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._launch.changes import NewVersion
from ansible_collections.keyless.ec2.plugins.module_utils._launch.unknown import unknown_in_versions
from ansible_collections.keyless.ec2.plugins.module_utils._launch.versions import plan_template
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_options.wanted import WantedOptions
from ansible_collections.keyless.ec2.plugins.module_utils._values.imds_defaults import ImdsDefaults
from ansible_collections.keyless.ec2.plugins.module_utils._values.launch import TemplateReference
from ansible_collections.keyless.ec2.plugins.module_utils._values.metadata_options import CHOICES
from ansible_collections.keyless.ec2.plugins.module_utils._values.unknown_members import UNKNOWN
from ansible_collections.keyless.ec2.tests.unit.factories import template

REQUIRED = {"http_tokens": "required"}
ONE, TWO = TemplateReference("lt-1", "1"), TemplateReference("lt-2", "1", 0)
IMAGE = "ami-1"


def data(**options):
    return {"ImageId": IMAGE, "UserData": "x", **({"MetadataOptions": options} if options else {})}


DEFAULTS = [
    # the account's defaults, ImdsSupport of the image, what a launch without tokens gets
    ({}, {IMAGE: "v2.0"}, "required"),
    ({}, {IMAGE: ""}, "optional"),
    ({}, {}, None),
    ({"HttpTokens": "required"}, {IMAGE: ""}, "required"),
    ({"HttpTokens": "optional"}, {IMAGE: "v2.0"}, "optional"),
    (None, {IMAGE: "v2.0"}, None),
]


@pytest.mark.parametrize(("account", "images", "tokens"), DEFAULTS)
def test_the_defaults_count_if_they_are_known(account, images, tokens):
    wanted = WantedOptions(REQUIRED, ImdsDefaults(account, images))
    assert wanted.current(data()) == {"http_tokens": tokens}
    assert wanted.current(data(HttpTokens="optional")) == {"http_tokens": "optional"}
    assert wanted.decide({ONE: wanted.current(data())})[0] == ("unchanged" if tokens == "required" else "updated")


@pytest.mark.parametrize("wanted", [WantedOptions({"http_tokens": "optional"}, ImdsDefaults({}, {IMAGE: ""})), WantedOptions(REQUIRED)])
def test_otherwise_the_option_is_set_explicitly(wanted):
    assert wanted.current(data()) == {"http_tokens": None}


def test_the_message_names_what_differs():
    wanted = WantedOptions({**REQUIRED, "http_put_response_hop_limit": 2})
    current = {ONE: wanted.current(data(HttpTokens="optional", HttpPutResponseHopLimit=2)), TWO: wanted.current(data(HttpPutResponseHopLimit=2))}
    assert wanted.decide(current) == ("updated", None, "http_tokens is required instead of optional or the default", (ONE, TWO))


VALUES = st.fixed_dictionaries(
    {}, optional={**{name: st.sampled_from(values) for name, values in CHOICES.items()}, "http_put_response_hop_limit": st.integers(1, 64)}
)


@given(VALUES.filter(bool), VALUES)
def test_the_other_options_and_the_other_data_stay(values, others):
    before = WantedOptions(others).change(data()) if others else data()
    after = WantedOptions(values).change(before)
    assert WantedOptions(values).decide({ONE: WantedOptions(values).current(after)})[0] == "unchanged"
    assert {key: value for key, value in after.items() if key != "MetadataOptions"} == {"ImageId": IMAGE, "UserData": "x"}
    kept = {name: value for name, value in others.items() if name not in values}
    assert WantedOptions(kept).current(after) == kept if kept else True


def test_only_the_options_are_sent_because_aws_copies_the_rest():
    old = template(data(HttpTokens="optional", HttpPutResponseHopLimit=2))
    plan = plan_template(old, [1], WantedOptions(REQUIRED), moves_default=True, latest_is_used=True)
    call = plan.changes[0].parameters
    assert (call["SourceVersion"], call["LaunchTemplateData"]) == ("1", {"MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 2}})


@pytest.mark.parametrize(
    ("found", "lost"),
    [
        (data(HttpTokens="optional", **{UNKNOWN: {"HttpNew": "x"}}), ["LaunchTemplateData.MetadataOptions.HttpNew"]),
        ({**data(HttpTokens="optional"), UNKNOWN: {"New": "x"}}, []),
    ],
)
def test_an_option_that_botocore_does_not_know_is_not_lost(found, lost):
    plan = plan_template(template(found), [1], WantedOptions(REQUIRED), moves_default=False, latest_is_used=True)
    assert isinstance(plan.new[0], NewVersion)
    assert unknown_in_versions(plan) == lost
