# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The resources of a policy statement: ARNs, and what AWS says of those of IAM and S3.  Pure."""

from __future__ import annotations

import re
from typing import Iterable, Optional

from .checks import Wrong

VARIABLE = re.compile(r"\$\{[^}]*\}")
ANY = "$"  # in the place of a variable, which stands for any text
_SPECIAL = frozenset("*?$")
PARTITION = re.compile(r"(aws|[*?])[a-z0-9*?-]*")
# What IAM's own refusal names, and what AWS's own policies have besides
IAM_KINDS = (
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
# What of S3 is in a region; a bucket is not.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
S3_IN_A_REGION = (
    "accesspoint/",
    "access-grants/",
    "async-request/",
    "job/",
    "storage-lens/",
    "storage-lens-group/",
)


def of_resource(resource: str) -> Optional[Wrong]:
    """What is wrong with a resource that AWS refuses."""
    if resource == "*":
        return None
    # A variable may hold colons, which do not part the ARN.
    parts = VARIABLE.sub(ANY, resource).split(":", 5)
    # A wildcard at the end stands for the parts that are left out as well: IAM takes arn:aws:medialive:*.
    whole = len(parts) == 6 or (len(parts) > 3 and resource.endswith("*"))
    if parts[0] != "arn" or not whole or not parts[2]:
        form = "arn:partition:service:region:account:resource"
        suggestion = f'A resource is "*" or an ARN: {form}, like arn:aws:s3:::bucket/*.'
        return Wrong("bad_resource", suggestion)
    if not PARTITION.fullmatch(parts[1]):
        suggestion = "The second part of an ARN is the partition, written out: aws, aws-cn, aws-us-gov; or *."
        return Wrong("bad_resource", suggestion)
    return _of_service(parts[2], parts[3], parts[5]) if len(parts) == 6 else None


def _of_service(service: str, region: str, path: str) -> Optional[Wrong]:
    # A region that is a wildcard may stand for none.
    in_a_region = bool(region) and not _SPECIAL & set(region)
    if service == "s3" and in_a_region and not _may_begin(path, S3_IN_A_REGION):
        return Wrong("region_in_arn", "S3's buckets have no region in their ARNs: arn:aws:s3:::bucket/*.")
    if service == "iam" and in_a_region:
        return Wrong("region_in_arn", "IAM has no regions: arn:aws:iam::123456789012:role/web.")
    if service == "iam" and not _may_begin(path, IAM_KINDS):
        kinds = ", ".join(each.rstrip("/") for each in IAM_KINDS[:8])
        return Wrong("unknown_iam_resource", f"What IAM has begins with its kind: {kinds} and so on; or it is *.")
    return None


def _may_begin(path: str, kinds: Iterable[str]) -> bool:
    """Whether the path begins with one of the kinds, or may, because there is a wildcard as early as that."""
    literal = re.split(r"[*?$]", path, maxsplit=1)[0]
    return any(path.startswith(kind) or (literal != path and kind.startswith(literal)) for kind in kinds)
