# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._policy.document import parse_policy, policy_size, same_policy

READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


def permissions(**statement):
    return {"Version": "2012-10-17", "Statement": [{**READ, **statement}]}


@pytest.mark.parametrize("value", [permissions(), json.dumps(permissions())])
def test_a_document_is_a_mapping_or_json(value):
    assert parse_policy("p", value) == permissions()


@pytest.mark.parametrize("value, expected", [("{", "is not valid JSON"), ("[]", "is not a policy document"), (3, "is not")])
def test_anything_else_is_rejected(value, expected):
    with pytest.raises(OptionError, match=expected):
        parse_policy("p", value)


SIZES = [
    ({}, 2),
    ({"Statement": []}, len('{"Statement":[]}')),
    ({"Sid": "a b\tc"}, len(r'{"Sid":"ab\tc"}')),
    ({"Id": "ä"}, len(r'{"Id":"\u00e4"}')),
    ({"Statement": "x" * (10240 - len('{"Statement":""}'))}, 10240),
    ({"Statement": "x" * (10241 - len('{"Statement":""}'))}, 10241),
]


@pytest.mark.parametrize("document, size", SIZES)
def test_the_size_is_that_of_the_sent_document_without_white_space(document, size):
    assert policy_size(document) == size


def test_spaces_and_line_breaks_do_not_count():
    document = permissions(Condition={"StringEquals": {"aws:RequestTag/purpose": "two words"}})
    laid_out = json.dumps(document, indent=4)
    assert policy_size(json.loads(laid_out)) == sum(not each.isspace() for each in laid_out)


SAME = [
    (permissions(Action=["s3:GetObject"]), permissions()),
    (permissions(Action=["s3:a", "s3:b"]), permissions(Action=["s3:b", "s3:a"])),
    (permissions(Action="S3:getobject"), permissions()),
    ({"Version": "2012-10-17", "Statement": READ}, permissions()),
    ({"Statement": [READ]}, {"Version": "2008-10-17", "Statement": [READ]}),
    (permissions(Sid=""), permissions()),
    (permissions(Principal={"AWS": "123456789012"}), permissions(Principal={"AWS": "arn:aws:iam::123456789012:root"})),
    (
        permissions(Principal={"AWS": ["123456789012"]}),
        permissions(Principal={"AWS": "arn:aws-cn:iam::123456789012:root"}),
    ),
    (permissions(Principal="*"), permissions(Principal={"AWS": "*"})),
    (permissions(Condition={"Bool": {"aws:x": True}}), permissions(Condition={"Bool": {"AWS:X": ["true"]}})),
    (
        {"Version": "2012-10-17", "Statement": [READ, {**READ, "Effect": "Deny"}]},
        {"Version": "2012-10-17", "Statement": [{**READ, "Effect": "Deny"}, READ]},
    ),
]
DIFFERENT = [
    (permissions(Action="s3:PutObject"), permissions()),
    (permissions(Effect="Deny"), permissions()),
    (permissions(Resource="arn:aws:s3:::A"), permissions(Resource="arn:aws:s3:::a")),
    (permissions(Sid="x"), permissions()),
    ({**permissions(), "Id": "x"}, permissions()),
    ({"Statement": [READ]}, {"Version": "2012-10-17", "Statement": [READ]}),
    (permissions(Condition={"Bool": {"aws:x": True}}), permissions(Condition={"Bool": {"aws:x": False}})),
    (permissions(Principal={"AWS": "123456789012"}), permissions(Principal={"AWS": "210987654321"})),
    (permissions(Principal={"AWS": "*"}), permissions(Principal={"Service": "*"})),
    ({"Statement": [READ, READ, {**READ, "Effect": "Deny"}]}, {"Statement": [READ]}),
]


def same_both_ways(*documents):
    """Whether the two are the same, asserting that their order does not matter."""
    answers = {same_policy(*pair) for pair in (documents, reversed(documents))}
    assert len(answers) == 1
    return answers.pop()


@pytest.mark.parametrize("one, other", SAME)
def test_documents_with_the_same_meaning(one, other):
    assert same_both_ways(one, other)


@pytest.mark.parametrize("one, other", DIFFERENT)
def test_documents_with_different_meanings(one, other):
    assert not same_both_ways(one, other)


TEXTS = st.text(alphabet="abc*:/", min_size=1, max_size=6)
LISTS = st.one_of(TEXTS, st.lists(TEXTS, min_size=1, max_size=3))
STATEMENTS = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]), "Action": LISTS, "Resource": LISTS},
    optional={"Sid": TEXTS, "Condition": st.dictionaries(TEXTS, st.dictionaries(TEXTS, LISTS, max_size=2), max_size=2)},
)
DOCUMENTS = st.fixed_dictionaries({"Version": st.just("2012-10-17"), "Statement": st.lists(STATEMENTS, min_size=1, max_size=3)})


def rewritten(value):
    """The same document with keys and lists in reverse order."""
    if isinstance(value, dict):
        return {key: rewritten(value[key]) for key in reversed(value)}
    if isinstance(value, list):
        return [rewritten(each) for each in reversed(value)]
    return value


def listed(document):
    document = copy.deepcopy(document)
    for statement in document["Statement"]:
        for key in ("Action", "Resource"):
            if isinstance(statement[key], str):
                statement[key] = [statement[key]]
    return document


@given(DOCUMENTS)
def test_the_notation_does_not_matter(document):
    assert same_policy(document, listed(rewritten(document)))


@given(DOCUMENTS, DOCUMENTS)
def test_the_comparison_is_symmetric(one, other):
    same_both_ways(one, other)
