# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The row of one instance: which call it needs, what it ends, and when it is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._instances.next_action import CALL, DONE, OVERWRITTEN, PLAN_AGAIN, WAIT
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_options.plan import Desired, InstancesPlan
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_options.progress import missing_state, next_action, timeout_suggestion
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_options.row import IMDSV1, SERVICE, Rules, plan_row, unless_used
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_options.use import role_use
from ansible_collections.keyless.ec2.plugins.module_utils._values.metadata_options import CHOICES, MetadataOptions
from ansible_collections.keyless.ec2.plugins.module_utils._values.metadata_use import UNKNOWN, UNUSED, USED, Use
from ansible_collections.keyless.ec2.tests.unit.factories import instance, snapshot
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._values.test_metadata_use import WINDOW

I = "i-0123456789abcdef0"  # noqa: E741
OPEN = {"http_tokens": "optional", "http_endpoint": "enabled", "http_put_response_hop_limit": 1, "http_protocol_ipv6": "disabled"}
REQUIRED = {"http_tokens": "required"}


def actual(state="running", applied="applied", metadata=None, **others):
    options = MetadataOptions(**{**OPEN, "instance_metadata_tags": "disabled", **(metadata or {})}, state=applied)
    return snapshot([instance(I, state, metadata=options, **others)])


def row(wanted, found=None, **rules):
    return plan_row(I, wanted, found or actual(), Rules(**rules))


CALLS = [
    # wanted, what the instance has, calls, what they end
    (REQUIRED, {}, [{"HttpTokens": "required"}], IMDSV1),
    (REQUIRED, {"http_tokens": "required"}, [], None),
    ({**OPEN, **REQUIRED}, {}, [{"HttpTokens": "required"}], IMDSV1),
    ({"http_put_response_hop_limit": 2}, {}, [{"HttpPutResponseHopLimit": 2}], None),
    # The service does not answer, so nothing ends.
    (REQUIRED, {"http_endpoint": "disabled"}, [{"HttpTokens": "required"}], None),
    ({"http_endpoint": "enabled", **REQUIRED}, {"http_endpoint": "disabled"}, [{"HttpEndpoint": "enabled", "HttpTokens": "required"}], None),
    ({"http_endpoint": "disabled"}, {}, [{"HttpEndpoint": "disabled"}], SERVICE),
    ({"http_endpoint": "disabled"}, {"http_tokens": "required"}, [{"HttpEndpoint": "disabled"}], SERVICE),
    # AWS accepts no other option in the call that disables the service.
    ({"http_endpoint": "disabled", **REQUIRED}, {}, [{"HttpTokens": "required"}, {"HttpEndpoint": "disabled"}], SERVICE),
    ({"http_tokens": "optional"}, {"http_tokens": "required"}, [{"HttpTokens": "optional"}], None),
]


@pytest.mark.parametrize(("wanted", "has", "calls", "ends"), CALLS)
def test_an_instance_gets_only_the_options_that_differ(wanted, has, calls, ends):
    found = row(wanted, actual(metadata=has))
    assert [{key: value for key, value in step.parameters.items() if key != "InstanceId"} for step in found.steps] == calls
    assert (found.action, found.ends) == ("modified" if calls else "unchanged", ends)
    assert found.after == {**found.before, **wanted}


def test_an_option_that_is_not_returned_is_not_changed():
    found = row({"instance_metadata_tags": "enabled", **REQUIRED}, actual(metadata={"instance_metadata_tags": None}))
    assert (found.action, found.reason, found.steps, found.after) == ("failed", "unknown_options", (), found.before)


