# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the options of instance_metadata_options ask for.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Optional

from .._launch.spec import LaunchSpec
from .._values.metadata_options import Value
from .row import Rules


@dataclass(frozen=True)
class MetadataSpec:
    """The wanted metadata options, and how to get there.

    ``instances`` has the wanted options of each instance, by its id.  With ``filters``, it is empty, and ``values`` are for every
    instance that matches.  ``undo`` is the return value of an earlier run that ``instances`` comes from.  ``launch`` is about launch
    templates and groups; None if there are none.
    """

    instances: Mapping[str, Mapping[str, Value]]
    filters: Optional[list[dict[str, Any]]]
    values: Mapping[str, Value]
    rules: Rules
    unused_days: int
    wait: bool
    wait_timeout: int
    undo: Optional[Mapping[str, Any]] = None
    launch: Optional[LaunchSpec] = None
