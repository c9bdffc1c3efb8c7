# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lost permissions of random roles, compared with an evaluation of every request."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._policy.permission_diff import lost_permissions
from ansible_collections.keyless.ec2.plugins.module_utils._policy.service_reference import load_reference
from ansible_collections.keyless.ec2.plugins.module_utils._values.permissions import Permissions
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._policy.evaluator import Request, allowed, matches

# Of a thousand pairs of roles where nothing is lost, how many may be reported nevertheless. With real names there are more,
# because the reference has actions that are not among the requests below, and because of actions whose ARNs are unknown.
FALSE_ALARMS = {"plain": 10, "real": 40}
EXHAUSTIVE = 3000

# Names of every kind that the patterns tell apart, and some that no policy names
PLAIN = {
    "actions": ["*", "*:*", "a:*", "a:?et", "a:g*", "a:*t", "*:get", "a:get", "a:put", "b:get", "A:Get", "ssm:*", "ssm:UpdateInstanceInformation"],
    "resources": ["*", "x", "x/1", "x/alice", "x/${aws:username}", "*/${aws:username}", "x*", "x/*", "x/?", "*/1", "y", "y/*"],
    "requests": [
        Request(action, resource, user, frozenset(met))
        for action in (
            "a:get",
            "a:gxt",
            "a:g",
            "a:put",
            "a:pet",
            "a:pu",
            "b:get",
            "b:z",
            "ssm:UpdateInstanceInformation",
            "ssm:z",
            "ssm:get",
            "z:get",
            "z:z",
        )
        for resource in (
            "x",
            "x/1",
            "x/2",
            "x/22",
            "x/alice",
            "x/bob",
            "x/${aws:username}",
            "xz",
            "y",
            "y/1",
            "y/alice",
            "y/z",
            "z",
            "z/1",
            "z/alice",
            "z/${aws:username}",
        )
        for user in ("alice", "1")
        for met in ((), ("p",), ("q",), ("p", "q"))
    ],
}
R, A = "us-east-1", "111122223333"
REAL = {
    "actions": [
        *("*", "s3:*", "s3:Put*", "s3:*Acl", "s3:GetObject", "s3:ListBucket", "s3:ListAllMyBuckets", "ec2:Describe*", "ec2:*Vpc*"),
        *("ssmmessages:CreateControlChannel", "ssmmessages:*", "ec2messages:GetMessages", "ec2messages:*", "sns:List*", "sns:ListTopics"),
        *("logs:*", "logs:PutLogEvents", "logs:DescribeLogGroups", "dynamodb:*", "dynamodb:ListTables", "dynamodb:GetItem", "*:List*"),
    ],
    "resources": [
        *("*", "arn:aws:s3:::b", "arn:aws:s3:::b/*", "arn:aws:s3:::*", f"arn:aws:ssmmessages:{R}:{A}:*", f"arn:aws:ssm:{R}:{A}:*"),
        *(f"arn:aws:sns:{R}:{A}:*", f"arn:aws:logs:{R}:{A}:log-group:*", "arn:aws:logs:*:log-group:/app/*", f"arn:aws:dynamodb:{R}:{A}:table/*"),
        *("arn:aws:dynamodb:*:*:table/orders", "arn:aws:s3:::b/${aws:username}/*", "arn:aws:*"),
    ],
    "requests": [
        Request(action, resource, user, frozenset(met))
        for action, resource in [
            *[(f"s3:{name}", f"arn:aws:s3:::{key}") for name in ("GetObject", "PutObject") for key in ("b/k", "b/alice/k", "b/bob/k", "c/k")],
            *[("s3:PutObjectAcl", f"arn:aws:s3:::{key}") for key in ("b/k", "b/alice/k", "c/k")],
            *[(f"s3:{name}", f"arn:aws:s3:::{name_of}") for name in ("ListBucket", "PutBucketAcl") for name_of in ("b", "c")],
            *[("s3:ListAllMyBuckets", "arn:aws:s3:::*"), ("s3:ListAllMyBuckets", "*"), ("ec2:DescribeVpcs", "*"), ("ec2:DescribeInstances", "*")],
            *[("ssmmessages:CreateControlChannel", f"arn:aws:ssmmessages:{R}:{A}:*"), ("ssmmessages:OpenDataChannel", "*")],
            *[(f"ec2messages:{name}", f"arn:aws:ssm:{R}:{A}:*") for name in ("GetMessages", "GetEndpoint")],
            *[(f"sns:{name}", f"arn:aws:sns:{R}:{A}:{topic}") for name, topic in [("ListTopics", "*"), ("ListSubscriptions", "*"), ("Publish", "t")]],
            *[("logs:DescribeLogGroups", f"arn:aws:logs:{R}:{A}:log-group:{name}") for name in ("*", "", ":log-stream:")],
            *[("logs:PutLogEvents", f"arn:aws:logs:{R}:{A}:log-group:{name}:log-stream:s") for name in ("/app/x", "x")],
            *[("dynamodb:ListTables", f"arn:aws:dynamodb:{R}:{A}:table/*"), ("dynamodb:ListTables", "*")],
            *[("dynamodb:GetItem", f"arn:aws:dynamodb:{R}:{A}:table/{name}") for name in ("orders", "others")],
            *[("iam:ListUsers", f"arn:aws:iam::{A}:user/"), ("iam:GetRole", f"arn:aws:iam::{A}:role/r")],
            *[("sqs:SendMessage", f"arn:aws:sqs:{R}:{A}:q")],
        ]
        for user in ("alice", "bob")
        for met in ((), ("p",), ("q",), ("p", "q"))
    ],
}
UNIVERSES = {"plain": (PLAIN, None), "real": (REAL, load_reference())}


