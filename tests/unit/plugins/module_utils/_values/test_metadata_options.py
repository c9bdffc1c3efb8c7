# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values of metadata options are those of EC2."""

from __future__ import annotations

import botocore.session
import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._values.metadata_options import AWS_NAMES, CHOICES


@pytest.mark.parametrize("name", AWS_NAMES)
def test_each_option_has_the_values_that_ec2_takes(name):
    model = botocore.session.get_session().get_service_model("ec2")
    enum = model.operation_model("ModifyInstanceMetadataOptions").input_shape.members[AWS_NAMES[name]].metadata.get("enum", ())
    assert sorted(CHOICES.get(name, ())) == sorted(enum)
