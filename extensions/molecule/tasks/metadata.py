#!/usr/bin/env python
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns the metadata service of an instance off or on: metadata.py ENDPOINT INSTANCE_ID enabled|disabled."""

from __future__ import annotations

import sys

import boto3

if __name__ == "__main__":
    endpoint, instance_id, state = sys.argv[1:]
    credentials = {"aws_access_key_id": "AKIAMOLECULE00000000", "aws_secret_access_key": "emulated"}
    client = boto3.client("ec2", endpoint_url=endpoint, region_name="eu-central-1", **credentials)
    client.modify_instance_metadata_options(InstanceId=instance_id, HttpEndpoint=state)
