# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An instance's metadata, as files in folders."""

from __future__ import annotations

import json
from typing import Any

from .credentials import iam_metadata
from .times import iso_8601

IDENTITY_DOCUMENT = "latest/dynamic/instance-identity/document"


def metadata_at(instance: Any, path: str) -> str | None:
    """Returns the file or the listing at the path, or None."""
    files, wanted = _files(instance), path.strip("/")
    return files[wanted] if wanted in files else _listing(files, f"{wanted}/" if wanted else "")


def _files(instance: Any) -> dict[str, str]:
    metadata = {
        "instance-id": instance.id,
        "placement/availability-zone": instance.placement.zone,
        "placement/region": instance.ec2_backend.region_name,
        **{f"iam/{name}": text for name, text in iam_metadata(instance).items()},
    }
    files = {f"latest/meta-data/{name}": text for name, text in metadata.items()}
    return {**files, IDENTITY_DOCUMENT: json.dumps(_identity_document(instance), indent=2)}


def _listing(files: dict[str, str], folder: str) -> str | None:
    """Returns the entries of a folder, one per line. Folders end with a slash."""
    inside = (name.removeprefix(folder) for name in files if name.startswith(folder))
    entries = {first + slash for first, slash, _rest in (name.partition("/") for name in inside)}
    return "\n".join(sorted(entries)) or None


def _identity_document(instance: Any) -> dict[str, Any]:
    return {
        "accountId": instance.ec2_backend.account_id,
        "architecture": instance.architecture,
        "availabilityZone": instance.placement.zone,
        "imageId": instance.image_id,
        "instanceId": instance.id,
        "instanceType": instance.instance_type,
        "pendingTime": iso_8601(instance.launch_time),
        "privateIp": instance.private_ip,
        "region": instance.ec2_backend.region_name,
        "version": "2017-09-30",
    }
