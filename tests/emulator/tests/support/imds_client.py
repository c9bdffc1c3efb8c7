# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of the emulated metadata service."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any

TOKEN_PATH = "/latest/api/token"
TOKEN = "X-aws-ec2-metadata-token"
SECONDS = "X-aws-ec2-metadata-token-ttl-seconds"
META_DATA = "/latest/meta-data"
INFO = f"{META_DATA}/iam/info"
ROLES = f"{META_DATA}/iam/security-credentials/"
IDENTITY = "/latest/dynamic/instance-identity/document"
OTHERS_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)
HOUR = 3600


@dataclass
class Answer:
    """An answer, with its body as text."""

    status: int
    text: str
    headers: Any

    @property
    def json(self) -> Any:
        """Returns the parsed body."""
        return json.loads(self.text)


@dataclass
class Imds:
    """A client of one instance's metadata service. Each request has its own connection."""

    aws: Any
    instance_id: str
    suffix: str = ""

    @property
    def base(self) -> str:
        """Returns the value for AWS_EC2_METADATA_SERVICE_ENDPOINT."""
        return f"{self.aws.endpoint}/imds/{self.instance_id}{self.suffix}"

    def ask(self, method: str, path: str, headers: Any = None, timeout: float | None = None) -> Answer:
        """Returns the answer, whatever its status."""
        connection = http.client.HTTPConnection(self.aws.endpoint.removeprefix("http://"), timeout=timeout)
        try:
            connection.request(method, f"/imds/{self.instance_id}{self.suffix}{path}", headers=headers or {})
            response = connection.getresponse()
            return Answer(response.status, response.read().decode(), response.headers)
        finally:
            connection.close()

    def token(self, seconds: Any = 60) -> str:
        """Returns a new token."""
        answer = self.ask("PUT", TOKEN_PATH, {SECONDS: str(seconds)})
        assert answer.status == 200
        return answer.text

    def get(self, path: str, token: str | None = None) -> Answer:
        """Reads with the token, or with a new one."""
        return self.ask("GET", path, {TOKEN: token or self.token()})

    def with_hops(self, hops: int) -> Imds:
        """Returns a client that is this many hops away."""
        return Imds(self.aws, self.instance_id, f";hops={hops}")


def options(imds: Imds, **options: Any) -> None:
    imds.aws.ec2.modify_instance_metadata_options(InstanceId=imds.instance_id, **options)


def replace_role(aws: Any, old: str, new: str) -> None:
    aws.iam.remove_role_from_instance_profile(InstanceProfileName="web", RoleName=old)
    aws.iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName=new)


def delete_profile(aws: Any) -> None:
    aws.iam.remove_role_from_instance_profile(InstanceProfileName="web", RoleName="web")
    aws.iam.delete_instance_profile(InstanceProfileName="web")
