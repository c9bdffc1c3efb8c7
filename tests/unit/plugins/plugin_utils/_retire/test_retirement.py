# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role retire does next, for every state of the role that it retires."""

from __future__ import annotations

import shlex
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.plugin_utils._retire.quarantine import DENIAL, POLICY, TAG, denial, format_time
from ansible_collections.keyless.ec2.plugins.plugin_utils._retire.retirement import Options, plan_retirement

ROLE = Path(__file__).resolve().parents[5] / "roles" / "retire"
NOW = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)
LONG_AGO = NOW - timedelta(days=99)
DENIED = {"inline_policies": {POLICY: denial(LONG_AGO)}}
INSTANCE = {"instance_id": "i-0123456789abcdef0", "region": "eu-central-1"}
NOT_DENIED = "The role web is not in quarantine; nothing to restore."
WAITING = "The role web has been in quarantine since 2026-05-19T12:00:00Z. From 2026-06-02T12:00:00Z on, a run deletes it (days left: 1)."
CHANGES = ("remove_tag", "deny", "remove_denial", "detach", "delete")
OTHERS = ["arn:aws:iam::aws:policy/Deny", "arn:aws:iam::123456789012:policy/denying"]
MANAGED = {"attached_policies": [{"policy_arn": each} for each in ("arn:aws:iam::123456789012:policy/team/deny", *OTHERS)]}


def role(days=None, **changed):
    """A role, with a tag that many days old."""
    tags = {} if days is None else {TAG: format_time(NOW - timedelta(days=days))}
    unused = {"instances": [], "launched_by": [], "trusting_roles": []}
    return {"role_name": "web", "path": "/", "tags": tags, "inline_policies": {}, "attached_policies": [], "role_last_used": {}, **unused, **changed}


def used(days):
    date = (NOW - timedelta(days=days)).isoformat()
    return {"role_last_used": {"last_used_date": date, "region": "us-west-2"}}


def denied(days):
    """The inline policy that was written that many days ago."""
    return {"inline_policies": {POLICY: denial(NOW - timedelta(days=days))}}


def plan(*roles, state="retired", after_days=14, although_used=False, incomplete=(), now=NOW, check_mode=False, **policy):
    found = {"iam_roles": list(roles), "incomplete": list(incomplete)}
    return plan_retirement(found, Options("wbe", state, after_days, although_used, now, check_mode, **policy))


def changes(planned):
    return [name for name in CHANGES if getattr(planned, name)]


@pytest.mark.parametrize(
    "given_role, options, state, expected",
    [
        (role(), {}, "quarantined", ["deny"]),
        (role(**DENIED), {}, "quarantined", ["deny"]),
        (role(20), {}, "quarantined", ["remove_tag", "deny"]),
        (role(20, inline_policies={POLICY: {**DENIAL, "Version": "2008-10-17"}}), {}, "quarantined", ["remove_tag", "deny"]),
        (role(20, inline_policies={POLICY: DENIAL}), {}, "quarantined", ["remove_tag", "deny"]),
        (role(13, **DENIED), {}, "waiting", []),
        (role(14, **denied(13)), {}, "waiting", []),
        (role(14, **denied(14)), {}, "deleted", ["delete"]),
        (role(13, **denied(14)), {}, "waiting", []),
        (role(20, **MANAGED, **denied(13)), {"policy": "deny"}, "waiting", []),
        (role(14, **DENIED), {}, "deleted", ["delete"]),
        (role(0, **DENIED), {"after_days": 0}, "deleted", ["delete"]),
        (role(14, **denied(14), **used(15)), {}, "deleted", ["delete"]),
        (role(14, **denied(14), **used(14)), {}, "deleted", ["delete"]),
        (role(14, **DENIED, **used(13)), {"although_used": True}, "deleted", ["delete"]),
        (role(2, **DENIED), {"state": "restored"}, "restored", ["remove_tag", "remove_denial"]),
        (role(2), {"state": "restored"}, "restored", ["remove_tag"]),
        (role(inline_policies={POLICY: {}}), {"state": "restored"}, "restored", ["remove_denial"]),
        (role(tags={TAG: "yesterday"}), {"state": "restored"}, "restored", ["remove_tag"]),
        (role(), {"state": "restored"}, "unchanged", []),
        (role(14, **MANAGED), {"policy": "Deny"}, "deleted", ["delete"]),
        (role(13, **DENIED), {"policy": "Deny"}, "waiting", []),
        (role(14, **MANAGED), {}, "quarantined", ["remove_tag", "deny"]),
        (role(14), {"policy": "Deny"}, "quarantined", ["remove_tag", "deny"]),
        (role(2, **MANAGED), {"policy": "Deny", "state": "restored"}, "restored", ["remove_tag", "detach"]),
        (role(**MANAGED), {"policy": "Deny", "state": "restored", "denies": False}, "restored", ["detach"]),
        (role(**MANAGED), {"state": "restored"}, "unchanged", []),
    ],
)
def test_the_next_step(given_role, options, state, expected):
    planned = plan(given_role, **options)
    assert (planned.error, planned.result["state"], changes(planned)) == (None, state, expected)


