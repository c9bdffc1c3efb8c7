# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""launch_profile_attach with a botocore that does not know members that AWS returns: they are never deleted."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import botocore
import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import IMAGE
from ansible_collections.keyless.ec2.tests.integration.support.fleets import KINDS, Fleets

MODELS = {"autoscaling": "2011-01-01", "ec2": "2016-11-15"}
# By service and shape: members that this older botocore does not have
LACKS = {
    "autoscaling": {"LaunchTemplateOverrides": ["ImageId"], "LaunchConfiguration": ["EbsOptimized"]},
    "ec2": {
        "ResponseLaunchTemplateData": ["EbsOptimized"],
        "FleetLaunchTemplateOverrides": ["WeightedCapacity"],
        "LaunchTemplateOverrides": ["WeightedCapacity"],
    },
}


@pytest.fixture(scope="module")
def old(tmp_path_factory):
    """The environment for an older botocore."""
    folder = tmp_path_factory.mktemp("models")
    for service, version in MODELS.items():
        path = Path(botocore.__file__).parent / "data" / service / version / "service-2.json"
        text = path.read_bytes() if path.exists() else gzip.decompress(path.with_suffix(".json.gz").read_bytes())
        model = json.loads(text)
        for shape, members in LACKS[service].items():
            for member in members:
                # The oldest supported version does not have all of them either.
                model["shapes"][shape]["members"].pop(member, None)
        (folder / service / version).mkdir(parents=True)
        (folder / service / version / "service-2.json").write_text(json.dumps(model), encoding="utf-8")
    return {"AWS_DATA_PATH": str(folder)}


def attach(controller, old, **options):
    return controller.play([{"keyless.ec2.launch_profile_attach": {"members": False, **options}}], **old)


def assert_refused(run, *rows, members):
    """Checks that the run failed before it wrote anything, and what its rows say."""
    assert run.writes == []
    assert_rows_refused(run, *rows, members=members)


def assert_rows_refused(run, *rows, members):
    """Checks which rows failed because of members that botocore does not know, and what they say."""
    assert run.returncode and run.last["undo"]["auto_scaling_groups"] == {}
    kinds = ("auto_scaling_groups", "launch_templates", "fleets")
    failed = [row for kind in kinds for row in run.last[kind] if row["reason"] == "unknown_members"]
    assert sorted(row["name"] for row in failed) == sorted(rows), run
    for row in failed:
        assert f"botocore {botocore.__version__} does not know {members}" in row["msg"] and "pip install --upgrade boto3" in row["msg"]


def mixed(groups, version, image=IMAGE):
    """A group whose second override has an image of its own."""
    if "ImageId" not in groups.client.meta.service_model.shape_for("LaunchTemplateOverrides").members:
        pytest.skip("this botocore, which the emulator uses too, knows no images of overrides")
    own = {"LaunchTemplateSpecification": {"LaunchTemplateId": groups.template(), "Version": version}}
    overrides = [{"InstanceType": "t3.small"}, {"InstanceType": "t4g.small", "ImageId": image}]
    return groups.group(MixedInstancesPolicy={"LaunchTemplate": {**own, "Overrides": overrides}})


IMAGE_OF_OVERRIDE = "MixedInstancesPolicy.LaunchTemplate.Overrides[1].ImageId"


def test_the_image_of_an_override_stays(groups, controller, old):
    name = mixed(groups, "1")
    before = groups.shown(name)["MixedInstancesPolicy"]
    assert before["LaunchTemplate"]["Overrides"][1]["ImageId"] == IMAGE
    run = attach(controller, old, auto_scaling_groups=[name], instance_profile="web")
    assert_refused(run, name, members=IMAGE_OF_OVERRIDE)
    assert groups.shown(name)["MixedInstancesPolicy"] == before


def test_a_group_that_need_not_be_sent_again_changes(groups, controller, old):
    name = mixed(groups, "$Default")
    before = groups.shown(name)["MixedInstancesPolicy"]
    attach(controller, old, auto_scaling_groups=[name], instance_profile="web").succeeded()
    assert groups.shown(name)["MixedInstancesPolicy"] == before


def test_undo_does_not_delete_the_image_of_an_override(groups, controller, old):
    name = mixed(groups, "1")
    source = controller.module("launch_profile_attach", auto_scaling_groups=[name], instance_profile="web").succeeded().last["undo"]
    before = groups.shown(name)["MixedInstancesPolicy"]
    run = attach(controller, old, undo=source)
    # The template and the instance are other rows, and are restored.
    assert_rows_refused(run, name, members=IMAGE_OF_OVERRIDE)
    assert groups.shown(name)["MixedInstancesPolicy"] == before


def test_the_data_of_a_template_is_copied_by_aws_or_not_at_all(groups, controller, old):
    template = groups.template(EbsOptimized=True)
    run = attach(controller, old, launch_templates=[template], instance_profile="web").succeeded()
    assert groups.versions(template)[2]["EbsOptimized"] is True
    removal = attach(controller, old, launch_templates=[template], state="absent")
    assert_refused(removal, run.last["launch_templates"][0]["name"], members="LaunchTemplateData.EbsOptimized")


@pytest.mark.parametrize("kind", KINDS)
def test_the_overrides_of_a_fleet_stay(groups, controller, old, kind):
    template = groups.template()
    fleet = Fleets(groups.aws).make(kind, template, overrides=[{"InstanceType": "t3.small", "WeightedCapacity": 2.0}])
    before = Fleets(groups.aws).configs(fleet)
    run = attach(controller, old, launch_templates=[template], instance_profile="web")
    failed = [row for row in run.last["fleets"] if row["reason"] == "unknown_members"]
    assert [row["name"] for row in failed] == [fleet] and "LaunchTemplateConfigs[0].Overrides[0].WeightedCapacity" in failed[0]["msg"]
    assert Fleets(groups.aws).configs(fleet) == before


def test_a_launch_configuration_is_not_converted_in_part(groups, controller, old):
    name = groups.configured(EbsOptimized=True)
    run = attach(controller, old, auto_scaling_groups=[name], instance_profile="web", convert_launch_configurations=True)
    assert_refused(run, name, members="EbsOptimized")
