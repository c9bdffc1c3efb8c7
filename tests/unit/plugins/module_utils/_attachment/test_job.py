# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole job on instances in memory: read, plan, apply, result."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._attachment import job as job_file
from ansible_collections.keyless.ec2.plugins.module_utils._attachment.job import AttachmentJob
from ansible_collections.keyless.ec2.plugins.module_utils._attachment.row import Rules
from ansible_collections.keyless.ec2.plugins.module_utils._attachment.spec import AttachmentSpec
from ansible_collections.keyless.ec2.plugins.module_utils._aws.usable_profiles import Place
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._common.origin import Origin
from ansible_collections.keyless.ec2.plugins.module_utils._instances import wait_for_instances
from ansible_collections.keyless.ec2.plugins.module_utils._launch_sources.source import ReplacingSources
from ansible_collections.keyless.ec2.plugins.module_utils._policy.permission_diff import LostPermission
from ansible_collections.keyless.ec2.plugins.module_utils._values.instances import InstanceSnapshot
from ansible_collections.keyless.ec2.tests.unit.factories import instance
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._attachment.memory_ec2 import OLD, WEB, MemoryEc2
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._launch_sources.sources import source

FILTERS = [{"Name": "tag:team", "Values": ["x"]}]
EMPTY = replace(WEB, name="empty", roles=(), arn=WEB.arn.replace("web", "empty"))
PROFILES = {each.name: each for each in (WEB, OLD, EMPTY)}
SHOP = source("old")
HERE = Origin("123456789012", "eu-central-1")


class Account:
    """Instances with the profile old, which all match the filters."""

    def __init__(self, clock, *instances, missing=()):
        self.ec2 = MemoryEc2(clock, {each.instance_id: each.state for each in instances if each.instance_id not in missing}, current=[])
        for each in instances:
            self.ec2.give(each.instance_id, OLD)
        self.instances = {each.instance_id: each for each in instances}
        self.asked = []

    def read_instances(self, ids):
        self.asked.append(("ids", list(ids)))
        found = self.ec2.read_instances(ids)
        return replace(found, instances={key: replace(self.instances[key], state=each.state) for key, each in found.instances.items()})

    def list_instances(self, filters):
        self.asked.append(("filters", filters))
        return self.read_instances(list(self.instances))

    def calls(self):
        return self.ec2.calls()

    def read_replacing(self, instances):
        """What replaces the instances."""
        self.asked.append(("replacing", sorted(each.instance_id for each in instances)))
        return ReplacingSources({"i-1": SHOP})

    def names_with_role(self, _name):
        return None

    def find_each(self, names):
        """The profiles."""
        self.asked.append(("profiles", sorted(names)))
        return {name: PROFILES.get(name) for name in names}


@pytest.fixture(autouse=True)
def _read_replacing(monkeypatch):
    monkeypatch.setattr(job_file, "read_replacing", lambda clients, instances: clients.read_replacing(instances))


def spec(**options):
    usual = {"profiles": {"i-1": "web"}, "filters": None, "profile": None, "only": None, "rules": Rules(), "wait": True, "wait_timeout": 60}
    return AttachmentSpec(**{**usual, **options})


def clients_of(account):
    gateways = {"ec2": account, "iam": SimpleNamespace(instance_profiles=account), "read_replacing": account.read_replacing}
    return SimpleNamespace(**gateways, region=HERE.region, account=lambda: HERE.account, place=Place("aws", lambda: HERE.account))


def attach(account, patience=0, **options):
    """The return values, and the changes that were made."""
    job = AttachmentJob(spec(**options), clients_of(account), patience)
    plan = job.plan(job.read())
    done = []
    outcome = job.apply(plan, done.append)
    return job.result(outcome), [(change.operation, change.target) for change in done]


def planned(account, **options):
    """The plan and the return values in check mode."""
    job = AttachmentJob(spec(**options), clients_of(account), 60)
    plan = job.plan(job.read(check_mode=True))
    return plan, job.result(plan)


def actions(result):
    return {row["instance_id"]: row["action"] for row in result["instances"]}


def test_only_named_instances_are_changed(clock):
    account = Account(clock, instance(), instance("i-2"), instance("i-3"))
    result, done = attach(account, profiles={"i-1": "web", "i-2": None})
    assert actions(result) == {"i-1": "replaced", "i-2": "detached"}
    assert sorted(done) == [("DisassociateIamInstanceProfile", "instance/i-2"), ("ReplaceIamInstanceProfileAssociation", "instance/i-1")]
    assert result["undo"] == HERE.undo({"instances": {"i-1": OLD.arn, "i-2": OLD.arn}})
    assert (result["failed"], result["counts"]["replaced"]) == (False, 1)
    assert ("profiles", ["web"]) in account.asked and ("ids", ["i-1", "i-2"]) in account.asked
    assert account.ec2.current_association("i-1").profile_arn == WEB.arn and account.ec2.current_association("i-2") is None
    assert account.ec2.current_association("i-3").profile_arn == OLD.arn


