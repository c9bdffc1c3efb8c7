# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps on the pages for beginners work."""

from __future__ import annotations

import json
import shutil

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.aws import EC2_TRUST


def test_first_role(aws, reader):
    [running] = aws.run_instances(name="old")
    aws.client_of_account("111122223333", "iam").create_role(RoleName="ci", AssumeRolePolicyDocument=json.dumps(EC2_TRUST))
    aws.iam.create_saml_provider(Name="Directory", SAMLMetadataDocument="x" * 1000)
    me = reader({"i-0123456789abcdef0": running}, old=running)
    me.lacks("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
    me.save_as(".aws/config", "[profile production]\naws_access_key_id = AKIAPRODUCTION\naws_secret_access_key = any\n")
    me.follow("guide_first_role")


def test_from_amazon_aws(aws, reader):
    """Our tasks find what the former tasks created, and change nothing."""
    [running] = aws.run_instances()
    me = reader({"i-0123456789abcdef0": running})

    def finds_all(block):
        me.finish()
        me.do(block)
        me.shows("changed=0")

    me.follow("guide_amazon_aws", {"- name: Create a role with its policies": finds_all})


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
def test_testing(aws, reader):
    me = reader()

    def on_the_instance(block):
        [instance] = aws.instances_named("web")
        me.rename("i-0123456789abcdef0", instance["InstanceId"])
        me.do(block)

    me.follow("guide_testing", {"unset AWS_ACCESS_KEY_ID": on_the_instance})
