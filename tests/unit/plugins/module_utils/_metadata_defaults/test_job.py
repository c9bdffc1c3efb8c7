# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole job on regions in memory: read, plan, apply, result."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError, OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._common.origin import Origin
from ansible_collections.keyless.ec2.plugins.module_utils._launch_sources.source import Launch, LaunchSource
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_defaults.job import DefaultsJob
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_defaults.launches import Launches
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_defaults.options import CHOICES, HOP_LIMIT, NAMES, defaults_spec
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_defaults.row import MEMBERS

GIVEN = {**dict.fromkeys(NAMES), "regions": None, "undo": None, "on_refused_launches": "skip", "max_concurrency": 8}
HERE = Origin("123456789012", "us-east-1")
FRANKFURT, IRELAND = "eu-central-1", "eu-west-1"
REQUIRED = {"HttpTokens": "required"}
NO_DEFAULTS = {**dict.fromkeys(CHOICES, "no-preference"), HOP_LIMIT: -1}


class Region:
    """The defaults of one region, as AWS keeps them."""

    def __init__(self, defaults=None, members=frozenset(MEMBERS.values()), refuses=None):
        self.defaults = {"ManagedBy": "account", **(defaults or {})}
        self.members = members
        self.refuses = refuses or {}
        self.made = []

    def read(self):
        self._refuse("read")
        return {key: value for key, value in self.defaults.items() if key in self.members or key.startswith("Managed")}

    def change(self, change):
        self._refuse("change")
        self.made.append(change)
        for key, value in change.parameters.items():
            self.defaults[key] = value
            if value in ("no-preference", -1):
                del self.defaults[key]

    def _refuse(self, what):
        if what in self.refuses:
            raise AwsError("ec2:Call", "*", "do it", self.refuses[what], "no")


class Account:
    """The connections to the regions of an account.  ``launched`` has what launches instances in a region, or an error code."""

    def __init__(self, origin=HERE, launched=None, **regions):
        self._launched = launched or {}
        self.launches_read = []
        self.by_name = {name.replace("_", "-"): region for name, region in regions.items()}
        self._origin = origin

    def origin(self):
        return self._origin

    def regions(self):
        return list(self.by_name)

    def defaults(self, region):
        return self.by_name[region]

    def launches(self, region):
        self.launches_read.append(region)
        found = self._launched.get(region, Launches())
        if isinstance(found, str):
            raise AwsError("autoscaling:DescribeAutoScalingGroups", "*", "list the groups", found, "no")
        return found

    @property
    def made(self):
        return {name: [dict(change.parameters) for change in region.made] for name, region in self.by_name.items() if region.made}


def run(account, check=False, **options):
    """The return values, and the changes that were made."""
    job = DefaultsJob(defaults_spec({**GIVEN, **options}), account, 2)
    plan, done = job.plan(job.read()), []
    outcome = plan if check else job.apply(plan, done.append)
    summed_up = {"msg": outcome.summary(False), "diff": outcome.diff(), "changes": plan.changes, "warnings": outcome.warnings}
    return {**job.result(outcome), **summed_up}, done


def rows(result):
    return {row["region"]: (row["action"], row["reason"]) for row in result["regions"]}


def test_only_regions_that_differ_are_changed():
    account = Account(eu_central_1=Region(), eu_west_1=Region(REQUIRED))
    result, done = run(account, http_tokens="required")
    assert rows(result) == {FRANKFURT: ("updated", None), IRELAND: ("unchanged", None)}
    assert account.made == {FRANKFURT: [REQUIRED]}
    assert [(each.permission, each.target) for each in done] == [("ec2:ModifyInstanceMetadataDefaults", FRANKFURT)]
    assert (result["counts"], result["failed"]) == ({"updated": 1, "unchanged": 1, "skipped": 0, "failed": 0}, False)
    assert result["undo"] == HERE.undo({"regions": {FRANKFURT: {"http_tokens": "no-preference"}}})
    assert result["diff"] == {"before": {FRANKFURT: {"http_tokens": "no-preference"}}, "after": {FRANKFURT: {"http_tokens": "required"}}}
    assert result["msg"] == "1 region updated, 1 region unchanged."
    (row, _other) = result["regions"]
    assert (row["before"], row["after"]) == (NO_DEFAULTS, {**NO_DEFAULTS, "http_tokens": "required"})
    assert row["msg"] == "http_tokens changes from no-preference to required"


def test_only_the_given_regions_are_read():
    account = Account(eu_central_1=Region(), eu_west_1=Region())
    assert rows(run(account, http_tokens="required", regions=[IRELAND])[0]) == {IRELAND: ("updated", None)}


def test_check_mode_plans_the_same_and_writes_nothing():
    account = Account(eu_central_1=Region(), eu_west_1=Region(REQUIRED))
    planned, done = run(account, check=True, http_tokens="required")
    assert (account.made, done) == ({}, [])
    assert run(account, http_tokens="required")[0] == planned


