# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which keys are deactivated or suggested, and why the others stay active: each rule by itself, and all of them on any facts."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.deactivation import Key, Play, Report, decide
from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.decisions import decide_about_play
from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.facts import HostFacts, Options
from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.request import Request
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.migration_facts import KEY, OTHER, READ_ERROR, iam_key, location, reported

TASKS = Path(__file__).resolve().parents[5] / "roles" / "migrate_keys" / "tasks"


def play(*named, hosts=None, keys=(iam_key(),), limit="", lookup_message=None, check_mode=False):
    """The decision at the end of a play, in its last batch; a host has reported nothing if its result is None."""
    results = {"a": reported(location())} if hosts is None else hosts
    owners = {"access_keys": list(keys), "msg": lookup_message}
    options = Options(hosts=list(results), batch=list(results)[-1:], deactivate=list(named), limit=limit, owners=owners, check_mode=check_mode)
    return decide_about_play({host: HostFacts() for host in results}, results, options)


def deactivated(decision):
    return [each["access_key_id"] for each in decision["deactivate"]]


def suggested(**facts):
    """The suggestion of a run that names no key."""
    return " ".join(play(**facts)["suggestion"])


@pytest.mark.parametrize("name", [KEY, "ann"])
def test_a_key_is_deactivated_by_its_id_or_its_user(name):
    decision = play(name)
    assert decision["deactivate"] == [{"access_key_id": KEY, "user_name": "ann", "region": None}]
    assert decision["kept"] == []


def test_a_key_that_is_named_twice_is_deactivated_once():
    assert deactivated(play(KEY, "ann")) == [KEY]


def test_keys_that_are_named_by_their_id_come_first():
    hosts = {"a": reported(location(), location(OTHER))}
    assert deactivated(play("ann", OTHER, hosts=hosts, keys=[iam_key(), iam_key(OTHER, "bob")])) == [OTHER, KEY]


def test_a_key_that_nobody_names_is_only_suggested():
    for decision in (play(), play("bob"), play(OTHER)):
        assert deactivated(decision) == []
    assert f'{{"migrate_keys_deactivate": ["{KEY}"]}}' in suggested()


def test_check_mode_says_what_would_be():
    (text,) = (each for each in play(check_mode=True)["suggestion"] if KEY in each)
    assert text.startswith("After a run without check mode, these keys would be on no host") and "any more" not in text


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_suggestion_says_that_the_secrets_are_not_verified(check_mode):
    """Any user of the host could have written the id of somebody else's key next to invented characters."""
    (text,) = (each for each in play(check_mode=check_mode)["suggestion"] if KEY in each)
    assert "Not verified: whether the secrets that were found with them are theirs." in text and text.index("Not verified") < text.index(KEY)


def test_a_run_that_names_keys_suggests_none():
    assert play(KEY)["suggestion"] == []


# What keeps a named key active though all hosts have reported, and the reason that is shown
KEPT = {
    "its secret was not with it": ({"hosts": {"a": reported(location(has_secret=False))}}, f"{KEY}: it was never found together with its secret."),
    "the run calls AWS with it": ({"keys": [iam_key(used_by_task=True)]}, f"{KEY}: this run calls AWS with it."),
    "it is still on a host": (
        {"hosts": {"a": reported(location()), "b": reported(location(), left=[location()], moved=())}},
        f"{KEY}: it is still on a host.",
    ),
    "a host that has it was put back": (
        {"hosts": {"a": reported(location()), "b": reported(location(), moved=(), failure="It failed.")}},
        f"{KEY}: a host that has it was put back, and may need it.",
    ),
    "it is inactive": ({"keys": [iam_key(status="Inactive")]}, f"{KEY}: it is inactive already."),
    "IAM does not describe it": ({"keys": [iam_key(status=None, msg="AWS's answer")]}, f"{KEY}: AWS's answer"),
    "IAM says nothing about it": ({"keys": [iam_key(status=None)]}, f"{KEY}: its status is unknown."),
    "its status is a new one": ({"keys": [iam_key(status="Expired")]}, f"{KEY}: its status is Expired."),
    "IAM describes none": (
        {"keys": (), "lookup_message": "Access denied."},
        "No key is deactivated: IAM does not say whose keys they are: Access denied.",
    ),
}


@pytest.mark.parametrize("name", [KEY, "ann"])
@pytest.mark.parametrize("case", KEPT)
def test_a_named_key_stays_active_if(case, name):
    facts, reason = KEPT[case]
    decision = play(name, **facts)
    assert deactivated(decision) == []
    assert suggested(**facts) == ""
    assert decision["kept"][:1] == [reason] and decision["deactivated"] == []


