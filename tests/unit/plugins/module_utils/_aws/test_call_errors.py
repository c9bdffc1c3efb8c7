# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AwsError says about exceptions of botocore."""

from __future__ import annotations

import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError, NoRegionError

from ansible_collections.keyless.ec2.plugins.module_utils._aws.call_errors import aws_errors
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError


def test_passing_a_role_also_needs_pass_role():
    denied = AwsError("ec2:AssociateIamInstanceProfile", "instance/i-1", "x", "UnauthorizedOperation", "no")
    assert "iam:PassRole" in str(denied)


@pytest.mark.parametrize(
    "raised, code, says",
    [
        (NoCredentialsError(), "NoCredentials", "AWS_PROFILE"),
        (NoRegionError(), "NoRegion", "AWS_REGION"),
        (EndpointConnectionError(endpoint_url="http://x"), "EndpointConnection", "endpoint_url"),
    ],
)
def test_botocores_own_errors_get_a_code_and_a_suggestion(raised, code, says):
    with pytest.raises(AwsError) as caught, aws_errors("iam:GetRole", "role/web", "read the role web"):
        raise raised
    assert caught.value.code == code
    assert says in str(caught.value)
