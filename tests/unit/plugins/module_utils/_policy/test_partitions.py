# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._policy.partitions import check_partition, check_policy_partition


@pytest.mark.parametrize(
    "statement, location",
    [
        ({"Resource": "arn:aws:s3:::b/*"}, "Resource"),
        ({"Resource": ["*", "arn:aws:iam::*:user/${aws:username}"]}, "Resource"),
        ({"Resource": "arn:aws:s3"}, "Resource"),
        ({"NotResource": "arn:aws:s3:::b/*"}, "NotResource"),
        ({"Principal": {"AWS": ["111122223333", "arn:aws:iam::111122223333:root"]}}, "Principal.AWS"),
        ({"Principal": {"Federated": "arn:aws:iam::111122223333:saml-provider/x"}}, "Principal.Federated"),
    ],
)
def test_an_arn_of_another_partition_is_refused(statement, location):
    with pytest.raises(OptionError, match=rf"^p.Statement\[0\].{location}: arn:aws:\S+ is in the partition aws, and the role is in aws-cn."):
        check_partition("p", {"Statement": statement}, "aws-cn")
    check_partition("p", {"Statement": statement}, "aws")


@pytest.mark.parametrize("resource", ["*", "arn", "arn:aws", "barn:aws:s3:::b", "arn:*:s3:::b", "arn:aws*:s3:::b", "arn:aws-cn:s3:::b"])
def test_other_resources_are_left_to_the_other_checks(resource):
    check_partition("p", {"Statement": [{"Resource": resource, "Principal": "*"}]}, "aws-cn")


def test_a_managed_policy_of_another_partition_is_refused():
    with pytest.raises(OptionError, match="^managed_policies: arn:aws:iam::aws:policy/P is in the partition aws, and the role is in aws-cn"):
        check_policy_partition("managed_policies", "arn:aws:iam::aws:policy/P", "aws-cn")
    check_policy_partition("managed_policies", "AdministratorAccess", "aws-cn")
