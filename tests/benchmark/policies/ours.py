# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our findings in a policy, as iam_ec2_role checks it."""

from __future__ import annotations

from typing import Any

from ansible_collections.keyless.ec2.plugins.module_utils._policy.document import parse_policy
from ansible_collections.keyless.ec2.plugins.module_utils._policy.findings import Finding, PolicyError
from ansible_collections.keyless.ec2.plugins.module_utils._policy.permissions_policy import check_permissions_policy
from ansible_collections.keyless.ec2.plugins.module_utils._policy.trust_policy import check_trust_policy
from ansible_collections.keyless.ec2.plugins.module_utils._policy.warnings import document_warnings


def findings(document: Any, is_trust: bool = False) -> list[Finding]:
    """Returns the error, or the warnings if there is none."""
    check = check_trust_policy if is_trust else check_permissions_policy
    try:
        parsed = parse_policy("policy", document)
        check("policy", parsed)
    except PolicyError as error:
        return [error.finding]
    return document_warnings("policy", parsed)