@pytest.mark.parametrize(
    "wanted, has, manager, warns",
    [
        (REQUIRED, {}, "Amazon EKS", True),
        (REQUIRED, {"http_put_response_hop_limit": None}, "Amazon ECS", True),
        (REQUIRED, {"http_put_response_hop_limit": 2}, "Amazon EKS", False),
        ({**REQUIRED, "http_put_response_hop_limit": 2}, {}, "a Kubernetes cluster", False),
        (REQUIRED, {"http_tokens": "required"}, "Amazon EKS", False),
        ({"instance_metadata_tags": "enabled"}, {}, "Amazon EKS", False),
        (REQUIRED, {}, "AWS Elastic Beanstalk", False),
        (REQUIRED, {}, "", False),
    ],
)
def test_nodes_whose_containers_would_get_no_tokens_are_reported(wanted, has, manager, warns):
    found = actual(metadata=has, managed_by=manager)
    rows = Desired({I: wanted}, Rules(named=True)).rows(found)
    warnings = [each for each in InstancesPlan(rows).warnings if "containers" in each]
    assert [f"hop limit of 1: {I}." in each for each in warnings] == [True] * warns


LEFT = [
    # what is used, on_use, action, reason
    (Use(UNUSED, imdsv1_calls=0), "skip", "modified", None),
    (Use(USED, "x", 3), "skip", "skipped", "in_use"),
    (Use(USED, "x", 3), "fail", "failed", "in_use"),
    (Use(USED, "x", 3), "ignore", "modified", None),
    (Use(UNKNOWN, "x"), "skip", "skipped", "use_unknown"),
    (Use(UNKNOWN, "x"), "fail", "failed", "use_unknown"),
    (Use(UNKNOWN, "x"), "ignore", "modified", None),
    # It was planned again, because another client opened it in the meantime.
    (None, "skip", "failed", "changed_meanwhile"),
    (None, "ignore", "modified", None),
]


@pytest.mark.parametrize(("use", "on_use", "action", "reason"), LEFT)
def test_use_decides(use, on_use, action, reason):
    found = unless_used(row(REQUIRED), {I: use} if use else {}, on_use)
    assert (found.action, found.reason) == (action, reason)
    assert bool(found.steps) == (found.after != found.before) == (action == "modified")
    assert found.as_result()["imdsv1_calls"] == (use.imdsv1_calls if use and on_use != "ignore" else None)


def test_only_what_ends_something_is_asked_for_its_use():
    assert unless_used(row({"http_put_response_hop_limit": 2}), {}, "fail").action == "modified"


MANAGED = {"managed_by": "Amazon EKS", "manager_tag": "eks:x"}


@pytest.mark.parametrize(
    ("state", "others", "rules", "action", "reason"),
    [
        ("running", MANAGED, {"named": False}, "skipped", "managed"),
        ("running", MANAGED, {"named": False, "include_managed": True}, "modified", None),
        ("running", MANAGED, {}, "modified", None),
        ("running", {"operator": "eks"}, {}, "failed", "managed"),
        ("running", {"operator": "eks"}, {"named": False}, "skipped", "managed"),
        ("terminated", {}, {}, "failed", "terminated"),
        ("shutting-down", {}, {"named": False}, "skipped", "terminated"),
    ],
)
def test_some_instances_are_left_alone(state, others, rules, action, reason):
    found = row(REQUIRED, actual(state, **others), **rules)
    assert (found.action, found.reason, bool(found.steps)) == (action, reason, action == "modified")


WAITS = [
    # state of the instance, of its options, wanted, whether something has to end first
    ("running", "applied", REQUIRED, False),
    ("running", "pending", REQUIRED, True),
    ("stopped", "pending", REQUIRED, False),
    ("stopping", "applied", REQUIRED, True),
    ("pending", "applied", REQUIRED, True),
    # A run that was killed is continued: the instance does not follow its options yet.
    ("running", "pending", {"http_tokens": "optional"}, True),
    ("stopped", "pending", {"http_tokens": "optional"}, False),
    ("pending", "applied", {"http_tokens": "optional"}, False),
]


@pytest.mark.parametrize(("state", "applied", "wanted", "waits"), WAITS)
def test_a_transition_has_to_end_first(state, applied, wanted, waits):
    assert row(wanted, actual(state, applied)).in_transition is waits


def test_a_stopped_instance_follows_when_it_is_started():
    assert row(REQUIRED, actual("stopped")).msg == "http_tokens is required instead of optional; it follows when it is started"


