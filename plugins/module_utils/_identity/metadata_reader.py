# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the metadata of an instance with one session token."""

from __future__ import annotations

from typing import Any, Callable, Optional, TypeVar

from .._common.identifiers import INSTANCE_ID, ROLE_NAME
from .imds.client import ImdsClient, NoAnswer
from .metadata import REGION, Credentials, Host, Profile, credentials_in, host_in, matching, profile_in

IDENTITY_DOCUMENT = "/latest/dynamic/instance-identity/document"
METADATA = "/latest/meta-data/"
ROLES = METADATA + "iam/security-credentials/"

T = TypeVar("T")


class MetadataReader:
    """Makes a number of requests, until one of them gets no valid answer."""

    def __init__(self, client: ImdsClient, token: str) -> None:
        self._client = client
        self._token = token

    def read(self) -> dict[str, Any]:
        """Fields of an Observation.  After an invalid answer, those so far and ``unanswered``."""
        seen: dict[str, Any] = {}
        try:
            seen["host"] = self._host()
            seen["profile"] = self._profile()
            seen["role_name"] = self._role_name()
            seen["credentials"] = self._credentials(seen["role_name"])
        except NoAnswer as error:
            seen["unanswered"] = str(error)
        return seen

    def _host(self) -> Host:
        host = host_in(self._get(IDENTITY_DOCUMENT) or "")
        instance_id = host.instance_id or matching(INSTANCE_ID, self._get(METADATA + "instance-id"))
        region = host.region or matching(REGION, self._get(METADATA + "placement/region"))
        return Host(instance_id, region, host.account_id)

    def _profile(self) -> Optional[Profile]:
        return self._parsed(METADATA + "iam/info", profile_in)

    def _role_name(self) -> Optional[str]:
        """The only entry of the list of roles, if there is one."""
        lines = (self._get(ROLES) or "").splitlines()
        return matching(ROLE_NAME, lines[0]) if lines else None

    def _credentials(self, role_name: Optional[str]) -> Optional[Credentials]:
        return self._parsed(ROLES + role_name, credentials_in) if role_name else None

    def _parsed(self, path: str, parse: Callable[[str], T]) -> Optional[T]:
        text = self._get(path)
        try:
            return None if text is None else parse(text)
        except ValueError:
            raise NoAnswer(f"Its answer to {path} is not a JSON object.") from None

    def _get(self, path: str) -> Optional[str]:
        return self._client.get(path, self._token)
