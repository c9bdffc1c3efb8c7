# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lost permissions, compared with an evaluation action by action."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._policy.permission_diff import AGENT_ACTIONS, lost_permissions
from ansible_collections.keyless.ec2.plugins.module_utils._policy.service_reference import load_reference
from ansible_collections.keyless.ec2.plugins.module_utils._policy.wildcards import has_wildcards, matches
from ansible_collections.keyless.ec2.plugins.module_utils._values.permissions import Permissions

BUCKET, OTHER = "arn:aws:s3:::bucket", "arn:aws:s3:::other"
TLS = {"Bool": {"aws:SecureTransport": True}}


def statement(actions, resources="*", effect="Allow", conditions=None, negated=False):
    made = {"Effect": effect, "NotAction" if negated else "Action": actions, "Resource": resources}
    return {**made, "Condition": conditions} if conditions else made


def role(*statements, boundary=None):
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return Permissions((document,), None if boundary is None else {"Version": "2012-10-17", "Statement": boundary})


def lost(before, after, known=None):
    return [str(each) for each in lost_permissions(before, after, known)]


GET, PUT = statement("s3:GetObject"), statement("s3:PutObject")
WRITE_HERE = statement("s3:PutObject", f"{BUCKET}/*")
ALL_OF_S3 = statement("s3:*")
CASES = {
    "the same": (role(GET), role(GET), []),
    "nothing before": (role(), role(GET), []),
    "nothing after": (role(GET), role(), ["s3:GetObject"]),
    "one of two": (role(GET, PUT), role(PUT), ["s3:GetObject"]),
    "wider": (role(WRITE_HERE), role(ALL_OF_S3), []),
    "other case": (role(GET), role(statement("S3:getobject")), []),
    "patterns that differ in case": (role(statement(["s3:Get*", "s3:get*"])), role(), ["s3:Get*"]),
    "patterns that include each other": (role(statement(["s3:Get*", "s3:get**", "s3:G*"])), role(), ["s3:G*"]),
    "fewer resources": (role(PUT), role(WRITE_HERE), ["s3:PutObject"]),
    "other resources": (
        role(WRITE_HERE),
        role(statement("s3:PutObject", f"{OTHER}/*")),
        [f"s3:PutObject on {BUCKET}/*"],
    ),
    "several resources": (
        role(statement("s3:PutObject", [f"{BUCKET}/*", f"{OTHER}/*"])),
        role(),
        [f"s3:PutObject on {BUCKET}/*, {OTHER}/*"],
    ),
    "one of several resources": (
        role(statement("s3:PutObject", [f"{BUCKET}/*", f"{OTHER}/*"])),
        role(WRITE_HERE),
        [f"s3:PutObject on {OTHER}/*"],
    ),
    "a pattern as a whole": (role(ALL_OF_S3), role(statement("sqs:*")), ["s3:*"]),
    "a pattern that cannot be expanded": (role(ALL_OF_S3), role(GET), ["s3:*"]),
    "? is narrower than *": (role(statement("s3:Get*")), role(statement("s3:Get?")), ["s3:Get*"]),
    "denied now": (role(ALL_OF_S3), role(ALL_OF_S3, statement("s3:DeleteBucket", effect="Deny")), ["s3:DeleteBucket"]),
    "denied now as a whole": (role(GET), role(GET, statement("s3:Get*", effect="Deny")), ["s3:GetObject"]),
    "denied now on one resource": (
        role(GET),
        role(GET, statement("s3:*", f"{BUCKET}/*", "Deny")),
        [f"s3:GetObject on {BUCKET}/*"],
    ),
    "denied now under a condition": (
        role(GET),
        role(GET, statement("s3:GetObject", effect="Deny", conditions=TLS)),
        ["s3:GetObject"],
    ),
    "denied before too": (
        role(ALL_OF_S3, statement("s3:DeleteBucket", effect="Deny")),
        role(ALL_OF_S3, statement("s3:DeleteBucket", effect="Deny")),
        [],
    ),
    "denied before": (role(GET, statement("s3:*", effect="Deny")), role(), []),
    "new condition": (role(GET), role(statement("s3:GetObject", conditions=TLS)), ["s3:GetObject"]),
    "removed condition": (role(statement("s3:GetObject", conditions=TLS)), role(GET), []),
    "the same condition, written differently": (
        role(statement("s3:GetObject", conditions=TLS)),
        role(statement("s3:GetObject", conditions={"Bool": {"aws:securetransport": "true"}})),
        [],
    ),
    "new boundary": (role(GET, PUT), role(GET, PUT, boundary=[PUT]), ["s3:GetObject"]),
    "boundary that denies": (
        role(GET),
        role(GET, boundary=[statement("*"), statement("s3:*", effect="Deny")]),
        ["s3:GetObject"],
    ),
    "not allowed by the boundary before": (role(GET, PUT, boundary=[PUT]), role(PUT), []),
    "boundary that allowed a part": (role(ALL_OF_S3, boundary=[GET]), role(), ["s3:GetObject"]),
    "boundary that allowed some resources": (role(PUT, boundary=[statement("*", f"{BUCKET}/*")]), role(WRITE_HERE), []),
    "empty boundary": (role(GET, boundary=[]), role(), []),
    "all but some": (
        role(statement("*")),
        role(statement(["iam:*", "sts:*"], negated=True)),
        ["iam:*", "sts:*"],
    ),
    "all but some, and one of them": (
        role(statement("*")),
        role(statement(["iam:*", "sts:*"], negated=True), statement("sts:*")),
        ["iam:*"],
    ),
    "all but more": (
        role(statement("iam:*", negated=True)),
        role(statement(["iam:*", "s3:*"], negated=True)),
        ["s3:*"],
    ),
    "all but fewer": (role(statement(["iam:*", "s3:*"], negated=True)), role(statement("iam:*", negated=True)), []),
    "a pattern that includes it": (role(statement(["s3:*", "s3:GetObject"])), role(), ["s3:*"]),
    "all resources but one": (
        role({"Effect": "Allow", "Action": "s3:GetObject", "NotResource": f"{BUCKET}/*"}),
        role(),
        [f"s3:GetObject on all but {BUCKET}/*"],
    ),
    "one statement": (
        Permissions(({"Version": "2012-10-17", "Statement": GET},)),
        role(),
        ["s3:GetObject"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_exactly_the_lost_permissions_are_returned(name):
    before, after, expected = CASES[name]
    assert lost(before, after) == expected


def test_patterns_are_expanded_with_the_reference():
    found = lost(role(statement("sqs:*")), role(statement(["sqs:Get*", "sqs:List*"])), load_reference())
    assert "sqs:SendMessage" in found
    assert not [each for each in found if has_wildcards(each) or each.startswith(("sqs:Get", "sqs:List"))]


def test_a_pattern_that_is_lost_entirely_is_not_expanded():
    assert lost(role(statement("sqs:*")), role(GET), load_reference()) == ["sqs:*"]


def test_actions_that_do_not_support_the_resource_are_ignored():
    both = role(statement(["s3:GetObject", "s3:ListBucket"], [BUCKET, f"{BUCKET}/*"]))
    each = role(statement("s3:GetObject", f"{BUCKET}/*"), statement("s3:ListBucket", BUCKET))
    assert lost(both, each, load_reference()) == []


ACCOUNT = "us-east-1:111122223333"


@pytest.mark.parametrize(
    "action, resource",
    [
        *((action, f"arn:aws:ssmmessages:{ACCOUNT}:*") for action in AGENT_ACTIONS if action.startswith("ssmmessages:")),
        *((action, f"arn:aws:ssm:{ACCOUNT}:*") for action in AGENT_ACTIONS if action.startswith("ec2messages:")),
        ("sns:ListTopics", f"arn:aws:sns:{ACCOUNT}:*"),
        ("sns:ListSubscriptions", f"arn:aws:sns:{ACCOUNT}:*"),
        ("logs:DescribeLogGroups", f"arn:aws:logs:{ACCOUNT}:log-group:*"),
        ("dynamodb:ListTables", f"arn:aws:dynamodb:{ACCOUNT}:table/*"),
        ("logs:PutLogEvents", "arn:aws:logs:*:log-group:/app/*"),
        ("iam:ListUsers", "arn:aws:iam::111122223333:user/"),
        ("kafka:ListClusters", f"arn:aws:kafka:{ACCOUNT}:/v1/clusters"),
        ("ec2:DescribeInstances", "arn:aws:unknown:::*"),
        ("closed:DoIt", "arn:aws:closed:::x"),
        ("s3:PutObject", "arn:aws:s3:::b/a:b*"),
    ],
)
def test_an_action_counts_if_aws_may_evaluate_it_with_the_arn(action, resource):
    assert lost(role(statement(action, resource)), role(), load_reference()) == [f"{action} on {resource}"]


@pytest.mark.parametrize(
    "action, resource",
    [
        ("s3:ListAllMyBuckets", f"{BUCKET}/*"),
        ("s3:ListAllMyBuckets", BUCKET),
        ("ec2:DescribeInstances", f"{BUCKET}/*"),
        ("sns:ListTopics", f"arn:aws:sns:{ACCOUNT}:topic"),
        ("dynamodb:ListTables", f"arn:aws:dynamodb:{ACCOUNT}:table/orders"),
        ("s3:*", f"arn:aws:sqs:{ACCOUNT}:queue"),
        ("s3:ListBucket", f"{BUCKET}/*"),
    ],
)
def test_an_action_does_not_count_if_the_arn_names_another_resource(action, resource):
    assert not lost(role(statement(action, resource)), role(), load_reference())


@pytest.mark.parametrize("version", [{"Version": "2008-10-17"}, {}])
def test_a_variable_is_plain_text_in_an_older_document(version):
    home = statement("s3:GetObject", f"{BUCKET}/${{aws:username}}/*", conditions={"StringLike": {"s3:prefix": "${aws:username}"}})
    older = Permissions(({**version, "Statement": [home]},))
    assert lost(role(home), older) == [f"s3:GetObject on {BUCKET}/${{aws:username}}/*"]
    assert lost(older, role(home)) == [f"s3:GetObject on {BUCKET}/${{$}}{{aws:username}}/*"]
    assert not lost(older, Permissions(({"Version": "2008-10-17", "Statement": [home]},)))


@pytest.mark.parametrize(
    "before, after, expected",
    [
        ("ec2:Describe*", statement("ec2:*Vpc*", negated=True), "ec2:DescribeVpcs"),
        ("s3:Put*", statement("s3:*Acl", negated=True), "s3:PutObjectAcl"),
    ],
)
@pytest.mark.parametrize("known", [None, load_reference()], ids=["without reference", "with reference"])
def test_patterns_that_overlap_in_part_are_compared(before, after, expected, known):
    found = lost_permissions(role(statement(before)), role(after), known)
    assert found and any(matches(each.action, expected) for each in found)
    assert known is None or not any(has_wildcards(each.action) for each in found)


@pytest.mark.parametrize(
    "before, after",
    [
        (statement("*", f"{BUCKET}/*"), statement("s3:*", f"{BUCKET}/*")),
        (statement("*"), statement("*:*")),
        (statement("*:*"), statement("*")),
        (statement("s3:*", f"{BUCKET}/*"), statement(["s3:*Object*", "s3:*Upload*", "s3:*Tag*", "s3:Replicate*", "s3:*"], f"{BUCKET}/*")),
        (statement(["s3:*", "sqs:*"], [BUCKET, f"arn:aws:sqs:{ACCOUNT}:q"]), statement(["sqs:*"], f"arn:aws:sqs:{ACCOUNT}:q")),
    ],
)
def test_there_are_no_false_alarms(before, after):
    others = [statement("s3:*", BUCKET)]
    assert not lost(role(before, *others), role(after, *others), load_reference())


def test_an_action_that_the_reference_does_not_list_counts():
    names = [each.name for each in load_reference().actions("sqs:*")]
    assert lost(role(statement("sqs:*")), role(statement(names)), load_reference()) == ["sqs:*"]


@pytest.mark.parametrize(
    "before",
    [
        role(PUT, statement(list(AGENT_ACTIONS))),
        role(PUT, statement(["ssm:*", "ssmmessages:*", "ec2messages:*"])),
        role(PUT, statement("*")),
        role(PUT, statement("iam:*", negated=True)),
    ],
    ids=["by name", "by service", "by *", "by NotAction"],
)
@pytest.mark.parametrize("known", [None, load_reference()], ids=["without reference", "with reference"])
def test_what_systems_manager_needs_comes_first(before, known):
    found = lost_permissions(before, role(GET), known)
    assert {each.action for each in found[: len(AGENT_ACTIONS)]} == set(AGENT_ACTIONS)
    assert [each.disconnects_agent for each in found] == [True] * len(AGENT_ACTIONS) + [False] * (len(found) - len(AGENT_ACTIONS))
    assert len(found) > len(AGENT_ACTIONS)


# --- Against an evaluation action by action ---------------------------------------------------------------------------

ACTIONS = ("a:get", "a:put", "b:get", "ssm:UpdateInstanceInformation")
RESOURCES = ("x", "x/1", "y")
STATEMENTS = st.builds(
    statement,
    st.lists(st.sampled_from([*ACTIONS, "*", "a:*", "a:?et", "b:*", "ssm:*"]), min_size=1, max_size=2),
    st.lists(st.sampled_from([*RESOURCES, "*", "x*", "x/?"]), min_size=1, max_size=2),
    st.sampled_from(["Allow", "Allow", "Deny"]),
    negated=st.booleans(),
)
MANY = st.lists(STATEMENTS, max_size=3)
ROLES = st.builds(lambda statements, boundary: role(*statements, boundary=boundary), MANY, st.none() | MANY)


def applies_to(made, action, resource):
    named = any(matches(each, action) for each in made.get("Action", made.get("NotAction")))
    return named != ("NotAction" in made) and any(matches(each, resource) for each in made["Resource"])


def allowed_by(statements, action, resource):
    effects = {each["Effect"] for each in statements if applies_to(each, action, resource)}
    return effects == {"Allow"}


def allowed(permissions, action, resource):
    own = permissions.documents[0]["Statement"]
    boundary = permissions.boundary
    return allowed_by(own, action, resource) and (boundary is None or allowed_by(boundary["Statement"], action, resource))


def includes(loss, action, resource):
    excluded = loss.action.removeprefix("all but ").split(", ")
    named = any(matches(each, action) for each in excluded)
    return named != loss.action.startswith("all but ") and any(matches(each, resource) for each in loss.resources)


@given(ROLES, ROLES)
def test_no_lost_permission_is_missed(before, after):
    found = lost_permissions(before, after)
    for action in ACTIONS:
        for resource in RESOURCES:
            if allowed(before, action, resource) and not allowed(after, action, resource):
                assert any(includes(each, action, resource) for each in found)


@given(ROLES, ROLES)
@example(
    role(statement(["a:get"], ["*"], "Allow", negated=True)),
    role(statement(["a:put"], ["x"], "Allow", negated=False), statement(["a:put"], ["x", "*"], "Allow", negated=True)),
)
def test_a_single_action_on_a_single_resource_is_really_lost(before, after):
    for loss in lost_permissions(before, after):
        for resource in loss.resources:
            if not has_wildcards(loss.action + resource) and not loss.action.startswith("all but "):
                assert allowed(before, loss.action, resource) and not allowed(after, loss.action, resource)


@given(ROLES)
def test_nothing_is_lost_to_the_same_permissions(permissions):
    assert lost_permissions(permissions, permissions) == []
