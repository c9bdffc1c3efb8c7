# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""instance_metadata_defaults: all regions in one task, undo, killed runs, and what a declarative policy manages."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import botocore
import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import HERE, IMAGE, as_actions, without_targets
from ansible_collections.keyless.ec2.tests.integration.support.fleets import EC2, Fleets
from ansible_collections.keyless.ec2.tests.integration.support.known import needs_defaults

pytestmark = needs_defaults

MODULE = "instance_metadata_defaults"
WANTED = {"http_tokens": "required", "http_put_response_hop_limit": 2}
SENT = {"HttpTokens": "required", "HttpPutResponseHopLimit": 2}
CLOSED, DENIED = "us-west-2", "eu-west-1"  # one is as wanted already, one can't be read


@pytest.fixture(name="regions")
def _regions(aws):
    """The names of all regions, of which one is as wanted."""
    aws.reset()
    aws.client("ec2", CLOSED).modify_instance_metadata_defaults(**SENT)
    return sorted(each["RegionName"] for each in aws.ec2.describe_regions()["Regions"])


def defaults(aws, region):
    found = aws.client("ec2", region).get_instance_metadata_defaults()["AccountLevel"]
    return {key: value for key, value in found.items() if key != "ManagedBy"}


def regions_with(run, action):
    return [row["region"] for row in run.last["regions"] if row["action"] == action]


def in_order(calls):
    return sorted(as_actions(calls), key=str)


def test_one_task_sets_all_regions_and_another_restores_them(aws, controller, regions):
    others = [each for each in regions if each != CLOSED]
    planned = controller.module(MODULE, "--check", "--diff", **WANTED).succeeded()
    assert planned.writes == []
    run = controller.module(MODULE, "--diff", **WANTED).succeeded()
    assert (regions_with(run, "updated"), regions_with(run, "unchanged")) == (others, [CLOSED])
    assert run.last["actions"] == planned.last["actions"] and run.last["diff"] == planned.last["diff"]
    assert sorted(without_targets(run.last["actions"]), key=str) == in_order(run.writes)
    assert [action["target"] for action in run.last["actions"]] == others
    # The account, the regions, one read for each region, and one write for each that changes
    assert len(run.calls) == 2 + len(regions) + len(others)
    assert {each: defaults(aws, each) for each in regions} == dict.fromkeys(regions, SENT)
    assert aws.ec2.run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1)["Instances"][0]["MetadataOptions"]["HttpTokens"] == "required"
    again = controller.module(MODULE, **WANTED).succeeded()
    assert (again.writes, again.changed) == ([], False)
    controller.module(MODULE, undo=run.last["undo"]).succeeded()
    assert {each: defaults(aws, each) for each in regions} == {**dict.fromkeys(others, {}), CLOSED: SENT}


def test_a_region_that_can_not_be_read_is_reported_and_the_others_change(aws, controller, regions):
    aws.fail("GetInstanceMetadataDefaults", "UnauthorizedOperation", region=DENIED, count=None)
    run = controller.module(MODULE, **WANTED)
    (failed,) = (row for row in run.last["regions"] if row["action"] == "failed")
    assert run.returncode and (failed["region"], failed["reason"], failed["before"]) == (DENIED, "UnauthorizedOperation", None)
    assert "Allow ec2:GetInstanceMetadataDefaults on *" in failed["msg"]
    assert run.last["counts"] == {"updated": len(regions) - 2, "unchanged": 1, "skipped": 0, "failed": 1}
    assert (defaults(aws, "us-east-1"), DENIED in run.last["undo"]["regions"]) == (SENT, False)


def test_a_killed_run_can_be_repeated(aws, controller, regions):
    key = "AKIAKILLEDDEFAULTS00"
    aws.kill_after(1, key)
    once = {"retries": {"total_max_attempts": 1}}  # a dead run does not try again
    assert controller.module(MODULE, access_key=key, secret_key="secret", aws_config=once, max_concurrency=1, **WANTED).returncode
    assert 0 < sum(defaults(aws, each) == {} for each in regions) < len(regions) - 1
    aws.clear_faults()
    controller.module(MODULE, **WANTED).succeeded()
    assert {each: defaults(aws, each) for each in regions} == dict.fromkeys(regions, SENT)


