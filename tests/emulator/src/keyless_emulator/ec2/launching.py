# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Launches one instance for a service, by the rules of RunInstances."""

from __future__ import annotations

from typing import Any

from .associations import table_of
from .imds_defaults import metadata_options


def launch_one(backend: Any, source: Any, spot: bool, tags: dict[str, str], **options: Any) -> Any:
    """Returns a new instance with all settings of the source. Raises EC2's error."""
    data = source.data
    profile = source.profile(backend)
    given = {
        "instance_type": data.get("InstanceType") or "m1.small",
        "is_instance_type_default": False,
        "tags": {"instance": tags},
        "metadata_options": metadata_options(backend, data),
        "key_name": data.get("KeyName"),
        "security_group_ids": data.get("SecurityGroupIds") or [],
        "associate_public_ip": None,
        "instance_market_options": "spot" if spot else {},
        "launch_config": source.configuration,
        "launch_template": source.specification,
        **options,
    }
    groups = data.get("SecurityGroups") or []
    reservation = backend.run_instances(data.get("ImageId") or "", 1, data.get("UserData"), groups, **given)
    (instance,) = reservation.instances
    if profile:
        table_of(backend).begin(instance.id, profile, runs_at=instance.instance_state.settles_at)
    instance.launch_source = source
    return instance
