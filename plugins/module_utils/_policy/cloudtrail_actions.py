# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The IAM action that a CloudTrail event needed permission for.  Pure."""

from __future__ import annotations

import re
from typing import Optional

from .service_reference import ServiceReference

DOMAIN = ".amazonaws.com"
# Some services append a version to the operation: ListFunctions20150331, GetFunction20150331v2
VERSION = re.compile(r"\d{8}(?:v\d+)?$")
# IAM prefixes of services that CloudTrail calls otherwise
PREFIXES = {
    "api.pricing": "pricing",
    "data.iot": "iot",
    "email": "ses",
    "ingest.timestream": "timestream",
    "metering-marketplace": "aws-marketplace",
    "models.lex": "lex",
    "monitoring": "cloudwatch",
    "query.timestream": "timestream",
    "runtime.lex": "lex",
    "tagging": "tag",
}
# Services whose prefix is their name in CloudTrail, for when the reference is not installed
SAME = frozenset(
    {
        *("acm", "autoscaling", "cloudformation", "cloudfront", "cloudtrail", "dynamodb", "ec2", "ecr", "ecs", "eks", "elasticfilesystem"),
        *("elasticloadbalancing", "events", "firehose", "glue", "iam", "kinesis", "kms", "lambda", "logs", "organizations", "rds", "route53"),
        *("s3", "secretsmanager", "sns", "sqs", "ssm", "states", "sts"),
    }
)
# IAM actions of operations that CloudTrail calls otherwise
ACTIONS = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "s3:GetBucketAccelerateConfiguration": "s3:GetAccelerateConfiguration",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
}
NEEDS_NO_PERMISSION = frozenset({"sts:GetCallerIdentity", "sts:GetSessionToken", "signin:ConsoleLogin"})


def iam_action(source: str, name: str, reference: Optional[ServiceReference] = None) -> Optional[str]:
    """The action as in IAM policies; None if it is unknown: many event sources and names are not those of IAM."""
    prefix = source[: -len(DOMAIN)] if source.endswith(DOMAIN) else source
    prefix = PREFIXES.get(prefix, prefix)
    written = f"{prefix}:{VERSION.sub('', name)}"
    action = ACTIONS.get(written, written)
    if reference is None:
        return action if prefix in SAME or prefix in PREFIXES.values() else None
    known = reference.actions(action)
    return known[0].name if known else None
