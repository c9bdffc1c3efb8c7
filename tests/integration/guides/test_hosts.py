# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps in the guides for hosts work."""

from __future__ import annotations

import json

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import IMAGE
from ansible_collections.keyless.ec2.tests.integration.support.hosts import LOCAL
from ansible_collections.keyless.ec2.tests.integration.support.keyholder import key_on_host


# test_of_migrate_keys in test_readmes.py does the same from the README.
@pytest.mark.exhaustive
def test_static_keys(aws, reader, tmp_path):
    """The host is a folder, and its variables say so."""
    aws.make_profile("app")
    [instance] = aws.run_instances()
    key = key_on_host(aws, tmp_path, "shop")
    me = reader({"AKIAIOSFODNN7EXAMPLE": key, "    paths: /root": f"    root: {tmp_path}\n    paths: /root"})
    own = {"migrate_keys_root": str(tmp_path), "migrate_keys_endpoint": f"{aws.endpoint}/imds/{instance}", "migrate_keys_become": False}
    me.has_inventory(app=own)
    me.follow("guide_static_keys")
    [found] = aws.iam.list_access_keys(UserName="shop")["AccessKeyMetadata"]
    assert found["Status"] == "Inactive"


# Molecule does the same in its scenario require_imdsv2.
@pytest.mark.exhaustive
def test_imdsv2(aws, reader, tmp_path):
    """The host is a folder with an access key, and an instance that has run for weeks and does not use IMDSv1."""
    [instance] = aws.run_instances_earlier(20)
    key_on_host(aws, tmp_path, "shop")
    template = aws.ec2.create_launch_template(LaunchTemplateName="app", LaunchTemplateData={"ImageId": IMAGE, "InstanceType": "t3.micro"})
    me = reader({"i-0123456789abcdef0": instance})
    endpoint = f"{aws.endpoint}/imds/{instance}"
    own = {"migrate_keys_root": str(tmp_path), "migrate_keys_endpoint": endpoint, "migrate_keys_become": False}
    me.has_inventory(app={**own, "instance_id": instance, "verify_endpoint": endpoint})
    me.follow("guide_imdsv2")
    assert aws.metadata_options(instance)["HttpTokens"] == "required" and aws.requests_without_token(instance) == 1
    versions = aws.ec2.describe_launch_template_versions(LaunchTemplateId=template["LaunchTemplate"]["LaunchTemplateId"])["LaunchTemplateVersions"]
    assert [each["LaunchTemplateData"].get("MetadataOptions", {}).get("HttpTokens") for each in versions] == [None, "required"]
    found = aws.ec2.get_instance_metadata_defaults()["AccountLevel"]
    assert (found["HttpTokens"], found["HttpTokensEnforced"]) == ("required", "enabled")


def test_inventory(aws, reader):
    """Each instance is this machine, with the metadata service of its own."""
    aws.make_profile("web")
    aws.run_instances(profile="web", name="web-1")
    aws.run_instances(name="batch-1")
    me = reader()
    variables = {**LOCAL, "verify_endpoint": f"{aws.endpoint}/imds/{{{{ instance_id }}}}", "ansible_host": "localhost"}
    me.save_as("inventory/group_vars/all.yml", json.dumps(variables))
    me.follow("guide_inventory", {"- hosts: role_web": me.run_on("inventory")})
    me.shows("web-1")
