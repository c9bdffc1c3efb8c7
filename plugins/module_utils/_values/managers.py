# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What launches instances and looks after them, by the tags that it leaves on them.  Pure."""

from __future__ import annotations

from typing import Collection

# Karpenter goes first: its nodes have tags of EKS too.
_PREFIXES = {
    "Karpenter": ("karpenter.sh/", "karpenter.k8s.aws/"),
    "Amazon EKS": ("eks:",),
    "AWS Elastic Beanstalk": ("elasticbeanstalk:",),
    "Amazon ECS": ("aws:ecs:", "AmazonECSManaged"),
}
_STACK = "aws:cloudformation:"
_GROUP = "aws:autoscaling:groupName"


def manager_in(tag_keys: Collection[str]) -> str:
    """Who manages the instance that has these tags; empty for nobody.

    An instance of a CloudFormation stack is managed where its Auto Scaling group is the stack's: the group makes its
    successor as the stack says.
    """
    for manager, prefixes in _PREFIXES.items():
        if any(key.startswith(prefixes) for key in tag_keys):
            return manager
    in_stack = _GROUP in tag_keys and any(key.startswith(_STACK) for key in tag_keys)
    return "AWS CloudFormation" if in_stack else ""
