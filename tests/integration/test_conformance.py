# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator passes all probes, and the recording of the run has nothing that identifies the account."""

from __future__ import annotations

import base64
import datetime
import re
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace
from unittest.mock import Mock
from urllib.parse import parse_qs

import pytest
import yaml
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

from ansible_collections.keyless.ec2.tests.conformance import on_instance
from ansible_collections.keyless.ec2.tests.conformance.aws import Aws
from ansible_collections.keyless.ec2.tests.conformance.cleanup import find
from ansible_collections.keyless.ec2.tests.conformance.endpoints import our_emulator
from ansible_collections.keyless.ec2.tests.conformance.recording import Recording
from ansible_collections.keyless.ec2.tests.conformance.resources import new_run
from ansible_collections.keyless.ec2.tests.conformance.run import AS_CLAIMED, NOT_MADE, load, run, select
from ansible_collections.keyless.ec2.tests.conformance.waiting import patience

PRIVATE = (
    r"\d{12}",
    r"arn:\S",
    r"\bA[A-Z]{3}[A-Z0-9]{12}",
    r"\d+\.\d+\.\d+\.\d+",
    r"[a-z]+-[0-9a-f]{8,}",
    r"keyless-conformance",
    r"amazonaws",
    r"\w@\w",
)


@pytest.fixture(scope="module", name="recording")
def _recording():
    return Recording()


@pytest.fixture(scope="module", name="probed")
def _probed(recording):
    with our_emulator() as place:
        aws = Aws(replace(place, on_client=recording.watch), new_run())
        with aws.resources.borrowing():
            assert aws.resources.shared_instance and aws.resources.terminated_instance and aws.metadata.instance_id
        yield aws


@pytest.mark.parametrize("probe", load(), ids=lambda probe: probe.name)
def test_probe(probed, recording, probe):
    before = probed.limits.launched
    [result] = run(probed, [probe])
    recording.end(result)
    if result.outcome == NOT_MADE and "botocore" in result.observed:
        pytest.skip(result.observed)
    assert probed.limits.launched - before == probe.instances
    assert (result.outcome, result.observed) == (AS_CLAIMED, "")


def test_the_recording_has_no_secret_and_no_id(probed, recording):
    document = recording.document(probed.region, datetime.date(2026, 1, 2))
    assert sum(len(row["calls"]) for row in document["probes"].values()) > 300 or len(document["probes"]) < 100
    text = yaml.safe_dump(document["probes"])
    assert {pattern: re.findall(pattern, text)[:3] for pattern in PRIVATE if re.search(pattern, text)} == {}


class Console:
    """Runs the user data of an instance, whose console it answers with."""

    def __init__(self, folder, clients, imds) -> None:
        self._folder, self._ec2, self._imds = folder, clients, imds
        self.processes: dict[str, subprocess.Popen] = {}

    def watch(self, client):
        client.meta.events.register("before-send.ec2.GetConsoleOutput", self._answer)
        return client

    def _answer(self, request, **_others):
        [instance_id] = parse_qs(request.body)["InstanceId"]
        path = self._folder / instance_id
        if instance_id not in self.processes:
            data = self._ec2.describe_instance_attribute(InstanceId=instance_id, Attribute="userData")["UserData"]["Value"]
            source = base64.b64decode(data).decode()
            assert source.startswith("#!") and len(source) < 16 * 1024
            program = source.replace(on_instance.SERVICE, self._imds(instance_id)).replace(on_instance.CONSOLE, str(path))
            path.write_text(f"[ 0.1 ] Linux\n{on_instance.MARK}{{interr")
            self.processes[instance_id] = subprocess.Popen([sys.executable, "-c", program], env={})
        output = base64.b64encode(path.read_bytes()).decode()
        body = f"<GetConsoleOutputResponse><instanceId>{instance_id}</instanceId><output>{output}</output></GetConsoleOutputResponse>"
        return AWSResponse(request.url, 200, {}, SimpleNamespace(stream=lambda *_arguments, **_options: iter([body.encode()])))


def test_an_instance_reports_through_its_console_what_it_sees(tmp_path):
    """As on AWS, where its metadata service can't be reached from here"""
    with our_emulator() as place:
        console = Console(tmp_path, place.client("ec2"), place.imds)
        aws = Aws(replace(place, imds=None, on_client=console.watch), new_run())
        try:
            results = list(run(aws, select(["metadata"]), workers=4))
        finally:
            for process in console.processes.values():
                process.kill()
                process.wait()
        assert {result.probe.name: (result.outcome, result.observed) for result in results if result.outcome != AS_CLAIMED} == {}
        assert len(results) == 6 and len(console.processes) == 1 and aws.limits.launched == 1
        written = (tmp_path / aws.metadata.instance_id).read_text()
        assert '"code": "Success"' in written and re.findall(r"ASIA\w|[\w/+]{36,}", written) == []


@pytest.mark.parametrize(
    ("error", "text"), [(False, "the instance reports nothing: it needs an image"), (True, "UnsupportedOperation for its console")]
)
def test_an_instance_without_a_console(monkeypatch, error, text):
    monkeypatch.setattr(patience, "seconds", 0)
    with our_emulator() as place:
        aws = Aws(replace(place, imds=None), new_run())
        if error:
            refusal = ClientError({"Error": {"Code": "UnsupportedOperation"}}, "GetConsoleOutput")
            monkeypatch.setattr(aws.ec2, "get_console_output", Mock(side_effect=refusal))
        results = list(run(aws, select(["metadata"])))
        assert {result.outcome for result in results} == {NOT_MADE} and text in results[0].observed
        assert aws.limits.launched == 1


def test_everything_is_removed(probed):
    probed.resources.remove_all()
    assert list(find(probed.client)) == []
