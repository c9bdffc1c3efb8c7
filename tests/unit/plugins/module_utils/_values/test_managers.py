# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._values.managers import (
    _PREFIXES,
    RUN_CONTAINERS,
    UNKNOWN_SERVICE,
    manager_in,
    manager_of_group,
    setting_of,
)

STACK, GROUP = "aws:cloudformation:stack-name", "aws:autoscaling:groupName"
MANAGED = [
    (["Name", "eks:cluster-name", "eks:nodegroup-name", GROUP], "Amazon EKS"),
    (["karpenter.sh/nodepool", "eks:eks-cluster-name"], "Karpenter"),
    (["karpenter.k8s.aws/ec2nodeclass"], "Karpenter"),
    (["elasticbeanstalk:environment-name", STACK, GROUP], "AWS Elastic Beanstalk"),
    (["AmazonECSManaged", GROUP], "Amazon ECS"),
    (["aws:ecs:clusterName"], "Amazon ECS"),
    ([STACK, GROUP], "AWS CloudFormation"),
    ([STACK], ""),
    ([GROUP], ""),
    (["Name", "my-eks:cluster"], ""),
    ([], ""),
    (["aws:elasticmapreduce:job-flow-id"], "Amazon EMR"),
    (["kops.k8s.io/instancegroup", "kubernetes.io/cluster/x"], "kops"),
    (["sigs.k8s.io/cluster-api-provider-aws/cluster/x", "kubernetes.io/cluster/x"], "Cluster API"),
    (["red-hat-managed", "kubernetes.io/cluster/x"], "OpenShift"),
    (["parallelcluster:cluster-name"], "AWS ParallelCluster"),
    (["aws:pcs:cluster-id"], "AWS PCS"),
    (["spotinst:aws:ec2:group:id"], "Spot Ocean"),
    (["aws:cloud9:environment"], "AWS Cloud9"),
    (["kubernetes.io/cluster/x"], "a Kubernetes cluster"),
    (["Vendor"], ""),
    # AWS alone can set tags with the prefix aws:
    (["aws:newservice:id"], "an AWS service"),
    (["aws:newservice:id", STACK, GROUP], "an AWS service"),
    (["aws:ec2launchtemplate:id", "aws:ec2:fleet-id", "aws:ec2spot:fleet-request-id", "aws:servicecatalog:productArn"], ""),
]


@pytest.mark.parametrize("keys, manager", MANAGED)
def test_the_manager_of_an_instance_is_known_from_its_tags(keys, manager):
    found = manager_in(dict.fromkeys(keys, ""))
    assert found.name == manager and (found.tag in keys if manager else not found.tag)


@pytest.mark.parametrize("value, manager", [("Databricks", "Databricks"), ("Example", "")])
def test_databricks_is_known_from_a_value(value, manager):
    assert manager_in({"Vendor": value}).name == manager_of_group({"Vendor": value}).name == manager


@pytest.mark.parametrize("manager", [*_PREFIXES, UNKNOWN_SERVICE, "Databricks", "AWS CloudFormation"])
def test_a_place_is_known_for_each_manager(manager):
    assert setting_of(manager).startswith(("in ", "with "))


GROUPS = [
    (["eks:cluster-name", "eks:nodegroup-name"], "Amazon EKS"),
    (["elasticbeanstalk:environment-name", STACK], "AWS Elastic Beanstalk"),
    # Amazon ECS scales groups that others created.
    (["AmazonECSManaged"], ""),
    (["AmazonECSManaged", STACK], "AWS CloudFormation"),
    (["AmazonECSManaged", "kops.k8s.io/instancegroup"], "kops"),
    (["aws:newservice:id"], "an AWS service"),
    ([STACK], "AWS CloudFormation"),
    (["Name"], ""),
    ([], ""),
]


@pytest.mark.parametrize(("keys", "manager"), GROUPS)
def test_the_manager_of_a_group_is_known_from_its_tags(keys, manager):
    assert manager_of_group(dict.fromkeys(keys, "")).name == manager


def test_whose_instances_run_containers():
    without = {name for name in _PREFIXES if name not in RUN_CONTAINERS}
    services = {"Amazon EMR", *(f"AWS {name}" for name in ("Cloud9", "Elastic Beanstalk", "PCS", "ParallelCluster"))}
    assert without == {*services, "AWS Application Migration Service", "AWS Elastic Disaster Recovery"}
    assert set(_PREFIXES) >= RUN_CONTAINERS
