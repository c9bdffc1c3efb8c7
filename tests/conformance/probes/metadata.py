# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The instance metadata service, as an instance sees it."""

from __future__ import annotations

from ..aws import Aws
from ..probe import documented, expect, probe, same

USE = "EC2 User Guide: Use the Instance Metadata Service to access instance metadata"
CREDENTIALS = "EC2 User Guide: Retrieve security credentials from instance metadata"
CATEGORIES = "EC2 User Guide: Instance metadata categories"
# Until an instance has started, and has written what it sees to its console
SECONDS = 150


@probe("A token is valid for 1 to 21,600 seconds. A request for more gets 400.", documented(USE), "_identity/imds/client.py", seconds=SECONDS)
def token_lifetime(aws: Aws) -> None:
    seen = aws.metadata.without_profile
    same((seen["token"], seen["token_of_more_seconds"]), (200, 400))


@probe("If IMDSv2 is required, a request without a token gets 401.", documented(USE), "_identity/imds/imdsv1_probe.py")
def request_without_token(aws: Aws) -> None:
    seen = aws.metadata.without_profile
    same((seen["id_without_token"], list(seen["id"])), (401, [200, aws.metadata.instance_id]))


@probe(
    "An instance without a profile has nothing under iam/: 404.", documented(CATEGORIES), "_identity/metadata_reader.py", "_identity/observation.py"
)
def no_profile(aws: Aws) -> None:
    same(aws.metadata.without_profile["profile"], 404)


@probe("In the metadata, iam/info has the ARN and the id of the profile.", documented(CATEGORIES), "_identity/metadata.py")
def profile_in_metadata(aws: Aws) -> None:
    seen, profile = aws.metadata.with_profile["profile"], aws.metadata.profile
    same((seen["InstanceProfileArn"], seen["InstanceProfileId"]), (profile["Arn"], profile["InstanceProfileId"]))


@probe(
    "In the metadata, iam/security-credentials/ names the role and has its credentials: Code, Type, AccessKeyId, SecretAccessKey, Token, Expiration.",
    documented(CREDENTIALS),
    "_identity/metadata.py",
)
def credentials_in_metadata(aws: Aws) -> None:
    seen = aws.metadata.with_profile
    same(seen["roles"], aws.metadata.role)
    expect({"Code", "Type", "AccessKeyId", "SecretAccessKey", "Token", "Expiration"} <= set(seen["members"]), seen["members"])
    same((seen["code"], seen["key"]), ("Success", "ASIA"))


@probe(
    "The identity document has the account, the region and the instance.",
    documented("EC2 User Guide: Instance identity documents for Amazon EC2 instances"),
    "_identity/metadata.py",
)
def identity_document(aws: Aws) -> None:
    seen = aws.metadata.without_profile["document"]
    same((seen["accountId"], seen["region"], seen["instanceId"]), (aws.account, aws.region, aws.metadata.instance_id))
