# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host that was put back says about itself."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.reasons import MESSAGES
from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.decisions import decide_about_host, result_after_failure
from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.facts import Options
from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.restore import KEPT_PROFILE, states
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.migration_facts import host_facts

SET_ASIDE = {"files": [{"path": "/a", "action": "aside"}]}
CHANGED = {"instances": [{"instance_id": f"i-{1:017x}", "action": "associated", "changed": True, "before": None, "after": "app"}]}
RESTORED = {"files": [{"path": "/a", "action": "restored", "msg": "Restored."}]}
TASK, RESULT = {"name": "Check the application"}, {"msg": "non-zero return code"}


def restored(action, message, reason="error", only_root=True):
    return {"files": [{"path": "/a", "action": action, "msg": message, "reason": reason, "only_root": only_root}]}


def reattached(action, message="Detached."):
    return {"instances": [{"action": action, "msg": message}]}


def failure(task=None, result=None, **facts):
    given = {"set_aside": SET_ASIDE, "restored": RESTORED, "attachment": CHANGED, "reattachment": reattached("detached"), **facts}
    return result_after_failure(host_facts(**given), Options(), task or TASK, result or RESULT)["failure"]


def test_everything_is_as_it_was():
    assert failure() == "The host keeps its keys, and everything is as it was before. What failed: Check the application: non-zero return code"


@pytest.mark.parametrize(
    "facts, problem",
    [
        ({"restored": restored("left", "It was changed meanwhile.")}, f"It was changed meanwhile; {KEPT_PROFILE}"),
        ({"restored": restored("failed", "No space left."), "attachment": {}}, "No space left"),
        ({"restored": {"msg": "No Python."}, "attachment": {}}, "the files could not be put back: No Python"),
        ({"restored": {}, "attachment": {}}, "the files could not be put back: static_credentials_aside returned nothing"),
        ({"reattachment": reattached("failed", "Access denied.")}, "Access denied"),
        ({"reattachment": {"msg": "No region."}}, "No region"),
        ({"reattachment": {}}, "the former instance profile could not be attached"),
        ({"restarted": {"rc": 1}}, "the application does not start again"),
        ({"restarted": {"rc": 1}, "restored": restored("left", "Busy.")}, f"Busy; {KEPT_PROFILE}; the application does not start again"),
    ],
)
def test_what_could_not_be_put_back_is_reported(facts, problem):
    assert failure(**facts).startswith(f"The host keeps its keys, but not everything is as it was before: {problem}. What failed: ")


def test_a_host_on_which_nothing_was_changed_has_nothing_to_put_back():
    nothing = {"set_aside": {}, "restored": {"msg": "No Python."}, "attachment": {}, "reattachment": {}}
    assert failure(**nothing).startswith("The host keeps its keys, and everything is as it was before.")


@pytest.mark.parametrize(
    "result, message", [({"msg": ["a.", "b."]}, "a. b."), ({"stderr": "No such file", "rc": 2}, "No such file"), ({"rc": 2}, "")]
)
def test_the_message_of_the_failed_task(result, message):
    assert failure(result=result).endswith(f"What failed: Check the application: {message}")


@pytest.mark.parametrize(
    "facts, expected",
    [
        ({"restored": RESTORED}, True),
        ({"restored": restored("unchanged", "Not set aside.")}, True),
        ({"restored": restored("left", "Busy.")}, False),
        ({"restored": restored("failed", "No space left.")}, False),
        ({"restored": {"msg": "No Python."}}, False),
        ({"restored": {"msg": "No Python."}, "set_aside": {}}, True),
    ],
)
def test_the_rollback_file_stays_until_every_file_is_back(facts, expected):
    assert decide_about_host(host_facts(**{"set_aside": SET_ASIDE, **facts}), Options())["are_files_restored"] is expected


REASONS = sorted(MESSAGES)


@pytest.mark.parametrize("reason", REASONS)
def test_the_owner_of_a_file_keeps_the_former_instance_profile_from_no_host(reason):
    """A user can have the system give any error for a file of their own, or in a directory of their own."""
    facts = {"restored": restored("left", "Changed.", reason, only_root=False)}
    assert decide_about_host(host_facts(set_aside=SET_ASIDE, **facts), Options())["are_files_restored"] is True
    assert failure(**facts).startswith("The host keeps its keys, but not everything is as it was before: Changed. What failed: ")


@pytest.mark.parametrize("reason", REASONS)
def test_a_file_that_only_root_can_keep_from_its_place_keeps_the_new_instance_profile(reason):
    assert f"Full; {KEPT_PROFILE}." in failure(restored=restored("left", "Full.", reason))


DENIED, DONE = {"failed": True, "msg": "Access denied."}, {"failed": False, "msg": "Done."}


def deactivation_error(deactivation, reactivation=None):
    options = Options(deactivation=deactivation, reactivation=reactivation or {})
    return decide_about_host(host_facts(), options)["deactivation_error"]


@pytest.mark.parametrize("deactivation", [{"results": [DONE, DENIED], "msg": "One or more items failed", "failed": True}, DENIED])
def test_a_key_that_could_not_be_deactivated_is_explained(deactivation):
    assert deactivation_error(deactivation) == "The hosts are migrated, and their keys are as active as before: Access denied."
    again = {"results": [{**DENIED, "item": {"access_key_id": "AKIA1"}}, DONE], "failed": True}
    assert deactivation_error(deactivation, again) == (
        "The hosts are migrated. Some keys could not be deactivated: Access denied. These are inactive, and could not be activated again: AKIA1."
    )


def test_keys_that_were_deactivated_are_no_error():
    assert deactivation_error({}) == deactivation_error({"results": [DONE], "failed": False}) == ""


def test_a_host_that_did_not_fail_itself_is_put_back_too():
    facts = host_facts(set_aside=SET_ASIDE, restored=RESTORED)
    message = result_after_failure(facts, Options(), {}, {})["failure"]
    assert message == "The host keeps its keys, and everything is as it was before. What failed: Another host: it ended the run for all hosts"


def test_the_states_of_the_hosts_are_listed_unless_all_are_migrated():
    assert states({"a": {"state": "migrated"}, "b": {"state": "migrated"}}) == []
    assert states({"a": {"state": "planned"}}) == []
    lines = states({"a": {"state": "migrated"}, "b": {"state": "as_before"}, "c": {"state": "partly_restored"}, "d": {}, "e": {"state": "as_before"}})
    assert lines[:2] == ["Migrated: a.", "As before: b, e."]
    assert [line.split(".")[0] for line in lines[2:]] == ["Not completely as before: c", "No result: d"]
