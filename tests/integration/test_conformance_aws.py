# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command that runs the probes on AWS, run against the emulator: when it refuses, its limits, and that it leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import replace

import boto3
import pytest
import yaml

from ansible_collections.keyless.ec2.tests.conformance import on_aws
from ansible_collections.keyless.ec2.tests.conformance.aws import Aws
from ansible_collections.keyless.ec2.tests.conformance.cleanup import TAG, cleanup, find, has_defaults
from ansible_collections.keyless.ec2.tests.conformance.endpoints import IMAGE, OPTIONS, REGION, elsewhere
from ansible_collections.keyless.ec2.tests.conformance.recording import Secret
from ansible_collections.keyless.ec2.tests.conformance.run import AS_CLAIMED, DIFFERENT, load, run, select
from ansible_collections.keyless.ec2.tests.conformance.waiting import patience
from keyless_emulator.process import running_emulator

ACCOUNT = "123456789012"
SECRET = "the-secret-of-the-conformance-tests"
THERE = ("--account", ACCOUNT, "--region", REGION)
RUN = (*THERE, "--confirm", "yes", "--image", IMAGE)
# Nearly all kinds of things that probes create
CREATING = ("third_access_key", "simulated_boundary", "group_launches_with_profile", "defaults_are_kept")


@pytest.fixture(scope="module", name="endpoint")
def _endpoint():
    with running_emulator(options=OPTIONS) as endpoint:
        yield endpoint


