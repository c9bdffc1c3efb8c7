# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files are set aside and put back, and which keys are left on a host."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.decisions import decide_about_host
from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.facts import HostFacts, Options
from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.files import result
from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.rollback import rollback_file
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.migration_facts import KEY, OTHER, READ_ERROR, location

NO_USAGE = {"not_allowed": [], "usage_unknown": []}


def decide(options=None, **facts):
    return decide_about_host(HostFacts(**facts), Options(**(options or {})))


def slurped(content):
    """What slurp returns of a file."""
    return {"content": base64.b64encode(content.encode()).decode()}


def rollback(*paths):
    return slurped(json.dumps({"instance_id": "i-1", "paths": paths}))


def files(**actions):
    """What static_credentials_aside returns: each file by its name in the root directory."""
    return {"files": [{"path": f"/{name}", "action": action, "msg": f"{name} is {action}."} for name, action in actions.items()]}


def host(options=None, **facts):
    """A host after its files were set aside: /a is gone, and /b was left."""
    found = {"credentials": [location(path="/a"), location(OTHER, "/b")]}
    remaining = {"credentials": [location(OTHER, "/b")]}
    given_facts = {"found": found, "set_aside": files(a="aside", b="left"), "remaining": remaining, **facts}
    return decide(options, **given_facts)


def ids(rows):
    return [each["access_key_id"] for each in rows]


def test_each_root_has_its_own_rollback_file():
    """Its name must not change: another version may continue an interrupted run."""
    assert rollback_file("/") == "~/.local/state/keyless-ec2/migrate_keys-8a5edab282632443.json"
    assert len({rollback_file("/"), rollback_file("/srv"), rollback_file("/srv/")}) == 3


def test_nothing_is_known_at_first():
    decision = decide()
    assert (decision["paths_with_keys"], decision["paths_to_put_back"], decision["changes_something"]) == ([], [], False)
    assert decision["result"]["credentials"] == decision["result"]["left"] == []


def test_files_are_set_aside_once_and_processes_are_not():
    credentials = [location(path="/a"), location(OTHER, "/a"), location(path="/proc/7/environ", kind="process_environment")]
    decision = decide(found={"credentials": credentials, "aside": [location(path="/z")]})
    assert decision["paths_with_keys"] == ["/a", "/z"]
    assert decision["rollback_content"]["paths"] == ["/a"]
    assert decision["changes_something"]


def test_a_host_whose_files_are_all_set_aside_needs_no_rollback_file():
    assert not decide(found={"credentials": [], "aside": [location(path="/z")]})["changes_something"]


def test_the_rollback_file_keeps_what_an_interrupted_run_had_in_it():
    assert host(rollback=rollback("/z", "/b"))["rollback_content"]["paths"] == ["/z", "/b", "/a"]


@pytest.mark.parametrize("action, is_put_back", [("aside", True), ("trimmed", True), ("left", False), ("unchanged", False), ("failed", False)])
def test_what_this_run_has_set_aside_is_put_back(action, is_put_back):
    assert decide(set_aside=files(a=action))["paths_to_put_back"] == (["/a"] if is_put_back else [])


def test_what_an_interrupted_run_has_set_aside_is_put_back_first():
    assert host(rollback=rollback("/z", "/a"))["paths_to_put_back"] == ["/z", "/a"]


def test_a_damaged_rollback_file_is_an_error():
    """Nothing is put back then, but the decision is still complete, because tasks that put back need it."""
    for content in ("[]", "{", "3", "{}", '{"paths": 3}', '{"paths": [3]}', '{"paths": ["/a"], "others": 1}'):
        decision = decide(rollback={**slurped(content), "source": "/root/x"}, set_aside=files(b="aside"))
        assert decision["rollback_error"].startswith("The rollback file /root/x is damaged ("), content
        assert (decision["paths_to_put_back"], decision["is_restored"]) == (["/b"], False)
    assert decide(rollback={"msg": "file not found"})["rollback_error"] == ""


def test_a_module_that_returned_nothing_may_have_set_all_files_aside():
    silent = host(rollback=rollback("/z"), set_aside={"failed": True, "msg": "Killed."})
    assert silent["paths_to_put_back"] == ["/z", "/a", "/b"]


@pytest.mark.parametrize(
    "kind, action, options, expected",
    [
        ("systemd_unit", "trimmed", {}, True),
        ("systemd_unit", "aside", {}, True),
        ("systemd_unit", "left", {}, False),
        ("environment_file", "trimmed", {}, False),
        ("systemd_unit", "trimmed", {"root": "/srv/image"}, False),
        ("systemd_unit", "trimmed", {"root": "/srv/image", "systemd_root": "/srv/image"}, True),
    ],
)
def test_systemd_reloads_a_unit_that_has_changed(kind, action, options, expected):
    found = {"credentials": [location(path="/a", kind=kind)]}
    assert decide(options, found=found, set_aside=files(a=action))["changes_a_unit"] is expected


def test_a_host_has_the_keys_that_were_left():
    assert ids(host()["result"]["left"]) == [OTHER]


def test_in_check_mode_it_has_those_that_would_be_left():
    remaining = {"credentials": [location(path="/a"), location(OTHER, path="/b")]}
    planned = host({"check_mode": True}, remaining=remaining)["result"]
    assert (ids(planned["left"]), planned["state"], host()["result"]["state"]) == ([OTHER], "planned", "migrated")
    assert ids(host(remaining=remaining)["result"]["left"]) == [KEY, OTHER], "a key that is back counts"


def test_a_host_that_was_put_back_has_all_its_keys():
    found = {"credentials": [location(path="/a")], "aside": [location(OTHER, "/b")]}
    facts = HostFacts(found=found, set_aside=files(a="aside", b="unchanged"), rollback=rollback("/b"))
    put_back = result(facts, Options(), NO_USAGE, "The host keeps its keys", True)
    assert put_back["state"] == "as_before"
    assert ids(put_back["left"]) == [KEY, OTHER]
    assert put_back["failure"] == "The host keeps its keys"
    # What a completed run set aside stays there.
    assert ids(result(replace(facts, rollback={}), Options(), NO_USAGE, "Failed", True)["left"]) == [KEY]


@pytest.mark.parametrize("name", ["found", "remaining"])
def test_both_searches_have_to_be_complete(name):
    assert host(**{name: {"credentials": [], "incomplete": [READ_ERROR]}})["result"]["incomplete"] == [READ_ERROR]
    assert host()["result"]["incomplete"] == []


def test_a_gap_of_both_searches_is_one():
    gaps = {"credentials": [], "incomplete": [READ_ERROR]}
    assert host(found=gaps, remaining=gaps)["result"]["incomplete"] == [READ_ERROR]


def test_what_this_run_has_moved_has_a_secret():
    places = [location(path="/a"), location(OTHER, path="/a", has_secret=False)]
    assert host(found={"credentials": places})["result"]["moved"] == [KEY]


PATHS = st.sampled_from(["/a", "/b", "/c"])
ACTIONS = st.dictionaries(st.sampled_from("abc"), st.sampled_from(["aside", "trimmed", "left", "unchanged", "failed"]))


@given(st.lists(PATHS), ACTIONS)
def test_nothing_is_put_back_that_no_unfinished_run_has_set_aside(interrupted, actions):
    paths = decide(rollback=rollback(*interrupted), set_aside=files(**actions))["paths_to_put_back"]
    assert len(paths) == len(set(paths))
    assert set(paths) == {*interrupted, *(f"/{name}" for name, action in actions.items() if action in ("aside", "trimmed"))}
