# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files with encoded keys: path, kind, template and encoding."""

from __future__ import annotations

import base64
import gzip
import re

INI = "[default]\naws_access_key_id = @ID@\naws_secret_access_key = @SECRET@\n"


def _in_base64(text: str) -> bytes:
    """Encodes what is between two marks in base64."""
    return re.sub("⟨(.*?)⟩", lambda match: _base64(match.group(1)), text, flags=re.DOTALL).encode()


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _utf_16(text: str) -> bytes:
    return text.encode("utf-16")


def _utf_16_unmarked(text: str) -> bytes:
    return text.encode("utf-16-le")


def _gzip(text: str) -> bytes:
    return gzip.compress(text.encode(), mtime=0)


def _php_json(text: str) -> bytes:
    return text.replace("/", "\\/").encode()


def _url(text: str) -> bytes:
    return text.replace("+", "%2B").replace("/", "%2F").encode()


FILES = (
    (
        "/opt/k8s/manifests/s3-secret.yml",
        "kubernetes",
        ("apiVersion: v1\nkind: Secret\ndata:\n  AWS_ACCESS_KEY_ID: ⟨@ID@⟩\n  AWS_SECRET_ACCESS_KEY: ⟨@SECRET@⟩\n", _in_base64),
    ),
    (
        "/opt/k8s/manifests/velero-secret.yml",
        "kubernetes",
        (f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: cloud-credentials\ndata:\n  cloud: ⟨{INI}⟩\n", _in_base64),
    ),
    ("/etc/kubernetes/backup.json", "kubernetes", ('{"kind":"Secret","data":{"secretkey":"⟨@SECRET@⟩","accesskey":"⟨@ID@⟩"}}', _in_base64)),
    (
        "/var/lib/cloud/instances/i-0f00ba48/user-data.txt.i",
        "cloud_init",
        (f"#cloud-config\nwrite_files:\n- encoding: b64\n  path: /root/.aws/credentials\n  content: ⟨{INI}⟩\n", _in_base64),
    ),
    (
        "/var/lib/cloud/instances/i-0f00ba47/user-data.txt",
        "cloud_init",
        ("#!/bin/sh\nexport AWS_ACCESS_KEY_ID=@ID@\nexport AWS_SECRET_ACCESS_KEY=@SECRET@\n", _gzip),
    ),
    ("/srv/backup/credentials.gz", "other", (INI, _gzip)),
    (
        "/srv/net/web.config",
        "other",
        (
            '<?xml version="1.0"?>\r\n<appSettings>\r\n<add key="AWSAccessKey" value="@ID@"/>\r\n'
            '<add key="AWSSecretKey" value="@SECRET@"/>\r\n</appSettings>\r\n',
            _utf_16,
        ),
    ),
    ("/srv/net/export.reg", "other", ('Windows Registry Editor Version 5.00\r\n"AccessKey"="@ID@"\r\n"SecretKey"="@SECRET@"\r\n', _utf_16_unmarked)),
    ("/var/www/cache/config.json", "other", ('{"aws":{"key":"@ID@","secret":"@SECRET@"}}', _php_json)),
    ("/srv/celery/settings", "other", ("transport=sqs&user=@ID@&password=@SECRET@", _url)),
)
