# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the time in which botocore parses descriptions of instances with its own timestamp parser and with ours.

python -m ansible_collections.keyless.ec2.tests.benchmark.parsing
"""

from __future__ import annotations

import statistics
import time
from typing import Any

import boto3
import botocore.session
from moto import mock_aws

from ansible_collections.keyless.ec2.plugins.module_utils._aws.timestamps import parse_timestamp
from ansible_collections.keyless.ec2.tools import figures

from . import kept

INSTANCES = 10_000
PAGE = 1_000  # instances in one answer
RUNS = 7


def main() -> None:
    """Measures, keeps the results, and writes them into the documentation."""
    answer, session = _described()
    own, ours = botocore.session.get_session(), botocore.session.get_session()
    ours.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=parse_timestamp)
    shape = session.get_service_model("ec2").operation_model("DescribeInstances").output_shape
    # They take turns, so that the load of the machine affects both.
    pairs = [(_seconds(own, answer, shape), _seconds(ours, answer, shape)) for _run in range(RUNS)]
    ratio = statistics.median(theirs / mine for theirs, mine in pairs)
    kept.keep(parsing={"instances": INSTANCES, "ratio": round(ratio, 2)})
    figures.main()


def _described() -> tuple[dict[str, Any], botocore.session.Session]:
    """Returns an answer of EC2 with one page of instances, and a session."""
    found: list[dict[str, Any]] = []
    with mock_aws():
        client = boto3.client("ec2", region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none")
        client.run_instances(ImageId="ami-12c6146b", MinCount=PAGE, MaxCount=PAGE)
        client.meta.events.register("before-parse.ec2.DescribeInstances", lambda response_dict, **_others: found.append(response_dict))
        client.describe_instances()
    return found[0], botocore.session.get_session()


def _seconds(session: botocore.session.Session, answer: dict[str, Any], shape: Any) -> float:
    """Returns the CPU seconds that it takes to parse the answer for all instances."""
    parser = session.get_component("response_parser_factory").create_parser("ec2")
    begun = time.process_time()
    for _page in range(INSTANCES // PAGE):
        parser.parse(answer, shape)
    return time.process_time() - begun


if __name__ == "__main__":
    main()
