# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who looks after an Auto Scaling group, and would undo what somebody else changes there.  Pure."""

from __future__ import annotations

from typing import Mapping, NamedTuple, Optional


class Manager(NamedTuple):
    """Something that makes groups for its own ends; its tags begin with ``prefix``, and ``place`` is where to set a profile."""

    prefix: str
    name: str
    place: str


# The tags are the managers' own.  CloudFormation is the last: the others make stacks too.
MANAGERS = (
    Manager("eks:", "Amazon EKS", "in the node role of the node group"),
    Manager("karpenter.", "Karpenter", "in the instanceProfile or role of the EC2NodeClass"),
    Manager("elasticbeanstalk:", "Elastic Beanstalk", "in the environment's option IamInstanceProfile"),
    Manager("AWSBatchServiceTag", "AWS Batch", "in the instanceRole of the compute environment"),
    Manager("aws:cloudformation:", "CloudFormation", "in the template of its stack"),
)


def manager_of(tags: Mapping[str, str]) -> Optional[Manager]:
    """The manager that a group's tags tell of."""
    return next((each for each in MANAGERS if any(key.startswith(each.prefix) for key in tags)), None)