def test_what_a_declarative_policy_manages_is_refused_with_its_message(aws, controller, regions):
    policy = {"metadata_defaults": {"HttpTokens": "required"}, "message": "Ask the platform team."}
    aws.ask("PUT", "/emulator/declarative_policy", policy)
    run = controller.module(MODULE, regions=["eu-central-1"], **WANTED)
    (row,) = run.last["regions"]
    assert run.returncode and (run.writes, row["reason"]) == ([], "declarative_policy") and "Ask the platform team." in row["msg"]
    assert controller.module(MODULE, regions=["eu-central-1"], http_tokens="required").succeeded().last["counts"]["unchanged"] == 1


def test_a_region_is_not_enforced_while_aws_would_refuse_launches(aws, groups, controller, regions):
    """A group with a template, one with a launch configuration, a fleet, and what is left to the image; another region launches nothing."""
    here = "eu-central-1"
    aws.make_profile("old")
    given, left = (groups.template(MetadataOptions=each) for each in ({"HttpTokens": "optional"}, {"HttpPutResponseHopLimit": 2}))
    closed = groups.template(MetadataOptions={"HttpTokens": "required"})
    names = [groups.group(given, size=0), groups.configured(MetadataOptions={"HttpTokens": "optional"}), groups.group(closed, size=0)]
    fleet = Fleets(aws).make(EC2, left, "1")
    enforce = {"http_tokens_enforced": "enabled", "regions": [here, CLOSED]}
    run = controller.module(MODULE, "--check", **enforce).succeeded()
    row, other = run.last["regions"]
    assert (row["action"], row["reason"], other["action"], run.writes) == ("skipped", "launches_refused", "updated", [])
    found = {(each["kind"], each["name"]) for each in row["refused_launches"]}
    assert {("Auto Scaling group", names[0]), ("Auto Scaling group", names[1]), ("EC2 Fleet", fleet)} < found
    assert not {names[2], *_names(aws, closed)} & {name for _kind, name in found} and set(_names(aws, given, left)) < {name for _kind, name in found}
    assert f"{here} was skipped: AWS would refuse" in str(run.last["warnings"])
    # A default for tokens is enough for what does not give them.
    better = controller.module(MODULE, "--check", http_tokens="required", **enforce).succeeded().last["regions"][0]
    assert {each["name"] for each in better["refused_launches"]} == {*names[:2], *_names(aws, given)}
    aws.fail("DescribeFleets", "UnauthorizedOperation", count=None)
    unknown = controller.module(MODULE, on_refused_launches="fail", http_tokens_enforced="enabled", regions=[here])
    assert unknown.returncode and (unknown.writes, unknown.last["regions"][0]["reason"]) == ([], "launches_unknown")
    aws.clear_faults()
    ignored = controller.module(MODULE, on_refused_launches="ignore", **enforce).succeeded()
    assert regions_with(ignored, "updated") == [here, CLOSED] and "DescribeAutoScalingGroups" not in [call["operation"] for call in ignored.calls]


def _names(aws, *templates):
    return [each["LaunchTemplateName"] for each in aws.ec2.describe_launch_templates(LaunchTemplateIds=templates)["LaunchTemplates"]]


def test_an_undo_of_another_account_is_refused(controller, regions):
    run = controller.module(MODULE, undo={**HERE, "account": "210987654321", "regions": {"eu-central-1": {"http_tokens": "optional"}}})
    assert run.returncode and run.writes == [] and "undo: is of the account 210987654321" in run.last["msg"]


@pytest.fixture(name="old", scope="module")
def _old(tmp_path_factory):
    """The environment for a botocore that does not know the enforcement of IMDSv2."""
    folder = tmp_path_factory.mktemp("models") / "ec2" / "2016-11-15"
    path = Path(botocore.__file__).parent / "data" / "ec2" / "2016-11-15" / "service-2.json"
    text = path.read_bytes() if path.exists() else gzip.decompress(path.with_suffix(".json.gz").read_bytes())
    model = json.loads(text)
    for shape in ("ModifyInstanceMetadataDefaultsRequest", "InstanceMetadataDefaultsResponse"):
        del model["shapes"][shape]["members"]["HttpTokensEnforced"]
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_text(json.dumps(model), encoding="utf-8")
    return {"AWS_DATA_PATH": str(folder.parents[1])}


def test_an_older_botocore_is_refused_before_anything_is_written(controller, old, regions):
    options = {"http_tokens": "required", "regions": [CLOSED]}
    run = controller.play([{f"keyless.ec2.{MODULE}": {**options, "http_tokens_enforced": "enabled"}}], **old)
    assert run.returncode and run.writes == []
    assert f"http_tokens_enforced: the installed botocore {botocore.__version__} does not know this default" in run.last["msg"]
