# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signs requests to AWS with Signature Version 4, because hosts have no botocore.  Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Mapping, NamedTuple
from urllib.parse import quote, urlsplit

from ..redact import without_secrets

ALGORITHM = "AWS4-HMAC-SHA256"
UNRESERVED = "-_.~"


class RoleSecrets:
    """A role's credentials.  Their repr is empty, so that they can't get into an error or an output."""

    __slots__ = ("access_key_id", "secret_access_key", "token")

    def __init__(self, access_key_id: str, secret_access_key: str, token: str) -> None:
        self.access_key_id = access_key_id
        self.secret_access_key = secret_access_key
        self.token = token

    def __repr__(self) -> str:
        return "RoleSecrets()"

    def removed_from(self, text: str) -> str:
        """The text without any part of the secret access key or the token."""
        return without_secrets(text, (self.secret_access_key, self.token))


class Request(NamedTuple):
    """An HTTP request; ``url`` is without the query."""

    method: str
    url: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


def encoded_query(query: Mapping[str, str]) -> str:
    """The query string, as it is signed and sent."""
    pairs = sorted((quote(str(key), UNRESERVED), quote(str(value), UNRESERVED)) for key, value in query.items())
    return "&".join("%s=%s" % pair for pair in pairs)


def signed_headers(request: Request, service: str, region: str, secrets: RoleSecrets, now: float) -> dict[str, str]:
    """The headers to send, including the signature; ``now`` is in unix seconds by AWS's clock."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    digest = hashlib.sha256(request.body).hexdigest()
    own = {"host": urlsplit(request.url).netloc, "x-amz-date": stamp, "x-amz-security-token": secrets.token}
    headers = {**{key.lower(): " ".join(value.split()) for key, value in request.headers.items()}, **own}
    if service == "s3":
        headers["x-amz-content-sha256"] = digest
    names = ";".join(sorted(headers))
    lines = "".join("%s:%s\n" % (key, headers[key]) for key in sorted(headers))
    # S3 signs the path as it is sent, the other services quote it once more.
    path = quote(urlsplit(request.url).path or "/", "/" + UNRESERVED + ("%" if service == "s3" else ""))
    canonical = "\n".join((request.method, path, encoded_query(request.query), lines, names, digest))
    scope = "/".join((stamp[:8], region, service, "aws4_request"))
    text = "\n".join((ALGORITHM, stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    signature = hmac.new(_key(secrets, stamp[:8], region, service), text.encode(), hashlib.sha256).hexdigest()
    credential = "%s/%s" % (secrets.access_key_id, scope)
    headers["authorization"] = "%s Credential=%s, SignedHeaders=%s, Signature=%s" % (ALGORITHM, credential, names, signature)
    return headers


def _key(secrets: RoleSecrets, day: str, region: str, service: str) -> bytes:
    key = ("AWS4" + secrets.secret_access_key).encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key