def test_a_region_that_can_not_be_read_or_changed_fails_alone():
    account = Account(
        eu_central_1=Region(refuses={"read": "UnauthorizedOperation"}), eu_west_1=Region(refuses={"change": "Denied"}), us_east_1=Region()
    )
    result, done = run(account, http_tokens="required")
    assert rows(result) == {FRANKFURT: ("failed", "UnauthorizedOperation"), IRELAND: ("failed", "Denied"), "us-east-1": ("updated", None)}
    assert result["failed"] and [each.target for each in done] == ["us-east-1"]
    unread, unchanged, _updated = result["regions"]
    assert (unread["before"], unread["after"], unread["managed_by"]) == (None, None, None)
    assert unchanged["before"] == unchanged["after"] == NO_DEFAULTS and not unchanged["changed"]
    assert result["undo"]["regions"].keys() == {"us-east-1"}
    assert result["msg"].startswith("1 region updated, 2 regions failed. eu-central-1: Could not do it: UnauthorizedOperation: no")


def test_only_the_first_failures_are_in_the_message():
    account = Account(**{f"eu_west_{number}": Region(refuses={"read": "Denied"}) for number in range(1, 6)})
    assert run(account, http_tokens="required")[0]["msg"].endswith("; and 2 more.")


@pytest.mark.parametrize(
    "said, shown", [("Ask the platform team.", ": Ask the platform team. Change the policy"), (None, "can't change them. Change")]
)
@pytest.mark.parametrize("manager, reason", [("declarative-policy", "declarative_policy"), ("something-new", "managed")])
def test_what_something_else_manages_is_not_changed(manager, reason, said, shown):
    managed = {"ManagedBy": manager, **({"ManagedExceptionMessage": said} if said else {})}
    account = Account(eu_central_1=Region(managed), eu_west_1=Region({**managed, **REQUIRED}))
    result, _done = run(account, http_tokens="required")
    assert rows(result) == {FRANKFURT: ("failed", reason), IRELAND: ("unchanged", None)}
    assert shown in result["regions"][0]["msg"] and account.made == {}
    assert [row["managed_by"] for row in result["regions"]] == [manager] * 2


def test_an_option_that_botocore_does_not_know_is_refused_before_anything_is_read():
    older = frozenset(MEMBERS.values()) - {"HttpTokensEnforced"}
    account = Account(eu_central_1=Region(REQUIRED, older, refuses={"read": "Unexpected"}))
    with pytest.raises(OptionError, match="^http_tokens_enforced: the installed botocore .* Install a newer boto3"):
        run(account, http_tokens="required", http_tokens_enforced="enabled")


def test_the_first_of_several_unknown_options_is_named():
    account = Account(us_east_1=Region(members=frozenset({"HttpTokens"})))
    with pytest.raises(OptionError, match="^http_endpoint: the installed botocore"):
        run(account, http_tokens_enforced="enabled", http_endpoint="disabled", http_tokens="required")


def test_what_botocore_does_not_know_is_neither_reported_nor_changed():
    older = frozenset(MEMBERS.values()) - {"HttpTokensEnforced"}
    region = Region({"HttpTokensEnforced": "enabled"}, older)
    result, _done = run(Account(eu_central_1=region), http_tokens="required")
    (row,) = result["regions"]
    assert "http_tokens_enforced" not in row["before"] | row["after"]
    assert region.defaults == {"ManagedBy": "account", "HttpTokensEnforced": "enabled", **REQUIRED}


def test_an_undo_of_another_account_is_refused_but_the_region_of_the_connection_does_not_matter():
    account = Account(Origin(HERE.account, IRELAND), eu_central_1=Region(REQUIRED))
    restored = {"regions": {FRANKFURT: {"http_tokens": "no-preference"}}}
    assert rows(run(account, undo=HERE.undo(restored))[0]) == {FRANKFURT: ("updated", None)}
    with pytest.raises(OptionError, match="^undo: is of the account 222222222222"):
        run(account, undo=Origin("2" * 12, IRELAND).undo(restored))


OPEN = Launches((LaunchSource("Auto Scaling group", "web", (Launch({"MetadataOptions": {"HttpTokens": "optional"}}),)),))
LEFT_TO_DEFAULTS = Launches((LaunchSource("Auto Scaling group", "web", (Launch({"ImageId": "ami-1"}),)),), {"ami-1": ""})
ENFORCE = {"http_tokens_enforced": "enabled"}


