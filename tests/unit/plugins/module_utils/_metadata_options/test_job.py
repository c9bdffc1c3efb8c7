# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole job on instances in memory: read, plan, apply, result."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError, OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._instances import wait_for_instances
from ansible_collections.keyless.ec2.plugins.module_utils._launch.spec import LaunchSpec
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_options.job import MetadataOptionsJob
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_options.row import Rules
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_options.spec import MetadataSpec
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_options.wanted import WantedOptions
from ansible_collections.keyless.ec2.plugins.module_utils._values.instances import InstanceSnapshot
from ansible_collections.keyless.ec2.plugins.module_utils._values.metadata_options import AWS_NAMES, MetadataOptions
from ansible_collections.keyless.ec2.plugins.module_utils._values.metadata_use import DailySums
from ansible_collections.keyless.ec2.tests.unit.factories import group, instance, instance_profile, role
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._attachment.memory_ec2 import Calls
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._launch.region import Region, template

REQUIRED = {"http_tokens": "required"}
OPEN = MetadataOptions("optional", "enabled", 1, "disabled", "disabled", "applied")
ACCOUNT, REGION = "123456789012", "eu-central-1"
OPTIONS = {aws: name for name, aws in AWS_NAMES.items()}
SLOW = 5  # seconds until an instance follows its options


class Account:
    """Instances, their metric and their roles, as all gateways of a region."""

    region = REGION

    def __init__(self, clock, *instances, used=(), unknown=()):
        self.clock = clock
        self.instances = {each.instance_id: each for each in instances}
        self.used, self.unknown = used, unknown
        self.applied_at = {}
        self.refuse, self.before = {}, {}
        self.made, self.asked = [], []
        self.ec2 = self.metrics = self
        self.iam = SimpleNamespace(instance_profiles=self, roles=self)
        self.profiles, self.roles = {}, {}

    def account(self):
        return ACCOUNT

    # EC2

    def read_without_associations(self, ids):
        for key, when in list(self.applied_at.items()):
            if when <= self.clock.now:
                self.instances[key] = replace(self.instances[key], metadata=replace(self.instances[key].metadata, state="applied"))
        return InstanceSnapshot({key: self.instances[key] for key in ids if key in self.instances}, {})

    def list_without_associations(self, filters):
        self.asked.append(filters)
        return self.read_without_associations(list(self.instances))

    def calls(self, result, member):
        assert (result, member) == ("InstanceMetadataOptions", "State")
        return Calls(self.clock, self.make, 0)

    def make(self, change):
        key = change.parameters["InstanceId"]
        self.before.pop(key, lambda: None)()
        if self.refuse.get(key):
            return AwsError(change.permission, change.target, change.summary, self.refuse[key].pop(0), "no")
        given = {OPTIONS[name]: value for name, value in change.parameters.items() if name in OPTIONS}
        self.made.append((key, given))
        self.change(key, state="pending", **given)
        self.applied_at[key] = self.clock.now + SLOW
        return {"InstanceMetadataOptions": {"State": "pending"}}

    def change(self, key, **options):
        self.instances[key] = replace(self.instances[key], metadata=replace(self.instances[key].metadata, **options))

    # CloudWatch and IAM

    def imdsv1_requests(self, ids, window):
        self.asked.append(list(ids))
        data = dict.fromkeys(window.needed_days, 0)
        found = {key: DailySums({} if key in self.unknown else data) for key in ids}
        return {key: DailySums({**each.sums, window.since: 3}) if key in self.used else each for key, each in found.items()}

    def find(self, name):
        self.asked.append(name)
        return self.profiles.get(name)

    def find_without_policies(self, name):
        return self.roles.get(name)


@pytest.fixture(autouse=True)
def _clock(monkeypatch, clock):
    monkeypatch.setattr(wait_for_instances, "time", clock)


def spec(ids=None, values=None, **others):
    values = values or REQUIRED
    common = {"filters": None, "values": values, "rules": Rules(), "unused_days": 14, "wait": True, "wait_timeout": 60}
    return MetadataSpec(dict.fromkeys(ids or (), values), **{**common, **others})


def run(account, given, check=False):
    job = MetadataOptionsJob(given, account)
    plan = job.plan(job.read(check))
    done = []
    outcome = plan if check else job.apply(plan, done.append)
    assert check or sorted(map(str, done)) == sorted(map(str, outcome.changes))
    return outcome, job.result(outcome)


def rows_of(result):
    return [(row["action"], row["reason"]) for row in result["instances"]]


