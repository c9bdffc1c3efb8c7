# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Associates an instance profile with instances, using boto3 and a pool of threads, and nothing else.

It paces its calls like the collection's clients. It reads nothing and does not wait for the associations. Usage: python -m
ansible_collections.keyless.ec2.tests.benchmark.bare_pool FILE, which has instance_ids and instance_profile.
"""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from ansible_collections.keyless.ec2.plugins.module_utils._aws.retries import ATTEMPTS, MODE

THREADS = 8


def main() -> None:
    """Makes the calls, and prints how many failed."""
    asked = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    ec2 = boto3.client("ec2", config=Config(retries={"mode": MODE, "total_max_attempts": ATTEMPTS}, max_pool_connections=THREADS))

    def associate(instance_id: str) -> bool:
        try:
            ec2.associate_iam_instance_profile(InstanceId=instance_id, IamInstanceProfile={"Arn": asked["instance_profile"]})
        except ClientError:
            return False
        return True

    with ThreadPoolExecutor(THREADS) as pool:
        done = list(pool.map(associate, asked["instance_ids"]))
    print(json.dumps({"failed": done.count(False)}))


if __name__ == "__main__":
    main()