NEXT = [
    # calls made, raced, state of the instance, of its options, what it has now, what is next
    (1, False, "running", "pending", REQUIRED, WAIT),
    (1, False, "running", "applied", REQUIRED, DONE),
    (1, False, "stopped", "pending", REQUIRED, DONE),
    (1, False, "running", "applied", {}, WAIT),  # EC2 is eventually consistent.
    (1, False, "running", "applied", {**REQUIRED, "http_put_response_hop_limit": 9}, OVERWRITTEN),
    (1, False, "terminated", "applied", REQUIRED, PLAN_AGAIN),
    (0, False, "pending", "applied", {}, WAIT),
    (0, False, "running", "pending", {}, WAIT),
    (0, False, "running", "applied", {}, PLAN_AGAIN),
    (0, True, "running", "applied", {}, PLAN_AGAIN),
]


@pytest.mark.parametrize(("made", "raced", "state", "applied", "has", "expected"), NEXT)
def test_what_is_next(made, raced, state, applied, has, expected):
    planned = row({**REQUIRED, "http_put_response_hop_limit": 1})
    assert next_action(planned, planned.steps[:made], raced, actual(state, applied, has)) == expected


def test_the_second_of_two_calls_follows_the_first():
    planned = row({"http_endpoint": "disabled", **REQUIRED})
    assert next_action(planned, planned.steps[:1], False, actual("running", "applied", REQUIRED)) == CALL
    half, whole = planned.failed("x", "y", planned.steps[:1]), planned.failed("x", "y", planned.steps)
    assert half.after == {"http_endpoint": "enabled", **REQUIRED} and whole.after == planned.after
    assert planned.failed("x", "y").after == planned.before


@pytest.mark.parametrize(
    ("state", "applied", "text", "suggestion"),
    [
        (
            "running",
            "pending",
            "its metadata options are still pending",
            "run again; if that does not help, stop and start the instance, then run again",
        ),
        ("stopping", "applied", "the instance is still stopping", "run again"),
        ("running", "applied", "AWS does not show the change yet", "run again"),
    ],
)
def test_a_timeout_is_explained(state, applied, text, suggestion):
    found = actual(state, applied)
    assert (missing_state(row(REQUIRED), found), timeout_suggestion(row(REQUIRED), found)) == (text, suggestion)


VALUES = st.fixed_dictionaries(
    {}, optional={**{name: st.sampled_from(values) for name, values in CHOICES.items()}, "http_put_response_hop_limit": st.integers(1, 64)}
)


@given(VALUES.filter(bool), VALUES, st.sampled_from([USED, UNKNOWN, UNUSED]), st.sampled_from(["skip", "ignore", "fail"]))
def test_an_undo_restores_what_was_there(wanted, has, verdict, on_use):
    before = actual(metadata=has)
    desired = Desired({I: wanted}, Rules(on_use=on_use), {I: Use(verdict)})
    plan = InstancesPlan(desired.rows(before), desired)
    (planned,) = plan.rows
    undo = plan.undo()
    assert set(undo) == ({I} if planned.steps else set())
    if planned.steps:
        after = actual(metadata={**has, **planned.after})
        back = plan_row(I, undo[I], after, Rules())
        assert {**planned.after, **back.after} == planned.before
    assert plan.diff()["before"] == ({I: planned.before} if planned.steps else {})


ROLE = [
    # created, last used, verdict
    ("2026-01-01T00:00:00+00:00", None, UNUSED),
    ("2026-01-01T00:00:00+00:00", "2026-03-11T23:00:00+00:00", UNUSED),
    ("2026-01-01T00:00:00+00:00", "2026-03-12T00:00:00+00:00", USED),
    ("2026-03-14T00:00:00+00:00", None, UNKNOWN),
    ("2026-03-14T00:00:00+00:00", "2026-03-14T01:00:00+00:00", USED),
]


@pytest.mark.parametrize(("created", "last_used", "verdict"), ROLE)
def test_the_use_of_a_role(created, last_used, verdict):
    assert role_use("web", created, last_used, WINDOW).verdict == verdict
