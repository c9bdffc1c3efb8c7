# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls that try actions are those of botocore's models."""

from __future__ import annotations

import botocore.session
import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._identity.actions.calls import FORM_SERVICES, JSON_SERVICES, LIST_ACTIONS, RESOURCE_ACTIONS

SESSION = botocore.session.get_session()
PARAMETERS = {**LIST_ACTIONS, **{action: {parameter: "x"} for action, parameter in RESOURCE_ACTIONS.items()}}


@pytest.mark.parametrize("action", PARAMETERS)
def test_every_operation_has_these_parameters(action):
    service, _colon, operation = action.partition(":")
    shape = SESSION.get_service_model(service).operation_model(operation).input_shape
    assert set(PARAMETERS[action]) <= set(shape.members if shape else ())


@pytest.mark.parametrize("service", FORM_SERVICES)
def test_the_version_and_the_name_for_signing(service):
    found = SESSION.get_service_model(service).metadata
    assert FORM_SERVICES[service] == (found.get("signingName", found["endpointPrefix"]), found["apiVersion"])


@pytest.mark.parametrize("service", JSON_SERVICES)
def test_the_prefix_and_the_version_of_json(service):
    found = SESSION.get_service_model(service).metadata
    assert JSON_SERVICES[service] == (found["targetPrefix"], found["jsonVersion"])
