# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that are the same in the modules which change many instances."""

from __future__ import annotations


class ModuleDocFragment:
    """How the changes are made, waited for and undone."""

    DOCUMENTATION = r"""
options:
  undo:
    description:
      - RV(undo) of an earlier run. Everything that it changed is restored.
      - Without O(region), the region of the earlier run is used. If the account or the region is another one, the task fails before
        anything is written.
    type: dict
  wait:
    description:
      - Whether to wait until AWS shows the change on every instance.
      - Waits that are needed before a change happen in any case, for example for an instance that is still pending.
    type: bool
    default: true
  wait_timeout:
    description:
      - The longest time for each wait, in seconds.
    type: int
    default: 300
  max_concurrency:
    description:
      - How many API calls to make in parallel, up to 256.
      - A higher number is rarely faster. AWS allows a burst of 100 calls, then 5 per second (for replacing instance profiles, a burst of 50, then
        5 per second). The more calls are throttled together, the longer it takes to get back to the full rate.
      - Throttled calls are retried more slowly. That costs time and never fails an instance.
    type: int
    default: 8
"""

    # Of modules that select instances
    INSTANCES = r"""
options:
  filters:
    description:
      - Selects the instances that match all of these filters. Each filter has a value or a list of values.
      - See U(https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html) for the filters.
      - Instances that are terminated or shutting down are skipped.
      - Instances that something else manages are skipped too, see O(include_managed).
    type: dict
notes:
  - AWS refuses every change of an instance that a service operates (C(Operator.Managed) in DescribeInstances). Such an instance is skipped;
    if it is given by id or with O(include_managed=true), it fails before any call.
"""
