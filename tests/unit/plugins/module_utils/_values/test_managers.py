# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._values.managers import manager_in, manager_of_group

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
]


@pytest.mark.parametrize("keys, manager", MANAGED)
def test_the_manager_of_an_instance_is_known_from_its_tags(keys, manager):
    assert manager_in(keys) == manager


GROUPS = [
    (["eks:cluster-name", "eks:nodegroup-name"], "Amazon EKS"),
    (["elasticbeanstalk:environment-name", STACK], "AWS Elastic Beanstalk"),
    # Amazon ECS scales groups that others created.
    (["AmazonECSManaged"], ""),
    (["AmazonECSManaged", STACK], "AWS CloudFormation"),
    ([STACK], "AWS CloudFormation"),
    (["Name"], ""),
    ([], ""),
]


@pytest.mark.parametrize(("keys", "manager"), GROUPS)
def test_the_manager_of_a_group_is_known_from_its_tags(keys, manager):
    assert manager_of_group(keys) == manager
