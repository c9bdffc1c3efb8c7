# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages on which things are looked up do what they say."""

from __future__ import annotations

import json
import re
import shutil

import pytest

from ansible_collections.keyless.ec2.tests.integration.support.pages import ROOT, blocks_of


def test_errors(aws, reader):
    me = reader()

    def denied(block):
        aws.fail("AttachRolePolicy", "AccessDenied", message="User: web is not authorized to perform: iam:AttachRolePolicy")
        task = "ansible localhost -m keyless.ec2.iam_ec2_role -a 'name=web managed_policies=AmazonS3ReadOnlyAccess'"
        me.run(task, str(block), fails=True)
        me.do(block)

    me.follow("errors", {"ansible-playbook typo.yml": me.fails, "Could not attach": denied})


def test_playbooks(aws, reader):
    aws.make_profile("old-web")
    [instance] = aws.run_instances()
    me = reader({"i-0123456789abcdef0": instance}, web=instance)
    me.follow("playbooks", {"ansible-playbook -i inventory.yml keyless.ec2.migrate_keys": None})  # test_static_keys does


def test_policies(aws, reader):
    aws.make_profile("web")
    aws.iam.create_user(UserName="shop")
    key = aws.iam.create_access_key(UserName="shop")["AccessKey"]["AccessKeyId"]
    reader({"AKIAIOSFODNN7EXAMPLE": key}).follow("policies")


def test_report(aws, reader):
    aws.client("organizations").create_organization(FeatureSet="ALL")
    aws.make_role_to_assume("111122223333", StringEquals={"sts:ExternalId": "keyless"})
    me = reader()

    def the_next_day(block):
        me.run("mkdir last && cp keyless-report/report.json last/", str(block))
        me.do(block)

    me.follow("report", {"ansible-playbook keyless.ec2.report -e report_since": the_next_day})


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
def test_emulator(aws, reader):
    """What it can be told, the tests of the emulator send; of JSON the page shows what a call looks like."""
    aws.make_profile("web")
    [instance] = aws.run_instances(profile="web")
    me = reader({"i-0123456789abcdef0": instance})
    http = {f"{method} /emulator/": None for method in ("PUT", "POST")}

    def call(block):
        me.run("ansible localhost -m keyless.ec2.iam_ec2_role_info -a name=web", str(block))
        assert set(json.loads(block.text)) == set(aws.calls()[-1])

    blocks = [block.text for block in blocks_of("emulator")]
    assert all(any(text.startswith(each) for each in http) for text in blocks if re.match("[A-Z]+ /", text))
    me.follow("emulator", {"pip install": None, "module_defaults:": None, '{"n": 17': call} | http)


@pytest.mark.parametrize("block", blocks_of("guide_how_it_works"), ids=str)
def test_how_it_works(block):
    """The steps on the page are those of the code."""
    code = (ROOT / "plugins" / "module_utils" / "_common" / "run.py").read_text(encoding="utf-8")
    steps = re.findall(r"job\.\w+\(|module\.check_mode", block.text)
    assert len(steps) == 4 and all(step in code for step in steps)
