# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role's name in place of its instance profile's: the error says what the role is in, if that can be read."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._aws.usable_profiles import Place, find_usable
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError, OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._values.instance_profile import UNKNOWN

HERE = Place("aws-cn", lambda: "123456789012")
DENIED = AwsError("iam:ListInstanceProfilesForRole", "role/web", "list them", "AccessDenied", "no")


@pytest.mark.parametrize(
    "profiles, says",
    [
        (["front"], "The role web exists, and is in the instance profile front. Give instance_profile=front."),
        (["front", "back"], "is in the instance profile front and in back. Give instance_profile=front."),
        ([], "The role web exists, but is in no instance profile. Run keyless.ec2.iam_ec2_role with name=web, which creates one."),
        (None, UNKNOWN),
        (DENIED, UNKNOWN),
    ],
)
def test_the_name_of_a_role(profiles, says):
    def names_with_role(_name):
        if isinstance(profiles, AwsError):
            raise profiles
        return profiles

    gateway = SimpleNamespace(find_each=dict.fromkeys, names_with_role=names_with_role)
    with pytest.raises(OptionError, match="^instance_profile: there is no instance profile 'web' in account 123456789012. ") as caught:
        find_usable(gateway, "instance_profile", ["web"], HERE)
    assert str(caught.value).endswith(says)


def nothing():
    return SimpleNamespace(find_each=dict.fromkeys, names_with_role=lambda name: None)


def test_a_missing_profile_can_be_planned():
    found, missing = find_usable(nothing(), "instance_profile", ["web"], HERE, plans_missing=True)
    assert (found["web"].name, found["web"].arn, found["web"].profile_id) == ("web", "arn:aws-cn:iam::123456789012:instance-profile/web", None)
    assert [each.name for each in missing] == ["web"]


@pytest.mark.parametrize("plans_missing", [True, False])
def test_a_profile_of_another_account_is_an_error_even_if_it_could_be_planned(plans_missing):
    with pytest.raises(OptionError, match="belongs to account 210987654321, and the credentials to account 123456789012"):
        find_usable(nothing(), "instance_profile", ["arn:aws:iam::210987654321:instance-profile/web"], HERE, plans_missing)


def test_without_the_account_the_error_does_not_name_it():
    def denied():
        raise DENIED

    with pytest.raises(OptionError, match="there is no instance profile 'web' in this account."):
        find_usable(nothing(), "instance_profile", ["web"], Place("aws", denied))
