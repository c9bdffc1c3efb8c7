# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an undo value belongs."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._common.origin import COLLECTION_VERSION, Origin, check_form, check_origin, resources_in

HERE = Origin("123456789012", "eu-central-1")
KINDS = frozenset({"instances", "fleets"})
GALAXY = Path(__file__).parents[5] / "galaxy.yml"


def test_the_version_is_that_of_the_collection():
    assert yaml.safe_load(GALAXY.read_text(encoding="utf-8"))["version"] == COLLECTION_VERSION


def test_an_undo_value_has_its_resources_and_says_where_they_are():
    undo = HERE.undo({"instances": {"i-1": None}})
    assert undo == {"account": HERE.account, "region": HERE.region, "collection_version": "1.0.0", "instances": {"i-1": None}}
    assert resources_in(undo) == {"instances": {"i-1": None}}
    check_form("undo", undo, KINDS)
    check_origin("undo", undo, HERE)


@pytest.mark.parametrize(
    "undo",
    [
        {"instances": {"i-1": None}},
        Origin(None, "eu-central-1").undo({"instances": {"i-1": None}}),
        Origin("123456789012", "").undo({"instances": {"i-1": None}}),
        HERE.undo({"roles": {}}),
        HERE.undo({"instances": []}),
    ],
)
def test_other_values_are_refused(undo):
    with pytest.raises(OptionError, match="^undo: is not the return value of a run"):
        check_form("undo", undo, KINDS)


def test_a_run_that_changed_nothing_need_not_know_its_account():
    undo = Origin(None, "eu-central-1").undo({"instances": {}})
    check_form("undo", undo, KINDS)
    check_origin("undo", undo, HERE)
    check_form("undo", {}, KINDS)
    check_origin("undo", {}, HERE)


@pytest.mark.parametrize(
    "current, says",
    [
        (HERE._replace(account="210987654321"), "is of the account 123456789012, and this task works in 210987654321. Use credentials of that"),
        (HERE._replace(region="us-east-1"), "is of the region eu-central-1, and this task works in us-east-1. Set region to it"),
    ],
)
def test_another_account_or_region_is_refused(current, says):
    with pytest.raises(OptionError, match=f"^undo: {says}"):
        check_origin("undo", HERE.undo({"instances": {}}), current)
