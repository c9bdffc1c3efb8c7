# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which instances get the instance profile, and what a host reads from the result."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.attachment import attachments
from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.decisions import decide_about_host
from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.facts import HostFacts, Options
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.migration_facts import KEY, host_facts

FIRST, SECOND, THIRD = (f"i-{number:017x}" for number in (1, 2, 3))


def test_there_is_one_call_for_each_region():
    hosts = [host_facts(1), host_facts(2, region="us-east-1"), host_facts(3)]
    assert attachments(hosts, "app") == [
        {"region": "eu-central-1", "attachments": {FIRST: "app", THIRD: "app"}},
        {"region": "us-east-1", "attachments": {SECOND: "app"}},
    ]


STOPPING = {"comparison": {"role": "app", "fails": True, "days": 90}, "usage": {"results": [{"item": {"role_name": "app"}, "msg": "Denied"}]}}


@pytest.mark.parametrize(
    "facts",
    [
        HostFacts(),
        HostFacts(instance={"identity": {"instance_id": None, "region": None}, "msg": "Not an instance."}, found={"credentials": []}),
        host_facts(1, found={"msg": "paths: must be absolute", "failed": True}),
        host_facts(1, **STOPPING),
    ],
    ids=["not reached yet", "not an instance", "not searched", "stops because of what its keys did"],
)
def test_these_hosts_are_left_as_they_are(facts):
    assert attachments([facts], "app") == []


def test_a_host_that_only_warns_is_attached():
    facts = host_facts(1, **{**STOPPING, "comparison": {"role": "app", "fails": False, "days": 90}})
    assert attachments([facts], "app")[0]["attachments"] == {FIRST: "app"}


def attached(*rows, check_mode=False, **result):
    """What a host with the first instance decides after this result of instance_profile_attach."""
    facts = host_facts(1, attachment={"results": [{"instances": list(rows), **result}]})
    return decide_about_host(facts, Options(check_mode=check_mode))["attachment"]


def row(instance=FIRST, action="attached", changed=True, before=None, **others):
    return {"instance_id": instance, "action": action, "changed": changed, "before": before, **others}


@pytest.mark.parametrize("before", [None, "arn:aws:iam::123456789012:instance-profile/old"])
def test_what_the_instance_had_before_can_be_attached_again(before):
    assert attached(row(SECOND, before="another"), row(before=before)) == {"error": "", "previous": {FIRST: before}, "is_planned": False}


def test_check_mode_only_plans_it():
    assert attached(row(), check_mode=True)["is_planned"]
    assert not attached(row(changed=False, action="unchanged"), check_mode=True)["is_planned"]


def test_an_instance_that_was_not_changed_is_not_changed_back():
    assert attached(row(changed=False, action="unchanged")) == {"error": "", "previous": {}, "is_planned": False}
    assert attached(row(changed=False, action="skipped"))["error"] == ""


@pytest.mark.parametrize(
    "rows, result, error",
    [
        ([row(action="failed", changed=False, msg="It has another one.")], {}, "It has another one."),
        ([row(SECOND)], {"msg": "1 attached."}, "1 attached."),
        ([], {"msg": "Access denied."}, "Access denied."),
        ([], {"msg": ["Access", "denied."]}, "Access denied."),
        ([], {}, "instance_profile_attach returned nothing for this host."),
    ],
)
def test_a_host_without_the_instance_profile_fails(rows, result, error):
    assert attached(*rows, **result)["error"] == error


def test_a_failed_instance_that_was_changed_is_changed_back():
    """Its profile was attached, and then its credentials did not arrive."""
    assert attached(row(action="failed", before="old", msg="Timeout"))["previous"] == {FIRST: "old"}


def test_keys_do_not_name_instances():
    assert KEY not in str(attachments([host_facts(1)], "app"))
