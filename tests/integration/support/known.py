# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the installed botocore knows of EC2. Tests that need more are skipped: the oldest supported version does not know all of it."""

from __future__ import annotations

import botocore.session
import pytest

_MODEL = botocore.session.get_session().get_service_model("ec2")
_OPERATION = "ModifyInstanceMetadataDefaults"

DEFAULTS = _OPERATION in _MODEL.operation_names and "HttpTokensEnforced" in _MODEL.operation_model(_OPERATION).input_shape.members
OPERATORS = "Operator" in _MODEL.shape_for("Instance").members
# The calls that it can't make
UNKNOWN_CALLS = set() if DEFAULTS else {"ec2:GetInstanceMetadataDefaults", "ec2:ModifyInstanceMetadataDefaults"}

needs_defaults = pytest.mark.skipif(not DEFAULTS, reason="this botocore does not know the account's defaults for metadata options")
needs_operators = pytest.mark.skipif(not OPERATORS, reason="this botocore does not know who operates an instance")
