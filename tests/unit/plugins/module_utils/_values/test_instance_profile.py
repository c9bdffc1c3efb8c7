# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._values.instance_profile import InstanceProfile, profile_name, usable_profile

ARN = "arn:aws:iam::123456789012:instance-profile/web"
IN_PATH = "arn:aws:iam::123456789012:instance-profile/team/web"


def test_known_values_are_returned():
    profile = InstanceProfile("web", "/", ("web",), {}, arn=ARN)
    assert (profile.known_arn, profile.known_tags) == (ARN, {})


@pytest.mark.parametrize("what", ["known_arn", "known_tags"])
def test_unknown_values_raise_an_error(what):
    profile = InstanceProfile("web", "/", ("web",), tags=None)
    with pytest.raises(ValueError, match="instance profile web"):
        getattr(profile, what)


@pytest.mark.parametrize("given", ["web", IN_PATH])
def test_valid_profiles(given):
    assert profile_name("instance_profile", given) == "web"


@pytest.mark.parametrize("given", ["", "a b", "w" * 129, "arn:aws:iam::123456789012:role/web"])
def test_invalid_profiles(given):
    with pytest.raises(OptionError, match="^instance_profile: "):
        profile_name("instance_profile", given)


@pytest.mark.parametrize(
    "given", ["web", IN_PATH, IN_PATH.upper().replace("ARN:AWS:IAM", "arn:aws:iam").replace("INSTANCE-PROFILE", "instance-profile")]
)
def test_a_profile_of_this_account_is_usable(given):
    profile = InstanceProfile("web", "/team/", ("web",), {}, arn=IN_PATH)
    assert usable_profile("instance_profile", given, profile) is profile


@pytest.mark.parametrize(
    "given, path, roles, says",
    [
        (IN_PATH.replace("123456789012", "210987654321"), "/team/", ("web",), "belongs to account 210987654321"),
        (IN_PATH.replace("arn:aws:", "arn:aws-cn:"), "/team/", ("web",), "no instance profile"),
        (ARN, "/team/", ("web",), "no instance profile"),  # another path
        ("web", "/team/", (), "has no role"),
        ("web", None, (), "no instance profile"),
    ],
)
def test_other_profiles_are_not_usable(given, path, roles, says):
    found = path and InstanceProfile("web", path, roles, {}, arn=IN_PATH)
    with pytest.raises(OptionError, match=f"^undo: .*{says}"):
        usable_profile("undo", given, found)