def test_matching_instances_are_changed_except_excluded_ones(clock):
    account = Account(clock, instance("i-2"), instance(), instance("i-3"))
    result, _done = attach(account, profiles={}, filters=FILTERS, profile="web", excluded=frozenset({"i-3"}), rules=Rules(named=False))
    assert list(actions(result).items()) == [("i-1", "replaced"), ("i-2", "replaced")]
    assert ("filters", FILTERS) in account.asked and account.ec2.current_association("i-3").profile_arn == OLD.arn


def test_filters_without_a_match_change_nothing(clock):
    result, done = attach(Account(clock), profiles={}, filters=[], profile="web")
    assert (result["instances"], done, result["failed"]) == ([], [], False)


@pytest.mark.parametrize("only, action", [(None, "detached"), ("old", "detached"), ("OLD", "detached"), ("web", "unchanged")])
@pytest.mark.parametrize("by_filters", [True, False])
def test_only_a_profile_with_the_name_is_detached(clock, only, action, by_filters):
    selection = {"profiles": {}, "filters": FILTERS} if by_filters else {"profiles": {"i-1": None}}
    account = Account(clock, instance())
    result, done = attach(account, only=only, **selection)
    assert (actions(result), bool(done)) == ({"i-1": action}, action == "detached")


def test_a_failed_row_fails_the_module(clock):
    result, _done = attach(Account(clock, instance(), instance("i-2", "terminated")), profiles={"i-1": "web", "i-2": "web"})
    assert (actions(result), result["failed"]) == ({"i-1": "replaced", "i-2": "failed"}, True)


@pytest.mark.parametrize(
    "given, says",
    [
        ("none", "there is no instance profile 'none' in account 123456789012"),
        (WEB.arn.replace(":instance-profile/", ":instance-profile/other/"), "there is no instance profile 'arn:"),
        (WEB.arn.replace("1234", "9999"), "belongs to account 999956789012, and the credentials to account 123456789012"),
        ("empty", "'empty' has no role"),
        (EMPTY.arn, "has no role"),
    ],
)
def test_unusable_profiles_are_refused(clock, given, says):
    account = Account(clock, instance())
    with pytest.raises(OptionError, match=says) as caught:
        attach(account, profiles={"i-1": given})
    assert (caught.value.option, account.ec2.made) == ("instance_profile", [])


@pytest.mark.parametrize("given, arn", [("new", WEB.arn.replace("/web", "/new")), (WEB.arn.replace("/web", "/team/new"), None)])
def test_check_mode_plans_with_a_profile_that_does_not_exist_yet(clock, given, arn):
    account = Account(clock, instance())
    plan, result = planned(account, profiles={"i-1": given}, rules=Rules(on_loss="fail"))
    assert result["instances"][0]["after"] == (arn or given)
    assert plan.warnings[0] == f"The instance profile {given} does not exist; planned as if an earlier task had created it."
    assert [(each["kind"], each["name"]) for each in result["missing"]] == [("instance profile", given)]
    assert result["missing"][0]["message"].startswith("instance_profile: there is no instance profile")


def test_check_mode_refuses_a_profile_of_another_account_all_the_same(clock):
    with pytest.raises(OptionError, match="belongs to account 999956789012"):
        planned(Account(clock, instance()), profiles={"i-1": WEB.arn.replace("1234", "9999").replace("/web", "/new")})


def test_the_message_of_an_instance_that_was_not_found_says_where_it_was_looked_for(clock):
    result, _done = attach(Account(clock, instance(), missing=["i-1"]), profiles={"i-1": "web"})
    assert result["instances"][0]["msg"] == "there is no such instance in eu-central-1 of account 123456789012; check the id and the option region"


@pytest.mark.parametrize("given", ["web", WEB.arn, WEB.arn.replace("/web", "/WEB")])
def test_a_profile_is_given_by_name_or_arn_in_any_case(clock, given, monkeypatch):
    monkeypatch.setitem(PROFILES, "WEB", WEB)
    assert actions(attach(Account(clock, instance()), profiles={"i-1": given})[0]) == {"i-1": "replaced"}


