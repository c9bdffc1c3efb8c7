# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is found wrong with the options of estate_info before AWS is asked."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._estate.options import account_of, check_enabled, estate_spec

NOTHING = {"accounts": None, "organization_role_name": None, "external_id": None, "regions": None}
AUDIT = "arn:aws:iam::123456789012:role/team/audit"
OTHER = "arn:aws-us-gov:iam::210987654321:role/audit"


def test_without_any_this_account_is_meant_in_all_regions():
    spec = estate_spec(NOTHING)
    assert (spec.role_arns, spec.own, spec.organization_role, spec.regions) == ((), True, None, None)


@pytest.mark.parametrize("accounts, arns, own", [([AUDIT, OTHER], (AUDIT, OTHER), False), ([AUDIT, "self"], (AUDIT,), True), (["self"], (), True)])
def test_accounts_are_named_by_their_roles(accounts, arns, own):
    spec = estate_spec({**NOTHING, "accounts": accounts, "external_id": "ab", "regions": ["aa-east-1", "aa-east-1"]})
    assert (spec.role_arns, spec.own, spec.external_id, spec.regions) == (arns, own, "ab", ("aa-east-1",))
    assert account_of(AUDIT) == "123456789012"


@pytest.mark.parametrize("given, role", [("OrganizationAccountAccessRole", "OrganizationAccountAccessRole"), ("/team/audit/", "team/audit")])
def test_an_organization_is_read_by_the_role_that_every_account_has(given, role):
    spec = estate_spec({**NOTHING, "organization_role_name": given})
    assert (spec.role_arns, spec.own, spec.organization_role) == ((), False, role)


@pytest.mark.parametrize(
    "options, named",
    [
        ({"accounts": []}, "accounts"),
        ({"accounts": ["audit"]}, "accounts"),
        ({"accounts": [AUDIT, "arn:aws:iam::123456789012:role/other"]}, "accounts"),
        ({"accounts": ["self", "self"]}, "accounts"),
        ({"organization_role_name": "a b"}, "organization_role_name"),
        ({"organization_role_name": ""}, "organization_role_name"),
        ({"external_id": "a"}, "external_id"),
        ({"external_id": "a b"}, "external_id"),
        ({"regions": []}, "regions"),
        ({"regions": ["eu-central"]}, "regions"),
    ],
)
def test_what_cannot_be_is_refused_by_the_options_name(options, named):
    with pytest.raises(OptionError) as error:
        estate_spec({**NOTHING, **options})
    assert error.value.option == named


def test_an_external_id_is_not_told():
    with pytest.raises(OptionError) as error:
        estate_spec({**NOTHING, "external_id": "se cret"})
    assert "se cret" not in str(error.value)


@pytest.mark.parametrize(
    "regions, enabled",
    [
        (None, [["eu-central-1"]]),
        (["eu-central-1"], [["us-east-1"], ["eu-central-1"]]),
        (["eu-west-1"], [["us-east-1"], None]),
        (["eu-west-1"], [[]]),
    ],
)
def test_a_region_that_some_account_has_or_may_have(regions, enabled):
    check_enabled(regions, enabled)


@pytest.mark.parametrize("region, meant", [("eu-centrl-1", "Did you mean eu-central-1?"), ("xx-none-9", "These are: eu-central-1, us-east-1.")])
def test_a_region_that_no_account_has(region, meant):
    with pytest.raises(OptionError, match="enabled in none of the accounts") as error:
        check_enabled([region], [["us-east-1"], ["eu-central-1"]])
    assert meant in str(error.value)
