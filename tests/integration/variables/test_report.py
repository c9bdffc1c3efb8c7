# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each variable of the role report has its effect."""

from __future__ import annotations

import json
import os

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import REGION
from ansible_collections.keyless.ec2.tests.integration.support.effects import check, options_of, passes, play_of
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.estates import estate, instance, kept

ROLE = "report"
LOOK = "keyless.ec2.estate_info"
OTHER = "111122223333"


@pytest.fixture(scope="module", name="uses")
def _uses(aws, controller, tmp_path_factory):
    """A report of another account, one of an organization, and one from a JSON file."""
    folder = tmp_path_factory.mktemp("report")
    role = aws.make_role_to_assume(OTHER, StringEquals={"sts:ExternalId": "an-external-id"})
    organizations = aws.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    files = {"kept": [instance(1, "no_profile"), instance(2, "stale_profile")], "earlier": [instance(1, "no_profile"), instance(2)]}
    for name, instances in files.items():
        (folder / f"{name}.json").write_text(json.dumps(kept(estate(instances=instances))), encoding="utf-8")
    variables = {
        "account": {
            "report_accounts": [role],
            "report_external_id": "an-external-id",
            "report_regions": [REGION],
            "report_formats": ["json"],
            "report_directory": str(folder / "account"),
        },
        "organization": {
            "report_organization_role_name": "OrganizationAccountAccessRole",
            "report_regions": [REGION],
            "report_formats": ["json"],
            "report_directory": str(folder / "organization"),
        },
        "kept": {
            "report_estate": str(folder / "kept.json"),
            "report_since": str(folder / "earlier.json"),
            "report_waivers": [{"problem": "no_profile", "reason": "Being replaced", "expires": "2126-06-01"}],
            "report_fail_on": ["stale_profile"],
            "report_directory": str(folder / "made"),
        },
    }
    uses = play_of(controller, ROLE, variables, "--diff")
    assert [use for use in variables if uses.failed(use)] == ["kept"], str(uses.run)
    return uses


def result(uses):
    return uses.fact("kept", "report_result")


def writes_only_these_files(uses, variable):
    given = uses.variables["account"]
    assert os.listdir(given["report_directory"]) == [f"report.{each}" for each in given[variable]]
    assert len(os.listdir(uses.variables["kept"]["report_directory"])) == 4


def writes_into_it(uses, variable):
    assert all(os.listdir(given[variable]) for given in uses.variables.values())


def replaces_aws(uses, _variable):
    assert uses.of("kept", LOOK) == [] and result(uses)["counts"]["stale_profile"] == 1


def waives(uses, _variable):
    assert "no_profile" not in result(uses)["counts"] and result(uses)["waivers_unused"] == []


def compares(uses, _variable):
    assert (result(uses)["new"], result(uses)["gone"]) == (1, 0)


def fails(uses, _variable):
    assert len(result(uses)["drift"]) == 1 and uses.failed("kept")


EFFECTS = {
    "report_directory": [writes_into_it],
    "report_formats": [writes_only_these_files],
    "report_accounts": [passes("account", LOOK, "accounts")],
    "report_organization_role_name": [passes("organization", LOOK, "organization_role_name")],
    "report_external_id": [passes("account", LOOK, "external_id")],
    "report_regions": [passes("account", LOOK, "regions")],
    "report_estate": [replaces_aws],
    "report_waivers": [waives],
    "report_since": [compares],
    "report_fail_on": [fails],
}


@pytest.mark.parametrize("variable", options_of(ROLE))
def test_each_variable_has_its_effect(uses, variable):
    check(ROLE, EFFECTS, uses, variable)


def test_a_diff_does_not_show_the_files(uses):
    """The files would tell an attacker where to break in."""
    assert "<html" not in str(uses.run)
