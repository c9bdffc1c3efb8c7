# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The change of the instance profile: what is planned, written down before it is made, and undone."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.decisions import decide_about_host, result_after_failure
from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.facts import Options
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.migration_facts import KEY, host_facts

ACCOUNT, FIRST, SECOND = "123456789012", f"i-{1:017x}", f"i-{2:017x}"
IDENTITY = {"instance_id": FIRST, "region": "eu-central-1", "account_id": ACCOUNT, "role_name": None}
OLD, APP, OTHER = (f"arn:aws:iam::{ACCOUNT}:instance-profile/{name}" for name in ("old", "app", "other"))


def row(before, after=APP, action="replaced", **others):
    return {"instance_id": FIRST, "action": action, "changed": before != after, "before": before, "after": after, **others}


def answered(*rows, **others):
    return {"instances": list(rows), **others}


def written(**content):
    """The rollback file of an interrupted run that replaced old by app."""
    owner = {"account_id": ACCOUNT, "region": "eu-central-1", "instance_id": FIRST}
    document = {**owner, "paths": ["/z"], "changes_profile": True, "before": OLD, "after": APP, **content}
    return {"content": base64.b64encode(json.dumps(document).encode()).decode(), "source": "/root/x"}


def facts_of(**facts):
    return host_facts(**{"instance": {"identity": IDENTITY}, **facts})


def decide(instance_profile="app", check_mode=False, **facts):
    return decide_about_host(facts_of(**facts), named(instance_profile, check_mode=check_mode))


def named(instance_profile="app", **others):
    """The options that name the host's instance, and all profiles of these tests."""
    return Options(**{"instance_profile": instance_profile, "former_profiles": ["old", "other", APP], "instance_id": FIRST, **others})


def previous(**facts):
    return decide(**facts)["attachment"]["previous"]


def test_the_change_is_planned_for_the_instance_of_the_host():
    assert decide()["attachment"]["wanted"] == {FIRST: "app"}
    assert decide(instance_profile="")["attachment"]["wanted"] == {}
    assert decide(instance={"msg": "Not an instance."})["attachment"]["wanted"] == {}
    assert decide(instance_profile="", rollback=written())["attachment"]["wanted"] == {FIRST: APP}, "an interrupted run made it"


def test_both_changes_are_written_down_with_their_owner():
    content = decide(plan=answered(row(OLD)))["rollback_content"]
    owner = {"account_id": ACCOUNT, "region": "eu-central-1", "instance_id": FIRST}
    assert content == {**owner, "paths": ["/a"], "changes_profile": True, "before": OLD, "after": APP}
    assert KEY not in str(content)
    unchanged = decide(plan=answered(row(APP, action="unchanged")))["rollback_content"]
    assert unchanged == {**owner, "paths": ["/a"], "changes_profile": False, "before": None, "after": None}


@pytest.mark.parametrize("current", [OLD, APP])
def test_a_run_that_continues_keeps_what_was_there_first(current):
    decision = decide(rollback=written(), plan=answered(row(current)))
    content = decision["rollback_content"]
    assert (content["paths"], content["changes_profile"], content["before"], content["after"]) == (["/z", "/a"], True, OLD, APP)
    assert decision["attachment"]["previous"] == {FIRST: OLD}
    assert previous(instance_profile="", rollback=written(before=None), plan=answered(row(APP))) == {FIRST: None}


def test_a_profile_that_somebody_else_attached_since_stays():
    facts = {"rollback": written(), "plan": answered(row(OTHER)), "restored": {"files": []}}
    assert previous(**facts) == {}
    failure = result_after_failure(facts_of(**facts), named(), {"name": "x"}, {})["failure"]
    assert "somebody else has changed the instance profile since the interrupted run" in failure and OLD in failure


def test_a_profile_that_could_not_be_read_is_not_overwritten():
    facts = {"rollback": written(), "plan": {"failed": True, "msg": "Access denied."}, "restored": {"files": []}}
    assert previous(**facts) == {} and not decide(**facts)["is_restored"]
    assert "the current instance profile is unknown" in result_after_failure(facts_of(**facts), named(""), {"name": "x"}, {})["failure"]


