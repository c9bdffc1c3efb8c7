# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._policy.document import policy_size
from ansible_collections.keyless.ec2.plugins.module_utils._policy.trusted_entities import ec2_trust_policy
from ansible_collections.keyless.ec2.plugins.module_utils._role.plan import plan_present
from ansible_collections.keyless.ec2.plugins.module_utils._role.quotas import (
    Usage,
    check_quotas,
    exceeds,
    peak_usage,
)
from ansible_collections.keyless.ec2.plugins.module_utils._role.spec import RoleSpec
from ansible_collections.keyless.ec2.plugins.module_utils._role.state import RoleState
from ansible_collections.keyless.ec2.plugins.module_utils._values.quotas import Quotas
from ansible_collections.keyless.ec2.plugins.module_utils._values.role import Role

TRUST = ec2_trust_policy("aws")
SMALL = Quotas(attached=2, trust_size=500, inline_size=300)
ARNS = {name: f"arn:aws:iam::aws:policy/{name}" for name in "abcdef"}
ROLE = Role(name="web", path="/", trust_policy=TRUST, managed_policies={ARNS["a"]: "a", ARNS["b"]: "b"})


def document(size):
    """A policy document of this size."""
    found = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": ""}]}
    found["Statement"][0]["Resource"] = "x" * (size - policy_size(found))
    return found


@pytest.mark.parametrize(
    "field, option",
    [
        ("attached", "managed_policies"),
        ("trust_size", "assume_role_policy_document"),
        ("inline_size", "inline_policies"),
    ],
)
def test_usage_up_to_the_quota_is_accepted(field, option):
    full = Usage(SMALL.attached, SMALL.trust_size, SMALL.inline_size)
    check_quotas(full, SMALL)
    assert not exceeds(full, SMALL)
    more = replace(full, **{field: getattr(full, field) + 1})
    assert exceeds(more, SMALL)
    with pytest.raises(OptionError) as error:
        check_quotas(more, SMALL)
    assert error.value.option == option
    assert str(getattr(more, field)) in str(error.value) and str(getattr(SMALL, field)) in str(error.value)


def plan(role, managed_policies=None, quotas=SMALL, **options):
    arns = managed_policies and tuple(ARNS[name] for name in managed_policies)
    spec = RoleSpec(name="web", create_instance_profile=False, managed_policies=arns, **options)
    return plan_present(spec, RoleState(role), quotas)


def operations(planned):
    return [(change.operation, change.parameters.get("PolicyArn", change.parameters.get("PolicyName"))) for change in planned.changes]


def test_policies_are_attached_first_if_the_quota_allows():
    role = replace(ROLE, managed_policies={ARNS["a"]: "a"})
    assert operations(plan(role, managed_policies=("b",))) == [
        ("AttachRolePolicy", ARNS["b"]),
        ("DetachRolePolicy", ARNS["a"]),
    ]


def test_as_few_policies_as_possible_are_detached_first():
    assert operations(plan(ROLE, managed_policies=("b", "c"))) == [
        ("DetachRolePolicy", ARNS["a"]),
        ("AttachRolePolicy", ARNS["c"]),
    ]
    role = replace(ROLE, managed_policies={ARNS["a"]: "a", ARNS["b"]: "b"})
    assert operations(plan(role, managed_policies=("c",))) == [
        ("DetachRolePolicy", ARNS["a"]),
        ("AttachRolePolicy", ARNS["c"]),
        ("DetachRolePolicy", ARNS["b"]),
    ]


def test_inline_policies_are_deleted_first_if_necessary():
    role = replace(ROLE, inline_policies={"old": document(200)})
    assert operations(plan(role, inline_policies={"new": document(200)})) == [
        ("DeleteRolePolicy", "old"),
        ("PutRolePolicy", "new"),
    ]
    assert operations(plan(role, inline_policies={"new": document(100)})) == [
        ("PutRolePolicy", "new"),
        ("DeleteRolePolicy", "old"),
    ]


def test_an_inline_policy_is_shrunk_before_another_one_grows():
    role = replace(ROLE, inline_policies={"a": document(100), "b": document(190), "old": document(100)})
    grown = {"a": document(180), "b": document(110), "old": document(100)}
    tight = replace(SMALL, inline_size=390)
    assert operations(plan(role, quotas=tight, inline_policies=grown)) == [("PutRolePolicy", "b"), ("PutRolePolicy", "a")]
    assert operations(plan(role, quotas=replace(tight, inline_size=470), inline_policies=grown)) == [
        ("PutRolePolicy", "a"),
        ("PutRolePolicy", "b"),
    ]


def test_as_few_inline_policies_as_possible_are_deleted_first():
    role = replace(ROLE, inline_policies={"a": document(100), "b": document(100)})
    assert operations(plan(role, inline_policies={"new": document(200)})) == [
        ("DeleteRolePolicy", "a"),
        ("PutRolePolicy", "new"),
        ("DeleteRolePolicy", "b"),
    ]


def test_unknown_quotas_determine_the_order_but_reject_nothing():
    unknown = replace(SMALL, is_known=False)
    role = replace(ROLE, inline_policies={"old": document(200)})
    assert operations(plan(role, ("b", "c"), unknown, inline_policies={"new": document(200)})) == [
        ("DetachRolePolicy", ARNS["a"]),
        ("DeleteRolePolicy", "old"),
        ("AttachRolePolicy", ARNS["c"]),
        ("PutRolePolicy", "new"),
    ]
    more = plan(role, tuple("abcdef"), unknown, inline_policies={"new": document(400)})
    assert ("PutRolePolicy", "new") in operations(more)


def test_the_peak_is_before_anything_has_shrunk():
    role = replace(ROLE, inline_policies={"a": document(200), "b": document(100)})
    desired = {"a": document(100), "b": document(200), "c": document(100)}
    assert peak_usage(role, TRUST, [ARNS["b"], ARNS["c"]], desired) == Usage(3, policy_size(TRUST), 500)


def test_too_much_is_rejected():
    with pytest.raises(OptionError, match="^managed_policies: 3 policies would be attached: the account's quota is 2"):
        plan(ROLE, managed_policies=("a", "b", "c"))
    with pytest.raises(OptionError, match="^inline_policies: 400 characters in total are too many"):
        plan(ROLE, inline_policies={"one": document(200), "two": document(200)})


def test_a_deleted_principal_is_a_warning():
    trust = {"Statement": [{**TRUST["Statement"][0], "Principal": {"AWS": "AROAEXAMPLE4EXAMPLE4X"}}]}
    (warning,) = plan(replace(ROLE, trust_policy=trust)).warnings
    assert "AROAEXAMPLE4EXAMPLE4X" in warning
    assert "deleted" in warning
    (unknown,) = plan(ROLE, trust_policy=trust).warnings
    assert unknown.startswith("It is unknown whether a user or role with the id AROAEXAMPLE4EXAMPLE4X exists")
    assert plan(ROLE).warnings == ()
