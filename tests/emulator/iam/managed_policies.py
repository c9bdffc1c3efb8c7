# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policies that AWS manages, without reading 1,400 documents at every reset."""

from __future__ import annotations

import copy
from typing import Any

from moto.core.base_backend import AccountSpecificBackend
from moto.iam import models
from moto.iam.models import IAMBackend

_PRISTINE: dict[tuple[str, str], list[Any]] = {}


def patch_managed_policies() -> None:
    """They exist, as on AWS; moto loads them only on request, and anew each time."""
    models.load_iam_aws_managed_policies = lambda: True
    original = IAMBackend._init_aws_policies  # pylint: disable=protected-access

    def load(self: Any) -> list[Any]:
        key = (self.account_id, self.partition)
        if key not in _PRISTINE:
            _PRISTINE[key] = original(self)
        # Copies, because a policy counts what it is attached to.
        return [copy.copy(policy) for policy in _PRISTINE[key]]

    IAMBackend._init_aws_policies = load  # pylint: disable=protected-access


def patch_reset() -> None:
    """moto builds each backend anew and then throws it away; throwing it away is enough."""
    original = AccountSpecificBackend.reset

    def reset(self: Any) -> None:
        if self.service_name not in ("ec2", "iam", "sts"):
            original(self)

    AccountSpecificBackend.reset = reset
