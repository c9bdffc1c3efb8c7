# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of the role operator_policy: all errors at once, by the names of the variables."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.plugin_utils._variables.operator_policy import policy_errors
from ansible_collections.keyless.ec2.plugins.plugin_utils._variables.role_files import permissions


@pytest.mark.parametrize(
    "jobs, limits, expected",
    [
        (["attach"], {"launch_template_ids": ["*"]}, []),
        (["atach"], {}, ["operator_policy_jobs: 'atach' is not a job. Did you mean attach? Valid jobs are attach, "]),
        ([], {}, ["operator_policy_jobs: is empty. Name at least one of "]),
        ("attach", {}, ["operator_policy_jobs: 'attach' is not a list."]),
        (
            ["attach", "rport"],
            {"features": ["report_acounts"], "region": "europe", "account": "1", "tags": ["web"], "role_names": ["a b"]},
            [
                "operator_policy_jobs: 'rport' is not a job. Did you mean report?",
                "operator_policy_features: 'report_acounts' is not a feature. Did you mean report_accounts?",
                "operator_policy_region: 'europe' is not a region.",
                "operator_policy_account: '1' is not an account id.",
                "operator_policy_tags: ['web'] is not a dictionary.",
                "operator_policy_role_names: ",
            ],
        ),
        (["attach"], {"features": ["attach_launch_templates"]}, ["operator_policy_launch_template_tags: is needed for "]),
        # Each is valid, but together they are too dangerous.
        (["ec2_role"], {"features": ["ec2_role_inline_policies"]}, ["operator_policy_permissions_boundary: "]),
    ],
)
def test_errors_of_the_variables(jobs, limits, expected):
    errors = policy_errors(permissions(), jobs, limits)
    assert [error[: len(start)] for error, start in zip(errors, expected, strict=True)] == expected


@pytest.mark.parametrize(
    "jobs, limits, fix",
    [
        (["launch_group"], {}, "Give the tags, or operator_policy_launch_template_ids, of the launch templates that may be changed."),
        (["retire"], {}, "Or add retire_quarantine_policy to operator_policy_features."),
        (["attach"], {"launch_template_ids": ["web"]}, "To limit them otherwise, use operator_policy_launch_template_tags."),
    ],
)
def test_suggestions_name_the_variables(jobs, limits, fix):
    (error,) = policy_errors(permissions(), jobs, limits)
    assert error.endswith(fix)
