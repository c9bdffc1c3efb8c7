# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of an account, also if some of it could not be read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._aws.account_details import DetailedRole, ProfileQuota
from ansible_collections.keyless.ec2.plugins.module_utils._aws.clients import Session
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError
from ansible_collections.keyless.ec2.plugins.module_utils._common.read_errors import ReadErrors
from ansible_collections.keyless.ec2.plugins.module_utils._estate.account import AccountData, AccountTarget, read_account
from ansible_collections.keyless.ec2.plugins.module_utils._estate.region import RegionData
from ansible_collections.keyless.ec2.plugins.module_utils._estate.rows import AccountRows
from ansible_collections.keyless.ec2.plugins.module_utils._launch_sources.build import (
    fleet_source,
    group_source,
    spot_request_source,
    template_source,
)
from ansible_collections.keyless.ec2.plugins.module_utils._launch_sources.source import LaunchSources
from ansible_collections.keyless.ec2.plugins.module_utils._values.instances import Instance
from ansible_collections.keyless.ec2.plugins.module_utils._values.launch import SpotRequest
from ansible_collections.keyless.ec2.plugins.module_utils._values.metadata_options import MetadataOptions
from ansible_collections.keyless.ec2.plugins.module_utils._values.permissions import Permissions
from ansible_collections.keyless.ec2.tests.unit.factories import (
    LAMBDA_TRUST,
    association,
    fleet,
    group,
    instance_profile,
    role,
    snapshot,
    template,
    trusted,
)

ID = "123456789012"
READ = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}


def by_name(*profiles):
    return {each.name.lower(): trusted(each) for each in profiles}


def detailed(role_, permissions=Permissions((READ,))):
    return DetailedRole(role_, permissions)


WEB = instance_profile("Web", "web", tags=None)


def region(name="eu-central-1", held=None, sources=LaunchSources(), **instances):
    """A region with instances by their states, some of them with a profile."""
    held = held or {}
    ids = {key: f"i-{key}" for key in instances}
    there = {
        ids[key]: state if isinstance(state, Instance) else Instance(ids[key], state, MetadataOptions("required")) for key, state in instances.items()
    }
    associations = [association(of, ids[key]) for key, of in held.items()]
    details = {each: {"launch_time": "2026", "tags": {"Name": f"name of {each}"}} for each in there}
    return RegionData(ID, name, snapshot=snapshot(there.values(), associations), details=details, sources=sources)


def rows(*regions, is_complete=True, **found):
    usual = {"roles": [detailed(role())], "profiles": by_name(WEB)}
    return AccountRows(AccountData(AccountTarget(ID, "shop"), ReadErrors(), **{**usual, **found}), regions, is_complete)


def codes(row):
    return [each["code"] for each in row["problems"]]


def test_an_instance_row():
    (row,) = rows(region(held={"a": WEB}, a="running")).instances()
    assert row == {
        "account_id": ID,
        "region": "eu-central-1",
        "instance_id": "i-a",
        "name": "name of i-a",
        "state": "running",
        "launch_time": "2026",
        "tags": {"Name": "name of i-a"},
        "instance_profile": {"arn": WEB.arn, "name": "Web", "instance_profile_id": "AIPA-Web"},
        "role_name": "web",
        "may_do": row["may_do"],
        "launched_by": [],
        "problems": [],
    }
    assert "s3" in row["may_do"].lower()


def test_terminated_instances_have_no_row():
    states = {"a": "running", "b": "terminated", "c": "shutting-down", "d": "stopped", "e": "pending", "f": "stopping"}
    assert [each["instance_id"] for each in rows(region(**states)).instances()] == ["i-a", "i-d", "i-e", "i-f"]


@pytest.mark.parametrize(
    "tagged, launched_by",
    [
        ({}, []),
        ({"auto_scaling_group": "g"}, [{"kind": "Auto Scaling group", "name": "g", "region": "eu-central-1"}]),
        ({"fleet_id": "fleet-1"}, [{"kind": "EC2 Fleet", "name": "fleet-1", "region": "eu-central-1"}]),
        ({"fleet_id": "sfr-1"}, [{"kind": "Spot Fleet", "name": "sfr-1", "region": "eu-central-1"}]),
        ({"fleet_id": "sfr-1", "auto_scaling_group": "g"}, [{"kind": "Auto Scaling group", "name": "g", "region": "eu-central-1"}]),
    ],
)
def test_what_launched_an_instance(tagged, launched_by):
    (row,) = rows(region(a=Instance("i-a", "running", MetadataOptions("required"), **tagged))).instances()
    assert row["launched_by"] == launched_by


