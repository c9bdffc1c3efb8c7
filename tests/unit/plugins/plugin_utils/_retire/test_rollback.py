# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role retire takes back after a failure."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

from ansible_collections.keyless.ec2.plugins.plugin_utils._retire.quarantine import POLICY, TAG, denial
from ansible_collections.keyless.ec2.plugins.plugin_utils._retire.rollback import NOT_SHOWN, Plan, Results, Rollback
from ansible_collections.keyless.ec2.plugins.plugin_utils._steps.failure import State

DENY, RESTORE, DELETE = Plan(True, False, "now"), Plan(False, False), Plan(False, True)
READ_ONLY, OTHER = "arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::123456789012:policy/other"
DENYING = "arn:aws:iam::123456789012:policy/deny"
BROKEN, GONE = {"failed": True, "msg": "no"}, {"unreachable": True, "msg": "no route"}


DENIAL = denial(datetime(2026, 6, 1, tzinfo=timezone.utc))


def role(tag=None, inline=(), managed=(READ_ONLY,), profiles=("web",), **tags):
    return {
        "role_name": "web",
        "tags": {**tags, **({TAG: tag} if tag else {})},
        "inline_policies": {name: DENIAL if name == POLICY else {"Statement": []} for name in inline},
        "attached_policies": [{"policy_arn": each} for each in managed],
        "instance_profiles": [{"instance_profile_name": each} for each in profiles],
    }


BEFORE = role("old", ["own"], team="a", **{"aws:x": "y"})
QUARANTINED = role("now", ["own", POLICY])


def of(before, plan, left, **results):
    return Rollback(before, plan, Results({"iam_roles": [left] if left else []} if left != "unknown" else BROKEN, **results))


def action(operation, **parameters):
    return {"operation": f"iam:{operation}", "target": "role/web", "parameters": {"RoleName": "web", **parameters}}


def wrote(*actions, **result):
    return {"changed": bool(actions), "actions": list(actions), **result}


DENIED = wrote(action("PutRolePolicy", PolicyName=POLICY, PolicyDocument=json.dumps(DENIAL)))
TAGGED = wrote(action("TagRole", Tags=[{"Key": TAG, "Value": "now"}]))
UNTAGGED = wrote(action("UntagRole", TagKeys=[TAG]))
OWN = action("PutRolePolicy", PolicyName="own", PolicyDocument=json.dumps({"Statement": []}))
PUT = wrote(OWN, *DENIED["actions"])
REMOVED = wrote(action("DeleteRolePolicy", PolicyName=POLICY))
EMPTIED = wrote(action("RemoveRoleFromInstanceProfile", InstanceProfileName="web"))
FILLED = wrote(action("AddRoleToInstanceProfile", InstanceProfileName="web"))
DETACHED = wrote(action("DetachRolePolicy", PolicyArn=READ_ONLY))
ATTACHED = wrote(action("AttachRolePolicy", PolicyArn=READ_ONLY))
DELETED = wrote(action("DeleteRole"))
REMOVED_ELSEWHERE = {"changed": True}  # by amazon.aws


@pytest.mark.parametrize(
    "before, plan, left",
    [
        (BEFORE, DENY, role("now", ["own", POLICY])),
        (QUARANTINED, RESTORE, role(None, ["own"])),
        (QUARANTINED, DELETE, None),
        (BEFORE, Plan(True, False, "now", "deny"), role("now", ["own"], [READ_ONLY, DENYING])),
    ],
)
def test_a_change_that_is_complete_is_kept(before, plan, left):
    rollback = of(before, plan, left)
    assert rollback.ending().state is State.DONE
    assert rollback.as_plan()["restore"] is False
    assert rollback.as_plan()["delete_rest"] is plan.delete


@pytest.mark.parametrize(
    "before, plan, left",
    [
        (BEFORE, DENY, role("old", ["own", POLICY])),
        (BEFORE, DENY, role(None, ["own", POLICY])),
        (BEFORE, DENY, role("now", ["own"])),
        (QUARANTINED, RESTORE, role(None, ["own", POLICY])),
        (QUARANTINED, RESTORE, role("now", ["own"])),
        (QUARANTINED, DELETE, role("now", [])),
        (QUARANTINED, DELETE, role(None, [])),
        (BEFORE, Plan(False, False, None, "deny"), role(None, ["own"], [READ_ONLY, DENYING])),
    ],
)
def test_what_is_not_complete_is_put_back(before, plan, left):
    """If the module that puts it back changes nothing, IAM has shown it an earlier state."""
    rollback = of(before, plan, left)
    assert rollback.as_plan()["restore"] and rollback.as_plan()["restore_again"]
    assert rollback.ending() == (State.PARTLY, NOT_SHOWN)


@pytest.mark.parametrize("left, plan, problem", [(None, DENY, "the role no longer exists."), ("unknown", DENY, "no"), ("unknown", DELETE, "no")])
def test_a_role_that_is_gone_or_unknown_is_not_put_back(left, plan, problem):
    rollback = of(BEFORE, plan, left)
    assert rollback.ending() == (State.PARTLY, problem) and not rollback.as_plan()["restore"]


def test_a_role_that_is_as_before_needs_nothing():
    rollback = of(BEFORE, DENY, BEFORE, role=wrote())
    assert rollback.ending().state is State.NONE
    assert not rollback.as_plan()["restore_again"] and not rollback.as_plan()["read_again"]


