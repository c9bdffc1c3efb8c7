# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._estate.options import account_of, check_enabled, estate_spec

GIVEN = {"accounts": None, "organization_role_name": None, "external_id": None, "regions": None}
ROLE, OTHER = "arn:aws:iam::111122223333:role/audit", "arn:aws-cn:iam::444455556666:role/team/audit"


def spec(**options):
    return estate_spec({**GIVEN, **options})


def test_the_default_is_the_own_account_in_all_regions():
    found = spec()
    assert (found.role_arns, found.own, found.organization_role, found.regions) == ((), True, None, None)


def test_accounts_are_roles_and_self():
    found = spec(accounts=[ROLE, "self", OTHER], external_id="keyless", regions=["us-east-1", "eu-west-1", "us-east-1"])
    assert (found.role_arns, found.own) == ((ROLE, OTHER), True)
    assert (found.external_id, found.regions) == ("keyless", ("us-east-1", "eu-west-1"))
    assert not spec(accounts=[ROLE]).own


@pytest.mark.parametrize(("given", "role"), [("Audit", "Audit"), ("/team/audit/", "team/audit"), ("r" * 64, "r" * 64)])
def test_an_organization_role_takes_precedence_over_accounts(given, role):
    found = spec(organization_role_name=given, accounts=[ROLE], external_id="keyless")
    assert (found.role_arns, found.own, found.organization_role, found.external_id) == ((), False, role, "keyless")


BAD = [
    ({"accounts": []}, "accounts"),
    ({"accounts": ["111122223333"]}, "accounts"),
    ({"accounts": ["arn:aws:iam::11112222333:role/audit"]}, "accounts"),
    ({"accounts": ["arn:aws:iam::111122223333:user/audit"]}, "accounts"),
    ({"accounts": [ROLE, f"{ROLE}2"]}, "accounts"),
    ({"accounts": ["self", "self"]}, "accounts"),
    ({"organization_role_name": ""}, "organization_role_name"),
    ({"organization_role_name": "a b"}, "organization_role_name"),
    ({"organization_role_name": ROLE}, "organization_role_name"),
    ({"organization_role_name": "r" * 65}, "organization_role_name"),
    ({"external_id": "x"}, "external_id"),
    ({"external_id": "a secret"}, "external_id"),
    ({"external_id": "x" * 1225}, "external_id"),
    ({"regions": []}, "regions"),
    ({"regions": ["eu-central"]}, "regions"),
    ({"regions": ["eu-central-1", "EU-WEST-1"]}, "regions"),
]


@pytest.mark.parametrize(("options", "option"), BAD)
def test_an_invalid_option_is_rejected_by_name(options, option):
    with pytest.raises(OptionError, match=f"^{option}: ") as refused:
        spec(**options)
    assert "a secret" not in str(refused.value)


@pytest.mark.parametrize("external_id", ["xy", "x" * 1224, "a+b=c,d.e@f:g/h-i_j"])
def test_a_valid_external_id(external_id):
    assert spec(external_id=external_id).external_id == external_id


@pytest.mark.parametrize("enabled", [[["eu-west-1"]], [["us-east-1"], ["eu-west-1"]], [["us-east-1"], None], [None], []])
def test_a_region_that_is_or_may_be_enabled_in_some_account(enabled):
    check_enabled(["eu-west-1"], enabled)
    check_enabled(None, enabled)


def test_a_region_that_no_account_has_is_rejected_with_a_suggestion():
    with pytest.raises(OptionError, match="^regions: eu-wset-1 is not enabled in any of the accounts. .*eu-west-1"):
        check_enabled(["eu-wset-1"], [["eu-west-1"], ["us-east-1"]])
    with pytest.raises(OptionError, match="Enabled regions: ap-south-1, us-east-1"):
        check_enabled(["me-central-1"], [["us-east-1", "ap-south-1"]])


def test_the_account_of_a_role():
    assert account_of(ROLE) == "111122223333"