@pytest.mark.parametrize("owner", [{"instance_id": SECOND}, {"account_id": "210987654321"}, {"region": "us-east-1"}, {"instance_id": None}])
def test_the_rollback_file_of_another_instance_is_refused(owner):
    """It came with an image."""
    decision = decide(rollback=written(**owner), plan=answered(row(APP)))
    assert decision["rollback_error"].startswith("The rollback file /root/x was written on another instance, ")
    assert (decision["paths_to_put_back"], decision["attachment"]["previous"], decision["is_restored"]) == ([], {}, False)


@pytest.mark.parametrize("changes_profile", [True, False])
def test_without_the_metadata_service_files_are_put_back_and_the_profile_stays(changes_profile):
    """No application gets credentials of a role then, so the applications need their keys."""
    rollback = written(changes_profile=changes_profile)
    decision = decide(instance={"msg": "No answer."}, rollback=rollback, restored={"files": []})
    assert (decision["rollback_error"], decision["paths_to_put_back"], decision["attachment"]["previous"]) == ("", ["/z"], {})
    assert decision["is_restored"] is not changes_profile, "the rollback file is still needed"


ADMIN = f"arn:aws:iam::{ACCOUNT}:instance-profile/ops/admin"


@pytest.mark.parametrize(
    ("content", "others", "fix"),
    [
        ({"before": ADMIN}, {}, f"name {ADMIN} in migrate_keys_former_profiles"),
        ({"before": None, "after": ADMIN}, {}, f"name {ADMIN} in migrate_keys_former_profiles"),
        ({"before": ADMIN, "after": ADMIN}, {"instance_profile": ""}, f"name {ADMIN} and {ADMIN} in"),
        ({}, {"former_profiles": []}, f"name {OLD} in migrate_keys_former_profiles"),
        ({"before": None}, {"instance_id": ""}, "set migrate_keys_instance_id in the inventory"),
        ({"before": ADMIN}, {"instance_id": None}, "migrate_keys_instance_id"),
    ],
)
@pytest.mark.parametrize("current", [None, OLD, APP, ADMIN])
def test_a_forged_rollback_file_changes_no_instance_profile(content, others, fix, current):
    """Root on the host writes it, and makes the run fail."""
    facts = {"rollback": written(**content), "plan": answered(row(current)), "restored": {"files": []}}
    decision = decide_about_host(facts_of(**facts), named(**others))
    assert fix in decision["rollback_error"] and "Root on the host could have written that" in decision["rollback_error"]
    assert (decision["attachment"]["previous"], decision["paths_to_put_back"], decision["is_restored"]) == ({}, [], False)
    assert ADMIN not in decision["attachment"]["wanted"].values()
    assert decision["rollback_content"]["before"] != ADMIN or current == ADMIN


@pytest.mark.parametrize("former", ["admin", ADMIN])
def test_a_profile_that_is_named_is_attached_again(former):
    facts = {"rollback": written(before=ADMIN), "plan": answered(row(APP, action="unchanged"))}
    decision = decide_about_host(facts_of(**facts), named(former_profiles=[former]))
    assert (decision["rollback_error"], decision["attachment"]["previous"]) == ("", {FIRST: ADMIN})


def test_a_rollback_file_without_a_change_in_aws_needs_no_names():
    decision = decide_about_host(facts_of(rollback=written(changes_profile=False)), Options(instance_profile="app"))
    assert (decision["rollback_error"], decision["paths_to_put_back"]) == ("", ["/z"])


@pytest.mark.parametrize("content", [{"before": ["x"]}, {"after": {"a": 1}}, {"instance_id": 3}, {"more": 1}])
def test_a_rollback_file_with_other_types_is_damaged(content):
    assert "is damaged" in decide(rollback=written(**content))["rollback_error"]


def test_a_rollback_file_that_is_nested_too_deeply_is_damaged():
    deep = {"source": "/root/x", "content": base64.b64encode(b"[" * 100000).decode()}
    assert "is damaged" in decide(rollback=deep)["rollback_error"]


def test_a_host_that_says_it_is_another_instance_is_not_changed():
    error = "The host says that it is the instance {}, and its inventory or migrate_keys_instance_id that it is {}. Nothing was changed."
    decision = decide_about_host(facts_of(), named(instance_id=SECOND))
    assert decision["identity_error"] == error.format(FIRST, SECOND)
    assert decide()["identity_error"] == decide(instance={"msg": "Not an instance."})["identity_error"] == ""
    assert decide_about_host(facts_of(), named(instance_id=""))["identity_error"] == ""


