# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an instance sees in its metadata service. As the user data of an instance, this file writes it to the console, without any secret.

It imports nothing but the standard library.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request

SERVICE, CONSOLE = "http://169.254.169.254", "/dev/console"
MARK = "keyless-conformance:"
SECONDS, PAUSE = 900, 3


def get(endpoint, path, method="GET", **headers):
    """The status and the body of a response."""
    named = {"X-aws-ec2-metadata-" + key.replace("_", "-"): value for key, value in headers.items()}
    try:
        with urllib.request.urlopen(urllib.request.Request(endpoint + path, method=method, headers=named), timeout=10) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def token(endpoint, seconds="21600"):
    return get(endpoint, "/latest/api/token", "PUT", token_ttl_seconds=seconds)


def without_profile(endpoint):
    """What an instance sees that has no profile and requires IMDSv2."""
    status, valid = token(endpoint)
    document = json.loads(get(endpoint, "/latest/dynamic/instance-identity/document", token=valid)[1])
    return {
        "token": status,
        "token_of_more_seconds": token(endpoint, "21601")[0],
        "id_without_token": get(endpoint, "/latest/meta-data/instance-id")[0],
        "id": get(endpoint, "/latest/meta-data/instance-id", token=valid),
        "profile": get(endpoint, "/latest/meta-data/iam/info", token=valid)[0],
        "document": {name: document.get(name) for name in ("accountId", "region", "instanceId")},
    }


def with_profile(endpoint):
    """What an instance sees that has a profile; none as long as it sees none."""
    valid = token(endpoint)[1]
    status, info = get(endpoint, "/latest/meta-data/iam/info", token=valid)
    if status != 200:
        return None
    status, roles = get(endpoint, "/latest/meta-data/iam/security-credentials/", token=valid)
    if status != 200:
        return None
    credentials = json.loads(get(endpoint, "/latest/meta-data/iam/security-credentials/" + roles.strip(), token=valid)[1])
    profile = json.loads(info)
    return {
        "profile": {name: profile.get(name) for name in ("InstanceProfileArn", "InstanceProfileId")},
        "roles": roles.strip(),
        "members": sorted(credentials),
        "code": credentials.get("Code"),
        "key": credentials.get("AccessKeyId", "")[:4],
    }


def main():
    """Writes the same line again and again, because a message of the kernel may interrupt one."""
    seen = {"without_profile": without_profile(SERVICE), "with_profile": None}
    ends = time.time() + SECONDS
    while time.time() < ends:
        seen["with_profile"] = seen["with_profile"] or with_profile(SERVICE)
        with open(CONSOLE, "a") as console:
            console.write("\n" + MARK + json.dumps(seen) + "\n")
        time.sleep(PAUSE)


if __name__ == "__main__":
    main()