@pytest.mark.parametrize(
    "given_role, options, state, error",
    [
        (role(), {"after_days": -1}, "unchanged", "retire_after_days: -1 is negative."),
        (role(), {"after_days": -1, "state": "restored"}, "unchanged", "retire_after_days: -1 is negative."),
        (role(path="/aws-service-role/autoscaling.amazonaws.com/"), {}, "unchanged", "is linked to the service autoscaling.amazonaws.com"),
        (role(path="/aws-reserved/sso.amazonaws.com/"), {}, "unchanged", "belongs to sso.amazonaws.com"),
        (role(tags={TAG: "2026-02-30"}), {}, "unchanged", '"2026-02-30", which is not a date and time like 2026-01-31T08:15:00Z'),
        (role(tags={TAG: ""}), {}, "unchanged", '"", which is not a date'),
        (role(**DENIED, tags={TAG: "9999-12-31T23:59:59-2359"}), {}, "unchanged", "which is not a date"),
        (role(**DENIED, tags={TAG: "9999-12-31T00:00:00Z"}), {}, "unchanged", "which is not a date"),
        (role(14, **DENIED, **used(13)), {}, "in_use", "was used in us-west-2 at 2026-05-19T12:00:00+00:00, during the quarantine"),
        (role(14, **MANAGED), {"policy": "deny", "denies": False}, "unchanged", "retire_quarantine_policy: the account has no policy deny whose"),
        (role(instances=[INSTANCE]), {}, "in_use", "the role web is in use, so nothing was changed."),
        (role(14, **DENIED, trusting_roles=["deploy"]), {}, "in_use", "the role web is in use"),
        (role(), {"incomplete": [{"target": "ap-south-1", "reason": "AccessDenied"}]}, "in_use", "the role web may be in use"),
    ],
)
def test_a_role_that_may_not_be_changed(given_role, options, state, error):
    planned = plan(given_role, **options)
    assert error in (planned.error or "")
    assert (planned.result_if_failed["state"], changes(planned)) == (state, [])


def test_a_managed_policy_takes_the_place_of_the_inline_policy():
    by_policy = plan(role(), policy="deny")
    assert (by_policy.inline_policies, by_policy.managed_policies) == ({}, ["deny"])
    assert "retire_quarantine_policy=deny" in by_policy.message
    assert (plan(role()).inline_policies, plan(role()).managed_policies) == ({POLICY: denial(NOW)}, [])
    assert plan(role(2, **MANAGED), policy="deny", state="restored").other_policies == OTHERS


@pytest.mark.parametrize(
    "tagged, written, since",
    [(9999, 2, 2), (9999, 0, 0), (14, 13, 13), (2, 9999, 2), (0, 2, 0)],
)
def test_whoever_may_tag_a_role_does_not_shorten_its_quarantine(tagged, written, since):
    planned = plan(role(tagged, **denied(written)))
    assert (planned.result["state"], planned.delete) == ("waiting", False)
    assert planned.result["quarantined_at"] == format_time(NOW - timedelta(days=since))
    assert f"The tag {TAG} says {format_time(NOW - timedelta(days=tagged))}, and the policy" in planned.message
    assert "says" not in plan(role(2, **denied(2))).message
    assert "the later time counts" in plan(role(9999, **denied(14))).message


@pytest.mark.parametrize("tagged, written, is_noticed", [(30, 30, True), (19, 30, True), (-1, 30, True), (30, 19, True), (19, 19, False)])
def test_whoever_may_tag_a_role_does_not_hide_its_use_in_the_quarantine(tagged, written, is_noticed):
    planned = plan(role(tagged, **denied(written), **used(20)))
    assert (planned.delete, planned.result["state"] == "in_use") == (not is_noticed, is_noticed)


def test_whoever_may_tag_a_role_does_not_have_it_taken_out_of_quarantine():
    """The error must not tell people to restore the role."""
    error = plan(role(**DENIED, tags={TAG: "soon"})).error
    assert "restored" not in error and error.endswith(f"aws iam untag-role --role-name web --tag-keys {TAG}")
    assert plan(role(**DENIED)).deny, "without the tag, it begins again"


