# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of instance_metadata_defaults: what is accepted, and what is refused."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._common.origin import Origin
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_defaults.options import NAMES, defaults_spec

GIVEN = {**dict.fromkeys(NAMES), "regions": None, "undo": None, "on_refused_launches": "skip", "max_concurrency": 8}
HERE = Origin("123456789012", "us-east-1")


def spec(**options):
    return defaults_spec({**GIVEN, **options})


def undo(**regions):
    return HERE.undo({"regions": {name.replace("_", "-"): values for name, values in regions.items()}})


def test_only_the_given_defaults_are_wanted():
    found = spec(http_tokens="required", http_put_response_hop_limit=2)
    assert (found.wanted, found.regions) == ({"http_tokens": "required", "http_put_response_hop_limit": 2}, None)
    assert found.names == {"http_tokens", "http_put_response_hop_limit"}
    assert found.wanted_in("eu-central-1") == found.wanted


def test_each_region_counts_once():
    assert spec(http_tokens="required", regions=["us-east-1", "eu-west-1", "us-east-1"]).regions == ("us-east-1", "eu-west-1")


def test_an_undo_has_its_own_values_for_each_region():
    found = spec(undo=undo(eu_west_1={"http_tokens": "no-preference"}, us_east_1={"http_put_response_hop_limit": -1}))
    assert found.wanted_in("eu-west-1") == {"http_tokens": "no-preference"}
    assert found.names == {"http_tokens", "http_put_response_hop_limit"}


@pytest.mark.parametrize("number", [-1, 1, 64])
def test_hop_limits(number):
    assert spec(http_put_response_hop_limit=number).wanted == {"http_put_response_hop_limit": number}


@pytest.mark.parametrize(
    "options, option",
    [
        ({"http_put_response_hop_limit": 0}, "http_put_response_hop_limit"),
        ({"http_put_response_hop_limit": 65}, "http_put_response_hop_limit"),
        ({"http_put_response_hop_limit": -2}, "http_put_response_hop_limit"),
        ({"http_tokens": "required", "regions": []}, "regions"),
        ({"http_tokens": "required", "regions": ["eu-central"]}, "regions"),
        ({"http_tokens": "required", "max_concurrency": 0}, "max_concurrency"),
        ({"undo": {"regions": {"eu-west-1": {"http_tokens": "optional"}}}}, "undo"),
        ({"undo": HERE.undo({"instances": {}})}, "undo"),
        ({"undo": undo(eu={"http_tokens": "optional"})}, "undo.regions"),
        ({"undo": undo(eu_west_1="optional")}, "undo.regions[eu-west-1]"),
        ({"undo": undo(eu_west_1={"HttpTokens": "optional"})}, "undo.regions[eu-west-1]"),
        ({"undo": undo(eu_west_1={"http_tokens": "never"})}, "undo.regions[eu-west-1].http_tokens"),
        ({"undo": undo(eu_west_1={"http_put_response_hop_limit": True})}, "undo.regions[eu-west-1].http_put_response_hop_limit"),
    ],
)
def test_values_that_can_not_be_used_are_refused(options, option):
    with pytest.raises(OptionError) as caught:
        spec(**options)
    assert caught.value.option == option


def test_an_undo_of_nothing_changes_nothing():
    assert spec(undo=HERE.undo({"regions": {}})).restored == {}
