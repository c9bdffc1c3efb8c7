# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which keys migrate_keys deactivates, and which it suggests: each rule by itself, on what the hosts have reported."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.tests.unit.roles.variables import Variables, task_of

KEY, OTHER = "AKIAQ3EGTZ2ZK7Q4RVWX", "AKIAQ3EGTZ2ZK7Q4RVWY"


def found(key=KEY, has_secret=True, path="/a"):
    return {"access_key_id": key, "has_secret": has_secret, "path": path, "kind": "other", "line": 1}


def report(*places, left=(), moved=(KEY,), incomplete=()):
    """What a host has reported."""
    return {"credentials": list(places), "left": list(left), "moved": list(moved), "incomplete": list(incomplete), "ids_only": []}


def key(key_id=KEY, user="ann", status="Active", used_by_task=False, msg=None):
    """What access_key_info has returned of a key."""
    return {"access_key_id": key_id, "user_name": user, "status": status, "used_by_task": used_by_task, "msg": msg}


def play(*named, hosts=None, keys=(key(),), limit=None, **others):
    """The end of a play, in its last batch; a host has reported nothing if its report is None."""
    reports = {"a": report(found())} if hosts is None else hosts
    hostvars = {name: {"inventory_hostname": name, **({"migrate_keys_result": reported} if reported else {})} for name, reported in reports.items()}
    magic = {"ansible_play_hosts_all": list(reports), "ansible_play_hosts": list(reports), "ansible_play_batch": list(reports)[-1:]}
    if limit:
        magic["ansible_limit"] = limit
    magic.update(others)
    owners = {"access_keys": list(keys)}
    given = {"migrate_keys_deactivate": list(named), "__migrate_keys_owners": owners, "hostvars": hostvars, "ansible_check_mode": False}
    return Variables("migrate_keys", **{**given, **magic})


def deactivated(variables):
    return [each["access_key_id"] for each in variables["__migrate_keys_done_with"]]


def withheld(variables):
    """Why named keys stay active: a line for each reason."""
    return (variables["__migrate_keys_withheld"] or "").strip()


@pytest.mark.parametrize("name", [KEY, "ann"])
def test_a_key_is_deactivated_by_its_id_or_its_user(name):
    variables = play(name)
    assert deactivated(variables) == [KEY]
    assert withheld(variables) == ""


def test_a_key_that_is_named_twice_is_deactivated_once():
    assert deactivated(play(KEY, "ann")) == [KEY]


def test_a_key_that_nobody_names_is_only_suggested():
    for variables in (play(), play("bob"), play(OTHER)):
        assert deactivated(variables) == []
        assert variables["__migrate_keys_suggested"] == [KEY]


# What keeps a named key active though all hosts have reported, and why it does.
KEPT = {
    "its secret was not with it": ({"hosts": {"a": report(found(has_secret=False))}}, f"{KEY}: it was never found together with its secret."),
    "the run calls AWS with it": ({"keys": [key(used_by_task=True)]}, f"{KEY}: this run itself calls AWS with it."),
    "it is still on a host": ({"hosts": {"a": report(found()), "b": report(found(), left=[found()], moved=())}}, f"{KEY}: it still lies on a host."),
    "it is inactive": ({"keys": [key(status="Inactive")]}, ""),
    "IAM does not describe it": ({"keys": [key(status=None, msg="AWS's answer")]}, f"{KEY}: AWS's answer"),
    "IAM describes none": ({"keys": ()}, "No key is deactivated: IAM does not say whose they are:"),
}


@pytest.mark.parametrize("name", [KEY, "ann"])
@pytest.mark.parametrize("case", KEPT)
def test_a_named_key_stays_active_if(case, name):
    changes, reason = KEPT[case]
    variables = play(name, **changes)
    assert deactivated(variables) == []
    assert variables["__migrate_keys_suggested"] == []
    assert withheld(variables).startswith(reason)


@pytest.mark.parametrize("name", [KEY, "ann"])
def test_one_key_that_stays_active_keeps_no_other(name):
    hosts = {"a": report(found(), found(OTHER), left=[found(OTHER)], moved=(KEY, OTHER))}
    variables = play(name, OTHER, hosts=hosts, keys=[key(), key(OTHER)])
    assert deactivated(variables) == [KEY]


def test_the_other_keys_of_a_user_who_is_named_count_for_themselves():
    hosts = {"a": report(found(), found(OTHER, has_secret=False), moved=(KEY, OTHER))}
    variables = play("ann", hosts=hosts, keys=[key(), key(OTHER)])
    assert deactivated(variables) == [KEY]
    assert f"{OTHER}: it was never found together with its secret." in withheld(variables)


def test_what_was_named_and_not_found_is_reported():
    variables = play(KEY, OTHER, "bob")
    assert deactivated(variables) == [KEY]
    assert [line.split(":")[0] for line in withheld(variables).splitlines()] == [OTHER, "bob"]


# What keeps all keys active.
BLOCKED = {
    "a host of a later batch has not reported": ({"hosts": {"a": report(found()), "b": None}}, "have not reported (yet): b."),
    "a host has failed": ({"hosts": {"a": None, "b": report(found())}, "ansible_play_hosts": ["b"]}, "have not reported (yet): a."),
    "a host was not searched completely": (
        {"hosts": {"a": report(found()), "b": report(incomplete=[{"target": "/b", "reason": "too_large", "message": "Larger"}])}},
        "could not be wholly looked at: b.",
    ),
    "hosts are left out": ({"limit": "a"}, "the run is limited to a, and other hosts may hold the keys."),
}


