# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The call pool in real threads; events and barriers decide the order of the responses."""

from __future__ import annotations

import threading

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._aws.call_pool import CallPool
from ansible_collections.keyless.ec2.plugins.module_utils._common.change import Change
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError

LONG = 30  # seconds; only a failing test waits that long


def responses(pool, count):
    """The next ``count`` outcomes, by owner."""
    found = {}
    while len(found) < count:
        news = dict(pool.outcomes(LONG))
        assert news, "no call was answered"
        found.update(news)
    return found


def test_each_owner_gets_its_outcome():
    with CallPool(lambda change: {"response": change * 2}, 3) as pool:
        for number in range(10):
            pool.add(f"owner {number}", number)
        assert not pool.is_idle
        assert responses(pool, 10) == {f"owner {number}": {"response": number * 2} for number in range(10)}
        assert pool.is_idle


def test_a_slow_call_does_not_delay_others():
    release = threading.Event()
    with CallPool(lambda change: change == "slow" and release.wait(LONG), 2) as pool:
        for change in ("slow", *range(5)):
            pool.add(change, change)
        assert set(responses(pool, 5)) == set(range(5))
        assert not pool.is_idle
        release.set()
        assert set(responses(pool, 1)) == {"slow"}


def test_calls_are_made_in_parallel():
    barrier = threading.Barrier(3, timeout=LONG)
    with CallPool(lambda change: barrier.wait(), 3) as pool:
        for number in range(3):
            pool.add(number, number)
        assert len(responses(pool, 3)) == 3


def test_there_are_never_more_calls_than_workers():
    lock = threading.Lock()
    out, most = [], []

    def make(change):
        with lock:
            out.append(change)
            most.append(len(out))
        with lock:
            out.remove(change)

    with CallPool(make, 2) as pool:
        for number in range(100):
            pool.add(number, number)
        responses(pool, 100)
    assert max(most) <= 2


def test_calls_are_made_in_order():
    release = threading.Event()
    made = []
    with CallPool(lambda change: made.append(change) or release.wait(LONG), 1) as pool:
        for number in range(4):
            pool.add(number, number)
        release.set()
        responses(pool, 4)
    assert made == [0, 1, 2, 3]


def test_a_call_can_be_added_first():
    begun, release, made = threading.Event(), threading.Event(), []

    def make(change):
        made.append(change)
        begun.set()
        release.wait(LONG)

    with CallPool(make, 1) as pool:
        pool.add("owner", "begun")
        assert begun.wait(LONG)
        pool.add("owner", "later")
        pool.add("owner", "urgent", first=True)
        release.set()
        while not pool.is_idle:
            list(pool.outcomes(LONG))
    assert made == ["begun", "urgent", "later"]


def test_an_aws_error_is_an_outcome():
    refused = AwsError("ec2:AssociateIamInstanceProfile", "instance/i-1", "x", "UnauthorizedOperation", "no")

    def make(_change):
        raise refused

    with CallPool(make, 1) as pool:
        pool.add("owner", "change")
        assert responses(pool, 1) == {"owner": refused}


def test_any_other_error_is_an_outcome_too_and_a_stopped_pool_makes_no_call():
    change = Change("ec2", "Go", "instance/i-1", {}, "go")
    made = []

    def make(given):
        made.append(given)
        raise FileNotFoundError("gone")

    with CallPool(make, 1) as pool:
        pool.add("owner", change)
        error = responses(pool, 1)["owner"]
        assert (error.operation, error.code, error.message) == ("ec2:Go", "FileNotFound", "gone")
        pool.stop(error)
        pool.add("owner", change)
        assert responses(pool, 1) == {"owner": error}
    assert made == [change]


def test_waiting_for_outcomes_ends_after_a_timeout():
    release = threading.Event()
    with CallPool(lambda change: release.wait(LONG), 1) as pool:
        pool.add("owner", "change")
        assert list(pool.outcomes(0.01)) == []
        release.set()
        assert len(responses(pool, 1)) == 1


def test_waiting_calls_are_cancelled_when_the_block_ends_early():
    begun, release, made = threading.Event(), threading.Event(), []

    def make(change):
        made.append(change)
        begun.set()
        release.wait(LONG)

    with pytest.raises(KeyboardInterrupt), CallPool(make, 1) as pool:
        release_when_the_others_are_dropped(pool, release)
        for number in range(5):
            pool.add(number, number)
        assert begun.wait(LONG)
        raise KeyboardInterrupt
    assert made == [0]


def release_when_the_others_are_dropped(pool, release):
    shut_down = pool._workers.shutdown

    def shutdown(**options):
        shut_down(wait=False, **options)
        release.set()
        shut_down()

    pool._workers.shutdown = shutdown
