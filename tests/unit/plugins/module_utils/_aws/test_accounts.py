# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to accounts, by botocore's own shapes."""

from __future__ import annotations

import pytest
from botocore.stub import Stubber

from ansible_collections.keyless.ec2.plugins.module_utils._aws.accounts import organization_accounts

ID = "111122223333"


@pytest.mark.parametrize(
    "said, is_read",
    [
        ({"State": "ACTIVE"}, True),
        ({"State": "ACTIVE", "Status": "ACTIVE"}, True),
        ({"State": "CLOSED", "Status": "SUSPENDED"}, False),
        ({"State": "PENDING_ACTIVATION", "Status": "ACTIVE"}, False),
        ({"State": "SUSPENDED"}, False),
        ({"Status": "ACTIVE"}, True),
        ({"Status": "SUSPENDED"}, False),
        # An old botocore leaves out the state, and AWS the status.
        ({}, True),
    ],
)
def test_accounts_of_an_organization_are_those_that_are_active(make_client, knows, said, is_read):
    if not knows("organizations", "Account", *said):
        pytest.skip("this botocore leaves out the state")
    client = make_client("organizations")
    with Stubber(client) as stubber:
        stubber.add_response("list_accounts", {"Accounts": [{"Id": ID, "Name": "shop", **said}]})
        assert organization_accounts(client) == ({ID: "shop"} if is_read else {})