class Roles:
    """Makes random roles, and roles that differ from them in the way in which people change policies."""

    def __init__(self, chance, names):
        self._chance = chance
        self._names = names

    def role(self, statements=None):
        statements = self.statements() if statements is None else statements
        # The statements of a role with several policies, of either version of the policy language
        cut = self._chance.randint(0, len(statements))
        documents = [self._document(each) for each in (statements[:cut], statements[cut:]) if each]
        return Permissions(tuple(documents), self._document(self.statements()) if self._chance.random() < 0.2 else None)

    def changed(self, permissions):
        """A role that allows about the same."""
        documents = [self._changed_document(each) for each in permissions.documents]
        if self._chance.random() < 0.3:
            documents.append(self._document(self.statements(1)))
        self._chance.shuffle(documents)
        boundary = permissions.boundary if self._chance.random() < 0.7 else None
        return Permissions(tuple(documents), boundary)

    def statements(self, count=None):
        return [self.statement() for _number in range(self._chance.randint(0, 3) if count is None else count)]

    def statement(self):
        action = "NotAction" if self._chance.random() < 0.2 else "Action"
        resource = "NotResource" if self._chance.random() < 0.15 else "Resource"
        made = {"Effect": self._chance.choice(["Allow", "Allow", "Allow", "Deny"]), action: self._some("actions"), resource: self._some("resources")}
        met = [each for each in ("p", "q") if self._chance.random() < 0.15]
        return {**made, "Condition": {"StringEquals": {f"aws:PrincipalTag/{each}": "1" for each in met}}} if met else made

    def _some(self, kind):
        return self._chance.sample(self._names[kind], self._chance.choice([1, 1, 2, 3]))

    def _document(self, statements):
        return {**self._chance.choice([{"Version": "2012-10-17"}] * 4 + [{"Version": "2008-10-17"}, {}]), "Statement": statements}

    def _changed_document(self, document):
        statements = [new for each in document["Statement"] for new in self._changed_statement(each)]
        self._chance.shuffle(statements)
        version = {"Version": document["Version"]} if "Version" in document else {}
        return self._document(statements) if self._chance.random() < 0.1 else {**version, "Statement": statements}

    def _changed_statement(self, statement):
        kind = self._chance.choice(["same", "same", "split", "split", "wider", "left out"])
        if kind == "left out":
            return []
        if kind == "split" and "Action" in statement and "Resource" in statement:
            pairs = itertools.product(statement["Action"], statement["Resource"])
            return [{**statement, "Action": action, "Resource": resource} for action, resource in pairs]
        if kind == "wider" and statement["Effect"] == "Allow":
            key = self._chance.choice([each for each in ("Action", "Resource", "Condition") if each in statement] or ["Effect"])
            wider = {"Action": statement.get("Action", []) + self._some("actions"), "Resource": "*", "Condition": {}, "Effect": "Allow"}
            return [{**statement, key: wider[key]}]
        return [statement]


def pair_of(seed, names):
    roles = Roles(random.Random(seed), names)
    before = roles.role()
    return before, roles.role() if seed % 4 == 0 else roles.changed(before)


def lost_requests(before, after, requests):
    return [each for each in requests if allowed(before, each) and not allowed(after, each)]


def includes(loss, request):
    """Whether the reported permission includes the request. A variable can have any value."""
    return _matches_any(loss.action.lower(), request.action.lower()) and any(
        _matches_any(each.replace("${$}", "$").replace("${aws:username}", "*"), request.resource) for each in loss.resources
    )


def _matches_any(names, text):
    if not names.startswith("all but "):
        return any(matches(each, text) for each in names.split(", "))
    # A variable in an exclusion excludes nothing for certain.
    excluded = [each for each in names.removeprefix("all but ").split(", ") if "/" not in each]
    return not any(matches(each, text) for each in excluded)


def check_that_nothing_is_missed(universe, seed):
    names, reference = UNIVERSES[universe]
    before, after = pair_of(seed, names)
    found = lost_permissions(before, after, reference)
    for request in lost_requests(before, after, names["requests"]):
        assert any(includes(each, request) for each in found), (request, before, after, found)


SEEDS = st.integers(0, 2**32)


@pytest.mark.parametrize("universe", UNIVERSES)
@settings(max_examples=25)
@given(seed=SEEDS)
def test_no_lost_request_is_missed(universe, seed):
    check_that_nothing_is_missed(universe, seed)


def test_a_pattern_that_is_lost_twice_is_not_missed():
    """With these roles, once as it is in the policy, and once as what remains of another pattern."""
    check_that_nothing_is_missed("real", 48878)


@pytest.mark.exhaustive
@pytest.mark.parametrize("universe", UNIVERSES)
@settings(max_examples=EXHAUSTIVE)
@given(seed=SEEDS)
def test_no_lost_request_is_missed_in_thousands_of_pairs(universe, seed):
    check_that_nothing_is_missed(universe, seed)


def false_alarms(universe, pairs):
    """How many pairs of roles lose nothing, and how many of these are reported."""
    names, reference = UNIVERSES[universe]
    safe = [pair for pair in (pair_of(seed, names) for seed in range(pairs)) if not lost_requests(*pair, names["requests"])]
    return len(safe), sum(bool(lost_permissions(*pair, reference)) for pair in safe)


@pytest.mark.exhaustive
@pytest.mark.parametrize("universe", UNIVERSES)
def test_false_alarms_are_rare(universe):
    safe, reported = false_alarms(universe, EXHAUSTIVE)
    assert safe > EXHAUSTIVE / 5
    assert reported * 1000 <= safe * FALSE_ALARMS[universe]
