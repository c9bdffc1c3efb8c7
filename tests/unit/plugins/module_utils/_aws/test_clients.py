# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._aws.clients import client_anywhere


class Module:
    """AnsibleAWSModule as far as making clients goes: keeps what it was asked for."""

    def __init__(self, region):
        self.region = region

    def client(self, service, **options):
        return service, options["region"], options["config"].retries


@pytest.mark.parametrize(
    "asked, own, expected",
    [("eu-west-1", "us-west-2", "eu-west-1"), (None, "us-west-2", "us-west-2"), (None, None, "us-east-1")],
)
def test_regions_can_be_asked_for_though_none_is_configured(asked, own, expected):
    service, region, retries = client_anywhere(Module(own), "ec2", asked)
    assert (service, region) == ("ec2", expected)
    assert retries["mode"] == "adaptive"