@pytest.mark.parametrize("name", [KEY, "ann"])
def test_a_key_that_stays_active_does_not_keep_others_active(name):
    hosts = {"a": reported(location(), location(OTHER), left=[location(OTHER)], moved=(KEY, OTHER))}
    assert deactivated(play(name, OTHER, hosts=hosts, keys=[iam_key(), iam_key(OTHER)])) == [KEY]


def test_a_user_who_is_named_does_not_make_up_for_a_missing_secret():
    hosts = {"a": reported(location(), location(OTHER, has_secret=False), moved=(KEY, OTHER))}
    decision = play("ann", hosts=hosts, keys=[iam_key(), iam_key(OTHER)])
    assert deactivated(decision) == [KEY]
    assert decision["kept"] == [f"{OTHER}: it was never found together with its secret."]


def test_the_name_of_a_user_does_not_deactivate_a_key_whose_id_somebody_else_has_planted():
    """The secret next to it can be invented, and that the real key is still on a host can be feigned, too."""
    hosts = {"a": reported(location(), location(OTHER), moved=(KEY, OTHER))}
    keys = [iam_key(), iam_key(OTHER)]
    for left in ([], [location()]):
        decision = play("ann", hosts={**hosts, "b": reported(location(), left=left)}, keys=keys)
        assert deactivated(decision) == []
        assert decision["kept"][-1].startswith(f"{OTHER}: several keys of user ann were found")
    assert deactivated(play(OTHER, "ann", hosts=hosts, keys=keys)) == [OTHER, KEY]
    assert deactivated(play("ann", hosts=hosts, keys=[iam_key(), iam_key(OTHER, status="Inactive")])) == [KEY]
    assert deactivated(play("ann", hosts=hosts, keys=[iam_key(), iam_key(OTHER, "bob")])) == [KEY]


def test_names_that_were_not_found_are_reported():
    decision = play(KEY, OTHER, "bob")
    assert deactivated(decision) == [KEY]
    assert decision["kept"] == [f"{each}: not found on the hosts of this play." for each in (OTHER, "bob")]


def test_a_user_who_is_misspelled_gets_the_nearest_name():
    decision = play("legacy-wbe", keys=[iam_key(user="legacy-web")])
    assert decision["kept"] == ["legacy-wbe: not found on the hosts of this play. Did you mean legacy-web?"]


def test_the_last_line_says_what_was_deactivated_and_how_to_activate_it():
    keys = [iam_key(user="an;n")]
    assert play(KEY, keys=keys)["deactivated"] == [
        f"Deactivated: {KEY} of user an;n. To activate again:",
        f"aws iam update-access-key --user-name 'an;n' --access-key-id {KEY} --status Active",
    ]
    assert play(KEY, keys=keys, check_mode=True)["deactivated"] == [f"To deactivate: {KEY} of user an;n."]
    assert play(keys=keys)["deactivated"] == []


# What keeps all keys active
BLOCKED = {
    "a host of a later batch has not reported": ({"hosts": {"a": reported(location()), "b": None}}, "have not reported: b."),
    "a host has failed": ({"hosts": {"a": None, "b": reported(location())}}, "have not reported: a."),
    "a host was not searched completely": (
        {"hosts": {"a": reported(location()), "b": reported(incomplete=[READ_ERROR])}},
        "were not searched completely: b.",
    ),
    "hosts are left out": ({"limit": "a"}, "the run is limited to a, and other hosts may have the keys."),
}


@pytest.mark.parametrize("name", [KEY, "ann"])
@pytest.mark.parametrize("case", BLOCKED)
def test_no_key_is_deactivated_if(case, name):
    facts, reason = BLOCKED[case]
    decision = play(name, **facts)
    assert deactivated(decision) == []
    assert suggested(**facts) == ""
    assert decision["kept"][0].startswith("No key is deactivated: ") and decision["kept"][0].endswith(reason)


@pytest.mark.parametrize("name", ["true", "*", "ASIAQ3EGTZ2ZK7Q4RVWX", "a b"])
def test_an_invalid_request_deactivates_nothing(name):
    """The role refuses it before; this is the second lock."""
    decision = play(KEY, name)
    assert deactivated(decision) == []
    assert decision["kept"][0] == "No key is deactivated: migrate_keys_deactivate is not valid."


def test_earlier_batches_count():
    """Each batch has a host of its own, of which the first still has the key."""
    hosts = {"a": reported(location(), left=[location()], moved=()), "b": reported(location())}
    assert deactivated(play(KEY, hosts=hosts)) == []


