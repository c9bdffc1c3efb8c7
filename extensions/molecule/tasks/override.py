#!/usr/bin/env python
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Has a group launch from another template in an override, for which amazon.aws has no option: override.py ENDPOINT GROUP TEMPLATE OTHER."""

from __future__ import annotations

import sys

import boto3

if __name__ == "__main__":
    endpoint, group, *templates = sys.argv[1:]
    credentials = {"aws_access_key_id": "AKIAMOLECULE00000000", "aws_secret_access_key": "emulated"}
    client = boto3.client("autoscaling", endpoint_url=endpoint, region_name="eu-central-1", **credentials)
    own, other = ({"LaunchTemplateName": name, "Version": "1"} for name in templates)
    overrides = [{"InstanceType": "t3.small", "LaunchTemplateSpecification": other}, {"InstanceType": "t3.micro"}]
    policy = {"LaunchTemplate": {"LaunchTemplateSpecification": own, "Overrides": overrides}}
    client.update_auto_scaling_group(AutoScalingGroupName=group, MixedInstancesPolicy=policy)
