# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Has moto build before the first call what it builds at the first call (half a second)."""

from __future__ import annotations

from collections.abc import Callable

from .exchange import Answer, Request, call_of, made_request

READS = (
    ("ec2", "Action=DescribeInstances&Version=2016-11-15"),
    ("iam", "Action=ListRoles&Version=2010-05-08"),
    ("sts", "Action=GetCallerIdentity&Version=2011-06-15"),
)


def warm_up(backend: Callable[[Request], Answer]) -> None:
    """Makes a few calls that change nothing; they are not logged."""
    for service, form in READS:
        request = made_request("/", form.encode(), service)
        call_of(request)
        backend(request)
