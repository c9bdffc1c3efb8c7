# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Launch templates and groups in memory: what they launch with is compared with AWS's defaults, and members that use IMDSv1 keep them as they are."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError
from ansible_collections.keyless.ec2.plugins.module_utils._launch.spec import LaunchSpec
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_options.job import MetadataOptionsJob
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_options.row import Rules
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_options.spec import MetadataSpec
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_options.wanted import WantedOptions
from ansible_collections.keyless.ec2.plugins.module_utils._values.instances import InstanceSnapshot
from ansible_collections.keyless.ec2.plugins.module_utils._values.launch import Group
from ansible_collections.keyless.ec2.plugins.module_utils._values.metadata_options import MetadataOptions
from ansible_collections.keyless.ec2.plugins.module_utils._values.metadata_use import DailySums
from ansible_collections.keyless.ec2.tests.unit.factories import fleet, group, instance, template, template_data
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._launch.region import Region

REQUIRED = {"http_tokens": "required"}
OPEN = MetadataOptions("optional", "enabled", 1, "disabled", "disabled", "applied")


class Account:
    """A region with these launch sources, its defaults for metadata options, and members of which some still use IMDSv1."""

    def __init__(self, region, defaults=None, supported=(), used=(), manager=""):
        self.defaults, self.supported, self.used, self.manager = defaults or {}, supported, used, manager
        self.asked = []
        self.clients = SimpleNamespace(**{**vars(region.clients), "ec2": self, "metrics": self, "metadata_defaults": self})

    def read(self):
        self.asked.append("defaults")
        if isinstance(self.defaults, AwsError):
            raise self.defaults
        return self.defaults

    def imds_support(self, images):
        self.asked.append(sorted(images))
        return {each: "v2.0" if each in self.supported else "" for each in images}

    def read_without_associations(self, ids):
        return InstanceSnapshot({each: instance(each, metadata=OPEN, managed_by=self.manager) for each in ids}, {})

    def imdsv1_requests(self, ids, window):
        return {each: DailySums(dict.fromkeys(window.needed_days, 3 if each in self.used else 0)) for each in ids}


def data(image="ami-1", **options):
    return template_data(None, ImageId=image, **({"MetadataOptions": options} if options else {}))


def job_of(account, values=None, on_use="skip", **selected):
    launch = LaunchSpec(members=False, wanted=WantedOptions(values or REQUIRED), **selected)
    return MetadataOptionsJob(MetadataSpec({}, None, values or REQUIRED, Rules(on_use=on_use), 14, True, 60, launch=launch), account.clients)


def plan_of(account, **options):
    job = job_of(account, **options)
    return job.plan(job.read())


@pytest.mark.parametrize(
    "defaults, supported, action",
    [
        ({}, ["ami-1"], "unchanged"),
        ({}, [], "updated"),
        ({"HttpTokens": "required"}, [], "unchanged"),
        ({"HttpTokens": "optional"}, ["ami-1"], "updated"),
    ],
)
def test_a_template_that_leaves_tokens_to_the_defaults(defaults, supported, action):
    account = Account(Region(templates=[template(data())]), defaults, supported)
    [row] = plan_of(account, templates=("lt-1",)).launch.rows.templates
    assert (row.action, sorted(map(str, account.asked))) == (action, ["['ami-1']", "defaults"])


@pytest.mark.parametrize(
    "datas, values, asked",
    [
        ([data(HttpTokens="optional")], REQUIRED, []),
        ([data(HttpTokens="optional"), data()], REQUIRED, ["defaults", ["ami-1"]]),
        ([data()], {"http_put_response_hop_limit": 2}, []),
        ([data()], {"http_tokens": "optional"}, []),
        ([data("resolve:ssm:/image")], REQUIRED, ["defaults"]),
        ([template_data(None)], REQUIRED, ["defaults"]),
    ],
)
def test_defaults_are_only_read_if_they_count(datas, values, asked):
    account = Account(Region(templates=[template(*datas)]))
    plan_of(account, values=values, templates=("lt-1",))
    assert sorted(map(str, account.asked)) == sorted(map(str, asked))


def test_the_images_of_launch_configurations_count():
    configurations = {"config": {"ImageId": "ami-7"}}
    region = Region(groups=[Group("a", launch_configuration_name="config")], configurations=configurations)
    account = Account(region, {}, ["ami-7"])
    [row] = plan_of(account, groups=("a",)).launch.rows.groups
    assert row.action == "unchanged" and ["ami-7"] in account.asked


def test_an_image_that_an_override_replaces_says_nothing():
    overriding = {"LaunchTemplateSpecification": {"LaunchTemplateId": "lt-1", "Version": "1"}, "Overrides": [{"ImageId": "ami-2"}]}
    region = Region(fleets=[replace(fleet(), configs=(overriding,))], templates=[template(data())])
    account = Account(region, {}, ["ami-1", "ami-2"])
    plan = plan_of(account, templates=("lt-1",))
    assert [row.action for row in plan.launch.rows.templates] == ["updated"] and account.asked == ["defaults"]


def test_defaults_that_cannot_be_read_are_unknown():
    refused = AwsError("ec2:GetInstanceMetadataDefaults", "*", "read the defaults", "AccessDenied", "no")
    [row] = plan_of(Account(Region(templates=[template(data())]), refused, ["ami-1"]), templates=("lt-1",)).launch.rows.templates
    assert row.action == "updated"


@pytest.mark.parametrize("manager", ["", "Amazon EKS"])
@pytest.mark.parametrize("on_use, action", [("skip", "skipped"), ("fail", "failed"), ("ignore", "updated")])
def test_a_group_whose_member_uses_imdsv1_stays(on_use, action, manager):
    region = Region(groups=[group(instance_ids=("i-1", "i-2"))], templates=[template(data(HttpTokens="optional"))])
    account = Account(region, used=["i-2"], manager=manager)
    job = job_of(account, on_use=on_use, groups=("a",))
    plan = job.plan(job.read())
    result = job.result(job.apply(plan, lambda _change: None))
    [row] = result["auto_scaling_groups"]
    assert (row["action"], "lost" in row) == (action, False)
    assert [operation for operation, _target in region.calls] == (
        ["CreateLaunchTemplateVersion", "UpdateAutoScalingGroup"] if on_use == "ignore" else []
    )
    assert result["failed"] == (on_use == "fail") and ("i-2" in row["msg"]) == (on_use != "ignore")


def test_the_rows_and_the_undo_value_have_the_options():
    region = Region(groups=[group(instance_ids=("i-1",))], templates=[template(data(HttpTokens="optional"))])
    job = job_of(Account(region), groups=("a",))
    plan = job.plan(job.read())
    assert plan.summary(True) == "1 group to update."
    result = job.result(plan)
    [row] = result["auto_scaling_groups"]
    assert row["before"]["metadata_options"] == {"http_tokens": "optional"} and row["after"]["metadata_options"] == REQUIRED
    assert [change.operation for change in plan.changes] == ["CreateLaunchTemplateVersion", "UpdateAutoScalingGroup"]
    assert plan.diff()["before"] and set(plan.diff()["before"]) == set(plan.diff()["after"])
    assert set(result["undo"]) > {"account", "region", "auto_scaling_groups"} and "http_tokens is required instead of optional" in row["msg"]
