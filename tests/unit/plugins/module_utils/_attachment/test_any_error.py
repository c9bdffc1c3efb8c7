# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a call raises, the module returns what it did: a row for each instance, the actions, and the undo value."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._attachment.job import AttachmentJob
from ansible_collections.keyless.ec2.plugins.module_utils._attachment.row import Rules
from ansible_collections.keyless.ec2.plugins.module_utils._attachment.spec import AttachmentSpec
from ansible_collections.keyless.ec2.plugins.module_utils._aws.region_clients import RegionClients
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils import raising_aws
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils.raising_aws import (
    IDS,
    RaisingAws,
    any_error,
    check_account,
    each_call_raises,
    run_to_the_end,
)


def attach(aws, wait):
    spec = AttachmentSpec(profiles=dict.fromkeys(IDS, "web"), filters=None, profile=None, only=None, rules=Rules(), wait=wait, wait_timeout=1)
    return run_to_the_end(lambda: AttachmentJob(spec, RegionClients(lambda _service: aws, 3), 0))


@any_error
@each_call_raises(14, wait=True)
@given(raised=raising_aws.raised(14), wait=st.booleans())
def test_the_module_always_returns_what_it_did(raised, wait):
    aws = RaisingAws(raised)
    found = attach(aws, wait)
    check_account(found, aws)
    if "instances" in found:
        changed = {each for each, profile in aws.profiles.items() if profile}
        assert {each["instance_id"] for each in found["instances"] if each["changed"]} == changed
        assert [each["instance_id"] for each in found["instances"]] == list(IDS)
        assert found["undo"]["instances"] == dict.fromkeys(changed)


def test_without_errors_all_instances_get_the_profile():
    aws = RaisingAws({})
    assert attach(aws, True)["counts"]["associated"] == len(IDS)
    assert all(aws.profiles.values())