@pytest.mark.parametrize("profiles, expected", [(None, []), ({}, ["missing_profile"])])
def test_a_profile_is_not_called_missing_if_profiles_could_not_be_read(profiles, expected):
    account = rows(region(held={"a": WEB}, a="running", sources=sources_of(groups=["g"])), profiles=profiles)
    (row,) = account.instances()
    (launch_source,) = account.launch_sources("auto_scaling_groups")
    assert (codes(row), codes(launch_source)) == (expected, expected)


DATA = {"IamInstanceProfile": {"Name": "WEB"}, "MetadataOptions": {"HttpTokens": "required"}}


def sources_of(groups=(), templates=(), requests=(), fleets=(), **others):
    data = others.get("data", DATA)
    workers = template(data)
    by_id = {"lt-1": workers}
    return LaunchSources(
        tuple(group_source(group(name), by_id, {}) for name in groups),
        tuple(fleet_source(fleet("1", name=name), by_id) for name in fleets),
        tuple(spot_request_source(SpotRequest(name, data)) for name in requests),
        (template_source(workers),) if templates else (),
    )


def test_launch_sources_have_rows_of_their_kind():
    account = rows(region(sources=sources_of(["g"], ["t"], ["sir-1"], ["fleet-1"])))
    for kind, name in (("auto_scaling_groups", "g"), ("spot_requests", "sir-1"), ("fleets", "fleet-1"), ("launch_templates", "workers")):
        (row,) = account.launch_sources(kind)
        assert (row["account_id"], row["region"], row["name"], row["problems"]) == (ID, "eu-central-1", name, [])
        assert ("launch_template_id" in row) == (kind == "launch_templates")
    assert next(account.launch_sources("launch_templates"))["launch_template_id"] == "lt-1"


def test_a_role_counts_instances_of_all_its_profiles_and_regions():
    profiles = by_name(WEB, instance_profile("b", "web"), instance_profile("other", "db"))
    first = region(held={"a": WEB, "b": instance_profile("b")}, a="running", b="stopped", sources=sources_of(["g", "h"], ["t"]))
    second = region("us-east-1", held={"c": WEB, "d": instance_profile("other")}, c="running", d="running")
    attached = {"managed_policies": {"arn:b": "B", "arn:a": "A"}, "inline_policies": {"y": READ, "x": READ}}
    roles = [role(**attached), role("db", last_used={"region": "x"}), role("no", LAMBDA_TRUST)]
    web, db = rows(first, second, roles=[detailed(each) for each in roles], profiles=profiles).roles()
    assert (web["role_name"], web["instance_count"], web["launched_by_count"], web["instance_profiles"]) == ("web", 3, 3, ["Web", "b"])
    assert (web["managed_policies"], web["inline_policies"], web["last_used"], web["path"]) == (["A", "B"], ["x", "y"], None, "/")
    assert (db["role_name"], db["instance_count"], db["launched_by_count"], db["last_used"]) == ("db", 1, 0, {"region": "x"})
    assert web["arn"] == f"arn:aws:iam::{ID}:role/web" and web["account_id"] == ID and "s3" in web["may_do"].lower()


@pytest.mark.parametrize("is_complete, counted", [(True, 0), (False, None)])
def test_counts_are_null_if_not_everything_could_be_read(is_complete, counted):
    account = rows(region(), is_complete=is_complete)
    (web,), (own,) = account.roles(), account.instance_profiles()
    assert (web["instance_count"], web["launched_by_count"], own["instance_count"], own["launched_by_count"]) == (counted,) * 4
    assert codes(own) == (["orphaned_profile"] if is_complete else [])


@pytest.mark.parametrize(
    "found, expected",
    [
        (region(), ["orphaned_profile"]),
        (region(held={"a": WEB}, a="stopped"), []),
        (region(held={"a": WEB}, a="terminated"), ["orphaned_profile"]),
        (region(sources=sources_of(["g"])), []),
        (region(sources=sources_of(requests=["sir-1"])), []),
        (region(sources=sources_of(templates=["t"])), []),
        (region(sources=sources_of(["g"], data={})), ["orphaned_profile"]),
    ],
)
def test_a_profile_is_orphaned_if_nothing_uses_it(found, expected):
    (row,) = rows(found).instance_profiles()
    assert (codes(row), row["name"], row["role_name"], row["instance_profile_id"]) == (expected, "Web", "web", "AIPA-Web")


def test_a_profile_without_a_role_is_empty():
    empty, web = rows(region(held={"a": WEB}, a="running"), profiles=by_name(WEB, instance_profile("Empty"))).instance_profiles()
    assert (codes(empty), empty["role_name"], codes(web)) == (["empty_profile", "orphaned_profile"], None, [])
    assert "Empty" in empty["problems"][0]["message"]


