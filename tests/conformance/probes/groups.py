# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Auto Scaling groups."""

from __future__ import annotations

from ..aws import Aws
from ..probe import UNSOURCED, documented, expect, probe, refused, reported, same, unknown
from ..waiting import eventually

CREATE = "Amazon EC2 Auto Scaling API Reference: CreateAutoScalingGroup"
UPDATE = "Amazon EC2 Auto Scaling API Reference: UpdateAutoScalingGroup"
REFRESH = "Amazon EC2 Auto Scaling API Reference: StartInstanceRefresh"


def in_service(aws: Aws, name: str, count: int = 1, seconds: float = 300) -> list[dict]:
    def members() -> list[dict]:
        return [each for each in aws.resources.describe_group(name)["Instances"] if each["LifecycleState"] == "InService"]

    return eventually(members, lambda found: len(found) == count, seconds)


def mixed(template: str, *overrides: dict, **distribution: object) -> dict:
    launch = {"LaunchTemplateSpecification": {"LaunchTemplateId": template, "Version": "$Latest"}, "Overrides": list(overrides)}
    return {"LaunchTemplate": launch, "InstancesDistribution": {"OnDemandBaseCapacity": 0, **distribution}}


@probe(
    "The instances of a group get the profile of its template, and the group lists the template version of each.",
    documented("Amazon EC2 Auto Scaling User Guide: Auto Scaling launch templates"),
    "_aws/auto_scaling.py",
    "_launch_sources/reading.py",
    instances=1,
    seconds=120,
)
def group_launches_with_profile(aws: Aws) -> None:
    profile = aws.resources.shared_profile
    template = aws.resources.template(IamInstanceProfile={"Arn": profile["Arn"]})
    name = aws.resources.group(template, 1)
    [member] = in_service(aws, name)
    same((member["LaunchTemplate"]["LaunchTemplateId"], member["LaunchTemplate"]["Version"]), (template, "1"))
    [association] = eventually(lambda: aws.resources.associations(member["InstanceId"], "associated"), bool)
    same(association["IamInstanceProfile"]["Arn"], profile["Arn"])
    aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=True)


@probe(
    "A group replaces a terminated instance.",
    documented("Amazon EC2 Auto Scaling User Guide: Health checks for instances in an Auto Scaling group"),
    "_launch/job.py",
    instances=2,
    seconds=420,
)
def group_replaces_instance(aws: Aws) -> None:
    name = aws.resources.group(size=1)
    [first] = in_service(aws, name)
    aws.limits.launch(1)
    aws.resources.terminate(first["InstanceId"])

    def gone():
        return [each["InstanceId"] for each in in_service(aws, name, 1, 600)]

    eventually(gone, lambda ids: ids != [first["InstanceId"]], 600)
    aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=True)


@probe("UpdateAutoScalingGroup leaves omitted settings as they are.", documented(UPDATE), "_launch/executor.py")
def update_keeps_the_rest(aws: Aws) -> None:
    name = aws.resources.group()
    aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName=name, DefaultCooldown=77, TerminationPolicies=["OldestInstance"])
    before = aws.resources.describe_group(name)
    aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName=name, MaxSize=2)
    after = aws.resources.describe_group(name)
    same({**after, "MaxSize": before["MaxSize"]}, before)


@probe(
    "A group that gets a mixed instances policy no longer shows a launch template of its own.",
    documented(UPDATE, "Amazon EC2 Auto Scaling User Guide: Auto Scaling groups with multiple instance types and purchase options"),
    "_launch/executor.py",
    "_launch_sources/reading.py",
)
def source_replaces_source(aws: Aws) -> None:
    template = aws.resources.template()
    name = aws.resources.group(template)
    aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName=name, MixedInstancesPolicy=mixed(template))
    group = aws.resources.describe_group(name)
    expect("LaunchTemplate" not in group and "MixedInstancesPolicy" in group, sorted(group))
    specification = {"LaunchTemplateId": template, "Version": "1"}
    aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName=name, LaunchTemplate=specification)
    group = aws.resources.describe_group(name)
    expect("LaunchTemplate" in group and "MixedInstancesPolicy" not in group, sorted(group))


@probe("A group's maximum can't be below its minimum: ValidationError.", documented(CREATE), "_common/errors.py")
def maximum_below_minimum(aws: Aws) -> None:
    with refused("ValidationError", status=400):
        aws.resources.group(MinSize=2, MaxSize=1)


@probe(
    "The desired capacity must be between minimum and maximum: ValidationError.",
    documented(CREATE, text="banzaicloud/pipeline#3017"),
    "_common/errors.py",
)
def desired_capacity_above_maximum(aws: Aws) -> None:
    with refused("ValidationError", "Desired capacity", status=400):
        aws.resources.group(DesiredCapacity=2)