def test_instances_are_changed_and_waited_for(clock):
    account = Account(clock, instance("i-1", metadata=OPEN), instance("i-2", metadata=OPEN), used=["i-2"])
    plan, result = run(account, spec(["i-1", "i-2", "i-3"]))
    assert account.made == [("i-1", REQUIRED)] and clock.now >= 10 + SLOW  # i-3 may be new
    assert rows_of(result) == [("modified", None), ("skipped", "in_use"), ("failed", "not_found")]
    assert [row["state"] for row in result["instances"]] == ["applied", "applied", None]
    assert result["undo"] == {"account": ACCOUNT, "region": REGION, "collection_version": "1.0.0", "instances": {"i-1": {"http_tokens": "optional"}}}
    assert (result["counts"], result["failed"]) == ({"modified": 1, "unchanged": 0, "skipped": 1, "failed": 1}, True)
    assert plan.summary(False).startswith(
        "1 changed, 1 skipped (1 in use), 1 failed. i-3: there is no such instance in eu-central-1 of account 123456789012;"
    )
    (warning,) = plan.warnings
    assert warning.startswith("1 instance was skipped, because it still uses what the change would end: i-2. ") and "on_use=ignore" in warning
    assert plan.diff() == {"before": {"i-1": {"http_tokens": "optional"}}, "after": {"i-1": REQUIRED}}


def test_the_undo_has_only_what_changed(clock):
    """So that it does not revert what somebody else changes later."""
    account = Account(clock, instance("i-1", metadata=OPEN))
    _plan, result = run(account, spec(["i-1"], {**REQUIRED, "http_put_response_hop_limit": 1}))
    assert result["undo"]["instances"] == {"i-1": {"http_tokens": "optional"}}


def test_check_mode_is_the_same_plan(clock):
    account = Account(clock, instance("i-1", metadata=OPEN))
    plan, result = run(account, spec(["i-1"]), check=True)
    assert account.made == [] and rows_of(result) == [("modified", None)]
    assert [change.as_action()["operation"] for change in plan.changes] == ["ec2:ModifyInstanceMetadataOptions"]
    assert result["undo"]["instances"] == {"i-1": {"http_tokens": "optional"}}


def test_new_instances_are_waited_for_except_in_check_mode(clock):
    given = spec(["i-9"])
    assert rows_of(run(Account(clock), given, check=True)[1]) == [("failed", "not_found")] and clock.now == 0
    assert rows_of(run(Account(clock), given)[1]) == [("failed", "not_found")] and clock.now >= 10


def test_check_mode_plans_a_group_and_a_template_that_do_not_exist_yet(clock):
    launch = LaunchSpec(groups=("new",), templates=("workers",), members=False, wanted=WantedOptions(REQUIRED))
    region = Region(clock, [group("other")], [template()])
    plan, result = run(region.clients, spec(launch=launch), check=True)
    assert [(row["action"], row["reason"]) for kind in ("auto_scaling_groups", "launch_templates") for row in result[kind]] == [
        ("skipped", "not_found")
    ] * 2
    assert [each["name"] for each in result["missing"]] == ["new", "workers"] and not result["failed"]
    assert [warning.split(" does")[0] for warning in plan.warnings] == ["The Auto Scaling group new", "The launch template workers"]


def test_without_wait_the_state_is_that_of_the_answer(clock):
    _plan, result = run(Account(clock, instance("i-1", metadata=OPEN)), spec(["i-1"], wait=False))
    assert (clock.now, result["instances"][0]["state"]) == (0, "pending")


@pytest.mark.parametrize(
    ("on_use", "unknown", "asked", "rows"),
    [
        ("skip", ["i-1"], [["i-1"]], [("skipped", "use_unknown")]),
        ("fail", ["i-1"], [["i-1"]], [("failed", "use_unknown")]),
        ("ignore", ["i-1"], [], [("modified", None)]),
        ("skip", [], [["i-1"]], [("modified", None)]),
    ],
)
def test_on_use(clock, on_use, unknown, asked, rows):
    account = Account(clock, instance("i-1", metadata=OPEN), instance("i-2", metadata=replace(OPEN, http_tokens="required")), unknown=unknown)
    _plan, result = run(account, spec(["i-1", "i-2"], rules=Rules(on_use=on_use)))
    assert account.asked == asked and rows_of(result) == [*rows, ("unchanged", None)]


def test_filters_select_without_named_instances(clock):
    account = Account(clock, instance("i-2", metadata=OPEN, managed_by="Amazon EKS", manager_tag="eks:x"), instance("i-1", metadata=OPEN))
    plan, result = run(account, spec(filters=["f"], rules=Rules(named=False)))
    assert account.asked == [["f"], ["i-1"]] and rows_of(result) == [("modified", None), ("skipped", "managed")]
    assert "include_managed" in plan.warnings[0]
    nothing, _result = run(Account(clock), spec(filters=["f"]))
    assert nothing.warnings == ("No instances selected.",) and nothing.summary(False) == "No instances selected."


