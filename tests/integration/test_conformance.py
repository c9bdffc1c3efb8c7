# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator does what all probes claim of AWS."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.tests.conformance.aws import Aws
from ansible_collections.keyless.ec2.tests.conformance.places import our_emulator
from ansible_collections.keyless.ec2.tests.conformance.resources import new_run
from ansible_collections.keyless.ec2.tests.conformance.run import AS_CLAIMED, load, run


@pytest.fixture(scope="module", name="probed")
def _probed():
    with our_emulator() as place:
        yield Aws(place, new_run())


@pytest.mark.parametrize("probe", load(), ids=lambda probe: probe.name)
def test_probe(probed, probe):
    [result] = run(probed, [probe])
    assert (result.outcome, result.observed) == (AS_CLAIMED, "")
