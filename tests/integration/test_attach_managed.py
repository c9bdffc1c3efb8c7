# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""instance_profile_attach with managed instances, credentials of a former role, and new instances."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import IMAGE, wait_until
from ansible_collections.keyless.ec2.tests.integration.support.known import needs_operators

MODULE = "instance_profile_attach"
LOOK = "instance_identity_info"
HOUR = 3600  # seconds
EKS = {"eks:cluster-name": "main"}


@pytest.fixture(scope="module", autouse=True)
def _profiles(aws):
    for name in ("web", "old"):
        aws.make_profile(name)


@pytest.fixture(autouse=True)
def _kind_again(aws):
    yield
    aws.clear_conditions()
    aws.let_time_pass(0)


def rows(run):
    return {row["instance_id"]: (row["action"], row["reason"]) for row in run.last["instances"]}


def role_on(aws, controller, instance):
    """The role of the instance's credentials."""
    run = controller.module(LOOK, endpoint=f"{aws.endpoint}/imds/{instance}").succeeded()
    return run.last["identity"]["role_name"]


# Instances that something else manages


@pytest.mark.parametrize("arguments", [(), ("--check",)])
@pytest.mark.parametrize("options", [{"instance_profile": "web"}, {"state": "absent"}])
def test_filters_skip_managed_instances(aws, controller, options, arguments):
    name = f"managed-{len(arguments)}-{'-'.join(options)}"
    (own,) = aws.run_instances(profile="old", name=name)
    (node,) = aws.run_instances(profile="old", name=name, **EKS)
    run = controller.task(MODULE, *arguments, filters={"tag:Name": name}, **options).succeeded()
    assert rows(run)[node] == ("skipped", "managed")
    assert rows(run)[own][0] in ("replaced", "detached")
    assert "1 instance was skipped, because another service manages it" in run.output
    assert aws.profile_of(node) == "old"
    assert node not in run.last["undo"]["instances"]


def test_include_managed_changes_managed_instances(aws, controller):
    (node,) = aws.run_instances(profile="old", name="asked", **EKS)
    controller.module(MODULE, filters={"tag:Name": "asked"}, instance_profile="web", include_managed=True).succeeded()
    assert aws.profile_of(node) == "web"
    controller.module(MODULE, instance_ids=[node], instance_profile="old").succeeded()
    assert aws.profile_of(node) == "old"
    controller.module(MODULE, attachments={node: None}).succeeded()
    assert aws.profile_of(node) is None


def test_a_reserved_tag_that_is_not_known_counts_as_managed(aws, controller):
    (created,) = aws.run_instances(profile="old", name="created", **{"aws:newservice:id": "1"})
    (launched,) = aws.run_instances(profile="old", name="created", **{"aws:ec2launchtemplate:id": "lt-1"})
    run = controller.module(MODULE, filters={"tag:Name": "created"}, instance_profile="web").succeeded()
    assert rows(run) == {created: ("skipped", "managed"), launched: ("replaced", "conflict")}
    assert "an AWS service manages it (tag aws:newservice:id)" in {row["msg"] for row in run.last["instances"]}
    controller.module(MODULE, instance_ids=[created], instance_profile="web").succeeded()
    assert aws.profile_of(created) == "web"


@needs_operators
@pytest.mark.parametrize("arguments", [(), ("--check",)])
def test_a_change_that_aws_refuses_is_not_promised(aws, controller, arguments):
    """EC2 refuses changes of an instance that a service operates."""
    operated = {"Operator": {"Principal": "eks.amazonaws.com"}, "IamInstanceProfile": {"Name": "old"}}
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": f"operated-{len(arguments)}"}]}]
    (launched,) = aws.ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1, TagSpecifications=tags, **operated)["Instances"]
    instance, filters = launched["InstanceId"], {"tag:Name": f"operated-{len(arguments)}"}
    run = controller.module(MODULE, *arguments, filters=filters, instance_profile="web").succeeded()
    assert rows(run) == {instance: ("skipped", "managed")}
    for selection in ({"instance_ids": [instance]}, {"filters": filters, "include_managed": True}):
        run = controller.module(MODULE, *arguments, **selection, instance_profile="web")
        assert rows(run) == {instance: ("failed", "managed")} and run.writes == []
        assert "eks.amazonaws.com operates it" in run.last["msg"]


# Another role in the profile


