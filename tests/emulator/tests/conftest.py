# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One emulator for all tests, in a process of its own. test_package.py starts one as users do."""

from __future__ import annotations

import json
import signal
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, TextIO

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

sys.path.insert(0, str(Path(__file__).parent / "support"))

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)
KEY_ID = "AKIAEMULATORTESTS000"


@dataclass
class Aws:
    """Clients of the emulator, and common steps."""

    endpoint: str
    key_id: str = KEY_ID
    trust: str = TRUST

    def client(self, service: str, region: str = "eu-west-1", **options: Any) -> Any:
        """Returns a client that leaves the validation of parameters to the server."""
        credentials = {"aws_access_key_id": KEY_ID, "aws_secret_access_key": "secret", **options}
        # botocore would refuse a MaxResults of 4 itself.
        config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
        return boto3.client(service, endpoint_url=self.endpoint, region_name=region, config=config, **credentials)

    def __post_init__(self) -> None:
        self.iam = self.client("iam")
        self.ec2 = self.client("ec2")

    def http(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        """Returns the JSON answer of one of the emulator's own endpoints."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **(headers or {})}
        request = urllib.request.Request(self.endpoint + path, data=data, headers=headers, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def calls(self) -> list[dict[str, Any]]:
        """Returns the log."""
        return self.http("GET", "/emulator/calls")

    def role(self, name: str = "web", **options: Any) -> dict[str, Any]:
        """Creates a role that EC2 can assume."""
        return self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, **options)["Role"]

    def role_for_all(self, name: str = "web", **options: Any) -> dict[str, Any]:
        """Creates a role that everybody can assume."""
        trust = TRUST.replace('{"Service": "ec2.amazonaws.com"}', '{"AWS": "*"}')
        return self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, **options)["Role"]

    def profile(self, name: str = "web") -> dict[str, Any]:
        """Creates a profile with a role of the same name, which may exist already."""
        profile = self.iam.create_instance_profile(InstanceProfileName=name)["InstanceProfile"]
        if name not in (role["RoleName"] for role in self.iam.list_roles()["Roles"]):
            self.role(name)
        self.iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
        return profile

    def launch(self, count: int = 1, **options: Any) -> list[str]:
        """Launches instances and returns their ids."""
        answer = self.ec2.run_instances(ImageId="ami-12345678", MinCount=count, MaxCount=count, **options)
        return [instance["InstanceId"] for instance in answer["Instances"]]

    def associations(self, **options: Any) -> list[dict[str, Any]]:
        """Returns the listed associations."""
        answer = self.ec2.describe_iam_instance_profile_associations(**options)
        return answer["IamInstanceProfileAssociations"]

    def instance(self, instance_id: str) -> dict[str, Any]:
        """Returns the description of one instance."""
        answer = self.ec2.describe_instances(InstanceIds=[instance_id])
        return answer["Reservations"][0]["Instances"][0]


@pytest.fixture(scope="session", name="program")
def _program() -> Callable[..., AbstractContextManager[tuple[BaseProcess, TextIO]]]:
    """Runs the command with options. Yields its process and what it prints."""
    from warm_emulator import warm_program

    return warm_program


@pytest.fixture(scope="session", name="emulator_with")
def _emulator_with() -> Callable[..., AbstractContextManager[str]]:
    """Returns the endpoint of another emulator, with options."""
    from warm_emulator import warm_emulator

    return warm_emulator


@pytest.fixture(name="refusal_to_start")
def _refusal_to_start(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Returns what the command prints for invalid options. It runs in this process, because a new one would import moto first."""

    from keyless_emulator.__main__ import main

    def refusal_to_start(*options: str) -> str:
        monkeypatch.setattr(sys, "argv", ["keyless-emulator", *options])
        monkeypatch.setattr(signal, "signal", lambda *_arguments: None)
        monkeypatch.setattr("keyless_emulator.server.emulator.Emulator", lambda *_arguments: pytest.fail("It starts."))
        with pytest.raises(SystemExit) as caught:
            main()
        assert caught.value.code
        return f"{caught.value.code}\n{capsys.readouterr().err}"

    return refusal_to_start


@pytest.fixture(name="connect")
def _connect() -> type[Aws]:
    """The class that makes clients for an endpoint."""
    return Aws


@pytest.fixture(scope="session", name="endpoint")
def _endpoint(emulator_with: Callable[..., AbstractContextManager[str]]) -> Iterator[str]:
    with emulator_with() as endpoint:
        yield endpoint


@pytest.fixture(scope="session", name="clients")
def _clients(endpoint: str) -> Aws:
    return Aws(endpoint)


@pytest.fixture(name="aws")
def _aws(clients: Aws) -> Aws:
    """The emulator without roles, instances, logged calls and conditions."""
    clients.http("POST", "/emulator/reset")
    clients.http("DELETE", "/emulator/calls")
    return clients


@pytest.fixture(name="knows", scope="session")
def _knows() -> Callable[..., bool]:
    """Tells whether this botocore knows these members of a shape. If not, it can't send them, and drops them from answers."""
    session = botocore.session.get_session()

    def knows(service: str, shape: str, *members: str) -> bool:
        return set(members) <= session.get_service_model(service).shape_for(shape).members.keys()

    return knows


Refused = Callable[..., AbstractContextManager[None]]


@pytest.fixture(name="refused")
def _refused() -> Refused:
    @contextmanager
    def refused(code: str, text: str = "") -> Iterator[None]:
        with pytest.raises(ClientError) as caught:
            yield
        error = caught.value.response["Error"]
        assert (error["Code"], text in error["Message"]) == (code, True), error

    return refused
