# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes moto build now what it otherwise builds at the first call (half a second)."""

from __future__ import annotations

from collections.abc import Callable

from .http_messages import Answer, Request, make_request, parse_call

READS = (
    ("ec2", "Action=DescribeInstances&Version=2016-11-15"),
    ("iam", "Action=ListRoles&Version=2010-05-08"),
    ("sts", "Action=GetCallerIdentity&Version=2011-06-15"),
)


def warm_up(backend: Callable[[Request], Answer]) -> None:
    """Makes a few read calls, which are not logged."""
    for service, form in READS:
        request = make_request("/", form.encode(), service)
        parse_call(request)
        backend(request)
