# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The answers of an instance's metadata service, including secrets."""

from __future__ import annotations

import json

from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._identity.imds import fake_imds

INSTANCE_ID = "i-0123456789abcdef0"
ARN = "arn:aws:iam::123456789012:instance-profile/path/web"
NOW = 1795489200.0  # 2026-11-24T03:00:00Z
SECRETS = ("ASIA234567ABCDEFGHIJ", "the-secret-access-key-of-a-role", "the-session-token-of-a-role", fake_imds.SESSION)
DOCUMENT = {
    "Code": "Success",
    "LastUpdated": "2026-11-24T03:00:00Z",
    "Type": "AWS-HMAC",
    "AccessKeyId": SECRETS[0],
    "SecretAccessKey": SECRETS[1],
    "Token": SECRETS[2],
    "Expiration": "2026-11-24T08:59:00Z",
}

METADATA = "/latest/meta-data/"
ROLES = METADATA + "iam/security-credentials/"
INFO = {"Code": "Success", "InstanceProfileArn": ARN, "InstanceProfileId": "AIPA1"}
IDENTITY_DOCUMENT = "/latest/dynamic/instance-identity/document"
PAGES = {
    IDENTITY_DOCUMENT: {"instanceId": INSTANCE_ID, "region": "eu-central-1", "accountId": "123456789012"},
    METADATA + "iam/info": INFO,
    ROLES: "web",
    ROLES + "web": DOCUMENT,
}


def pages(**changes):
    """PAGES with changes, by the last part of the path; None removes a page."""
    texts = {path: page if isinstance(page, str) else json.dumps(page) for path, page in PAGES.items()}
    answers = {path: (200, text) for path, text in texts.items()}
    for name, answer in changes.items():
        (path,) = [each for each in PAGES if each.strip("/").endswith(name.replace("_", "-"))]
        answers[path] = answer or (404, "not found")
    return answers
