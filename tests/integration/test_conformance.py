# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator passes all probes, and the recording of the run has nothing that identifies the account."""

from __future__ import annotations

import datetime
import re
from dataclasses import replace

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.conformance.aws import Aws
from ansible_collections.keyless.ec2.tests.conformance.cleanup import find
from ansible_collections.keyless.ec2.tests.conformance.endpoints import our_emulator
from ansible_collections.keyless.ec2.tests.conformance.recording import Recording
from ansible_collections.keyless.ec2.tests.conformance.resources import new_run
from ansible_collections.keyless.ec2.tests.conformance.run import AS_CLAIMED, NOT_MADE, load, run

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
        yield Aws(replace(place, on_client=recording.watch), new_run())


@pytest.mark.parametrize("probe", load(), ids=lambda probe: probe.name)
def test_probe(probed, recording, probe):
    [result] = run(probed, [probe])
    recording.end(result)
    if result.outcome == NOT_MADE and "botocore" in result.observed:
        pytest.skip(result.observed)
    assert (result.outcome, result.observed) == (AS_CLAIMED, "")


def test_the_recording_has_no_secret_and_no_id(probed, recording):
    document = recording.document(probed.region, datetime.date(2026, 1, 2))
    assert sum(len(row["calls"]) for row in document["probes"].values()) > 300 or len(document["probes"]) < 100
    text = yaml.safe_dump(document["probes"])
    assert {pattern: re.findall(pattern, text)[:3] for pattern in PRIVATE if re.search(pattern, text)} == {}


def test_everything_is_removed(probed):
    probed.resources.remove_all()
    assert list(find(probed.client)) == []
