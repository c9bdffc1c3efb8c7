# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How results come about, waits, limits, and what the recordings say of them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from ansible_collections.keyless.ec2.tests.conformance import recording, waiting
from ansible_collections.keyless.ec2.tests.conformance.__main__ import main
from ansible_collections.keyless.ec2.tests.conformance.cost import estimate
from ansible_collections.keyless.ec2.tests.conformance.limits import LimitReached, Limits
from ansible_collections.keyless.ec2.tests.conformance.probe import Different, NotApplicable, Probe, documented, refused
from ansible_collections.keyless.ec2.tests.conformance.recording import Secret
from ansible_collections.keyless.ec2.tests.conformance.run import run
from ansible_collections.keyless.ec2.tests.conformance.table import line, summary

AWS = SimpleNamespace(limits=Limits())


def error(code: str = "NoSuchEntity", message: str = "It is gone.", status: int = 404) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}, "GetRole")


def probe(raised: BaseException | None = None) -> Probe:
    def check(_aws) -> None:
        if raised:
            raise raised

    return Probe("p", "roles", "A claim.", documented("IAM API Reference: GetRole"), ("module_utils/_aws/roles.py",), check)


@pytest.mark.parametrize(
    ("raised", "outcome", "observed"),
    [
        (None, "as claimed", ""),
        (Different("not refused"), "different", "not refused"),
        (NotApplicable("no organization"), "not made", "no organization"),
        (error(), "different", "GetRole: NoSuchEntity: It is gone."),
        (KeyError("Role"), "different", "KeyError: 'Role'"),
    ],
)
def test_outcome(raised, outcome, observed):
    [result] = run(AWS, [probe(raised)])
    assert (result.outcome, result.observed) == (outcome, observed)


@pytest.mark.parametrize("raised", [LimitReached("enough"), error("ExpiredToken")])
def test_what_ends_the_run(raised):
    with pytest.raises(type(raised)):
        list(run(AWS, [probe(raised)]))


def test_a_difference_names_source_and_code():
    [result] = run(AWS, [probe(Different("not refused"))])
    assert line(result).splitlines()[1:] == [
        "    A claim.",
        "    not refused",
        "    documented: IAM API Reference: GetRole",
        "    relied on by plugins/module_utils/_aws/roles.py",
    ]
    assert summary([result, result]) == "2 different"


@pytest.mark.parametrize(
    ("code", "texts", "status", "is_so"),
    [
        ("NoSuchEntity", ("gone",), 404, True),
        (("Other", "NoSuchEntity"), (), None, True),
        ("Other", (), None, False),
        ("NoSuchEntity", ("here",), None, False),
        ("NoSuchEntity", (), 400, False),
    ],
)
def test_refused(code, texts, status, is_so):
    def call() -> None:
        with refused(code, *texts, status=status):
            raise error()

    if is_so:
        call()
    else:
        with pytest.raises(Different, match="refused with NoSuchEntity, 404: It is gone."):
            call()


def test_not_refused():
    with pytest.raises(Different, match="not refused"), refused("NoSuchEntity"):
        pass


def test_eventually():
    values = iter((1, 2, 3))
    assert waiting.eventually(lambda: next(values), lambda value: value == 3) == 3
    with pytest.raises(Different, match="after 0 s: 7"):
        waiting.eventually(lambda: 7, lambda value: value == 3, 0)


def test_once_seen():
    answers = iter((error("InvalidParameterValue", "Invalid IAM Instance Profile name"), error(), "seen"))

    def call() -> str:
        answer = next(answers)
        if isinstance(answer, ClientError):
            raise answer
        return answer

    assert waiting.once_seen(call, codes=("NoSuchEntity",)) == "seen"
    answers = iter((error("AccessDenied"),))
    with pytest.raises(ClientError):
        waiting.once_seen(call)


def test_limits():
    now = [0.0]
    limits = Limits(instances=2, seconds=60, now=lambda: now[0])
    limits.launch(2)
    with pytest.raises(LimitReached, match="may launch 2 instances"):
        limits.launch(1)
    now[0] = 61
    with pytest.raises(LimitReached, match="1 minutes"):
        limits.check_time()


def test_the_estimate_grows_with_the_limits():
    assert "0.03 US dollars" in estimate(Limits(), "t3.nano") and "0.70" in estimate(Limits(), "t3.nano")
    assert "up to 5 instances of the type t3.micro" in estimate(Limits(instances=5), "t3.micro")


def test_the_newest_recording_counts(tmp_path):
    for date, outcome in (("2026-01-02", "different"), ("2026-03-04", "as claimed")):
        document = {"date": date, "region": "eu-central-1", "boto3": "1", "probes": {"p": {"outcome": outcome, "calls": []}}}
        recording.write(document, tmp_path / f"{date}.yml", [])
    assert recording.seen([probe()], tmp_path) == {"p": ("as claimed", "2026-03-04")}


def test_a_secret_is_not_written(tmp_path):
    with pytest.raises(Secret):
        recording.write({"a": "the secret is s3cr3t"}, tmp_path / "r.yml", ["s3cr3t"])
    assert list(tmp_path.iterdir()) == []


def test_aws_itself_has_a_command_of_its_own():
    with pytest.raises(SystemExit, match="make conformance-aws"):
        main(["--endpoint", "https://ec2.eu-central-1.amazonaws.com"])


def test_an_unknown_probe_is_refused():
    with pytest.raises(SystemExit, match="There is no probe or subject nothing"):
        main(["nothing"])
