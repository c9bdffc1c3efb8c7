# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong with the variables of the role launch.  Pure."""

from __future__ import annotations

import re
from typing import Any, Mapping

from ansible_collections.keyless.ec2.plugins.module_utils._common.limits import MAX_SECONDS
from ansible_collections.keyless.ec2.plugins.plugin_utils._variables.checks import (
    errors_of,
    length,
    no_spaces_alone,
    number,
    pattern,
    profile,
    required,
    tags,
    texts,
)

IMAGE = re.compile(r"ami-[0-9a-f]{8,17}|resolve:ssm:.+")
IMAGE_EXAMPLE = "Use an id like ami-0123456789abcdef0, or resolve:ssm: and a parameter."
SUBNET = re.compile(r"subnet-[0-9a-f]{8,17}")
NAME = re.compile(r"[^*?\\]*", re.DOTALL)  # EC2 would take the others for wildcards, and find instances with other names.
HOPS = 64
TEXTS = ("name", "instance_type", "key_name", "region")  # which nothing else checks for spaces
MAX_NAME = 256  # a tag's value
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html
MAX_USER_DATA = 16 * 1024


def launch_errors(values: Mapping[str, Any]) -> list[str]:
    """An error for each invalid value; ``values`` are those of the role's variables, without the prefix and converted."""
    return errors_of(
        [
            required("launch_name", values["name"]),
            length("launch_name", values["name"], 0, MAX_NAME),
            pattern("launch_name", values["name"], NAME, "Use a name without *, ? and \\."),
            number("launch_count", values["count"], 0),
            pattern("launch_image_id", values["image_id"], IMAGE, IMAGE_EXAMPLE),
            profile("launch_instance_profile", values["profile"]),
            pattern("launch_subnet_id", values["subnet_id"], SUBNET, "Use an id like subnet-0123456789abcdef0."),
            texts("launch_security_groups", values["security_groups"]),
            length("launch_user_data", values["user_data"], 0, MAX_USER_DATA),
            tags("launch_tags", values["tags"]),
            number("launch_http_put_response_hop_limit", values["hop_limit"], 1, HOPS),
            number("launch_wait_timeout", values["wait_timeout"], 1, MAX_SECONDS),
            *no_spaces_alone("launch", values, TEXTS),
        ]
    )
