# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Has moto build before the first call what it builds at the first call (half a second)."""

from __future__ import annotations

from collections.abc import Callable

from .exchange import Answer, Request, call_of

READS = (
    ("ec2", "Action=DescribeInstances&Version=2016-11-15"),
    ("iam", "Action=ListRoles&Version=2010-05-08"),
    ("sts", "Action=GetCallerIdentity&Version=2011-06-15"),
)


def warm_up(backend: Callable[[Request], Answer]) -> None:
    """Make a few calls that change nothing; they are not logged."""
    for service, form in READS:
        request = made_request("/", form.encode(), service)
        call_of(request)
        backend(request)


def made_request(path: str, body: bytes = b"", service: str = "") -> Request:
    """Return a POST that no client has sent."""
    credential = f"Credential=AKIAEXAMPLE/20260101/us-east-1/{service}/aws4_request"
    environ = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": "localhost",
        "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=none",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "http",
    }
    return Request(environ, body)