@pytest.mark.parametrize("state", ["running", "stopped"])
def test_renew_gives_an_instance_the_new_role_of_its_profile(aws, controller, state):
    aws.make_profile(f"renewed-{state}")
    aws.make_role(f"next-{state}")
    (instance,) = aws.run_instances(profile=f"renewed-{state}")
    if state == "stopped":
        aws.stop(instance)
    aws.replace_role_in(f"renewed-{state}", f"next-{state}")
    renew = {"instance_ids": [instance], "instance_profile": f"renewed-{state}", "renew": True}
    planned = controller.module(MODULE, "--check", **renew).succeeded()
    assert planned.writes == []
    if state == "running":
        assert role_on(aws, controller, instance) == "renewed-running"
    run = controller.module(MODULE, **renew).succeeded()
    assert rows(run)[instance] == rows(planned)[instance] == ("replaced", "renewed")
    assert run.last["actions"] == planned.last["actions"]
    assert (run.last["changed"], run.last["undo"]["instances"]) == (True, {})
    if state == "stopped":
        aws.ec2.start_instances(InstanceIds=[instance])
    assert role_on(aws, controller, instance) == f"next-{state}"


def test_without_renew_the_association_stays(aws, controller):
    aws.make_profile("kept")
    aws.make_role("unheard")
    (instance,) = aws.run_instances(profile="kept")
    aws.replace_role_in("kept", "unheard")
    run = controller.module(MODULE, instance_ids=[instance], instance_profile="kept").succeeded()
    assert (run.last["changed"], run.writes) == (False, [])
    assert role_on(aws, controller, instance) == "kept"


# Instances that EC2 does not show yet


def test_waits_for_a_new_instance(aws, controller):
    aws.set_transitions(unseen=HOUR)
    (young,) = aws.run_instances()
    options = {"instance_ids": [young], "instance_profile": "web", "not_found_timeout": HOUR}
    with ThreadPoolExecutor(1) as pool:
        attaching = pool.submit(controller.module, MODULE, **options)
        wait_until(lambda: any(call["error"] == "InvalidInstanceID.NotFound" for call in aws.calls()), attaching)
        aws.let_time_pass(HOUR)
        run = attaching.result().succeeded()
    assert rows(run) == {young: ("associated", None)}


@pytest.mark.parametrize("arguments, options", [(("--check",), {"not_found_timeout": HOUR}), ((), {"not_found_timeout": 0})])
def test_check_mode_and_a_zero_timeout_do_not_wait_for_unknown_instances(controller, arguments, options):
    unknown = "i-0123456789abcdef0"
    run = controller.module(MODULE, *arguments, instance_ids=[unknown], instance_profile="web", **options)
    assert rows(run) == {unknown: ("failed", "not_found")}
    assert len([call for call in run.calls if call["operation"] == "DescribeInstances"]) == 1


# Associations


def test_a_timeout_in_transition_has_a_suggestion(aws, controller):
    (instance,) = aws.run_instances()
    aws.set_transitions(associating=HOUR)
    run = controller.module(MODULE, instance_ids=[instance], instance_profile="web", wait_timeout=1)
    (row,) = run.last["instances"]
    assert (row["action"], row["reason"]) == ("failed", "timed_out")
    assert f"association {row['association_id']} is still associating after 1 seconds; run again; if that does not help" in row["msg"]
    assert f"--association-id {row['association_id']}" in row["msg"]


def test_a_profile_recreated_in_the_meantime_fails_and_the_next_run_fixes_it(aws, controller):
    aws.make_profile("fleeting")
    (instance,) = aws.run_instances()
    for operation, more in (
        ("RemoveRoleFromInstanceProfile", {"RoleName": "fleeting"}),
        ("DeleteInstanceProfile", {}),
        ("CreateInstanceProfile", {}),
        ("AddRoleToInstanceProfile", {"RoleName": "fleeting"}),
    ):
        aws.meanwhile("AssociateIamInstanceProfile", operation, service="iam", InstanceProfileName="fleeting", **more)
    asked = {"instance_ids": [instance], "instance_profile": "fleeting"}
    run = controller.module(MODULE, **asked)
    assert rows(run) == {instance: ("failed", "profile_recreated")}
    assert "was recreated in the meantime" in run.last["msg"]
    assert rows(controller.module(MODULE, **asked).succeeded())[instance][0] == "unchanged"