@pytest.mark.parametrize(
    "before, plan, writes, put_back",
    [
        (role(), DENY, [DENIED], [REMOVED]),
        (role("old"), DENY, [UNTAGGED, wrote(failed=True)], [wrote(action("TagRole", Tags=[{"Key": TAG, "Value": "old"}]))]),
        (QUARANTINED, RESTORE, [UNTAGGED], [TAGGED]),
        (QUARANTINED, RESTORE, [REMOVED_ELSEWHERE], [DENIED]),
        (QUARANTINED, DELETE, [wrote(*EMPTIED["actions"], *DETACHED["actions"], failed=True)], [ATTACHED, FILLED]),
        (QUARANTINED, DELETE, [wrote(*REMOVED["actions"], failed=True)], [DENIED]),
    ],
)
def test_what_this_run_wrote_is_put_back_although_iam_still_shows_the_role_as_it_was(before, plan, writes, put_back):
    stale = of(before, plan, before, writes=writes, role=wrote())
    assert stale.as_plan()["read_again"]
    assert stale.ending() == (State.PARTLY, NOT_SHOWN)
    assert stale.as_plan()["profiles"] == ["web"] * (FILLED in put_back)
    done = of(before, plan, before, writes=writes, role=put_back[0], profiles={"changed": True, "results": put_back[1:]})
    assert not done.as_plan()["restore_again"]
    assert done.ending() == (State.ROLLED_BACK, "")


@pytest.mark.parametrize(
    "before, plan, writes",
    [
        (role(), DENY, [DENIED, TAGGED]),
        (role(), Plan(True, False, "now", "deny"), [wrote(action("AttachRolePolicy", PolicyArn=DENYING)), TAGGED]),
        (QUARANTINED, RESTORE, [UNTAGGED, REMOVED_ELSEWHERE]),
        (QUARANTINED, DELETE, [wrote(*REMOVED["actions"], *DELETED["actions"], failed=True)]),
    ],
)
def test_what_this_run_completed_is_kept_although_iam_still_shows_the_role_as_it_was(before, plan, writes):
    rollback = of(before, plan, before, writes=writes)
    assert rollback.as_plan()["read_again"]
    assert rollback.ending().state is State.DONE and not rollback.as_plan()["restore"]


@pytest.mark.parametrize(
    "write, again",
    [
        (wrote(failed=True, msg="refused", error={"code": "AccessDenied"}), False),
        (wrote(failed=True, msg="bad option"), False),
        (wrote(failed=True, error={"code": "ReadTimeout"}), True),
        (wrote(failed=True, error={"code": "ServiceFailure"}), True),
        (wrote(failed=True, exception="trace"), True),
        (BROKEN, True),
        (GONE, True),
        ({"changed": False}, False),
        ({"skipped": True}, False),
    ],
)
def test_iam_is_asked_again_if_a_call_may_have_been_made(write, again):
    assert of(BEFORE, DENY, BEFORE, writes=[write]).as_plan()["read_again"] is again


def test_a_task_that_was_repeated_in_vain_is_no_error_of_the_module():
    ending = of(QUARANTINED, DELETE, role(), role=wrote(failed=True, msg="Role web: nothing to change.", iam_role={})).ending()
    assert ending == (State.PARTLY, NOT_SHOWN)
    last_read = {"iam_roles": [QUARANTINED], "failed": True}
    assert Rollback(QUARANTINED, DELETE, Results(last_read, role=wrote())).ending().state is State.NONE


def test_everything_that_a_deletion_takes_is_put_back_and_what_others_added_stays():
    left = role(None, ["new"], [OTHER], (), b="c")
    assert of(BEFORE, DELETE, left).as_plan() == {
        "read_again": False,
        "restore": True,
        "restore_again": True,
        "inline_policies": {"new": {"Statement": []}, "own": {"Statement": []}},
        "managed_policies": [OTHER, READ_ONLY],
        "tags": {"b": "c", "team": "a", TAG: "old"},
        "profiles": ["web"],
        "delete_rest": False,
    }


def test_a_denial_that_was_not_there_is_removed():
    planned = of(role(None, ["own"]), DENY, role(None, ["own", POLICY])).as_plan()
    assert (planned["inline_policies"], planned["tags"], planned["profiles"]) == ({"own": {"Statement": []}}, {}, [])
    managed = of(role(), Plan(True, False, "now", "deny"), role(None, (), [DENYING, READ_ONLY])).as_plan()
    assert managed["managed_policies"] == [READ_ONLY]
    kept = of(role(None, (), [DENYING]), Plan(False, True, None, "deny"), role(None, (), [])).as_plan()
    assert kept["managed_policies"] == [DENYING]


@pytest.mark.parametrize(
    "results, state, problem",
    [
        ({"role": wrote(*TAGGED["actions"], *PUT["actions"]), "profiles": {"skipped": True}}, State.ROLLED_BACK, ""),
        ({"role": BROKEN}, State.PARTLY, "no"),
        ({"role": TAGGED, "profiles": {"failed": True, "msg": "x", "results": [FILLED, BROKEN]}}, State.PARTLY, "no"),
        ({"role": GONE}, State.PARTLY, "no route"),
    ],
)
def test_what_came_of_the_rollback(results, state, problem):
    assert of(QUARANTINED, DELETE, role(), **results).ending() == (state, problem)


def test_an_instance_profile_that_is_left_of_a_deleted_role_is_named():
    ending = of(QUARANTINED, DELETE, None, deleted=BROKEN).ending()
    assert ending.state is State.DONE and "instance profile could not be deleted" in ending.problem and ending.problem.endswith("no")
