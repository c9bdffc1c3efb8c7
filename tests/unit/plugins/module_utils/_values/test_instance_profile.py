# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._values.instance_profile import InstanceProfile

ARN = "arn:aws:iam::123456789012:instance-profile/web"


def test_known_values_are_returned():
    profile = InstanceProfile("web", "/", ("web",), {}, arn=ARN)
    assert (profile.known_arn, profile.known_tags) == (ARN, {})


@pytest.mark.parametrize("what", ["known_arn", "known_tags"])
def test_unknown_values_raise_an_error(what):
    profile = InstanceProfile("web", "/", ("web",), tags=None)
    with pytest.raises(ValueError, match="instance profile web"):
        getattr(profile, what)
