# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._attachment.row import Rules, Target, plan_row
from ansible_collections.keyless.ec2.plugins.module_utils._instances.row import continued
from ansible_collections.keyless.ec2.plugins.module_utils._values.instances import Instance, InstanceSnapshot
from ansible_collections.keyless.ec2.tests.unit.factories import association, instance_profile, snapshot

I = "i-0123456789abcdef0"  # noqa: E741


WEB, OLD = instance_profile("web", "role"), instance_profile("old", "role")
STALE = instance_profile("web", "role", profile_id="AIPA-before")


def associated(profile=WEB, state="associated", number=1):
    return association(profile, I, state, number)


def actual_state(state="running", *associations):
    return snapshot([Instance(I, state)], associations)


def row(target, actual, **rules):
    return plan_row(I, target, actual, Rules(**rules))


def steps(planned):
    return [change.operation.replace("IamInstanceProfile", "") for change in planned.steps]


REPLACE = ["ReplaceAssociation"]
RENEW = ["Disassociate", "Associate"]
GIVE = [
    # instance state, associations, action, calls, reason
    ("running", [], "associated", ["Associate"], None),
    ("stopped", [], "associated", ["Associate"], None),
    ("pending", [], "associated", ["Associate"], None),
    ("stopping", [], "associated", ["Associate"], None),
    ("running", [associated()], "unchanged", [], None),
    ("stopped", [associated()], "unchanged", [], None),
    ("running", [associated(state="associating")], "unchanged", [], None),
    ("running", [associated(OLD)], "replaced", REPLACE, "conflict"),
    ("pending", [associated(OLD)], "replaced", REPLACE, "conflict"),
    ("stopped", [associated(OLD)], "replaced", RENEW, "conflict"),
    ("stopping", [associated(OLD)], "replaced", RENEW, "conflict"),
    ("running", [associated(STALE)], "replaced", REPLACE, "stale"),
    ("stopped", [associated(STALE)], "replaced", RENEW, "stale"),
    ("running", [associated(OLD, "disassociating")], "associated", ["Associate"], None),
    ("running", [associated(OLD, "disassociating"), associated(number=2)], "unchanged", [], None),
    ("running", [associated(OLD, "disassociated")], "associated", ["Associate"], None),
    ("terminated", [], "failed", [], "terminated"),
    ("shutting-down", [associated(OLD)], "failed", [], "terminated"),
]


@pytest.mark.parametrize("state, associations, action, calls, reason", GIVE)
def test_attaching(state, associations, action, calls, reason):
    planned = row(Target(WEB), actual_state(state, *associations))
    assert (planned.action, steps(planned), planned.reason) == (action, calls, reason)
    assert planned.as_result()["changed"] == bool(calls)


@pytest.mark.parametrize("state, calls", [("running", REPLACE), ("stopped", RENEW)])
def test_renewing(state, calls):
    planned = row(Target(WEB), actual_state(state, associated()), renew=True)
    assert (planned.action, steps(planned), planned.reason) == ("replaced", calls, "renewed")
    assert (planned.before, planned.after) == (WEB.arn, WEB.arn)


def test_renewing_does_not_affect_other_instances():
    for actual in (actual_state("running"), actual_state("running", associated(OLD)), actual_state("terminated")):
        assert row(Target(WEB), actual, renew=True) == row(Target(WEB), actual)
    assert row(Target(None), actual_state("running", associated()), renew=True).action == "detached"


def managed(*associations):
    return InstanceSnapshot({I: Instance(I, "running", managed_by="Amazon EKS", manager_tag="eks:cluster-name")}, {I: associations})


CHANGES = [(Target(WEB), []), (Target(WEB), [associated(OLD)]), (Target(None), [associated()])]


@pytest.mark.parametrize("target, associations", CHANGES)
def test_a_managed_instance_is_skipped_unless_it_is_named(target, associations):
    actual = managed(*associations)
    planned = row(target, actual, named=False)
    assert (planned.action, planned.reason, steps(planned)) == ("skipped", "managed", [])
    current = associations[0] if associations else None
    assert (planned.before, planned.after) == (current and current.profile_arn,) * 2
    assert planned.association_id == (current and current.association_id)
    assert planned.msg == "Amazon EKS manages it (tag eks:cluster-name)"
    for rules in ({"named": True}, {"named": False, "include_managed": True}):
        assert steps(row(target, actual, **rules)) != []


@pytest.mark.parametrize("target, associations", CHANGES)
@pytest.mark.parametrize(
    "rules, action", [({"named": True}, "failed"), ({"named": False, "include_managed": True}, "failed"), ({"named": False}, "skipped")]
)
def test_aws_refuses_changes_of_an_instance_that_a_service_operates(target, associations, rules, action):
    actual = InstanceSnapshot({I: Instance(I, "running", operator="eks.amazonaws.com")}, {I: tuple(associations)})
    planned = row(target, actual, **rules)
    assert (planned.action, planned.reason, steps(planned), planned.after) == (action, "managed", [], planned.before)
    assert planned.msg.startswith("eks.amazonaws.com operates it, and AWS refuses changes by others")


def test_a_managed_instance_is_not_a_conflict():
    planned = row(Target(WEB), managed(associated(OLD)), named=False, on_conflict="fail")
    assert (planned.action, planned.reason) == ("skipped", "managed")


def test_a_managed_instance_with_the_profile_is_unchanged():
    assert row(Target(WEB), managed(associated()), named=False).action == "unchanged"


