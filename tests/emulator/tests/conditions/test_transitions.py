# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Transitional states take time if they are told to."""

from __future__ import annotations

import copy
import time
import urllib.error
from collections.abc import Callable
from typing import Any

import pytest

from keyless_emulator.conditions import transitions
from keyless_emulator.conditions.clock import Clock
from keyless_emulator.ec2.associations import AssociationTable
from keyless_emulator.ec2.instance_states import PassingState
from keyless_emulator.ec2.profiles import ProfileReference

PROFILE = ProfileReference("arn:aws:iam::123456789012:instance-profile/web", "AIPA00000000000000000")
NONE = {
    "associating": 0,
    "disassociating": 0,
    "pending": 0,
    "stopping": 0,
    "shutting-down": 0,
    "unseen": 0,
    "replacing": 0,
    "applying": 0,
    "reporting": 0,
}
LONG = 1e9
UNSETTLED = "is not in the 'running' or 'stopped' states."
STATES = ("pending", "running", "shutting-down", "terminated", "stopping", "stopped")


@pytest.fixture(name="clock")
def _clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands still. Its first element is the time."""
    moment = [1000.0]
    monkeypatch.setattr(Clock, "now", lambda _clock: moment[0])
    slow = transitions.Transitions()
    slow.change({"associating": 5, "disassociating": 10, "pending": 20, "stopping": 30, "shutting-down": 40})
    monkeypatch.setattr(transitions, "transitions", lambda: slow)
    return moment


def _states(table: AssociationTable) -> list[str]:
    return [association.state() for association in table.listed()]


def test_an_association_takes_time(clock: list[float]) -> None:
    table = AssociationTable()
    table.begin("i-1", PROFILE)
    assert _states(table) == ["associating"]
    clock[0] += 5
    assert _states(table) == ["associated"]


def test_replaced_association_stays_listed(clock: list[float]) -> None:
    table = AssociationTable()
    old = table.begin("i-1", PROFILE)
    clock[0] += 5
    table.end(old)
    new = table.begin("i-1", PROFILE)
    assert _states(table) == ["disassociating", "associating"]
    assert table.active("i-1") == new
    clock[0] += 9
    assert _states(table) == ["disassociating", "associated"]
    clock[0] += 1
    assert _states(table) == ["associated"]
    ended = table.find(old.association_id)
    assert ended is not None and ended.state() == "disassociated"


def test_association_waits_for_its_instance_to_run(clock: list[float]) -> None:
    table = AssociationTable()
    table.begin("i-1", PROFILE, runs_at=clock[0] + 20)
    clock[0] += 19
    assert _states(table) == ["associating"]
    clock[0] += 1
    assert _states(table) == ["associated"]


def test_an_instance_takes_time(clock: list[float]) -> None:
    state = PassingState("running")
    for aim, on_the_way, seconds in (
        ("running", ("pending", 0), 20),
        ("stopped", ("stopping", 64), 30),
        ("terminated", ("shutting-down", 32), 40),
    ):
        state.name = aim
        clock[0] += seconds - 1
        assert (state.name, state.code) == on_the_way
        clock[0] += 1
        assert state.name == aim


def test_a_transitional_state_is_not_prolonged(clock: list[float]) -> None:
    state = PassingState("running")
    clock[0] += 15
    state.name, state.code = "running", 16
    clock[0] += 5
    state.name = "running"
    assert (state.name, state.code) == ("running", 16)


def test_copy_of_a_state_stays(clock: list[float]) -> None:
    state = PassingState("running")
    clock[0] += 20
    before = copy.copy(state)
    state.name = "stopped"
    assert (before.name, state.name) == ("running", "stopping")


def _set(aws: Any, **seconds: float) -> Any:
    described = {name.replace("_", "-"): value for name, value in seconds.items()}
    return aws.http("PUT", "/emulator/transitions", described)


def _shown(aws: Any, instance_id: str) -> set[str]:
    """Returns the states that the two descriptions show for an instance, and by which their filters find it."""
    answer = aws.ec2.describe_instance_status(InstanceIds=[instance_id], IncludeAllInstances=True)
    shown = {aws.instance(instance_id)["State"]["Name"]}
    shown |= {status["InstanceState"]["Name"] for status in answer["InstanceStatuses"]}
    for state in STATES:
        wanted = [{"Name": "instance-state-name", "Values": [state]}]
        described = aws.ec2.describe_instances(Filters=wanted)["Reservations"]
        status = aws.ec2.describe_instance_status(Filters=wanted, IncludeAllInstances=True)["InstanceStatuses"]
        assert bool(described) == bool(status)
        shown |= {state} if described else set()
    return shown


def test_instance_is_shown_in_transitional_states(aws: Any) -> None:
    _set(aws, pending=LONG)
    [instance_id] = aws.launch()
    assert _shown(aws, instance_id) == {"pending"}
    assert not aws.ec2.describe_instance_status()["InstanceStatuses"]
    aws.http("POST", "/emulator/reset")
    [instance_id] = aws.launch()
    _set(aws, pending=LONG, stopping=LONG, shutting_down=LONG)
    assert _shown(aws, instance_id) == {"running"}
    aws.ec2.stop_instances(InstanceIds=[instance_id])
    assert _shown(aws, instance_id) == {"stopping"}
    aws.ec2.terminate_instances(InstanceIds=[instance_id])
    assert _shown(aws, instance_id) == {"shutting-down"}


def test_started_instance_is_pending(aws: Any) -> None:
    [instance_id] = aws.launch()
    aws.ec2.stop_instances(InstanceIds=[instance_id])
    _set(aws, pending=LONG)
    aws.ec2.start_instances(InstanceIds=[instance_id])
    assert _shown(aws, instance_id) == {"pending"}


def test_instance_settles(aws: Any) -> None:
    _set(aws, pending=0.2)
    [instance_id] = aws.launch()
    time.sleep(0.2)
    assert _shown(aws, instance_id) == {"running"}


def test_association_of_a_pending_instance(aws: Any) -> None:
    aws.profile("web")
    _set(aws, pending=LONG)
    aws.launch(IamInstanceProfile={"Name": "web"})
    assert [each["State"] for each in aws.associations()] == ["associating"]


def test_instances_in_transitional_states_are_refused(aws: Any, refused: Any) -> None:
    aws.profile("web")
    given = {"IamInstanceProfile": {"Name": "web"}}
    bare, taken = aws.launch()[0], aws.launch(**given)[0]
    [association] = aws.associations()
    assert association["InstanceId"] == taken
    of_taken = {"AssociationId": association["AssociationId"]}
    _set(aws, stopping=LONG)
    aws.ec2.stop_instances(InstanceIds=[bare, taken])
    with refused("IncorrectInstanceState", UNSETTLED):
        aws.ec2.associate_iam_instance_profile(InstanceId=bare, **given)
    with refused("IncorrectInstanceState", UNSETTLED):
        aws.ec2.disassociate_iam_instance_profile(**of_taken)
    with refused("IncorrectState", "is not the active association"):
        aws.ec2.replace_iam_instance_profile_association(**of_taken, **given)


def test_starts_and_stops_that_are_refused(aws: Any, refused: Any) -> None:
    def change(change: Callable[..., Any], ids: list[str], text: str) -> None:
        with refused("IncorrectInstanceState", f"'{ids[-1]}' is not in a state from which it can be {text}"):
            change(InstanceIds=ids)

    [running], [ended], [stopping] = aws.launch(), aws.launch(), aws.launch()
    _set(aws, pending=LONG, stopping=LONG)
    [pending] = aws.launch()
    aws.ec2.terminate_instances(InstanceIds=[ended])
    aws.ec2.stop_instances(InstanceIds=[stopping])
    for each in (ended, pending):
        change(aws.ec2.stop_instances, [running, each], "stopped")
    for each in (ended, stopping):
        change(aws.ec2.start_instances, [running, each], "started")
    assert aws.instance(running)["State"]["Name"] == "running"


def test_association_states_of_the_setting(aws: Any) -> None:
    aws.profile("web")
    [instance_id] = aws.launch()
    _set(aws, associating=LONG, disassociating=LONG)
    aws.ec2.associate_iam_instance_profile(InstanceId=instance_id, IamInstanceProfile={"Name": "web"})
    [association] = aws.associations()
    assert association["State"] == "associating"
    aws.ec2.disassociate_iam_instance_profile(AssociationId=association["AssociationId"])
    assert [each["State"] for each in aws.associations()] == ["disassociating"]


def test_states_that_are_not_named_stay(aws: Any) -> None:
    _set(aws, pending=1)
    assert _set(aws, associating=2) == {**NONE, "pending": 1, "associating": 2}
    assert _set(aws) == aws.http("GET", "/emulator/transitions") == {**NONE, "pending": 1, "associating": 2}


@pytest.mark.parametrize("described", [1, [], {"running": 1}, {"pending": 1, "associating": -1}, {"pending": None}])
def test_invalid_transitions(aws: Any, described: Any) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        aws.http("PUT", "/emulator/transitions", described)
    assert caught.value.code == 400
    assert aws.http("GET", "/emulator/transitions") == NONE


def test_the_clock_can_be_set_ahead(aws: Any) -> None:
    [instance_id] = aws.launch()
    _set(aws, stopping=3600)
    aws.ec2.stop_instances(InstanceIds=[instance_id])
    assert aws.http("PUT", "/emulator/clock", {"ahead": 3000}) == {"ahead": 3000}
    assert _shown(aws, instance_id) == {"stopping"}
    aws.http("PUT", "/emulator/clock", {"ahead": 3600})
    assert _shown(aws, instance_id) == {"stopped"}
    aws.http("POST", "/emulator/reset")
    assert aws.http("GET", "/emulator/clock") == {"ahead": 0}
