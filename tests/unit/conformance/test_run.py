# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How results come about, waits, limits, and what the recordings say of them."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from ansible_collections.keyless.ec2.tests.conformance import recording, waiting
from ansible_collections.keyless.ec2.tests.conformance.__main__ import main
from ansible_collections.keyless.ec2.tests.conformance.aws import Aws
from ansible_collections.keyless.ec2.tests.conformance.cost import CLEANUP_SECONDS, HOUR, described, estimate
from ansible_collections.keyless.ec2.tests.conformance.limits import SHARED, LimitReached, Limits
from ansible_collections.keyless.ec2.tests.conformance.probe import Different, NotApplicable, Probe, documented, expect, refused, same
from ansible_collections.keyless.ec2.tests.conformance.recording import Secret
from ansible_collections.keyless.ec2.tests.conformance.run import load, run
from ansible_collections.keyless.ec2.tests.conformance.table import line, summary


def aws_with(**limits) -> Aws:
    return Aws(SimpleNamespace(region="eu-central-1"), "run", Limits(**limits))


AWS = aws_with()


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
        (error("VcpuLimitExceeded"), "not made", "VcpuLimitExceeded: repeat it later, or with a lower --max-running"),
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


def named(name: str, check, **options) -> Probe:
    return replace(probe(), name=name, check=check, **options)


def test_probes_run_side_by_side_the_slowest_first():
    together, order = threading.Barrier(2), []

    def meets(aws) -> None:
        order.append(threading.get_ident())
        together.wait(10)

    probes = [
        named("alone", lambda _aws: expect(len(order) == 2, order), runs_alone=True),
        named("quick", meets, seconds=1),
        named("slow", meets, seconds=100),
    ]
    ended = []
    results = list(run(aws_with(), probes, ended.append, workers=2))
    assert {(result.probe.name, result.outcome) for result in results} == {(name, "as claimed") for name in ("slow", "quick", "alone")}
    assert results[-1].probe.name == "alone" and len(set(order)) == 2 and sorted(map(id, ended)) == sorted(map(id, results))


def test_the_slowest_probes_begin_first():
    begun = []
    probes = [named(name, lambda _aws, name=name: begun.append(name), seconds=seconds) for name, seconds in (("a", 1), ("b", 3), ("c", 2))]
    assert len(list(run(aws_with(), probes, workers=2))) == 3
    assert begun[0] == "b" or begun[1] == "b"


def test_probes_wait_until_others_have_ended_their_instances():
    """Five may have instances of their own here; a probe with more than that runs alone."""
    running, most, lock = 0, [], threading.Lock()

    def launches(count: int):
        def check(aws) -> None:
            nonlocal running
            aws.limits.launch(count)
            with lock:
                running += count
                most.append(running)
            time.sleep(0.005)
            with lock:
                running -= count

        return check

    probes = [named(f"{count}-{number}", launches(count), instances=count) for number in range(4) for count in (1, 2, 3, 7)]
    assert {result.outcome for result in run(aws_with(at_a_time=10), probes, workers=8)} == {"as claimed"}
    assert max(most) == 7 and len(most) == 16
    assert all(count <= 5 or count == 7 for count in most)


def test_no_two_probes_use_a_shared_instance_at_a_time(monkeypatch):
    aws, using, most, lock, ids = aws_with(), [], [], threading.Lock(), iter(range(100))
    monkeypatch.setattr(aws.resources, "launch", lambda: [f"i-{next(ids)}"])

    def uses(aws) -> None:
        instance = aws.resources.shared_instance
        with lock:
            using.append(instance)
            most.append(list(using))
        time.sleep(0.005)
        same(aws.resources.shared_instance, instance)
        with lock:
            using.remove(instance)

    results = list(run(aws, [named(str(number), uses) for number in range(20)], workers=8))
    assert {result.outcome for result in results} == {"as claimed"}
    assert max(map(len, most)) <= SHARED and all(len(set(each)) == len(each) for each in most)
    assert {instance for each in most for instance in each} <= {f"i-{number}" for number in range(SHARED)}


def test_a_shared_instance_that_could_not_be_launched_is_launched_for_the_next_probe(monkeypatch):
    aws, answers = aws_with(), iter([error("InsufficientInstanceCapacity"), ["i-1"]])

    def launch() -> list:
        answer = next(answers)
        if isinstance(answer, ClientError):
            raise answer
        return answer

    monkeypatch.setattr(aws.resources, "launch", launch)
    probes = [named(name, lambda aws: aws.resources.shared_instance) for name in "ab"]
    assert [result.outcome for result in run(aws, probes)] == ["not made", "as claimed"]


@pytest.mark.parametrize("raised", [LimitReached("enough"), error("ExpiredToken")])
def test_a_failure_ends_all_probes(raised):
    aws, begun = aws_with(), []

    def fails(_aws) -> None:
        raise raised

    def waits(aws) -> None:
        begun.append(1)
        aws.stopped.wait(10)
        aws.check_is_running()

    probes = [named("waits", waits), named("fails", fails), *(named(f"later{number}", waits) for number in range(20))]
    with pytest.raises(type(raised)) as caught:
        list(run(aws, probes, workers=2))
    assert caught.value is raised and len(begun) < 5


def test_no_probe_goes_on_after_the_caller_has_stopped():
    aws, ended = aws_with(), []

    def waits(aws) -> None:
        aws.stopped.wait(10)
        ended.append(1)

    results = run(aws, [named("first", lambda _aws: None), named("waits", waits), named("later", waits)], workers=2)
    next(results)
    results.close()
    assert aws.stopped.is_set() and threading.active_count() == 1 and len(ended) <= 2


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


def test_the_estimate():
    probes = [named("slow", None, seconds=200), *(named(str(number), None, seconds=60, instances=2) for number in range(10))]
    one, eight = estimate(probes, 1, Limits()), estimate(probes, 8, Limits())
    assert (one.seconds, eight.seconds) == (CLEANUP_SECONDS + 800, CLEANUP_SECONDS + 200)
    assert estimate(probes, 8, Limits(at_a_time=2)).seconds == CLEANUP_SECONDS + 600
    assert estimate([replace(each, runs_alone=True) for each in probes], 8, Limits()).seconds == CLEANUP_SECONDS + 800
    assert (eight.instances, round(eight.dollars, 3)) == (25, round((20 * 120 + 5 * 320) * HOUR / 3600, 3))
    assert estimate([], 8, Limits(), has_main_job=True).instances == 4


def test_the_estimate_is_described():
    text = described(estimate([named("one", None, instances=1)], 8, Limits(instances=5)), Limits(instances=5), "t3.micro")
    assert "about 2 minutes and launches about 6 instances of the type t3.micro, 12 at a time" in text
    assert "0.01 US dollars" in text and "more than 5 instances" in text and "at most 30 minutes" in text


def test_a_whole_run_takes_about_ten_minutes_and_keeps_its_limits():
    expected = estimate(load(), 8, Limits())
    assert expected.seconds <= 630 and expected.dollars < 0.1 and expected.instances < Limits().instances


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
