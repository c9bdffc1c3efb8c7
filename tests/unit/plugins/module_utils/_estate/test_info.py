# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""estate_info: accounts and regions, also if some reads fail."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._aws.accounts import Caller
from ansible_collections.keyless.ec2.plugins.module_utils._aws.clients import Session
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError, OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._estate.info import find_targets, gather, summary
from ansible_collections.keyless.ec2.plugins.module_utils._estate.region import RegionData
from ansible_collections.keyless.ec2.plugins.module_utils._estate.spec import EstateSpec
from ansible_collections.keyless.ec2.plugins.module_utils._values.instances import Instance, InstanceSnapshot
from ansible_collections.keyless.ec2.plugins.module_utils._values.metadata_options import MetadataOptions
from ansible_collections.keyless.ec2.tests.unit.factories import instance_profile, trusted

OWN, OTHER = "123456789012", "111122223333"
ROLE = f"arn:aws:iam::{OTHER}:role/audit"
HERE, THERE = "eu-central-1", "ap-east-1"
NO_INSTANCES = (InstanceSnapshot({}, {}), {})


def refused(operation):
    def call(*_arguments):
        raise AwsError(operation, "*", "look", "UnauthorizedOperation", "You are not authorized")

    return call


def giving(value):
    return lambda *_arguments: value


class Connections:
    """Two accounts in which every read fails, except those that are given."""

    def __init__(self, regions=refused("ec2:DescribeRegions"), iam=None, **region):
        self._regions, self._iam, self._region = regions, iam or {}, region

    def caller(self, _account):
        return Caller(OWN, "aws")

    def assume(self, _account, _role_arn, _external_id):
        return Session({"aws_access_key_id": "other"})

    def regions(self, account):
        return self._regions(account)

    def details(self, _account):
        reads = {each: refused(f"iam:{each}") for each in ("roles", "profiles", "profile_quota")}
        return SimpleNamespace(**{**reads, **self._iam})

    def region(self, _account, _region):
        may = {each: refused(each) for each in ("instances", "groups", "fleets", "requests", "templates")}
        may.update(self._region)
        return SimpleNamespace(
            ec2=SimpleNamespace(list_with_details=may["instances"]),
            auto_scaling=SimpleNamespace(list_groups=may["groups"]),
            fleets=SimpleNamespace(list=may["fleets"], spot_requests=may["requests"]),
            launch_templates=SimpleNamespace(list=may["templates"], with_used=giving({})),
        )


def found(connections, accounts=(), regions=(HERE,)):
    return gather(connections, EstateSpec(accounts, own=True, regions=regions), 1, lambda _text: None)


@pytest.mark.parametrize(
    "readable",
    [{"instances": giving(NO_INSTANCES)}, {"groups": giving([])}, {"fleets": giving([])}, {"requests": giving([])}, {"templates": giving({})}],
    ids=lambda each: next(iter(each)),
)
def test_one_successful_read_in_a_region_is_enough(readable):
    (region,) = found(Connections(**readable))["regions"]
    assert len(region["incomplete"]) == 4


@pytest.mark.parametrize("readable", ["roles", "profiles"])
def test_one_successful_read_of_iam_is_enough(readable):
    result = found(Connections(iam={readable: giving({} if readable == "profiles" else [])}))
    assert len(result["accounts"][0]["incomplete"]) == 3


def test_a_module_that_can_read_nothing_fails():
    with pytest.raises(AwsError):
        found(Connections())


def regions_of_own_account_only(account):
    return refused("ec2:DescribeRegions")() if account.credentials else [HERE]


def test_a_region_is_accepted_if_some_accounts_regions_are_unknown():
    connections = Connections(regions_of_own_account_only, instances=giving(NO_INSTANCES))
    rows = found(connections, (ROLE,), (THERE,))["regions"]
    assert {(row["account_id"], row["incomplete"][0]["reason"]) for row in rows} == {
        (OWN, "OptInRequired"),
        (OTHER, "UnauthorizedOperation"),
    }


def test_a_region_that_no_account_has_is_rejected():
    with pytest.raises(OptionError, match="eu-centrl-1 is not enabled in any of the accounts. Did you mean eu-central-1?"):
        found(Connections(giving([HERE])), (ROLE,), ("eu-centrl-1",))


# Accounts, regions and the summary


class Organization:
    """An organization of three accounts, one of which is our own."""

    def caller(self, account):
        account.count()
        return Caller(OWN, "aws-cn")

    def organization_accounts(self, account):
        account.count()
        return {OTHER: "shop", OWN: "main", "000000000000": "log"}


@pytest.mark.parametrize(
    "spec, targets, calls",
    [
        (EstateSpec((), own=True), [(OWN, None, None)], 1),
        (EstateSpec((ROLE,), own=False), [(OTHER, None, ROLE)], 0),
        (EstateSpec((ROLE,), own=True), [(OTHER, None, ROLE), (OWN, None, None)], 1),
        (
            EstateSpec((), own=False, organization_role="team/audit"),
            [
                ("000000000000", "log", "arn:aws-cn:iam::000000000000:role/team/audit"),
                (OTHER, "shop", f"arn:aws-cn:iam::{OTHER}:role/team/audit"),
                (OWN, "main", None),
            ],
            2,
        ),
    ],
)
def test_accounts_are_sorted_by_id(spec, targets, calls):
    own = Session()
    assert (find_targets(Organization(), spec, own), own.calls) == (targets, calls)


def test_the_own_account_cannot_be_listed_twice():
    with pytest.raises(OptionError, match=f"lists the account {OWN} twice: self is the same account") as caught:
        find_targets(Organization(), EstateSpec((ROLE.replace(OTHER, OWN),), own=True), Session())
    assert caught.value.option == "accounts"


