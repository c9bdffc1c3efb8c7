# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the feature speaks with."""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from .._aws.auto_scaling import AutoScaling
from .._aws.clients import client
from .._aws.ec2 import Ec2
from .._aws.fleets import Fleets
from .._aws.iam import Iam
from .._aws.launch_templates import LaunchTemplates


class Aws(NamedTuple):
    """The gateways of one region."""

    auto_scaling: AutoScaling
    templates: LaunchTemplates
    fleets: Fleets
    ec2: Ec2
    iam: Iam


def connect(module: Any, concurrency: int) -> Aws:
    """The gateways of the module's region, for so many calls at a time."""
    make_client = partial(client, module, "ec2", concurrency)
    ec2 = make_client()
    return Aws(
        auto_scaling=AutoScaling(client(module, "autoscaling")),
        templates=LaunchTemplates(ec2),
        fleets=Fleets(ec2),
        ec2=Ec2(ec2, concurrency, make_client),
        iam=Iam(client(module, "iam")),
    )