@probe("Two groups can't have the same name: AlreadyExists.", documented(CREATE), "_common/errors.py")
def group_twice(aws: Aws) -> None:
    name = aws.resources.group()
    template = {"LaunchTemplateId": aws.resources.template()}
    with refused("AlreadyExists", status=400):
        tags = [{"Key": "keyless-conformance", "Value": aws.resources.run, "PropagateAtLaunch": True}]
        zones = aws.zones[:1]
        again = {"MinSize": 0, "MaxSize": 0, "AvailabilityZones": zones, "Tags": tags, "LaunchTemplate": template}
        aws.autoscaling.create_auto_scaling_group(AutoScalingGroupName=name, **again)


@probe(
    "A group that does not exist can't be updated: ValidationError, and the text says that the name was not found.",
    documented(UPDATE, text=UNSOURCED),
    "_launch/job.py",
)
def unknown_group(aws: Aws) -> None:
    with refused("ValidationError", "not found", status=400):
        aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName=aws.resources.name(), MaxSize=1)


@probe(
    "DescribeAutoScalingGroups omits groups that do not exist.",
    documented("Amazon EC2 Auto Scaling API Reference: DescribeAutoScalingGroups"),
    "_aws/auto_scaling.py",
)
def describe_unknown_group(aws: Aws) -> None:
    same(aws.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[aws.resources.name()])["AutoScalingGroups"], [])


@probe("A group can't have a template version that does not exist: ValidationError.", documented(CREATE), "_launch/executor.py")
def group_with_unknown_version(aws: Aws) -> None:
    template = aws.resources.template()
    with refused("ValidationError", status=400):
        aws.resources.group(LaunchTemplate={"LaunchTemplateId": template, "Version": "7"})


@probe(
    "A group whose template names a profile that does not exist is rejected: ValidationError, not a fully-formed launch template.",
    reported("hashicorp/terraform-provider-aws#15531"),
    "_launch/executor.py",
    "_aws/eventual_consistency.py",
)
def group_with_unknown_profile(aws: Aws) -> None:
    template = aws.resources.template(IamInstanceProfile={"Name": aws.resources.name()})
    group = {"LaunchTemplate": {"LaunchTemplateId": template, "Version": "1"}, "AvailabilityZones": aws.zones[:1]}
    with refused("ValidationError", "Invalid IAM Instance Profile name", status=400):
        tags = [{"Key": "keyless-conformance", "Value": aws.resources.run, "PropagateAtLaunch": True}]
        aws.autoscaling.create_auto_scaling_group(AutoScalingGroupName=aws.resources.name(), MinSize=0, MaxSize=0, Tags=tags, **group)


@probe(
    "A Spot allocation strategy that does not exist is rejected.",
    documented("Amazon EC2 Auto Scaling API Reference: InstancesDistribution"),
    "_launch/executor.py",
)
def unknown_allocation_strategy(aws: Aws) -> None:
    policy = mixed(aws.resources.template(), SpotAllocationStrategy="none-such")
    with refused("ValidationError", status=400):
        aws.resources.group(MixedInstancesPolicy=policy)


@probe("A mixed instances policy has at most 40 overrides.", documented("Amazon EC2 Auto Scaling API Reference: LaunchTemplate"), "_launch/plan.py")
def too_many_overrides(aws: Aws) -> None:
    overrides = [{"InstanceType": kind, "WeightedCapacity": str(weight)} for weight in range(1, 22) for kind in ("t3.nano", "t3.micro")]
    with refused("ValidationError", status=400):
        aws.resources.group(MixedInstancesPolicy=mixed(aws.resources.template(), *overrides[:41]))


@probe(
    "The template of a mixed instances policy must not ask for Spot Instances.",
    reported("kubernetes/kops#7066"),
    "_launch/plan.py",
)
def mixed_policy_with_spot_template(aws: Aws) -> None:
    template = aws.resources.template(InstanceMarketOptions={"MarketType": "spot"})
    with refused(("ValidationError", "InvalidQueryParameter"), status=400):
        aws.resources.group(MixedInstancesPolicy=mixed(template))


@probe(
    "A group with instances can't be deleted without force: ResourceInUse.",
    documented("Amazon EC2 Auto Scaling API Reference: DeleteAutoScalingGroup"),
    "_launch/job.py",
    instances=1,
    seconds=90,
)
def group_with_instances_is_not_deleted(aws: Aws) -> None:
    name = aws.resources.group(size=1)
    in_service(aws, name)
    with refused(("ResourceInUse", "ScalingActivityInProgress"), status=400):
        aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=name)
    aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=True)


@probe(
    "Enabling metrics keeps those that are already enabled.",
    unknown("The API reference does not say what becomes of metrics that were enabled before."),
    "_launch/executor.py",
)
def metrics_are_added(aws: Aws) -> None:
    name = aws.resources.group()
    for metric in ("GroupMinSize", "GroupMaxSize"):
        aws.autoscaling.enable_metrics_collection(AutoScalingGroupName=name, Granularity="1Minute", Metrics=[metric])
    shown = {each["Metric"] for each in aws.resources.describe_group(name)["EnabledMetrics"]}
    same(shown, {"GroupMinSize", "GroupMaxSize"})


