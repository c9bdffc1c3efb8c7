# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services that manage instances and Auto Scaling groups, recognized by their tags.  Pure."""

from __future__ import annotations

from typing import Mapping, NamedTuple


class Manager(NamedTuple):
    """What manages something, empty for nothing, and the tag that shows it."""

    name: str = ""
    tag: str = ""


# The tags with these prefixes, by the service that sets them.  A service whose nodes also have tags of another one comes before it.
_PREFIXES = {
    # https://karpenter.sh/docs/concepts/nodeclasses/#spectags
    "Karpenter": ("karpenter.sh/", "karpenter.k8s.aws/"),
    # spotinst:aws:ec2:group:id, and the IAM policy that Spot asks for: ec2:ResourceTag/spotinst:aws:ec2:group:createdBy
    "Spot Ocean": ("spotinst:",),
    # terraform-redhat/terraform-provider-rhcs expects them on every cluster; "rosa describe machinepool" lists those of api.openshift.com
    "OpenShift": ("red-hat-managed", "red-hat-clustertype", "api.openshift.com/"),
    # kubernetes/kops: kops.k8s.io/instancegroup
    "kops": ("kops.k8s.io/",),
    # kubernetes-sigs/cluster-api-provider-aws: sigs.k8s.io/cluster-api-provider-aws/cluster/NAME = owned
    "Cluster API": ("sigs.k8s.io/cluster-api-provider-aws/",),
    # https://docs.aws.amazon.com/eks/latest/userguide/eks-using-tags.html
    "Amazon EKS": ("eks:", "aws:eks:"),
    # https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/applications-tagging-resources.html
    "AWS Elastic Beanstalk": ("elasticbeanstalk:",),
    # AWSBatchServiceTag: a condition of BatchServiceRolePolicy
    "AWS Batch": ("AWSBatchServiceTag", "aws:batch:"),
    # aws:pcs:cluster-id, aws:pcs:compute-node-group-id
    "AWS PCS": ("aws:pcs:",),
    # AWS ParallelCluster User Guide, on tags: parallelcluster:cluster-name, "Don't modify them"
    "AWS ParallelCluster": ("parallelcluster:",),
    # aws:elasticmapreduce:job-flow-id, aws:elasticmapreduce:instance-group-role
    "Amazon EMR": ("aws:elasticmapreduce:",),
    # aws:cloud9:environment: a condition of AWSCloud9User
    "AWS Cloud9": ("aws:cloud9:",),
    # Conditions of the services' own managed policies
    "AWS Elastic Disaster Recovery": ("AWSElasticDisasterRecoveryManaged",),
    "AWS Application Migration Service": ("AWSApplicationMigrationServiceManaged",),
    # Amazon ECS Developer Guide, on capacity providers: tools must not remove the tag AmazonECSManaged
    "Amazon ECS": ("aws:ecs:", "AmazonECSManaged"),
    # Also tagged like this by kops, OpenShift, Cluster API and self-managed nodes of EKS
    "a Kubernetes cluster": ("kubernetes.io/cluster/",),
}
# It has no tags of its own, only a value: default_tags in the reference of its Clusters API.
_DATABRICKS = ("Databricks", ("Vendor", "Databricks"))
# Where each service configures the instance profile.  It would undo a change made anywhere else.
# Their instances run containers.
RUN_CONTAINERS = frozenset(
    {
        *("Karpenter", "OpenShift", "kops", "Cluster API", "Amazon EKS", "Amazon ECS", "AWS Batch", "a Kubernetes cluster"),
        "Spot Ocean",
    }
)
PROFILE_SETTINGS = {
    "Amazon EKS": "in the node role of the node group",
    "Karpenter": "in the instanceProfile or role of the EC2NodeClass",
    "AWS Elastic Beanstalk": "in the environment's option IamInstanceProfile",
    "AWS Batch": "in the instanceRole of the compute environment",
    "AWS CloudFormation": "in the template of its stack",
    "Amazon EMR": "in the EC2 instance profile of the EMR cluster",
    "kops": "in the iam.profile of the instance group",
    "Cluster API": "in the iamInstanceProfile of the machine template or pool",
    "AWS ParallelCluster": "in the InstanceProfile or InstanceRole of the cluster's configuration",
    "AWS PCS": "in the instance profile of the compute node group",
    "Spot Ocean": "in the instance profile of the virtual node group",
    "OpenShift": "in the machine set or machine pool",
    "Databricks": "in the instance profile of the Databricks cluster or pool",
    "a Kubernetes cluster": "with the tool that creates the nodes of the cluster",
}
ELSEWHERE = "in the service that created it"
_STACK = "aws:cloudformation:"
GROUP_TAG = "aws:autoscaling:groupName"
# Tags of EC2 Fleets and of Spot Fleets
FLEET_TAGS = ("aws:ec2:fleet-id", "aws:ec2spot:fleet-request-id")
# Only AWS can set tags with this prefix.  One that is not known to be harmless means that a service created the instance.
_RESERVED = "aws:"
_HARMLESS = (
    *("aws:autoscaling:", _STACK, "aws:servicecatalog:", "aws:ec2launchtemplate:", "aws:createdBy", "aws:backup:source-resource"),
    *FLEET_TAGS,
)
UNKNOWN_SERVICE = "an AWS service"


def setting_of(manager: str) -> str:
    """Where the manager configures the instance profile."""
    return PROFILE_SETTINGS.get(manager, ELSEWHERE)


def manager_in(tags: Mapping[str, str]) -> Manager:
    """What manages an instance with these tags.

    CloudFormation manages an instance only through an Auto Scaling group of the stack, because the group launches its
    replacement as the stack's template says.
    """
    stack = next((key for key in tags if key.startswith(_STACK)), "")
    found = _tagged(tags)
    return found if found.name or not stack or GROUP_TAG not in tags else Manager("AWS CloudFormation", stack)


def manager_of_group(tags: Mapping[str, str]) -> Manager:
    """What manages an Auto Scaling group or a fleet with these tags.

    Amazon ECS scales groups that others created, and does not change what they launch.
    """
    found = _tagged({key: value for key, value in tags.items() if not key.startswith(_PREFIXES["Amazon ECS"])})
    if found.name:
        return found
    stack = next((key for key in tags if key.startswith(_STACK)), "")
    return Manager("AWS CloudFormation", stack) if stack else Manager()


def _tagged(tags: Mapping[str, str]) -> Manager:
    for name, prefixes in _PREFIXES.items():
        for key in tags:
            if key.startswith(prefixes):
                return Manager(name, key)
    name, (key, value) = _DATABRICKS
    if tags.get(key) == value:
        return Manager(name, key)
    unknown = (key for key in sorted(tags) if key.startswith(_RESERVED) and not key.startswith(_HARMLESS))
    return next((Manager(UNKNOWN_SERVICE, key) for key in unknown), Manager())
