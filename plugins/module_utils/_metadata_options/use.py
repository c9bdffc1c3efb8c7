# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what instances still use of their metadata service: CloudWatch's metric, and when their roles were last used."""

from __future__ import annotations

from datetime import datetime
from typing import Callable, Iterable, Mapping, TypeVar

from .._aws.parallel import each_in_parallel, in_parallel
from .._aws.region_clients import RegionClients
from .._common.errors import AwsError
from .._values.instances import Instance
from .._values.metadata_use import UNKNOWN, UNUSED, USED, Use, Window, use_in, with_role_use
from .row import SERVICE, Row

T = TypeVar("T")

WORKERS = 8  # parallel reads; IAM's rate limits are unpublished and low


class UseReader:
    """Reads what instances use.  What can't be read is unknown, and its error is kept in ``errors``."""

    def __init__(self, clients: RegionClients, window: Window) -> None:
        self._clients = clients
        self._window = window
        self.errors: dict[str, AwsError] = {}

    def read(self, rows: Iterable[Row], instances: Mapping[str, Instance]) -> dict[str, Use]:
        """The use by the instances whose rows end something, by instance id; N/500 calls, and a few for each instance profile."""
        ends = {row.instance_id: row.ends for row in rows if row.ends}
        profiles = sorted({instances[key].profile_name for key, what in ends.items() if what == SERVICE} - {""})
        of_metric, of_profiles = in_parallel(
            lambda: self._of_metric(list(ends)),
            lambda: dict(zip(profiles, each_in_parallel(self._of_profile, profiles, WORKERS))),
        )
        of_profiles[""] = Use(UNUSED)
        return {
            key: with_role_use(of_metric[key], of_profiles[instances[key].profile_name]) if what == SERVICE else of_metric[key]
            for key, what in ends.items()
        }

    def _of_metric(self, instance_ids: list[str]) -> dict[str, Use]:
        if not instance_ids:
            return {}

        def read() -> dict[str, Use]:
            found = self._clients.metrics.imdsv1_requests(instance_ids, self._window)
            return {key: use_in(each, self._window) for key, each in found.items()}

        return self._attempt(read, lambda unknown: dict.fromkeys(instance_ids, unknown), "MetadataNoToken")

    def _of_profile(self, name: str) -> Use:
        def read() -> Use:
            profile = self._clients.iam.instance_profiles.find(name)
            role = self._clients.iam.roles.find_without_policies(profile.roles[0]) if profile and profile.roles else None
            if role is None:
                return Use(UNKNOWN, f"its instance profile {name} does not exist or has no role")
            return role_use(role.name, str(role.create_date), role.last_used.get("last_used_date"), self._window)

        return self._attempt(read, lambda unknown: unknown, f"the role in {name}")

    def _attempt(self, read: Callable[[], T], if_unknown: Callable[[Use], T], what: str) -> T:
        """What ``read`` returns; if AWS refuses it, the unknown use."""
        try:
            return read()
        except AwsError as error:
            self.errors[what] = error
            return if_unknown(Use(UNKNOWN, f"{what} could not be read ({error.code})"))


def role_use(name: str, created: str, last_used: object, window: Window) -> Use:
    """What IAM says about the use of the role's credentials anywhere; times are in ISO 8601."""
    if last_used and datetime.fromisoformat(str(last_used)) >= window.since:
        return Use(USED, f"its role {name} was last used on {str(last_used)[:10]}")
    if datetime.fromisoformat(created) > window.since:
        return Use(UNKNOWN, f"its role {name} was created on {created[:10]}, which is too young")
    return Use(UNUSED)