TAKE = [
    ("running", [], None, "unchanged", [], None),
    ("running", [associated()], None, "detached", ["Disassociate"], None),
    ("stopped", [associated()], None, "detached", ["Disassociate"], None),
    ("pending", [associated()], None, "detached", ["Disassociate"], None),
    ("running", [associated()], "web", "detached", ["Disassociate"], None),
    ("running", [associated(OLD)], "web", "unchanged", [], "other_profile"),
    ("running", [associated(state="disassociating")], None, "unchanged", [], None),
    ("terminated", [], None, "failed", [], "terminated"),
]


@pytest.mark.parametrize("state, associations, only, action, calls, reason", TAKE)
def test_detaching(state, associations, only, action, calls, reason):
    planned = row(Target(None, only), actual_state(state, *associations))
    assert (planned.action, steps(planned), planned.reason) == (action, calls, reason)


@pytest.mark.parametrize("target", [Target(WEB), Target(None)])
def test_a_missing_instance_fails(target):
    planned = row(target, InstanceSnapshot({}, {}))
    assert (planned.action, planned.reason, planned.steps) == ("failed", "not_found", ())


def test_a_terminated_instance_is_skipped_unless_it_is_named():
    assert row(Target(WEB), actual_state("terminated"), named=False).action == "skipped"


@pytest.mark.parametrize("on_conflict, action", [("replace", "replaced"), ("skip", "skipped"), ("fail", "failed")])
def test_another_profile_is_a_conflict(on_conflict, action):
    planned = row(Target(WEB), actual_state("running", associated(OLD)), on_conflict=on_conflict)
    assert (planned.action, planned.reason) == (action, "conflict")
    assert bool(planned.steps) == (on_conflict == "replace")
    assert planned.after == (WEB.arn if on_conflict == "replace" else OLD.arn)


@pytest.mark.parametrize("on_conflict", ["skip", "fail"])
def test_a_stale_association_is_no_conflict(on_conflict):
    stale = associated(STALE)
    assert row(Target(WEB), actual_state("running", stale), on_conflict=on_conflict).action == "replaced"


def test_parameters_of_the_calls():
    arn = {"Arn": WEB.arn}
    (made,) = row(Target(WEB), actual_state()).steps
    assert made.parameters == {"InstanceId": I, "IamInstanceProfile": arn}
    (made,) = row(Target(WEB), actual_state("running", associated(OLD))).steps
    assert made.parameters == {"AssociationId": "iip-assoc-1", "IamInstanceProfile": arn}
    (made,) = row(Target(None), actual_state("running", associated(OLD))).steps
    assert made.parameters == {"AssociationId": "iip-assoc-1"}


ON_THE_WAY = [
    # the target, the instance's state, its associations, is something to be waited for
    (Target(WEB), "pending", [], True),
    (Target(WEB), "running", [associated(OLD, "disassociating")], True),
    (Target(WEB), "running", [associated(OLD, "associating")], True),
    (Target(WEB), "running", [associated(OLD)], False),
    (Target(WEB), "running", [associated(state="associating")], True),
    (Target(WEB), "stopping", [associated()], False),
    (Target(None), "pending", [], False),
    (Target(None), "pending", [associated()], True),
    (Target(None), "running", [associated(state="disassociating")], True),
    (Target(None, "web"), "running", [associated(OLD, "associating")], False),
]


@pytest.mark.parametrize("target, state, associations, expected", ON_THE_WAY)
def test_transitions_to_wait_for(target, state, associations, expected):
    assert row(target, actual_state(state, *associations)).in_transition is expected


@pytest.mark.parametrize("on_conflict", ["skip", "fail"])
def test_does_not_wait_for_skipped_instances(on_conflict):
    assert not row(Target(WEB), actual_state("pending", associated(OLD, "associating")), on_conflict=on_conflict).in_transition


def test_a_row_planned_again_before_its_first_call_is_the_new_row():
    first, fresh = row(Target(WEB), actual_state("running", associated(OLD))), row(Target(WEB), actual_state())
    assert continued(first, (), fresh) == fresh


def test_a_row_planned_again_keeps_the_steps_that_were_made():
    first = row(Target(WEB), actual_state("stopped", associated(OLD)))
    made = first.steps[:1]
    there = row(Target(WEB), actual_state("stopped", associated(number=7)))
    found = continued(first, made, there)
    assert (found.action, found.before, found.after, found.association_id) == ("replaced", OLD.arn, WEB.arn, "iip-assoc-7")
    assert found.steps == made
    again = row(Target(WEB), actual_state("running"))
    assert continued(first, made, again).steps == (*made, *again.steps)
    gone = continued(first, made, row(Target(WEB), actual_state("terminated")))
    assert (gone.action, gone.reason, gone.before, gone.after, gone.steps) == ("failed", "terminated", OLD.arn, None, made)


def test_a_failed_row_keeps_the_steps_that_were_made():
    renewed = row(Target(WEB), actual_state("stopped", associated(OLD)))
    nothing, half, all_of_it = (renewed.failed("x", "y", renewed.steps[:made]) for made in range(3))
    assert (nothing.after, half.after, all_of_it.after) == (OLD.arn, None, WEB.arn)
    assert [each.as_result()["changed"] for each in (nothing, half, all_of_it)] == [False, True, True]


STATES = st.sampled_from(["pending", "running", "stopping", "stopped", "shutting-down", "terminated"])
SOME = st.lists(st.builds(association, st.sampled_from([WEB, OLD]), st.sampled_from(["associated", "disassociating"])), max_size=1)


@given(STATES, SOME, st.sampled_from([Target(WEB), Target(None), Target(None, "web")]), st.booleans())
def test_an_unchanged_instance_keeps_its_profile(state, associations, target, named):
    planned = row(target, actual_state(state, *associations), named=named)
    if not planned.steps:
        assert planned.before == planned.after
    else:
        assert planned.after == (target.profile.arn if target.profile else None)
        assert planned.before != planned.after