def test_a_role_that_is_used_keeps_the_service(clock):
    old, now = "2020-01-01T00:00:00+00:00", "2999-01-01T00:00:00+00:00"
    names = ("idle", "busy", "new", "gone", "")
    account = Account(clock, *(instance(f"i-{number}", metadata=OPEN, profile_name=name) for number, name in enumerate(names)))
    account.profiles = {name: instance_profile(name, name) for name in ("idle", "busy", "new")}
    account.roles = {
        "idle": role("idle", create_date=old, last_used={"last_used_date": old}),
        "busy": role("busy", create_date=old, last_used={"last_used_date": now}),
        "new": role("new", create_date=now),
    }
    _plan, result = run(account, spec([f"i-{number}" for number in range(5)], {"http_endpoint": "disabled"}))
    assert rows_of(result) == [("modified", None), ("skipped", "in_use"), ("skipped", "use_unknown"), ("skipped", "use_unknown"), ("modified", None)]
    assert sorted(each for each in account.asked if isinstance(each, str)) == ["busy", "gone", "idle", "new"]


@pytest.mark.parametrize("call", ["imdsv1_requests", "find"])
def test_a_refused_read_is_unknown_and_a_warning(clock, call):
    account = Account(clock, instance("i-1", metadata=OPEN, profile_name="web"))

    def refuse(*_arguments):
        raise AwsError("x:Y", "*", "read it", "AccessDenied", "no")

    setattr(account, call, refuse)
    plan, result = run(account, spec(["i-1"], {"http_endpoint": "disabled"}))
    assert rows_of(result) == [("skipped", "use_unknown")] and "(AccessDenied)" in result["instances"][0]["msg"]
    assert any("Could not read it: AccessDenied" in each for each in plan.warnings)


def test_an_instance_whose_state_changed_is_planned_again(clock):
    """It is stopping when the call arrives, and then another client has already required tokens."""
    account = Account(clock, instance("i-1", metadata=OPEN))
    account.refuse["i-1"] = ["IncorrectInstanceState"]
    account.before["i-1"] = lambda: account.change("i-1", http_tokens="required")
    _plan, result = run(account, spec(["i-1"]))
    assert account.made == [] and rows_of(result) == [("unchanged", None)]
    account.instances["i-1"] = instance("i-1", metadata=OPEN)
    account.refuse["i-1"] = ["IncorrectInstanceState"]
    _plan, result = run(account, spec(["i-1"]))
    assert account.made == [("i-1", REQUIRED)] and rows_of(result) == [("modified", None)]


def test_an_instance_that_needs_no_check_and_is_opened_meanwhile_is_not_closed(clock):
    """Its use was not read, because it only got another hop limit when it was planned."""
    account = Account(clock, instance("i-1", metadata=replace(OPEN, http_tokens="required")))
    account.refuse["i-1"] = ["IncorrectInstanceState"]
    account.before["i-1"] = lambda: account.change("i-1", http_tokens="optional")
    _plan, result = run(account, spec(["i-1"], {**REQUIRED, "http_put_response_hop_limit": 2}))
    assert account.made == [] and rows_of(result) == [("failed", "changed_meanwhile")]


def test_a_refusal_fails_only_its_row(clock):
    account = Account(clock, instance("i-1", metadata=OPEN), instance("i-2", metadata=OPEN))
    account.refuse["i-1"] = ["UnauthorizedOperation"]
    _plan, result = run(account, spec(["i-1", "i-2"]))
    assert rows_of(result) == [("failed", "UnauthorizedOperation"), ("modified", None)]
    assert result["instances"][0]["after"] == result["instances"][0]["before"] and set(result["undo"]["instances"]) == {"i-2"}


def test_a_wait_that_takes_too_long_is_a_failure_with_the_change(clock):
    account = Account(clock, instance("i-1", metadata=OPEN))
    _plan, result = run(account, spec(["i-1"], wait_timeout=SLOW - 1))
    assert rows_of(result) == [("failed", "timed_out")] and result["instances"][0]["after"] == REQUIRED
    assert result["undo"]["instances"] == {"i-1": {"http_tokens": "optional"}}


def test_an_undo_of_another_account_is_refused(clock):
    undo = {"account": "2" * 12, "region": REGION, "instances": {}}
    with pytest.raises(OptionError, match="undo: is of the account 222222222222"):
        run(Account(clock), spec(undo=undo))


def test_an_undo_is_said_to_restore(clock):
    undo = {"account": ACCOUNT, "region": REGION, "instances": {"i-1": {"http_tokens": "required"}}}
    plan, _result = run(Account(clock, instance("i-1", metadata=OPEN)), spec(["i-1"], undo=undo))
    assert (plan.summary(True), plan.summary(False)) == ("1 to restore.", "1 restored.")
