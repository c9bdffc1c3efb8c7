# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The instance metadata service, where it can be reached."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

from ..aws import Aws
from ..probe import Different, NotApplicable, documented, expect, probe, same
from ..waiting import eventually
from .associations import free_instance

USE = "EC2 User Guide: Use the Instance Metadata Service to access instance metadata"
CREDENTIALS = "EC2 User Guide: Retrieve security credentials from instance metadata"
CATEGORIES = "EC2 User Guide: Instance metadata categories"


def get(aws: Aws, instance_id: str, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
    """The status and the body of an answer to the instance."""
    if not aws.place.imds:
        raise NotApplicable("the metadata service can be reached only from an instance: run the main job with --verify")
    named = {f"X-aws-ec2-metadata-{key.replace('_', '-')}": value for key, value in headers.items()}
    request = urllib.request.Request(aws.place.imds(instance_id) + path, method=method, headers=named)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def token(aws: Aws, instance_id: str, seconds: str = "60") -> str:
    status, body = get(aws, instance_id, "/latest/api/token", "PUT", token_ttl_seconds=seconds)
    if status != 200:
        raise Different(f"{status} for a token")
    return body


def read(aws: Aws, instance_id: str, path: str) -> tuple[int, str]:
    return get(aws, instance_id, f"/latest/meta-data/{path}", token=token(aws, instance_id))


@probe("A token is valid for 1 to 21,600 seconds. A request for more gets 400.", documented(USE), "_identity/imds/client.py")
def token_lifetime(aws: Aws) -> None:
    instance_id = aws.resources.shared_instance
    expect(token(aws, instance_id, "21600"), "no token")
    same(get(aws, instance_id, "/latest/api/token", "PUT", token_ttl_seconds="21601")[0], 400)


@probe("If IMDSv2 is required, a request without a token gets 401.", documented(USE), "_identity/imds/imdsv1_probe.py")
def request_without_token(aws: Aws) -> None:
    get(aws, aws.resources.shared_instance, "/latest/meta-data/instance-id")
    [instance_id] = aws.resources.launch(MetadataOptions={"HttpTokens": "required"})
    same(get(aws, instance_id, "/latest/meta-data/instance-id")[0], 401)
    same(read(aws, instance_id, "instance-id"), (200, instance_id))
    aws.resources.terminate(instance_id)


@probe(
    "An instance without a profile has nothing under iam/: 404.", documented(CATEGORIES), "_identity/metadata_reader.py", "_identity/observation.py"
)
def no_profile(aws: Aws) -> None:
    with free_instance(aws) as instance_id:
        same(eventually(lambda: read(aws, instance_id, "iam/info")[0], lambda status: status == 404, 60), 404)


@probe("In the metadata, iam/info has the ARN and the id of the profile.", documented(CATEGORIES), "_identity/metadata.py")
def profile_in_metadata(aws: Aws) -> None:
    profile = aws.resources.shared_profile
    get(aws, aws.resources.shared_instance, "/latest/meta-data/instance-id")
    with free_instance(aws) as instance_id:
        aws.resources.associate(instance_id, profile)
        status, body = eventually(lambda: read(aws, instance_id, "iam/info"), lambda answer: answer[0] == 200, 60)
        info = json.loads(body)
        same((info["InstanceProfileArn"], info["InstanceProfileId"]), (profile["Arn"], profile["InstanceProfileId"]))


@probe(
    "In the metadata, iam/security-credentials/ names the role and has its credentials: Code, Type, AccessKeyId, SecretAccessKey, Token, Expiration.",
    documented(CREDENTIALS),
    "_identity/metadata.py",
)
def credentials_in_metadata(aws: Aws) -> None:
    get(aws, aws.resources.shared_instance, "/latest/meta-data/instance-id")
    role = aws.resources.role()
    profile = aws.resources.profile(role)
    with free_instance(aws) as instance_id:
        aws.resources.associate(instance_id, profile)
        status, body = eventually(lambda: read(aws, instance_id, "iam/security-credentials/"), lambda answer: answer[0] == 200, 60)
        same(body.strip(), role)
        document = json.loads(read(aws, instance_id, f"iam/security-credentials/{role}")[1])
        expect({"Code", "Type", "AccessKeyId", "SecretAccessKey", "Token", "Expiration"} <= document.keys(), sorted(document))
        same((document["Code"], document["AccessKeyId"][:4]), ("Success", "ASIA"))


@probe(
    "The identity document has the account, the region and the instance.",
    documented("EC2 User Guide: Instance identity documents for Amazon EC2 instances"),
    "_identity/metadata.py",
)
def identity_document(aws: Aws) -> None:
    instance_id = aws.resources.shared_instance
    get(aws, instance_id, "/latest/meta-data/instance-id")
    answer = get(aws, instance_id, "/latest/dynamic/instance-identity/document", token=token(aws, instance_id))
    document = json.loads(answer[1])
    same((document["accountId"], document["region"], document["instanceId"]), (aws.account, aws.region, instance_id))
