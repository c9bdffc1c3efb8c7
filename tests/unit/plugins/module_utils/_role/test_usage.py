# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The usage of permissions, and the options for it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._policy.service_reference import load_reference
from ansible_collections.keyless.ec2.plugins.module_utils._role.usage import LAG, UsageReader, check_days, simulated_actions
from ansible_collections.keyless.ec2.plugins.module_utils._values.permissions import Permissions
from ansible_collections.keyless.ec2.plugins.module_utils._values.role import Role
from ansible_collections.keyless.ec2.plugins.module_utils._values.usage import ServiceUse

NOW = datetime(2026, 6, 1, tzinfo=timezone.utc)
MAY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:*", "sqs:*"], "Resource": "*"}]}


def usage(*services, days=90, created="2020-01-01T00:00:00+00:00"):
    asked = []
    iam = SimpleNamespace(permissions_of=lambda name: asked.append(name) or Permissions((MAY,)))
    accessed = SimpleNamespace(of=lambda arn: asked.append(arn) or list(services))
    found = UsageReader(iam, accessed, days, NOW, load_reference()).read(Role("web", "/", {}, arn="arn:web", create_date=created))
    assert sorted(asked) == ["arn:web", "web"]
    return found["usage"]


@pytest.mark.parametrize("age, is_used", [(89, True), (90, True), (91, False), (None, False)])
def test_services_used_in_the_last_days(age, is_used):
    last = None if age is None else NOW - timedelta(days=age)
    found = usage(ServiceUse("s3", last), ServiceUse("sqs", None))
    assert found["services"] == ([{"service": "s3", "last_used": last.isoformat()}] if is_used else [])
    assert found["unused"]["services"] == (["sqs"] if is_used else ["s3", "sqs"])
    assert found["days"] == 90 and found["incomplete"][-1]["message"] == LAG


@pytest.mark.parametrize("age, is_young", [(91, False), (90, False), (89, True), (None, False)])
def test_a_young_role_is_reported(age, is_young):
    created = None if age is None else (NOW - timedelta(days=age)).isoformat()
    incomplete = usage(ServiceUse("s3", NOW), created=created)["incomplete"]
    assert ("The role was created on 2026-03-04, less than 90 days ago." in [each["message"] for each in incomplete]) == is_young


@pytest.mark.parametrize(
    "given, pair",
    [
        ("s3:GetObject", ("s3:GetObject", None)),
        ({"action": "s3:GetObject", "resource": "arn:a"}, ("s3:GetObject", "arn:a")),
        ({"action": "iam-x:Get1"}, ("iam-x:Get1", None)),
    ],
)
def test_valid_actions_to_simulate(given, pair):
    assert simulated_actions([given]) == [pair]


@pytest.mark.parametrize("given", ["s3:Get*", "GetObject", "", 7, None, {}, {"action": None}, {"action": "s3"}, ["s3:GetObject"], "s3:GetObject "])
def test_invalid_actions_to_simulate(given):
    with pytest.raises(OptionError, match="is not an action") as caught:
        simulated_actions(["s3:GetObject", given])
    assert caught.value.option == "simulate"


@pytest.mark.parametrize("days, is_fine", [(0, False), (1, True), (400, True), (401, False), (-1, False)])
def test_the_days_that_reports_cover(days, is_fine):
    if is_fine:
        check_days(days)
    else:
        with pytest.raises(OptionError, match=f"usage_days: is {days}. Give 1 to 400"):
            check_days(days)