@pytest.fixture(name="command")
def _command(endpoint, monkeypatch, capsys, tmp_path):
    """Runs the command in this process; returns its output, its exit status, and the calls that it made."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in environment(endpoint).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str):
        before = calls(endpoint)
        try:
            status = on_aws.main(list(arguments))
        except SystemExit as end:
            status = end.code
        captured = capsys.readouterr()
        return status, captured.out, calls(endpoint)[len(before) :]

    return command


def environment(endpoint: str) -> dict[str, str]:
    return {"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "AKIACONFORMANCETESTS", "AWS_SECRET_ACCESS_KEY": SECRET}


def calls(endpoint: str) -> list[dict]:

    with urllib.request.urlopen(f"{endpoint}/emulator/calls") as answer:
        return json.load(answer)


def is_writing(call: dict) -> bool:
    return not call["operation"].startswith(("Get", "List", "Describe", "Simulate", "Validate", "Lookup", "AssumeRole"))


def left(endpoint: str) -> list:
    return list(find(elsewhere(endpoint).client))


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("--region", REGION), "Name the account"),
        (("--account", "12345", "--region", REGION), "Name the account"),
        (("--account", ACCOUNT), "Name the region"),
        (("--account", ACCOUNT, "--region", "eu"), "Name the region"),
        (("--account", "999999999999", "--region", REGION, "--confirm", "yes"), "another account"),
        (THERE, "Not confirmed"),
        ((*THERE, "--confirm", "no"), "Not confirmed"),
        ((*RUN, "no_such_probe"), "There is no probe"),
    ],
)
def test_it_refuses_to_start(command, arguments, text):
    status, _output, made = command(*arguments)
    assert text in str(status)
    assert [call["operation"] for call in made if is_writing(call)] == []


def test_it_needs_credentials(command, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "none")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    status, _output, made = command(*RUN)
    assert "does not accept your credentials" in status and made == []


def test_it_shows_the_cost_before_it_asks(command):
    _status, output, made = command(*THERE)
    assert "US dollars" in output and "more than 60 instances" in output and "minutes" in output
    assert [call["operation"] for call in made] == ["GetCallerIdentity"]


def test_it_makes_probes_records_them_and_leaves_nothing(command, endpoint, tmp_path):
    status, output, made = command(*RUN, "associate", "unknown_role", "--record", "recording.yml")
    assert status == 0 and "2 as claimed" in output and "AWS lists none any more" in output
    tags = [row["Tags"] for call in made if call["operation"] == "RunInstances" for row in call["parameters"]["TagSpecifications"]]
    assert tags and all(TAG in (tag["Key"] for tag in each) for each in tags)
    assert left(endpoint) == []
    text = (tmp_path / "recording.yml").read_text(encoding="utf-8")
    recorded = yaml.safe_load(text)
    assert recorded["region"] == REGION and recorded["probes"]["associate"]["outcome"] == AS_CLAIMED
    assert recorded["probes"]["unknown_role"]["calls"][0]["error"] == "NoSuchEntity"
    assert not [each for each in (ACCOUNT, SECRET, "arn:", "AKIA") if each in text]


def test_probes_side_by_side(command, endpoint, tmp_path):
    """The emulator enforces no policies here, so the probes of denials differ."""
    subjects = ("associations", "consistency", "groups", "policies", "profiles")
    _status, output, _made = command(*RUN, *subjects, "--record", "recording.yml")
    assert "different" not in output and "AWS lists none any more" in output
    rows = yaml.safe_load((tmp_path / "recording.yml").read_text(encoding="utf-8"))["probes"]
    assert list(rows) == [probe.name for probe in load() if probe.subject in subjects]
    assert [name for name, row in rows.items() if not row["calls"] or row["outcome"] == DIFFERENT] == []
    # Each call is in the row of its own probe.
    assert {call["error"] for call in rows["second_association"]["calls"] if "error" in call} == {"IncorrectState"}
    assert left(endpoint) == []


def test_a_difference_names_the_code_that_relies_on_the_claim(command, endpoint):
    status, output, _made = command(*RUN, "iam_refuses")
    assert status == 1 and "different" in output
    assert "relied on by plugins/module_utils/" in output and "documented: IAM User Guide" in output
    assert left(endpoint) == []


@pytest.mark.parametrize(
    ("limits", "text"),
    [(("--max-instances", "1"), "may launch 1 instances"), (("--max-minutes", "0"), "may take 0 minutes")],
)
def test_limits_end_the_run_and_leave_nothing(command, endpoint, limits, text):
    status, output, made = command(*RUN, *limits, "associate", "several_instances_get_profile")
    assert status == 1 and text in output
    assert sum(call["operation"] == "RunInstances" for call in made) <= 1
    assert left(endpoint) == []


def test_the_time_ends_a_probe_that_waits(command, endpoint):
    put(endpoint, "transitions", {"associating": 10_000})
    try:
        status, output, _made = command(*RUN, "--max-minutes", "0.05", "associate")
    finally:
        put(endpoint, "transitions", {"associating": 0})
    assert status == 1 and "Stopped" in output
    assert left(endpoint) == []


def test_a_recording_with_a_secret_is_not_written(command, endpoint, monkeypatch, tmp_path):
    monkeypatch.setattr(on_aws, "secrets_of", lambda _aws, _options: [REGION])
    with pytest.raises(Secret, match="not written"):
        command(*RUN, "unknown_role", "--record", "recording.yml")
    assert not (tmp_path / "recording.yml").exists()
    assert left(endpoint) == []


def test_clean_up_leaves_what_is_not_ours(command, endpoint):
    ours, others = elsewhere(endpoint), boto3.Session(aws_access_key_id="AKIAOTHER", aws_secret_access_key="x")
    ec2 = others.client("ec2", endpoint_url=endpoint, region_name=REGION)
    [instance] = ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1)["Instances"]
    Aws(ours, "first").resources.launch()
    Aws(ours, "second").resources.profile()
    status, output, _made = command(*THERE, "--clean-up", "--run", "first")
    assert status == 0 and "Removed 1 resources of run first" in output
    assert {each.kind for each in left(endpoint)} == {"role", "instance profile"}
    status, output, _made = command(*THERE, "--clean-up")
    assert status == 0 and left(endpoint) == []
    [reservation] = ec2.describe_instances(InstanceIds=[instance["InstanceId"]])["Reservations"]
    assert reservation["Instances"][0]["State"]["Name"] == "running"
    ec2.terminate_instances(InstanceIds=[instance["InstanceId"]])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_signal(command, endpoint, number, tmp_path):
    """SIGTERM and SIGINT let it remove everything; after SIGKILL the second command does."""
    put(endpoint, "transitions", {"associating": 10_000})
    before = len(calls(endpoint))
    program = [sys.executable, "-m", on_aws.__name__, *RUN, "associate", "disassociate", "dry_run", *CREATING]
    with subprocess.Popen(program, env={**os.environ, **environment(endpoint)}, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        while not any(call["operation"] == "AssociateIamInstanceProfile" for call in calls(endpoint)[before:]):
            assert process.poll() is None
            time.sleep(0.1)
        put(endpoint, "transitions", {"associating": 0})
        process.send_signal(number)
        output, _none = process.communicate()
    if number == signal.SIGKILL:
        assert left(endpoint)
        assert command(*THERE, "--clean-up")[0] == 0
    else:
        assert process.returncode and "AWS lists none any more" in output
    assert left(endpoint) == []


def put(endpoint: str, name: str, body: dict, method: str = "PUT") -> None:

    request = urllib.request.Request(f"{endpoint}/emulator/{name}", json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method)
    urllib.request.urlopen(request).close()


def check_kills(endpoint: str, monkeypatch, *names: str) -> None:
    """Runs the probes repeatedly, each time disconnected one writing call later, until all complete."""
    session = boto3.Session(aws_access_key_id="AKIAKILLEDPROBES0000", aws_secret_access_key="x")
    place = replace(elsewhere(endpoint), session=session, attempts=1)
    cleaner = Aws(elsewhere(endpoint), "cleaner")
    monkeypatch.setattr(patience, "seconds", 5)
    for writes in range(60):
        put(endpoint, "disconnects", {}, "DELETE")
        put(endpoint, "disconnects", {"access_key_id": "AKIAKILLEDPROBES0000", "after_writes": writes}, "POST")
        list(run(Aws(place, "killed"), select(names), workers=len(names)))
        cleanup(cleaner.client, "killed", 30)
        assert list(find(cleaner.client)) == [], f"{names}, after {writes} writes"
        assert not has_defaults(cleaner.ec2)
        if not was_disconnected(endpoint):
            break
    else:
        pytest.fail("60 calls are not enough")
    put(endpoint, "disconnects", {}, "DELETE")


def was_disconnected(endpoint: str) -> bool:
    with urllib.request.urlopen(f"{endpoint}/emulator/disconnects") as answer:
        return any(each["disconnected"] for each in json.load(answer))


def test_a_kill_at_every_call(endpoint, monkeypatch):
    """Of several probes that run side by side"""
    check_kills(endpoint, monkeypatch, *CREATING)


@pytest.mark.exhaustive
@pytest.mark.parametrize("probe", [probe for probe in load() if probe.name not in CREATING], ids=lambda probe: probe.name)
def test_a_kill_at_every_call_of_other_probes(endpoint, monkeypatch, probe):
    check_kills(endpoint, monkeypatch, probe.name)


@pytest.mark.exhaustive
def test_the_main_job(endpoint, tmp_path, monkeypatch):
    """Runs the roles and playbooks; the connection to the instance leads to this machine."""
    monkeypatch.setenv("ANSIBLE_COLLECTIONS_PATH", os.environ.get("ANSIBLE_COLLECTIONS_PATH", ""))
    connection = {
        "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
        "verify_endpoint": f"{endpoint}/imds/INSTANCE_ID",
        "verify_aws_endpoint": endpoint,
    }
    (tmp_path / "verify.yml").write_text(json.dumps(connection), encoding="utf-8")
    program = [sys.executable, "-m", on_aws.__name__, *RUN, "--only-main-job", "--verify", str(tmp_path / "verify.yml")]
    ended = subprocess.run(program, env={**os.environ, **environment(endpoint)}, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    operations = [call["operation"] for call in calls(endpoint)]
    wanted = {"ReplaceIamInstanceProfileAssociation", "DisassociateIamInstanceProfile", "CreateAutoScalingGroup", "DeleteRole"}
    assert wanted <= set(operations)
    assert left(endpoint) == []
