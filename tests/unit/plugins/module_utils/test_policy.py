# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._policy import (
    check_permissions_policy,
    check_trust_policy,
    parse_policy,
    same_policy,
)
from ansible_collections.keyless.ec2.plugins.module_utils._trust import trust_ec2

READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


def permissions(**statement):
    return {"Version": "2012-10-17", "Statement": [{**READ, **statement}]}


def without(document, *keys):
    statement = {key: value for key, value in document["Statement"][0].items() if key not in keys}
    return {**document, "Statement": [statement]}


@pytest.mark.parametrize("value", [permissions(), json.dumps(permissions())])
def test_a_document_is_a_mapping_or_json(value):
    assert parse_policy("p", value) == permissions()


@pytest.mark.parametrize("value, said", [("{", "is not valid JSON"), ("[]", "is not a policy document"), (3, "is not")])
def test_anything_else_is_refused(value, said):
    with pytest.raises(OptionError, match=said):
        parse_policy("p", value)


@pytest.mark.parametrize("version", ["2012-10-17", "2008-10-17"])
def test_both_versions_of_the_language_are_taken(version):
    check_permissions_policy("p", {**permissions(), "Version": version})


@pytest.mark.parametrize("check", [check_trust_policy, check_permissions_policy])
@pytest.mark.parametrize("version", ["2017-09-11", "2012-10-18", "", 1, None])
def test_another_version_is_explained(check, version):
    with pytest.raises(OptionError) as error:
        check("assume_role_policy_document", {**permissions(), "Version": version})
    text = str(error.value)
    assert text.startswith("assume_role_policy_document.Version: ")
    assert f'"{version}"' in text
    assert "edition of the language" in text
    assert '"2012-10-17"' in text and '"2008-10-17"' in text


BAD_PERMISSIONS = [
    ({"Version": "2012-10-17"}, "p.Statement: is missing or empty"),
    ({"Statement": []}, "p.Statement: is missing or empty"),
    ({"Statement": ["x"]}, r"p.Statement\[0\]: is not a statement"),
    ({"version": "2012-10-17", "Statement": [READ]}, "p.version: is not a key"),
    (permissions(Efect="Allow"), r"p.Statement\[0\].Efect: is not a key"),
    (without(permissions(), "Effect"), r"p.Statement\[0\].Effect: is missing"),
    (permissions(Effect="allow"), r"p.Statement\[0\].Effect: is 'allow'"),
    (without(permissions(), "Action"), r"p.Statement\[0\]: has neither Action nor NotAction"),
    (permissions(NotAction="s3:*"), r"p.Statement\[0\]: has both Action and NotAction"),
    (permissions(Action=[]), r"p.Statement\[0\].Action: is empty"),
    (without(permissions(), "Resource"), r"p.Statement\[0\]: has neither Resource nor NotResource"),
    (permissions(Principal="*"), r"p.Statement\[0\].Principal: does not belong here"),
    ({"Statement": [READ, {**READ, "Effect": 1}]}, r"p.Statement\[1\].Effect"),
]


@pytest.mark.parametrize("document, said", BAD_PERMISSIONS)
def test_a_finding_names_the_statement_and_the_key(document, said):
    with pytest.raises(OptionError, match=f"^{said}"):
        check_permissions_policy("p", document)


def test_a_trust_policy_needs_a_principal_and_takes_no_resource():
    check_trust_policy("p", trust_ec2("aws"))
    with pytest.raises(OptionError, match="has neither Principal nor NotPrincipal"):
        check_trust_policy("p", without(permissions(), "Resource"))
    with pytest.raises(OptionError, match="Resource: does not belong here"):
        check_trust_policy("p", permissions(Principal={"Service": "ec2.amazonaws.com"}))


SAME = [
    (permissions(Action=["s3:GetObject"]), permissions()),
    (permissions(Action=["s3:a", "s3:b"]), permissions(Action=["s3:b", "s3:a"])),
    (permissions(Action="S3:getobject"), permissions()),
    ({"Version": "2012-10-17", "Statement": READ}, permissions()),
    ({"Statement": [READ]}, {"Version": "2008-10-17", "Statement": [READ]}),
    (permissions(Sid=""), permissions()),
    (permissions(Principal={"AWS": "123456789012"}), permissions(Principal={"AWS": "arn:aws:iam::123456789012:root"})),
    (permissions(Principal={"AWS": ["123456789012"]}), permissions(Principal={"AWS": "arn:aws-cn:iam::123456789012:root"})),
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
    ({"Statement": [READ]}, {"Version": "2012-10-17", "Statement": [READ]}),
    (permissions(Condition={"Bool": {"aws:x": True}}), permissions(Condition={"Bool": {"aws:x": False}})),
    (permissions(Principal={"AWS": "123456789012"}), permissions(Principal={"AWS": "210987654321"})),
    (permissions(Principal={"AWS": "*"}), permissions(Principal={"Service": "*"})),
    ({"Statement": [READ, READ, {**READ, "Effect": "Deny"}]}, {"Statement": [READ]}),
]


def same_both_ways(*documents):
    """Whether the two are the same; the answer must not depend on which comes first."""
    answers = {same_policy(*pair) for pair in (documents, reversed(documents))}
    assert len(answers) == 1
    return answers.pop()


@pytest.mark.parametrize("one, other", SAME)
def test_the_same_meaning_written_in_two_ways(one, other):
    assert same_both_ways(one, other)


@pytest.mark.parametrize("one, other", DIFFERENT)
def test_another_meaning(one, other):
    assert not same_both_ways(one, other)


TEXTS = st.text(alphabet="abc*:/", min_size=1, max_size=6)
LISTS = st.one_of(TEXTS, st.lists(TEXTS, min_size=1, max_size=3))
STATEMENTS = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]), "Action": LISTS, "Resource": LISTS},
    optional={"Sid": TEXTS, "Condition": st.dictionaries(TEXTS, st.dictionaries(TEXTS, LISTS, max_size=2), max_size=2)},
)
DOCUMENTS = st.fixed_dictionaries({"Version": st.just("2012-10-17"), "Statement": st.lists(STATEMENTS, min_size=1, max_size=3)})


def rewritten(value):
    """The same document as IAM might give it back: keys and lists turned round, lone strings in lists."""
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
def test_a_document_is_the_same_however_it_is_written(document):
    assert same_policy(document, listed(rewritten(document)))


@given(DOCUMENTS, DOCUMENTS)
def test_two_documents_are_the_same_both_ways_round(one, other):
    same_both_ways(one, other)


@pytest.mark.parametrize(
    "partition, service",
    [("aws", "ec2.amazonaws.com"), ("aws-us-gov", "ec2.amazonaws.com"), ("aws-cn", "ec2.amazonaws.com.cn")],
)
def test_ec2_is_trusted_under_the_name_it_has_in_the_partition(partition, service):
    assert trust_ec2(partition)["Statement"][0]["Principal"] == {"Service": service}
