# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creates the two clients of instance_profile_attach, and ends.

The module can't use less memory than this.
"""

from __future__ import annotations

import boto3

if __name__ == "__main__":
    CLIENTS = [boto3.client(service) for service in ("ec2", "iam")]
