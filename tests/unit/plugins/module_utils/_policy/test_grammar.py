# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that apply to both types of policy: versions, operators, and documents of any form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._policy.conditions import OPERATORS
from ansible_collections.keyless.ec2.plugins.module_utils._policy.grammar import DOCUMENT_KEYS, STATEMENT_KEYS
from ansible_collections.keyless.ec2.plugins.module_utils._policy.permissions_policy import check_permissions_policy
from ansible_collections.keyless.ec2.plugins.module_utils._policy.principals import PRINCIPAL_KEYS
from ansible_collections.keyless.ec2.plugins.module_utils._policy.trust_policy import check_trust_policy
from ansible_collections.keyless.ec2.plugins.module_utils._policy.warnings import document_warnings
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._policy.documents import (
    OLD,
    permissions,
    rejected,
    trust,
)


@pytest.mark.parametrize("version", ["2012-10-17", OLD])
def test_both_versions_of_the_language_are_accepted(version):
    check_permissions_policy("p", {**permissions(), "Version": version})


@pytest.mark.parametrize("check", [check_trust_policy, check_permissions_policy])
@pytest.mark.parametrize("version", ["2017-09-11", "2012-10-18", "", 1, None])
def test_the_error_for_another_version_explains_it(check, version):
    error = rejected(check, {**permissions(), "Version": version})
    assert error.option == "p.Version"
    assert f'"{version}"' in str(error)
    assert "not the date on which the policy was written" in str(error)
    assert '"2012-10-17"' in str(error) and '"2008-10-17"' in str(error)


VALUES = {"Numeric": 1, "Date": "2026-01-01", "IpAddress": "192.0.2.0/24"}


@pytest.mark.parametrize("prefix", ["", "ForAllValues:", "ForAnyValue:"])
@pytest.mark.parametrize("operator", OPERATORS)
def test_every_operator_passes(prefix, operator):
    value = VALUES.get(next((each for each in VALUES if operator.removeprefix("Not").startswith(each)), ""), "true")
    check_permissions_policy("p", permissions(Condition={prefix + operator: {"aws:x": value}}))
    if operator != "Null":
        check_permissions_policy("p", permissions(Condition={f"{prefix}{operator}IfExists": {"aws:x": value}}))


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.sampled_from(["*", "s3:Get", "sts:x", "Allow"]),
)
KEYS = st.one_of(
    st.sampled_from([*DOCUMENT_KEYS, *STATEMENT_KEYS, *PRINCIPAL_KEYS, "Bool", "StringEquals", "Nul"]),
    st.text(max_size=5),
)
JSON = st.recursive(SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)))
# Similar to a policy, so that later checks are reached too.
STATEMENTS = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"])},
    optional={key: JSON for key in STATEMENT_KEYS if key != "Effect"},
)
DOCUMENTS = st.one_of(
    st.dictionaries(KEYS, JSON, max_size=4),
    st.fixed_dictionaries({"Statement": st.one_of(JSON, STATEMENTS, st.lists(STATEMENTS, max_size=3))}, optional={"Id": JSON}),
    st.builds(lambda condition: permissions(Condition=condition), JSON),
    st.builds(lambda condition: permissions(Condition={"Bool": condition}), JSON),
    st.builds(lambda principal: trust(Principal=principal), JSON),
    st.builds(lambda resource: permissions(Resource=resource), JSON),
)


@pytest.mark.parametrize("check", [check_permissions_policy, check_trust_policy])
@given(document=DOCUMENTS)
def test_any_document_is_accepted_or_rejected_with_a_location(check, document):
    try:
        check("p", document)
    except OptionError as error:
        assert error.option.startswith("p")
        return
    # Warnings can be computed for every accepted document.
    assert all(each.location.startswith("p.Statement[") for each in document_warnings("p", document))
