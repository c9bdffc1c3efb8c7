# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where to set the instance profile of a group that something else looks after, and would undo a change here.  Pure."""

from __future__ import annotations

PLACES = {
    "Amazon EKS": "in the node role of the node group",
    "Karpenter": "in the instanceProfile or role of the EC2NodeClass",
    "AWS Elastic Beanstalk": "in the environment's option IamInstanceProfile",
    "AWS Batch": "in the instanceRole of the compute environment",
    "AWS CloudFormation": "in the template of its stack",
}
