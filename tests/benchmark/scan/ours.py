# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Searches a folder as static_credentials_info searches a host, and prints its result as JSON.

Usage: python -m ansible_collections.keyless.ec2.tests.benchmark.scan.ours FOLDER [TIMEOUT]
"""

from __future__ import annotations

import json
import sys

from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.info import gather
from ansible_collections.keyless.ec2.plugins.modules.static_credentials_info import ARGUMENT_SPEC


def options(root: str, **given: object) -> dict:
    """Returns the module's options with their defaults."""
    defaults = {name: spec.get("default") for name, spec in ARGUMENT_SPEC.items()}
    return {**defaults, "root": root, **given}


if __name__ == "__main__":
    print(json.dumps(gather(options(sys.argv[1], timeout=int(sys.argv[2]) if sys.argv[2:] else 30))))
