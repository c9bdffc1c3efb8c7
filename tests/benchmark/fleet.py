# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator with instances."""

from __future__ import annotations

import itertools

from ansible_collections.keyless.ec2.tests.integration.support.aws import REGION, SECRET, Aws

PROFILE = "web"
LATENCY_MILLISECONDS = 20
MOST_LAUNCHED_AT_ONCE = 1000


class Fleet(Aws):
    """Instances that are created again for each measurement, in an otherwise empty emulator. Calls are slow only during the measurement."""

    _keys = itertools.count(1)

    def populate(self, size: int, attached: bool) -> None:
        """Resets the emulator, and launches this many instances, with the profile or without one."""
        self.empty()
        self.profile_arn = self.make_profile(PROFILE)
        while len(self.instance_ids) < size:
            count = min(size - len(self.instance_ids), MOST_LAUNCHED_AT_ONCE)
            self.instance_ids += self.run_instances(count, PROFILE if attached else None, "fleet")
        self.slow_down(LATENCY_MILLISECONDS)

    def empty(self) -> None:
        """Resets the emulator."""
        self.reset()
        self.profile_arn = ""
        self.instance_ids: list[str] = []
        self.group_names: list[str] = []

    def lacking(self) -> int:
        """Returns how many instances do not have the profile according to EC2."""
        self.slow_down(0)
        pages = self.ec2.get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 1000})
        shown = [each for page in pages for reservation in page["Reservations"] for each in reservation["Instances"]]
        attached = sum(each.get("IamInstanceProfile", {}).get("Arn") == self.profile_arn for each in shown)
        return len(self.instance_ids) - attached

    def throttle(self, operation: str, bucket: dict[str, int]) -> None:
        """Limits an operation with a token bucket: ``capacity``, and ``refill`` per second."""
        self._http("PUT", "/emulator/buckets", {operation: bucket})

    def variables(self) -> dict[str, str]:
        """Returns the environment of a user of this emulator, with a new access key id."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": f"AKIABENCHMARK{next(self._keys):07d}",
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
