# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The endpoints at which probes run: our emulator, or any other. Only this file knows how they differ."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3

from keyless_emulator.process import running_emulator

from .aws import Place

REGION = "eu-central-1"
# How long Auto Scaling groups take, so that a probe can read intermediate states; and target groups
OPTIONS = ("--transitions", json.dumps({"replacing": 1}), "--refuse-reserved-tags", "--services", "elbv2")
ACCESS_KEY = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "any"}
# Exists in moto, and so in our emulator
IMAGE = "ami-12c6146b"


def elsewhere(endpoint: str, region: str = REGION, **access_key: str) -> Place:
    """An emulator of another project."""
    return Place(boto3.Session(**(access_key or ACCESS_KEY)), region, endpoint, IMAGE)


@contextmanager
def our_emulator() -> Iterator[Place]:
    """A new emulator of ours, with what every AWS account has."""
    with running_emulator(options=OPTIONS) as endpoint:
        place = on_our_emulator(endpoint)
        place.client("iam").create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")
        yield place


def on_our_emulator(endpoint: str) -> Place:
    keys: list[str] = []
    lock = threading.Lock()

    def enforce_policies(access_key_id: str) -> None:
        with lock:
            keys.append(access_key_id)
            _put(f"{endpoint}/emulator/permissions", {"access_key_ids": keys})

    session = boto3.Session(**ACCESS_KEY)
    return Place(session, REGION, endpoint, IMAGE, imds=lambda instance_id: f"{endpoint}/imds/{instance_id}", on_new_key=enforce_policies)


def _put(url: str, body: Any) -> None:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="PUT")
    urllib.request.urlopen(request).close()
