# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""estate_info where some of it can't be read."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._aws.accounts import Caller
from ansible_collections.keyless.ec2.plugins.module_utils._aws.clients import Account
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError, OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._estate.info import look
from ansible_collections.keyless.ec2.plugins.module_utils._estate.spec import EstateSpec
from ansible_collections.keyless.ec2.plugins.module_utils._values.fleet import FleetState

OWN, OTHER = "123456789012", "111122223333"
ROLE = f"arn:aws:iam::{OTHER}:role/audit"
HERE, THERE = "eu-central-1", "ap-east-1"
NO_INSTANCES = (FleetState({}, {}), {})


def refused(operation):
    def call(*_arguments):
        raise AwsError(operation, "*", "look", "UnauthorizedOperation", "You are not authorized")

    return call


def giving(value):
    return lambda *_arguments: value


class Connections:
    """Two accounts, of which nothing may be read but what is given."""

    def __init__(self, regions=refused("ec2:DescribeRegions"), iam=None, **region):
        self._regions, self._iam, self._region = regions, iam or {}, region

    def caller(self, _account):
        return Caller(OWN, "aws")

    def assume(self, _account, _role_arn, _external_id):
        return Account({"aws_access_key_id": "other"})

    def regions(self, account):
        return self._regions(account)

    def details(self, _account):
        reads = {each: refused(f"iam:{each}") for each in ("roles", "profiles", "profile_quota")}
        return SimpleNamespace(**{**reads, **self._iam})

    def region(self, _account, _region):
        may = {each: refused(each) for each in ("instances", "groups", "fleets", "requests", "templates")}
        may.update(self._region)
        return SimpleNamespace(
            ec2=SimpleNamespace(list_described=may["instances"]),
            auto_scaling=SimpleNamespace(list_groups=may["groups"]),
            fleets=SimpleNamespace(list=may["fleets"], spot_requests=may["requests"]),
            templates=SimpleNamespace(list=may["templates"], with_used=giving({})),
        )


def found(connections, accounts=(), regions=(HERE,)):
    return look(connections, EstateSpec(accounts, own=True, regions=regions), 1, lambda _text: None)


@pytest.mark.parametrize(
    "readable",
    [{"instances": giving(NO_INSTANCES)}, {"groups": giving([])}, {"fleets": giving([])}, {"requests": giving([])}, {"templates": giving({})}],
    ids=lambda each: next(iter(each)),
)
def test_one_call_that_is_allowed_in_a_region_is_enough(readable):
    (region,) = found(Connections(**readable))["regions"]
    assert len(region["not_read"]) == 4


@pytest.mark.parametrize("readable", ["roles", "profiles"])
def test_one_call_of_iam_that_is_allowed_is_enough(readable):
    result = found(Connections(iam={readable: giving({} if readable == "profiles" else [])}))
    assert len(result["accounts"][0]["not_read"]) == 3


def test_nothing_at_all_is_an_error():
    with pytest.raises(AwsError):
        found(Connections())


def regions_of_own_account_only(account):
    return refused("ec2:DescribeRegions")() if account.credentials else [HERE]


def test_a_region_is_not_refused_where_an_account_does_not_tell_its_regions():
    connections = Connections(regions_of_own_account_only, instances=giving(NO_INSTANCES))
    rows = found(connections, (ROLE,), (THERE,))["regions"]
    assert {(row["account_id"], row["not_read"][0]["code"]) for row in rows} == {
        (OWN, "OptInRequired"),
        (OTHER, "UnauthorizedOperation"),
    }


def test_a_region_that_no_account_has_is_refused():
    with pytest.raises(OptionError, match="eu-centrl-1 is enabled in none of the accounts. Did you mean eu-central-1?"):
        found(Connections(giving([HERE])), (ROLE,), ("eu-centrl-1",))