def test_only_keys_that_this_run_has_set_aside_are_suggested():
    earlier = {"hosts": {"a": reported(location(), moved=())}}
    assert suggested(**earlier) == ""
    assert deactivated(play(KEY, **earlier)) == [KEY]


IDS = st.sampled_from([KEY, OTHER, "AKIAQ3EGTZ2ZK7Q4RVWZ"])
SETS = st.frozensets(IDS)
REPORTS = st.builds(Report, found=SETS, with_secret=SETS, remaining=SETS, set_aside=SETS, is_complete=st.booleans())
PLAYS = st.builds(Play, st.dictionaries(st.sampled_from("abc"), st.none() | REPORTS), st.sampled_from(["", "", "a"]))
USERS = st.sampled_from(["ann", "bob", None])
KEYS = st.lists(
    st.builds(Key, IDS, USERS, st.sampled_from(["Active", "Active", "Inactive", None]), st.booleans(), st.sampled_from([None, "Denied"])),
    unique_by=lambda key: key.access_key_id,
)
REQUESTS = st.builds(Request, st.lists(st.sampled_from([KEY, OTHER, "ann", "bob", "nobody", "true"]), max_size=3))


def is_meant(key, request, situation, keys):
    """Whether it is named by its id, or by its user, of whom no other key that is not named was found."""
    others = [each for each in keys if each.user_name == key.user_name and each.access_key_id not in (key.access_key_id, *request.names)]
    found = {key_id for report in situation.reports.values() if report for key_id in report.with_secret}
    is_only = not any(each.status != "Inactive" and each.access_key_id in found for each in others)
    return key.access_key_id in request.names or (key.user_name in request.names and is_only)


def may_be_deactivated(key, situation):
    """The rules once more, as the README has them."""
    reports = list(situation.reports.values())
    return (
        not situation.limit
        and all(report is not None and report.is_complete for report in reports)
        and any(key.access_key_id in report.with_secret for report in reports)
        and not any(key.access_key_id in report.remaining for report in reports)
        and key.status == "Active"
        and not key.used_by_task
    )


@given(REQUESTS, PLAYS, KEYS)
def test_exactly_the_requested_keys_that_may_be_are_deactivated(request, situation, keys):
    decision = decide(request, situation, keys)
    expected = [key for key in keys if is_meant(key, request, situation, keys) and may_be_deactivated(key, situation) and "true" not in request.names]
    assert sorted(key.access_key_id for key in decision.deactivate) == sorted(key.access_key_id for key in expected)


@given(PLAYS, KEYS)
def test_whoever_names_nothing_deactivates_nothing(situation, keys):
    decision = decide(Request(), situation, keys)
    assert list(decision.deactivate) == []
    assert {*decision.suggest} == {
        key.access_key_id for key in keys if may_be_deactivated(key, situation) and key.access_key_id in situation.set_aside
    }


@given(REQUESTS, PLAYS, KEYS)
def test_what_stays_active_has_a_reason(request, situation, keys):
    decision = decide(request, situation, keys)
    deactivated_ids = {key.access_key_id for key in decision.deactivate}
    for key in keys:
        if key.is_named(request) and key.status != "Inactive" and key.access_key_id not in deactivated_ids:
            assert any(line.startswith((f"{key.access_key_id}: ", "No key is deactivated: ")) for line in decision.kept)


@given(REQUESTS, PLAYS, KEYS, st.sampled_from("abcd"), st.none() | REPORTS)
def test_another_host_never_adds_a_key_that_was_held_back_by_a_host(request, situation, keys, host, report):
    """One more host can only add keys that it found with their secrets itself."""
    before = {key.access_key_id for key in decide(request, situation, keys).deactivate}
    more = Play({**situation.reports, host: report}, situation.limit)
    if host not in situation.reports:
        after = {key.access_key_id for key in decide(request, more, keys).deactivate}
        assert after - before <= (report.with_secret if report else frozenset())


@pytest.mark.parametrize("name, active", [("Deactivate the keys", False), ("Activate the keys again", True)])
def test_the_tasks_change_these_keys_and_delete_none(name, active):
    (task,) = [each for each in yaml.safe_load((TASKS / "deactivate.yml").read_text(encoding="utf-8")) if each["name"] == name]
    assert task["loop"] == "{{ __migrate_keys_play.deactivate }}"
    options = task["amazon.aws.iam_access_key"]
    assert options.get("state", "present") == "present" and options["active"] is active
    assert (options["user_name"], options["id"]) == ("{{ item.user_name }}", "{{ item.access_key_id }}")
