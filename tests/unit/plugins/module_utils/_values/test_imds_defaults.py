# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether new instances allow IMDSv1: the launch, then the account, then the image."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._values.imds_defaults import ImdsDefaults, allows_imdsv1

REQUIRED, OPTIONAL = {"HttpTokens": "required"}, {"HttpTokens": "optional"}
V2, V1, UNSEEN = "ami-2", "ami-1", "ami-0"
IMAGES = {V2: "v2.0", V1: ""}


@pytest.mark.parametrize(
    "options, account, images, expected",
    [
        # The launch decides
        (REQUIRED, None, [V1], False),
        ({"HttpEndpoint": "disabled"}, None, [V1], False),
        (OPTIONAL, {}, [V2], True),
        (OPTIONAL, REQUIRED, [V2], True),
        (OPTIONAL, {"HttpTokensEnforced": "enabled"}, [V1], False),
        (OPTIONAL, None, [V2], None),
        # then the account
        ({}, REQUIRED, [V1], False),
        ({}, OPTIONAL, [V2], True),
        ({}, {"HttpEndpoint": "disabled"}, [V1], False),
        ({"HttpEndpoint": "enabled"}, {"HttpEndpoint": "disabled"}, [V1], True),
        ({}, None, [V2], None),
        ({}, None, [V1], None),
        # then the image
        ({}, {}, [V2], False),
        ({}, {}, [V1], True),
        ({}, {}, [V2, V1], True),
        ({}, {}, [V2, UNSEEN], None),
        ({}, {}, [V1, None], True),
        ({}, {}, [None], None),
        ({}, {}, [], None),
        ({"HttpPutResponseHopLimit": 2}, {"HttpPutResponseHopLimit": 3}, [V2], False),
    ],
)
def test_the_first_that_says_something_counts(options, account, images, expected):
    assert allows_imdsv1({"MetadataOptions": options}, images, ImdsDefaults(account, IMAGES)) is expected
