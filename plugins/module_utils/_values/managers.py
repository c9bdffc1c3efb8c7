# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What launches instances and looks after them and their groups, by the tags that it leaves on them.  Pure."""

from __future__ import annotations

from typing import Collection

# Karpenter goes first: its nodes have tags of EKS too.
_PREFIXES = {
    "Karpenter": ("karpenter.sh/", "karpenter.k8s.aws/"),
    "Amazon EKS": ("eks:",),
    "AWS Elastic Beanstalk": ("elasticbeanstalk:",),
    "AWS Batch": ("AWSBatchServiceTag",),
    "Amazon ECS": ("aws:ecs:", "AmazonECSManaged"),
}
# Where the instance profile of their groups is set.  A change elsewhere would be undone.
PLACES = {
    "Amazon EKS": "in the node role of the node group",
    "Karpenter": "in the instanceProfile or role of the EC2NodeClass",
    "AWS Elastic Beanstalk": "in the environment's option IamInstanceProfile",
    "AWS Batch": "in the instanceRole of the compute environment",
    "AWS CloudFormation": "in the template of its stack",
}
_STACK = "aws:cloudformation:"
GROUP_TAG = "aws:autoscaling:groupName"
# Of an EC2 Fleet, and of a Spot Fleet
FLEET_TAGS = ("aws:ec2:fleet-id", "aws:ec2spot:fleet-request-id")


def manager_in(tag_keys: Collection[str]) -> str:
    """Who manages the instance that has these tags; empty for nobody.

    An instance of a CloudFormation stack is managed where its Auto Scaling group is the stack's: the group makes its
    successor as the stack says.
    """
    found = _tagged(tag_keys)
    in_stack = GROUP_TAG in tag_keys and any(key.startswith(_STACK) for key in tag_keys)
    return found or ("AWS CloudFormation" if in_stack else "")


def manager_of_group(tag_keys: Collection[str]) -> str:
    """Who manages the Auto Scaling group that has these tags; empty for nobody.

    Amazon ECS scales groups that others have made, and leaves alone what they launch.
    """
    found = _tagged(tag_keys)
    if found and found != "Amazon ECS":
        return found
    return "AWS CloudFormation" if any(key.startswith(_STACK) for key in tag_keys) else ""


def _tagged(tag_keys: Collection[str]) -> str:
    names = (name for name, prefixes in _PREFIXES.items() if any(key.startswith(prefixes) for key in tag_keys))
    return next(names, "")
