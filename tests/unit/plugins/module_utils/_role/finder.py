# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A finder of what uses instance profiles, which knows the answer."""

from __future__ import annotations

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError
from ansible_collections.keyless.ec2.plugins.module_utils._role.profile_users import ProfileUsers


class Finder:
    """Finds these users of instance profiles, or raises this error; ``asked`` are the ARNs."""

    def __init__(self, found):
        self.found = found
        self.asked = []

    def find_instances(self, arns):
        self.asked += arns
        if isinstance(self.found, AwsError):
            raise self.found
        return ProfileUsers(self.found.instances, self.found.incomplete)

    def with_launch_sources(self, users, _arns):
        return users._replace(launch_sources=self.found.launch_sources)