def test_a_role_has_no_profile_only_if_profiles_could_be_read():
    assert codes(next(rows(profiles={}).roles())) == ["no_profile"]
    assert codes(next(rows(profiles=None).roles())) == []
    assert list(rows(roles=None).roles()) == []


def test_permissions_are_null_if_not_all_policies_are_known():
    account = rows(region(held={"a": WEB}, a="running"), roles=[detailed(role(), None)])
    assert (next(account.roles())["may_do"], next(account.instances())["may_do"]) == (None, None)


@pytest.mark.parametrize("used, allowed, is_near", [(89, 100, False), (90, 100, True), (100, 100, True), (0, 0, True)])
def test_a_quota_that_is_nearly_used_up_is_a_problem(used, allowed, is_near):
    row = rows(quota=ProfileQuota(used, allowed)).account_row()
    assert (row["instance_profile_count"], row["instance_profiles_quota"], bool(row["problems"])) == (used, allowed, is_near)
    assert not is_near or f"{used} of its quota of {allowed}" in row["problems"][0]["message"]


def test_an_account_with_an_unknown_quota():
    row = rows().account_row()
    assert (row["instance_profile_count"], row["instance_profiles_quota"], row["problems"], row["name"]) == (None, None, [], "shop")


def test_read_errors_are_sorted_by_operation():
    read_errors = ReadErrors()
    read_errors.errors += [AwsError(f"ec2:{name}", target, "look", "Denied", "no") for name, target in (("B", "x"), ("A", "z"), ("A", "y"))]
    (row,) = rows(replace(region(), read_errors=read_errors)).region_rows()
    assert [(each["target"], each["reason"]) for each in row["incomplete"]] == [("ec2:A", "Denied"), ("ec2:A", "Denied"), ("ec2:B", "Denied")]
    assert (row["account_id"], row["region"], row["incomplete"][0]["message"]) == (ID, "eu-central-1", "Could not look: Denied: no")


# Reading an account


class Connections:
    """One account; the reads in ``refuse`` fail."""

    def __init__(self, *refuse):
        self.refuse, self.asked = refuse, []

    def ask(self, what, found):
        def read():
            self.asked.append(what)
            if what in self.refuse:
                raise AwsError(what, "*", "look", "Denied", "no")
            return found

        return read

    def assume(self, account, role_arn, external_id):
        account.count()
        return self.ask(f"assume {role_arn} {external_id}", Session({"aws_access_key_id": "other"}))()

    def regions(self, account):
        account.count()
        return self.ask("regions", ["eu-central-1"])()

    def details(self, account):
        self.account = account
        return self

    def __getattr__(self, name):
        return self.ask(name, {"roles": [detailed(role())], "profiles": {}, "profile_quota": ProfileQuota(1, 2)}[name])


ARN = f"arn:aws:iam::{ID}:role/audit"


def test_the_own_account_needs_no_role():
    own, connections = Session(), Connections()
    found = read_account(connections, AccountTarget(ID), own, "x")
    assert (found.session, found.assuming, found.calls, found.is_read, found.read_errors.errors) == (own, own, 1, True, [])
    assert (found.regions, found.quota, len(found.roles), found.profiles) == (["eu-central-1"], ProfileQuota(1, 2), 1, {})
    assert sorted(connections.asked) == ["profile_quota", "profiles", "regions", "roles"]


def test_another_account_is_read_with_its_role():
    own, connections = Session(), Connections()
    found = read_account(connections, AccountTarget(ID, None, ARN), own, "x")
    assert connections.asked[0] == f"assume {ARN} x"
    assert (found.session.credentials, found.calls, own.calls) == ({"aws_access_key_id": "other"}, 2, 0)
    assert connections.account is found.session


def test_a_role_that_cannot_be_assumed_is_a_read_error():
    found = read_account(Connections(f"assume {ARN} None"), AccountTarget(ID, None, ARN), Session(), None)
    assert (found.session, found.regions, found.is_read, found.calls, len(found.read_errors.errors)) == (None, None, False, 1, 1)


@pytest.mark.parametrize("refused", ["roles", "profiles", "profile_quota", "regions"])
def test_each_read_of_an_account_can_fail(refused):
    found = read_account(Connections(refused), AccountTarget(ID), Session(), None)
    assert [error.operation for error in found.read_errors.errors] == [refused]
    assert getattr(found, "quota" if refused == "profile_quota" else refused) is None and found.is_read
    assert not read_account(Connections("roles", "profiles", "profile_quota"), AccountTarget(ID), Session(), None).is_read