@probe(
    "CreateOrUpdateTags replaces tags that have the same key, DeleteTags needs no more than the key, and both leave the other tags.",
    documented(
        "Amazon EC2 Auto Scaling API Reference: CreateOrUpdateTags",
        "Amazon EC2 Auto Scaling User Guide: Delete tags",
    ),
    "_launch/changes.py",
    "plugin_utils/_launch_group/rollback.py",
)
def tags_of_group(aws: Aws) -> None:
    name = aws.resources.group()

    def tag(key: str, **options: object) -> dict:
        return {"ResourceId": name, "ResourceType": "auto-scaling-group", "Key": key, **options}

    def shown() -> dict:
        return {each["Key"]: (each["Value"], each["PropagateAtLaunch"]) for each in aws.resources.describe_group(name)["Tags"]}

    before = shown()
    given = [tag("one", Value="1", PropagateAtLaunch=True), tag("two", Value="2", PropagateAtLaunch=False)]
    aws.autoscaling.create_or_update_tags(Tags=given)
    aws.autoscaling.create_or_update_tags(Tags=[tag("one", Value="3", PropagateAtLaunch=False)])
    same(shown(), {**before, "one": ("3", False), "two": ("2", False)})
    aws.autoscaling.delete_tags(Tags=[tag("one")])
    same(shown(), {**before, "two": ("2", False)})


@probe(
    "AttachLoadBalancerTargetGroups and DetachLoadBalancerTargetGroups leave the other target groups of a group.",
    documented(
        "Amazon EC2 Auto Scaling API Reference: AttachLoadBalancerTargetGroups",
        "Amazon EC2 Auto Scaling API Reference: DetachLoadBalancerTargetGroups",
    ),
    "_launch/changes.py",
    "plugin_utils/_launch_group/rollback.py",
    seconds=20,
)
def target_groups_of_group(aws: Aws) -> None:
    first, second = aws.resources.target_group(), aws.resources.target_group()
    name = aws.resources.group(TargetGroupARNs=[first])

    def shown() -> set[str]:
        return set(aws.resources.describe_group(name)["TargetGroupARNs"])

    aws.autoscaling.attach_load_balancer_target_groups(AutoScalingGroupName=name, TargetGroupARNs=[second])
    eventually(shown, lambda arns: arns == {first, second}, 60)
    aws.autoscaling.detach_load_balancer_target_groups(AutoScalingGroupName=name, TargetGroupARNs=[first])
    eventually(shown, lambda arns: arns == {second}, 60)


@probe(
    "Only one instance refresh of a group runs at a time: InstanceRefreshInProgress.", documented(REFRESH), "_launch/job.py", instances=2, seconds=120
)
def second_refresh(aws: Aws) -> None:
    name, _template = refreshing(aws)
    with refused("InstanceRefreshInProgress", status=400):
        aws.autoscaling.start_instance_refresh(AutoScalingGroupName=name)
    aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=True)


@probe(
    "Without an instance refresh, there is nothing to cancel: ActiveInstanceRefreshNotFound.",
    documented("Amazon EC2 Auto Scaling API Reference: CancelInstanceRefresh"),
    "_launch/job.py",
)
def no_refresh_to_cancel(aws: Aws) -> None:
    with refused("ActiveInstanceRefreshNotFound", status=400):
        aws.autoscaling.cancel_instance_refresh(AutoScalingGroupName=aws.resources.group())


@probe(
    "While an instance refresh with a desired configuration runs, the launch template of the group can be changed.",
    unknown(
        "AWS's documentation of StartInstanceRefresh says that the group is updated after the refresh, and that a rollback needs the old "
        "version; it does not say what UpdateAutoScalingGroup answers meanwhile. floci-io/floci#1598 has it refused."
    ),
    "_launch/job.py",
    instances=2,
    seconds=120,
)
def update_during_refresh(aws: Aws) -> None:
    name, template = refreshing(aws)
    specification = {"LaunchTemplateId": template, "Version": "1"}
    try:
        aws.autoscaling.update_auto_scaling_group(AutoScalingGroupName=name, LaunchTemplate=specification)
    finally:
        aws.autoscaling.delete_auto_scaling_group(AutoScalingGroupName=name, ForceDelete=True)


def refreshing(aws: Aws) -> tuple[str, str]:
    """A group with one instance that is being refreshed, and its template."""
    template = aws.resources.template()
    aws.ec2.create_launch_template_version(LaunchTemplateId=template, SourceVersion="1", LaunchTemplateData={"EbsOptimized": True})
    name = aws.resources.group(size=1, LaunchTemplate={"LaunchTemplateId": template, "Version": "1"})
    in_service(aws, name)
    aws.limits.launch(1)
    desired = {"LaunchTemplate": {"LaunchTemplateId": template, "Version": "2"}}
    aws.autoscaling.start_instance_refresh(AutoScalingGroupName=name, DesiredConfiguration=desired)
    return name, template