def result_of(accounts=1, regions=("a",), instances=0, **counts):
    rows = [{"account_id": str(number), "region": region} for number in range(accounts) for region in regions]
    return {"accounts": [{}] * accounts, "regions": rows, "instances": [{}] * instances, "counts": {"none": 0, **counts}}


@pytest.mark.parametrize(
    "result, says",
    [
        (result_of(), "1 account, 1 region, 0 instances: no problems."),
        (result_of(2, ("a", "b"), 1), "2 accounts, 2 regions, 1 instance: no problems."),
        (result_of() | {"accounts": [{"incomplete": [{}]}]}, "1 account, 1 region, 0 instances: no known problems. Not everything could be read."),
        (
            result_of(instances=1, stale=1) | {"regions": [{"region": "a", "incomplete": [{}]}]},
            "1 account, 1 region, 1 instance. Problems of all resources: 1 stale. Not everything could be read.",
        ),
        (result_of(instances=2, no_profile=2, stale=1), "1 account, 1 region, 2 instances. Problems of all resources: 2 no_profile, 1 stale."),
    ],
)
def test_the_summary(result, says):
    assert summary(result) == says


WORKING = {"groups": giving([]), "fleets": giving([]), "requests": giving([]), "templates": giving({})}
IAM = {"roles": giving([]), "profiles": giving({}), "profile_quota": giving(None)}


def test_an_estate_of_two_accounts():
    instance = Instance("i-1", "running", MetadataOptions("required"))
    described = (InstanceSnapshot({"i-1": instance}, {}), {"i-1": {"launch_time": None, "tags": {}}})
    connections, warned = Connections(giving([HERE, THERE]), IAM, instances=giving(described), **WORKING), []
    result = gather(connections, EstateSpec((ROLE,), own=True), 1, warned.append)
    assert [(row["account_id"], row["region"]) for row in result["regions"]] == [(OTHER, HERE), (OTHER, THERE), (OWN, HERE), (OWN, THERE)]
    assert [row["account_id"] for row in result["accounts"]] == [OTHER, OWN]
    assert (len(result["instances"]), result["counts"]["no_profile"], warned) == (4, 4, [])
    assert result["msg"] == "2 accounts, 2 regions, 4 instances. Problems of all resources: 4 no_profile." and "not_found" not in result["counts"]


def test_a_region_that_is_not_enabled_in_an_account_is_incomplete():
    connections = Connections(lambda account: [HERE] if account.credentials else [HERE, THERE], IAM, instances=giving(NO_INSTANCES), **WORKING)
    warned = []
    result = gather(connections, EstateSpec((ROLE,), own=True, regions=(THERE,)), 1, warned.append)
    (other, own) = result["regions"]
    assert (other["incomplete"][0]["reason"], own["incomplete"]) == ("OptInRequired", [])
    assert (
        f"read the region {THERE} of the account {OTHER}" in other["incomplete"][0]["message"]
        and "Enable it, or leave it out." in other["incomplete"][0]["message"]
    )
    assert warned == [
        f"Not everything could be read: {OTHER} {THERE} (ec2:DescribeInstances: OptInRequired). See incomplete in the rows of accounts and regions."
    ]


@pytest.mark.parametrize("regions, closed, is_complete", [(None, (), True), ((HERE,), (), False), (None, (THERE,), False), ((HERE, THERE), (), True)])
def test_nothing_is_orphaned_if_a_region_was_not_read(regions, closed, is_complete):
    profiles = {"web": trusted(instance_profile("web", "web"))}
    connections = Connections(giving([HERE, THERE]), {**IAM, "profiles": giving(profiles)}, instances=giving(NO_INSTANCES), **WORKING)
    region = connections.region

    def opened(account, name):
        found = region(account, name)
        if name in closed:
            found.fleets.list = refused("ec2:DescribeFleets")
        return found

    connections.region = opened
    result = gather(connections, EstateSpec((), own=True, regions=regions), 1, lambda _text: None)
    assert [row["instance_count"] for row in result["instance_profiles"]] == [0 if is_complete else None]
    assert result["counts"]["orphaned_profile"] == is_complete


def test_the_warning_lists_a_few_read_errors():
    assert len(found(Connections(iam=IAM))["accounts"][0]["incomplete"]) == 1
    warned = []
    gather(Connections(iam=IAM), EstateSpec((ROLE,), own=True, regions=(HERE,)), 1, warned.append)
    (text,) = warned
    assert text.count("(") == 3 and "and 1 more" in text and f"{OTHER} (ec2:DescribeRegions: UnauthorizedOperation)" in text


def test_calls_of_all_accounts_are_counted():
    class Counting(Connections):
        def assume(self, account, _role_arn, _external_id):
            account.count()
            return Session({"aws_access_key_id": "other"})

        def caller(self, account):
            account.count()
            return Caller(OWN, "aws")

        def regions(self, account):
            account.count()
            return [HERE]

    result = gather(Counting(iam=IAM, instances=giving(NO_INSTANCES), **WORKING), EstateSpec((ROLE,), own=True), 1, lambda _text: None)
    assert result["calls"] == 4


STATES = {"pending": True, "running": True, "stopping": True, "stopped": True, "shutting-down": False, "terminated": False}


@pytest.mark.parametrize("state, is_listed", STATES.items())
def test_an_instance_is_listed_until_it_is_terminated(state, is_listed):
    found = RegionData(OWN, HERE, snapshot=InstanceSnapshot({"i-1": Instance("i-1", state)}, {}))
    assert found.instance_ids == (["i-1"] if is_listed else [])
