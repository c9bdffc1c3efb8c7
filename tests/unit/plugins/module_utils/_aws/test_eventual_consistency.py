# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which errors are retried, and for how long."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._aws.eventual_consistency import (
    PROPAGATION_SECONDS,
    USUAL_SECONDS,
    is_gone,
    is_outdated,
    retry_seconds,
)
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError

ROLES_FIRST = "Cannot delete entity, must remove roles from instance profile first."
POLICIES_FIRST = "Cannot delete entity, must delete policies first."


def error(operation, code, message=""):
    return AwsError(f"iam:{operation}", "role/web", "do it", code, message)


@pytest.mark.parametrize(
    "operation, code, message, made, seconds",
    [
        ("AttachRolePolicy", "NoSuchEntity", "The role with name web cannot be found.", ["CreateRole"], PROPAGATION_SECONDS),
        ("AttachRolePolicy", "NoSuchEntity", "Policy x does not exist or is not attachable.", ["CreateRole"], USUAL_SECONDS),
        ("AttachRolePolicy", "NoSuchEntity", "The role with name web cannot be found.", [], USUAL_SECONDS),
        ("AddRoleToInstanceProfile", "NoSuchEntity", "", ["CreateInstanceProfile"], PROPAGATION_SECONDS),
        ("DetachRolePolicy", "NoSuchEntity", "", ["CreateInstanceProfile"], USUAL_SECONDS),
        ("DeleteRole", "DeleteConflict", ROLES_FIRST, ["RemoveRoleFromInstanceProfile"], PROPAGATION_SECONDS),
        ("DeleteRole", "DeleteConflict", POLICIES_FIRST, ["RemoveRoleFromInstanceProfile"], USUAL_SECONDS),
        ("CreateRole", "EntityAlreadyExists", "", [], 0),
        ("AttachRolePolicy", "AccessDenied", "", ["CreateRole"], 0),
        ("CreateRole", "MalformedPolicyDocument", "Syntax errors in policy.", [], 0),
        ("CreateRole", "MalformedPolicyDocument", 'Invalid principal in policy: "AWS":"x"', [], 7),
    ],
)
def test_retry_seconds(operation, code, message, made, seconds):
    assert retry_seconds(error(operation, code, message), made, principal_seconds=7) == seconds


@pytest.mark.parametrize(
    "operation, gone",
    [
        *[(name, True) for name in ("DetachRolePolicy", "DeleteRole", "RemoveRoleFromInstanceProfile")],
        *[(name, False) for name in ("AttachRolePolicy", "UntagRole", "AddRoleToInstanceProfile")],
    ],
)
def test_only_removals_tolerate_missing_resources(operation, gone):
    assert is_gone(error(operation, "NoSuchEntity")) == gone
    assert not is_gone(error(operation, "DeleteConflict"))


@pytest.mark.parametrize(
    "operation, code, message, outdated",
    [
        ("CreateRole", "EntityAlreadyExists", "", True),
        ("DeleteRole", "DeleteConflict", POLICIES_FIRST, True),
        ("AddRoleToInstanceProfile", "LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1", True),
        ("AttachRolePolicy", "LimitExceeded", "Cannot exceed quota for PoliciesPerRole: 10", False),
        ("CreateRole", "AccessDenied", "", False),
    ],
)
def test_errors_that_show_an_outdated_plan(operation, code, message, outdated):
    assert is_outdated(error(operation, code, message)) == outdated