@pytest.mark.parametrize("name", [KEY, "ann"])
@pytest.mark.parametrize("case", BLOCKED)
def test_no_key_is_deactivated_if(case, name):
    changes, reason = BLOCKED[case]
    variables = play(name, **changes)
    assert deactivated(variables) == []
    assert variables["__migrate_keys_suggested"] == []
    assert reason in withheld(variables)


def test_earlier_batches_count():
    """Each batch has a host of its own, of which the first still has the key."""
    hosts = {"a": report(found(), left=[found()], moved=()), "b": report(found())}
    assert deactivated(play(KEY, hosts=hosts, ansible_play_hosts=["b"])) == []


def test_only_keys_that_this_run_has_set_aside_are_suggested():
    variables = play(hosts={"a": report(found(), moved=())})
    assert variables["__migrate_keys_suggested"] == []
    assert deactivated(play(KEY, hosts={"a": report(found(), moved=())})) == [KEY], "an earlier run has set it aside"


@pytest.mark.parametrize("given", [True, "true", "True", "yes", "on", "1", 1, "all", "*", ["all"], [KEY, "true"], f"{KEY}, ALL"])
def test_true_names_no_key(given):
    assert play(migrate_keys_deactivate=given)["__migrate_keys_says_true"] is True
    refusal = task_of("migrate_keys", "decide.yml", "Refuse to deactivate whatever is found")
    assert "ansible.builtin.fail" in refusal and refusal["when"] == "__migrate_keys_says_true | bool"


@pytest.mark.parametrize("given", [False, "", "false", "no", [], None, [""]])
def test_nothing_names_nothing(given):
    variables = play(migrate_keys_deactivate=given)
    assert (variables["__migrate_keys_says_true"], variables["__migrate_keys_named"]) == (False, [])


@pytest.mark.parametrize("given", [f"{KEY}, ann", f"[{KEY}, ann]", [KEY, " ann "], f"{KEY}\nann"])
def test_a_survey_names_several(given):
    variables = play(migrate_keys_deactivate=given)
    assert (variables["__migrate_keys_says_true"], variables["__migrate_keys_named"]) == (False, [KEY, "ann"])


@pytest.mark.parametrize(
    "name, is_accepted",
    [
        (KEY, True),
        ("ann", True),
        ("first.last+aws=1,2@example.com", True),
        ("a" * 64, True),
        ("a" * 65, False),
        ("ASIAQ3EGTZ2ZK7Q4RVWX", False),
        (KEY + "A", False),
        ("arn:aws:iam::123456789012:user/ann", False),
        ("a b", False),
        ("../ann", False),
        ("", False),
    ],
)
def test_only_keys_and_users_can_be_named(name, is_accepted):
    check = task_of("migrate_keys", "decide.yml", "Check what is named")
    assert check["loop"] == "{{ __migrate_keys_named }}" and "when" not in check
    assert bool(play(item=name).evaluate(check["ansible.builtin.assert"]["that"])) == is_accepted


def host(**facts):
    """One host, after its files were set aside."""
    places = [found(path="/a"), found(OTHER, path="/b")]
    scan = {"credentials": places, "aside": [], "incomplete": []}
    aside = {"files": [{"path": "/a", "action": "aside"}, {"path": "/b", "action": "left"}]}
    rest = {"credentials": places[1:], "incomplete": []}
    given = {"__migrate_keys_found": scan, "__migrate_keys_aside": aside, "__migrate_keys_rest": rest, **facts}
    return Variables("migrate_keys", ansible_check_mode=facts.pop("check", False), **given)


def ids(places):
    return [each["access_key_id"] for each in places]


def test_a_host_has_the_keys_that_were_left():
    assert ids(host()["__migrate_keys_left"]) == [OTHER]


def test_in_check_mode_those_that_would_be_left():
    rest = {"credentials": [found(path="/a"), found(OTHER, path="/b")]}
    assert ids(host(check=True, __migrate_keys_rest=rest)["__migrate_keys_left"]) == [OTHER]
    assert ids(host(__migrate_keys_rest=rest)["__migrate_keys_left"]) == [KEY, OTHER], "a key that is back counts"


def test_a_host_that_was_put_back_has_all_its_keys():
    assert ids(host(__migrate_keys_failure="The host keeps its keys")["__migrate_keys_left"]) == [KEY, OTHER]


def test_both_searches_have_to_be_complete():
    gap = {"target": "/c", "reason": "too_large", "message": "Larger"}
    for name in ("__migrate_keys_found", "__migrate_keys_rest"):
        assert host(**{name: {"credentials": [], "incomplete": [gap]}})["__migrate_keys_incomplete"] == [gap]
    assert host()["__migrate_keys_incomplete"] == []


def test_what_this_run_has_moved_has_a_secret():
    places = [found(path="/a"), found(OTHER, path="/a", has_secret=False)]
    assert host(__migrate_keys_found={"credentials": places})["__migrate_keys_moved"] == [KEY]


@pytest.mark.parametrize(
    "name, active", [("Deactivate those that are named and lie nowhere any more", False), ("Activate again what was deactivated", True)]
)
def test_the_tasks_change_these_keys_and_delete_none(name, active):
    task = task_of("migrate_keys", "deactivate.yml", name)
    assert task["loop"] == "{{ __migrate_keys_done_with }}"
    options = task["amazon.aws.iam_access_key"]
    assert options.get("state", "present") == "present" and options["active"] is active
    assert (options["user_name"], options["id"]) == ("{{ item.user_name }}", "{{ item.access_key_id }}")
