# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an instance sees in its metadata service: read from its console, or from the service itself where it can be reached from here."""

from __future__ import annotations

import json
import threading
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from . import on_instance
from .limits import LimitReached
from .probe import Different, NotApplicable
from .waiting import eventually

if TYPE_CHECKING:
    from .aws import Aws

# An instance starts, and runs its user data
SECONDS = 300
INTERPRETER = "#!/usr/bin/env python3\n"


class InstanceMetadata:
    """What one instance saw before it had a profile, and with it. Probes share it."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._lock = threading.Lock()

    @property
    def without_profile(self) -> dict[str, Any]:
        return self._read()["without_profile"]

    @property
    def with_profile(self) -> dict[str, Any]:
        return self._read()["with_profile"]

    @property
    def instance_id(self) -> str:
        return self._read()["instance_id"]

    @cached_property
    def role(self) -> str:
        return self._aws.resources.role()

    @cached_property
    def profile(self) -> dict[str, Any]:
        return self._aws.resources.profile(self.role)

    def _read(self) -> dict[str, Any]:
        with self._lock:
            seen = self._seen
        if isinstance(seen, Exception):
            raise seen
        return seen

    @cached_property
    def _seen(self) -> dict[str, Any] | Exception:
        """The reason if it could not be read, so that only one probe tries it and waits for it."""
        try:
            return self._observe()
        except LimitReached:
            raise
        except Exception as reason:
            return reason

    def _observe(self) -> dict[str, Any]:
        source = {} if self._aws.place.imds else {"UserData": INTERPRETER + Path(on_instance.__file__).read_text(encoding="utf-8")}
        profile = self.profile
        [instance_id] = self._aws.resources.launch(MetadataOptions={"HttpTokens": "required"}, **source)
        without = self._wait_for(instance_id, "without_profile")
        self._aws.resources.associate(instance_id, profile)
        seen = {"instance_id": instance_id, "without_profile": without, "with_profile": self._wait_for(instance_id, "with_profile")}
        self._aws.resources.terminate(instance_id)
        return seen

    def _wait_for(self, instance_id: str, part: str) -> dict[str, Any]:
        if self._aws.place.imds:
            endpoint = self._aws.place.imds(instance_id)
            return eventually(lambda: getattr(on_instance, part)(endpoint), bool, 60)
        try:
            return eventually(lambda: printed(self._console(instance_id)).get(part), bool, SECONDS)
        except Different:
            if part == "with_profile":
                raise
            raise NotApplicable(
                "the instance reports nothing: it needs an image that runs Python as user data, and prints to a serial console"
            ) from None

    def _console(self, instance_id: str) -> str:
        try:
            return self._aws.ec2.get_console_output(InstanceId=instance_id, Latest=True).get("Output", "")
        except ClientError as error:
            raise NotApplicable(f"the instance reports nothing: {error.response['Error']['Code']} for its console") from error


def printed(console: str) -> dict[str, Any]:
    """What the instance has printed last, in a line that nothing has interrupted."""
    for line in reversed(console.splitlines()):
        _before, mark, text = line.partition(on_instance.MARK)
        try:
            if mark:
                return json.loads(text)
        except ValueError:
            continue
    return {}
