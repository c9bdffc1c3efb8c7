# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of an inline policy, and of the ARNs of its resources.  Pure."""

from __future__ import annotations

import re
from typing import Any, Iterable, Mapping, Optional

from .checks import Violation, check_strings, forbid, require_exactly_one
from .document import located_statements
from .grammar import VARIABLE, check_document, check_statement

ANY = "$"  # replaces a policy variable, which can have any value
_SPECIAL = frozenset("*?$")
PARTITION = re.compile(r"(aws|[*?])[a-z0-9*?-]*")
# From IAM's own error message and from AWS's own policies
IAM_TYPES = (
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
    "assumed-role/",
    "delegation-request/",
    "role-template/",
    "root",
)
# The S3 resources whose ARNs have a region, unlike those of buckets
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
S3_REGIONAL_TYPES = (
    "accesspoint/",
    "access-grants/",
    "async-request/",
    "job/",
    "storage-lens/",
    "storage-lens-group/",
)


def check_permissions_policy(option: str, document: Mapping[str, Any]) -> None:
    """Raises PolicyError, with the location in the document, unless it is a valid inline policy of a role."""
    check_document(option, document)
    for location, statement in located_statements(option, document):
        check_statement(location, statement)
        require_exactly_one(location, statement, "Resource", "NotResource")
        forbid(location, statement, ("Principal", "NotPrincipal"), "the principal of an inline policy is the role itself.")
        check_strings(location, statement, ("Resource", "NotResource"), _check_resource)


def _check_resource(resource: str) -> Optional[Violation]:
    if resource == "*":
        return None
    # The colons of a policy variable do not separate parts of the ARN.
    parts = VARIABLE.sub(ANY, resource).split(":", 5)
    # A final wildcard can stand for the remaining parts too: IAM accepts arn:aws:medialive:*.
    is_complete = len(parts) == 6 or (len(parts) > 3 and resource.endswith("*"))
    if parts[0] != "arn" or not is_complete or not parts[2]:
        form = "arn:partition:service:region:account:resource"
        suggestion = f'A resource is "*" or an ARN: {form}, like arn:aws:s3:::bucket/*.'
        return Violation("bad_resource", suggestion)
    if not PARTITION.fullmatch(parts[1]):
        suggestion = "The second part of an ARN is the partition, written out: aws, aws-cn, aws-us-gov; or *."
        return Violation("bad_resource", suggestion)
    return _check_service(parts[2], parts[3], parts[5]) if len(parts) == 6 else None


def _check_service(service: str, region: str, path: str) -> Optional[Violation]:
    # A wildcard as the region also matches no region.
    has_region = bool(region) and not _SPECIAL & set(region)
    if service == "s3" and has_region and not _may_start_with(path, S3_REGIONAL_TYPES):
        return Violation("region_in_arn", "ARNs of S3 buckets have no region: arn:aws:s3:::bucket/*.")
    if service == "iam" and has_region:
        return Violation("region_in_arn", "ARNs of IAM have no region: arn:aws:iam::123456789012:role/web.")
    if service == "iam" and not _may_start_with(path, IAM_TYPES):
        types = ", ".join(each.rstrip("/") for each in IAM_TYPES[:8])
        return Violation("unknown_iam_resource", f"An IAM resource begins with its type ({types} and others), or is *.")
    return None


def _may_start_with(path: str, types: Iterable[str]) -> bool:
    """Whether the path begins with one of the types, or can match such a path because of an early wildcard."""
    literal = re.split(r"[*?$]", path, maxsplit=1)[0]
    return any(path.startswith(each) or (literal != path and each.startswith(literal)) for each in types)