@pytest.mark.parametrize("on_refused, action, failed", [("skip", "skipped", False), ("fail", "failed", True), ("ignore", "updated", False)])
def test_a_region_in_which_launches_would_be_refused_is_left_as_it_is(on_refused, action, failed):
    account = Account(launched={FRANKFURT: OPEN}, eu_central_1=Region(), eu_west_1=Region())
    result, _done = run(account, **ENFORCE, on_refused_launches=on_refused)
    reason = None if action == "updated" else "launches_refused"
    assert (rows(result), result["failed"]) == ({FRANKFURT: (action, reason), IRELAND: ("updated", None)}, failed)
    assert set(account.made) == ({FRANKFURT, IRELAND} if action == "updated" else {IRELAND})
    assert account.launches_read == ([] if on_refused == "ignore" else [FRANKFURT, IRELAND])
    if reason:
        row = result["regions"][0]
        assert [each["name"] for each in row["refused_launches"]] == ["web"] and row["after"] == row["before"] == NO_DEFAULTS
        assert row["msg"].startswith("AWS would refuse 1 launch, or that is not known: Auto Scaling group web. Require IMDSv2 of these first")
        assert FRANKFURT not in result["undo"]["regions"]
    assert result["warnings"] == ((f"{FRANKFURT} was skipped: {result['regions'][0]['msg']}.",) if on_refused == "skip" else ())
    if on_refused == "skip":
        assert result["msg"] == "1 region updated, 1 region skipped (1 with launches that AWS would refuse)."


def test_launches_that_could_not_be_read_are_not_known():
    account = Account(launched={FRANKFURT: "AccessDenied"}, eu_central_1=Region())
    result, _done = run(account, **ENFORCE)
    assert rows(result) == {FRANKFURT: ("skipped", "launches_unknown")} and account.made == {}
    assert "it is not known which launches AWS would refuse: Could not list the groups: AccessDenied" in result["regions"][0]["msg"]
    assert result["msg"] == "1 region skipped (1 whose launches are not known)."


@pytest.mark.parametrize(
    "before, wanted, reads, action",
    [
        # The default that is set with it decides about launches without one.
        ({}, {**ENFORCE, "http_tokens": "required"}, True, "updated"),
        ({}, ENFORCE, True, "skipped"),
        (REQUIRED, ENFORCE, True, "updated"),
        # Enforced already: only what is refused anew counts.
        ({"HttpTokensEnforced": "enabled"}, {"http_tokens": "required"}, True, "updated"),
        ({"HttpTokensEnforced": "enabled"}, {"http_tokens": "optional"}, True, "updated"),
        ({"HttpTokensEnforced": "enabled", **REQUIRED}, {"http_tokens": "no-preference"}, True, "skipped"),
        # Nothing can be refused.
        ({"HttpTokensEnforced": "enabled"}, {"http_put_response_hop_limit": 2}, False, "updated"),
        ({"HttpTokensEnforced": "enabled"}, {"http_tokens_enforced": "disabled"}, False, "updated"),
        ({"HttpTokensEnforced": "enabled"}, ENFORCE, False, "unchanged"),
        ({}, {"http_tokens": "optional"}, False, "updated"),
    ],
)
def test_launches_are_read_where_the_change_may_end_some(before, wanted, reads, action):
    account = Account(launched={FRANKFURT: LEFT_TO_DEFAULTS}, eu_central_1=Region(before))
    result, _done = run(account, **wanted)
    assert (bool(account.launches_read), result["regions"][0]["action"]) == (reads, action)


def test_an_undo_asks_too():
    account = Account(launched={FRANKFURT: OPEN}, eu_central_1=Region())
    undo = HERE.undo({"regions": {FRANKFURT: ENFORCE}})
    assert rows(run(account, undo=undo)[0]) == {FRANKFURT: ("skipped", "launches_refused")}


def test_only_the_first_skipped_regions_are_warned_about():
    launched = {f"eu-west-{number}": OPEN for number in range(1, 6)}
    account = Account(launched=launched, **{name.replace("-", "_"): Region() for name in launched})
    warnings = run(account, **ENFORCE)[0]["warnings"]
    assert len(warnings) == 4 and warnings[-1] == "2 other regions were skipped as well."


VALUES = st.fixed_dictionaries(
    {}, optional={**{name: st.sampled_from(each) for name, each in CHOICES.items()}, HOP_LIMIT: st.sampled_from([-1, 1, 2])}
)


@given(st.lists(VALUES, min_size=1, max_size=3), VALUES)
def test_a_second_run_changes_nothing_and_an_undo_restores_everything(defaults, wanted):
    former = [{MEMBERS[name]: value for name, value in each.items() if value not in ("no-preference", -1)} for each in defaults]
    account = Account(**{f"eu_west_{number}": Region(each) for number, each in enumerate(former, 1)})
    first, done = run(account, **wanted)
    assert sorted(first["changes"], key=str) == sorted(done, key=str)
    assert [row["after"] for row in first["regions"]] == [{**row["before"], **wanted} for row in first["regions"]]
    again, done = run(account, **wanted)
    assert done == [] and again["undo"]["regions"] == {}
    run(account, undo=first["undo"])
    assert [region.defaults for region in account.by_name.values()] == [{"ManagedBy": "account", **each} for each in former]