BELIEVED = {
    "replace": ({}, False),
    "the inventory names it": ({"inventory_instance_id": FIRST}, True),
    "the variable names it": ({"instance_id": FIRST}, True),
    "fail": ({"on_conflict": "fail"}, True),
    "skip": ({"on_conflict": "skip"}, True),
    "no profile": ({"instance_profile": ""}, True),
}


@pytest.mark.parametrize("options, is_believed", BELIEVED.values(), ids=BELIEVED)
def test_the_profile_of_an_instance_that_only_the_host_names_is_not_replaced(options, is_believed):
    error = decide_about_host(facts_of(), named(**{"instance_id": "", "on_conflict": "replace", **options}))["identity_error"]
    assert (error == "") is is_believed
    assert is_believed or (FIRST in error and "nothing was changed. If it is true, set migrate_keys_instance_id in the inventory" in error)


def test_an_account_that_is_unknown_is_no_other():
    assert decide(rollback=written(account_id=None))["rollback_error"] == ""


@pytest.mark.parametrize("before", [None, OLD])
def test_what_the_instance_had_before_can_be_attached_again(before):
    plan = answered(row(before))
    assert previous(plan=plan) == {}, "nothing was attached yet"
    assert previous(plan=plan, attachment={"skipped": True}) == {}
    assert previous(plan=plan, attachment=answered(row(before))) == {FIRST: before}
    assert previous(plan=plan, attachment={"failed": True, "msg": "Killed."}) == {FIRST: before}, "it may have been attached"
    assert previous(plan=plan, attachment=answered(row(before, after=before, action="failed"))) == {}
    assert previous(plan=plan, attachment=answered(row(before, action="failed", msg="Timeout"))) == {FIRST: before}


@pytest.mark.parametrize(
    "facts, is_planned, error",
    [
        ({"plan": answered(row(OLD))}, True, ""),
        ({"plan": answered(row(APP, action="unchanged"))}, False, ""),
        ({"plan": answered(row(OLD, after=OLD, action="skipped"))}, False, ""),
        ({"plan": answered(row(OLD, after=OLD, action="failed", msg="It has another one."))}, False, "It has another one."),
        (
            {"plan": answered(row(OLD, after=OLD, action="failed", reason="conflict", msg="It has another one"))},
            False,
            "It has another one. Set migrate_keys_on_conflict to replace to give it the new one, or to skip to leave the instance profile as it is.",
        ),
        ({"plan": {"msg": ["Access", "denied."]}}, False, "Access denied."),
        ({"plan": {"msg": "instance_profile: there is none."}}, False, "migrate_keys_instance_profile: there is none."),
        ({"plan": {}}, False, "instance_profile_attach returned nothing for this host."),
        ({"plan": answered(row(OLD)), "attachment": {"msg": "Access denied."}}, True, "Access denied."),
        ({"plan": answered(row(OLD)), "attachment": answered(row(OLD, action="failed", msg="Timeout"))}, True, "Timeout"),
        ({"plan": answered(row(OLD)), "attachment": answered(row(OLD))}, True, ""),
    ],
)
def test_a_host_that_does_not_get_the_instance_profile_fails(facts, is_planned, error):
    decision = decide(**facts)["attachment"]
    assert (decision["is_planned"], decision["error"]) == (is_planned, error)
    assert decide(instance_profile="", **facts)["attachment"]["error"] == ""


def test_check_mode_only_plans_it():
    assert decide(check_mode=True, plan=answered(row(OLD)))["attachment"]["is_only_planned"]
    assert not decide(check_mode=True, plan=answered(row(APP)))["attachment"]["is_only_planned"]
    assert not decide(plan=answered(row(OLD)))["attachment"]["is_only_planned"]


PROFILES = st.sampled_from([None, OLD, APP, OTHER])


@given(PROFILES, PROFILES, PROFILES, st.booleans())
def test_only_what_a_run_has_changed_is_changed_back(first, current, after, is_interrupted):
    """What is written back is what was there before the first run, and nothing replaces a profile that neither run attached."""
    left = {"rollback": written(before=first)} if is_interrupted else {}
    found = previous(**left, plan=answered(row(current, after=after)), attachment=answered(row(current, after=after)))
    if is_interrupted and current in (first, APP):
        assert found == {FIRST: first}
    else:
        assert found == ({FIRST: current} if current != after else {})
