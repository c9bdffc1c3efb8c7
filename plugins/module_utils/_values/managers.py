# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services that manage instances and Auto Scaling groups, recognized by their tags.  Pure."""

from __future__ import annotations

from typing import Collection

# Karpenter comes first: its nodes also have EKS's tags.
_PREFIXES = {
    "Karpenter": ("karpenter.sh/", "karpenter.k8s.aws/"),
    "Amazon EKS": ("eks:",),
    "AWS Elastic Beanstalk": ("elasticbeanstalk:",),
    "AWS Batch": ("AWSBatchServiceTag",),
    "Amazon ECS": ("aws:ecs:", "AmazonECSManaged"),
}
# Where each service configures the instance profile.  It would undo a change made anywhere else.
PROFILE_SETTINGS = {
    "Amazon EKS": "in the node role of the node group",
    "Karpenter": "in the instanceProfile or role of the EC2NodeClass",
    "AWS Elastic Beanstalk": "in the environment's option IamInstanceProfile",
    "AWS Batch": "in the instanceRole of the compute environment",
    "AWS CloudFormation": "in the template of its stack",
}
_STACK = "aws:cloudformation:"
GROUP_TAG = "aws:autoscaling:groupName"
# Tags of EC2 Fleets and of Spot Fleets
FLEET_TAGS = ("aws:ec2:fleet-id", "aws:ec2spot:fleet-request-id")


def manager_in(tag_keys: Collection[str]) -> str:
    """The service that manages an instance with these tags, or an empty text.

    CloudFormation manages an instance only through an Auto Scaling group of the stack, because the group launches its
    replacement as the stack's template says.
    """
    found = _tagged(tag_keys)
    in_stack = GROUP_TAG in tag_keys and any(key.startswith(_STACK) for key in tag_keys)
    return found or ("AWS CloudFormation" if in_stack else "")


def manager_of_group(tag_keys: Collection[str]) -> str:
    """The service that manages an Auto Scaling group with these tags, or an empty text.

    Amazon ECS scales groups that others created, and does not change what they launch.
    """
    found = _tagged(tag_keys)
    if found and found != "Amazon ECS":
        return found
    return "AWS CloudFormation" if any(key.startswith(_STACK) for key in tag_keys) else ""


def _tagged(tag_keys: Collection[str]) -> str:
    names = (name for name, prefixes in _PREFIXES.items() if any(key.startswith(prefixes) for key in tag_keys))
    return next(names, "")
