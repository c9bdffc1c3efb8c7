# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Frees memory that moto keeps although nobody can use it any more, such as all regions of all accounts after a reset."""

from __future__ import annotations

from typing import Any

from moto.core.base_backend import AccountSpecificBackend
from moto.core.common_models import BaseModel
from moto.ec2.models.subnets import Subnet

from .http_messages import SERVICES

ADDRESSES = "keyless_ec2_addresses"


def patch_reset() -> None:
    """Frees accounts after a reset. moto builds each region again, and then drops the account, which stays in a cache."""
    original = AccountSpecificBackend.reset

    def reset(self: Any) -> None:
        if self.service_name not in SERVICES:  # Others can have files, which their reset removes.
            original(self)
        self.clear()

    AccountSpecificBackend.reset = reset


def patch_tracking() -> None:
    """Disables the list of everything that was ever created, which is for a page of moto that is not offered here."""
    original = BaseModel.__new__

    def new(cls: Any, *args: Any, **options: Any) -> Any:
        is_ours = cls.__module__.split(".")[1] in SERVICES
        return object.__new__(cls) if is_ours else original(cls, *args, **options)

    BaseModel.__new__ = staticmethod(new)


def patch_subnets() -> None:
    """Clears the cache of subnets, through which everything else in their region would stay."""
    original = Subnet._base_avail_ip_iterator.__wrapped__  # pylint: disable=protected-access

    def addresses(self: Any) -> Any:
        known = vars(self)
        if ADDRESSES not in known:
            known[ADDRESSES] = original(self)
        return known[ADDRESSES]

    Subnet._base_avail_ip_iterator = addresses  # pylint: disable=protected-access
