# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to access keys."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._aws.access_keys import AccessKeys
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._aws.memory_client import Client


def test_requests_and_results():
    user = {"User": {"Arn": "arn:x"}}
    client = Client(get_access_key_last_used={"UserName": "x"}, list_access_keys={"AccessKeyMetadata": [{"AccessKeyId": "A"}]}, get_user=user)
    keys = AccessKeys(client)
    assert (keys.last_use("AKIA"), keys.of_user("alice"), keys.user_arn("alice")) == ({"UserName": "x"}, [{"AccessKeyId": "A"}], "arn:x")
    assert client.asked == [
        ("get_access_key_last_used", {"AccessKeyId": "AKIA"}),
        ("list_access_keys", {"UserName": "alice"}),
        ("get_user", {"UserName": "alice"}),
    ]


@pytest.mark.parametrize(
    "header, key",
    [("AWS4-HMAC-SHA256 Credential=AKIA1/2026", "AKIA1"), (b"AWS4-HMAC-SHA256 Credential=AKIA1/2026", "AKIA1"), ("Bearer x", None), (None, None)],
)
def test_the_clients_own_key_is_known_after_a_call(header, key):
    client, handlers = Client(), {}
    client.meta.events = SimpleNamespace(register=handlers.__setitem__)
    keys = AccessKeys(client)
    keys.callers = "before"
    handlers["before-send.iam"](SimpleNamespace(headers={} if header is None else {"Authorization": header}), operation_name="x")
    assert keys.callers == key
