# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host with a user's access key, and the variables that migrate it."""

from __future__ import annotations

from pathlib import Path

from .aws import Aws


def key_on_host(aws: Aws, root: Path, user: str) -> str:
    """Creates a user with a key in a file of the host; returns the id of the key."""
    aws.iam.create_user(UserName=user)
    key = aws.iam.create_access_key(UserName=user)["AccessKey"]
    (root / "root/.aws").mkdir(parents=True)
    text = f"[default]\naws_access_key_id={key['AccessKeyId']}\naws_secret_access_key={key['SecretAccessKey']}\n"
    (root / "root/.aws/credentials").write_text(text, encoding="utf-8")
    return key["AccessKeyId"]


def migration(aws: Aws, root: Path, instance: str, profile: str, key: str, check: str = "true") -> dict:
    """The variables of a run that moves the instance to the profile's role, and deactivates the key."""
    options = {
        "hosts": "localhost",
        "become": False,
        "instance_profile": profile,
        "on_conflict": "replace",
        "instance_id": instance,
        "endpoint": f"{aws.endpoint}/imds/{instance}",
        "root": str(root),
        "check": check,
        "deactivate": [key],
    }
    return {f"migrate_keys_{name}": value for name, value in options.items()}
