# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lasts on AWS can be made to last here."""

from __future__ import annotations

import pytest
from emulator import transitions
from emulator.associations import AssociationTable
from emulator.profiles import ProfileReference

PROFILE = ProfileReference("arn:aws:iam::123456789012:instance-profile/web", "AIPA00000000000000000")


@pytest.fixture(name="clock")
def _clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands still; its first element is the time."""
    time = [1000.0]
    monkeypatch.setattr(transitions, "now", lambda: time[0])
    slow = transitions.Transitions(associating=5, disassociating=10)
    monkeypatch.setattr(transitions, "TRANSITIONS", slow)
    return time


def _states(table: AssociationTable) -> list[str]:
    return [association.state() for association in table.listed()]


def test_association_takes_its_time(clock: list[float]) -> None:
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