@pytest.mark.parametrize("patience, found", [(0, "failed"), (4, "failed"), (6, "replaced")])
def test_waits_for_new_instances_up_to_the_timeout(clock, patience, found, monkeypatch):
    monkeypatch.setattr(wait_for_instances, "time", clock)
    account = Account(clock, instance(), missing=["i-1"])
    account.ec2.later(lambda: account.ec2.states.update({"i-1": "running"}))
    assert actions(attach(account, patience)[0]) == {"i-1": found}


def test_check_mode_waits_for_no_instance_that_an_earlier_task_would_launch(clock, monkeypatch):
    monkeypatch.setattr(wait_for_instances, "time", clock)
    _plan, result = planned(Account(clock, instance(), missing=["i-1"]), profiles={"i-1": "web"})
    assert (actions(result), clock.now) == ({"i-1": "failed"}, 0)


@pytest.mark.parametrize("wait, reads", [(True, 3), (False, 1)])
def test_waits_for_the_effect_of_the_calls(clock, wait, reads):
    account = Account(clock, instance())
    attach(account, wait=wait)
    assert account.ec2.reads >= reads if wait else account.ec2.reads == reads


def test_waits_no_longer_than_the_timeout(clock):
    (row,) = attach(Account(clock, instance()), wait_timeout=2)[0]["instances"]
    assert (row["action"], row["reason"]) == ("failed", "timed_out") and clock.now < 5


# What would undo it


@pytest.mark.parametrize("origin, says", [(HERE._replace(region="us-east-1"), "region us-east-1"), (HERE._replace(account="2" * 12), "account 2222")])
def test_an_undo_of_another_account_or_region_is_refused_before_anything_is_read(clock, origin, says):
    account = Account(clock, instance())
    with pytest.raises(OptionError, match=f"^undo: is of the {says}"):
        attach(account, profiles={"i-1": None}, undo=origin.undo({"instances": {"i-1": None}}))
    assert account.asked == []


def test_an_undo_of_the_same_account_and_region_restores_the_profiles(clock):
    undo = attach(account := Account(clock, instance()))[0]["undo"]
    result, _done = attach(account, profiles=undo["instances"], undo=undo)
    assert actions(result) == {"i-1": "replaced"} and result["undo"] == HERE.undo({"instances": {"i-1": WEB.arn}})


def test_launch_sources_are_read_only_for_instances_that_may_change(clock):
    account = Account(clock, instance(), instance("i-2", "terminated"), instance("i-3", managed_by="Karpenter"))
    result, _done = attach(account, profiles={}, filters=FILTERS, profile="web", rules=Rules(named=False))
    assert [each for each in account.asked if each[0] == "replacing"] == [("replacing", ["i-1"])]
    (row,) = result["reverts_on_replacement"]
    assert (row["auto_scaling_group"], row["instance_ids"]) == ("shop", ["i-1"])


def test_a_group_that_a_later_task_changes_is_not_reported(clock):
    result, _done = attach(Account(clock, instance()), profiles={"i-1": "web"}, changed_later=frozenset({SHOP.name}))
    assert result["reverts_on_replacement"] == []


# What is lost


@pytest.fixture(name="losses")
def _losses(monkeypatch):
    """Permissions that old has and web has not; returns the changes that were compared."""
    asked = []

    def read_lost_permissions(_iam, pairs):
        asked.extend(pair for pair in pairs if pair)
        return {pair: (LostPermission("s3:*", ("*",)),) for pair in asked}

    monkeypatch.setattr(job_file, "read_lost_permissions", read_lost_permissions)
    return asked


@pytest.mark.parametrize("on_loss, action, lost", [("ignore", "replaced", None), ("warn", "replaced", ["s3:*"]), ("fail", "failed", ["s3:*"])])
def test_lost_permissions(clock, losses, on_loss, action, lost):
    account = Account(clock, instance())
    (row,) = attach(account, rules=Rules(on_loss=on_loss))[0]["instances"]
    assert (row["action"], row["lost"], losses) == (action, lost, [] if on_loss == "ignore" else [("old", "web")])
    assert bool(account.ec2.made) == (action == "replaced")


def test_planning_reads_nothing():
    """A plan depends only on what was read."""
    job = AttachmentJob(spec(), None, 0)
    actual = job_file.Actual(InstanceSnapshot({"i-1": instance()}, {}), {"web": WEB}, replacing=ReplacingSources({"i-1": SHOP}))
    plan = job.plan(actual)
    assert [(row.action, row.after) for row in plan.rows] == [("associated", WEB.arn)] and plan.replacing.by_instance == {"i-1": SHOP}