@pytest.mark.parametrize(
    "change",
    [
        {"Sid": "Since20260230T000000Z"},
        {"Sid": "Since99990101T000000Z"},
        {"Sid": "Since2026-01-01T00:00:00Z"},
        {"Sid": ["Since20260101T000000Z"]},
        {"Effect": "Allow"},
        {"Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {"Action": "s3:*"},
    ],
)
def test_a_policy_of_somebody_else_is_no_quarantine(change):
    policy = {**DENIAL, "Statement": [{**denial(LONG_AGO)["Statement"][0], **change}]}
    assert plan(role(20, inline_policies={POLICY: policy})).deny
    for other in ({}, [], None, "x", {"Statement": []}, {"Statement": "x"}, {**DENIAL, "Statement": [*denial(NOW)["Statement"], {}]}):
        assert plan(role(20, inline_policies={POLICY: other})).deny


def test_a_managed_policy_that_is_not_named_may_still_deny():
    message = plan(role(2, **MANAGED), state="restored").message
    assert message.startswith("The role web was restored, but it has no inline policy") and "retire_quarantine_policy" in message
    assert "retire_quarantine_policy" not in plan(role(2, **DENIED), state="restored").message


def test_the_role_compares_with_the_same_denial():
    assert yaml.safe_load((ROLE / "vars" / "main.yml").read_text(encoding="utf-8"))["__retire_denial"] == DENIAL


@pytest.mark.parametrize("state, verb", [("retired", "retire"), ("restored", "restore")])
def test_a_role_that_does_not_exist(state, verb):
    planned = plan(state=state)
    assert (planned.error, planned.result["state"], changes(planned)) == (None, "absent", [])
    assert planned.message == f"There is no role wbe; nothing to {verb}."


@pytest.mark.parametrize(
    "given_role, options, done, would",
    [
        (
            role(),
            {},
            "The role web is now denied everything. From 2026-06-15T12:00:00Z on, a run deletes it. To restore it:\nansible-playbook ",
            None,
        ),
        (role(), {}, None, "The role web would be denied everything. From 2026-06-15T12:00:00Z on, a run would delete it."),
        (role(14, **DENIED), {}, "The role web was deleted.", "The role web would be deleted."),
        (role(2, **DENIED), {"state": "restored"}, "The role web was restored: its other", "The role web would be restored: its other"),
        (role(), {"state": "restored"}, NOT_DENIED, NOT_DENIED),
        (role(13, **DENIED), {}, WAITING, WAITING),
    ],
)
def test_every_run_ends_with_a_sentence(given_role, options, done, would):
    assert done is None or plan(given_role, **options).message.startswith(done)
    assert would is None or plan(given_role, **options, check_mode=True).message.startswith(would)


def test_without_the_time_of_aws_nothing_is_changed():
    planned = plan(role(14, **DENIED), now=None)
    assert "did not say what time it is" in planned.error and changes(planned) == []
    assert plan(role(2), state="restored", now=None).result["state"] == "restored"


def test_the_result_has_the_times_in_utc():
    planned = plan(role(**DENIED, tags={TAG: "2026-05-30T14:00:00+0200"}, **used(1)))
    assert planned.result["quarantined_at"] == "2026-05-30T12:00:00Z"
    assert planned.result["deletable_from"] == "2026-06-13T12:00:00Z"


def test_the_result_has_the_last_use_and_all_uses():
    planned = plan(role(instances=[INSTANCE], **used(1)))
    assert planned.result["used_by"] == {"instances": [INSTANCE], "launched_by": [], "trusting_roles": []}
    assert planned.result["last_used"] == {"date": "2026-05-31T12:00:00+00:00", "region": "us-west-2"}
    assert planned.result["quarantined_at"] is None


def test_a_run_that_fails_before_the_quarantine_does_not_report_one():
    planned = plan(role())
    assert (planned.result["state"], planned.result["quarantined_at"]) == ("quarantined", "2026-06-01T12:00:00Z")
    assert (planned.result_if_failed["state"], planned.result_if_failed["quarantined_at"]) == ("in_use", None)


def test_tags_of_aws_and_the_quarantine_are_not_written_back():
    planned = plan(role(tags={TAG: format_time(NOW), "aws:cloudformation:stack-name": "web", "team": "web"}))
    assert (planned.other_tags, planned.tags) == ({"team": "web"}, {TAG: "2026-06-01T12:00:00Z"})


@pytest.mark.parametrize(("days", "left"), [(0, 14), (0.5, 14), (1, 13), (13.9, 1)])
def test_the_message_counts_the_days_that_are_left(days, left):
    assert f"days left: {left}" in (plan(role(days, **DENIED)).message or "")


def test_the_message_has_the_command_that_restores_the_role():
    command = (plan(role(role_name="web=1,2")).message or "").partition("To restore it:\n")[2]
    assert shlex.split(command)[2:] == ["-e", "retire_role_name=web=1,2", "-e", "retire_state=restored"]


DAYS = st.none() | st.floats(0, 40)


@given(DAYS, st.booleans(), DAYS, st.booleans(), st.booleans(), st.integers(0, 30))
def test_only_an_unused_role_is_deleted_after_its_days(tagged, is_denied, last_use, in_use, although_used, after_days):
    given_role = role(tagged, **(DENIED if is_denied else {}), **({} if last_use is None else used(last_use)))
    planned = plan({**given_role, "instances": [INSTANCE] if in_use else []}, after_days=after_days, although_used=although_used)
    if planned.delete:
        assert tagged is not None and is_denied and not in_use and tagged + 1 / 86400 >= after_days
        assert although_used or last_use is None or last_use >= tagged - 1 / 86400
    assert not (planned.error and changes(planned))
