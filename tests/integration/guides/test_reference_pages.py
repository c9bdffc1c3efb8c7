# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands and examples on the reference pages work."""

from __future__ import annotations

import json
import re
import shutil

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.guides.conftest import PERMISSIONS
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
    me.follow("playbooks")


def test_report(aws, reader):
    """Runs the page, then the role's README. Its report fails because of an instance that the report of the day before does not have."""
    aws.client("organizations").create_organization(FeatureSet="ALL")
    aws.make_role_to_assume("111122223333", StringEquals={"sts:ExternalId": "keyless"})
    me = reader({"/srv/reports": str(reader().folder)})

    def the_next_day(block):
        me.run("mkdir last yesterday && cp keyless-report/report.json last/ && cp keyless-report/report.json yesterday/", str(block))
        me.do(block)

    def waivers(block):
        """The waiver is one of those in the waivers.yml of the page."""
        [waiver] = yaml.safe_load(block.text)
        assert waiver in yaml.safe_load((me.folder / "waivers.yml").read_text(encoding="utf-8"))

    me.follow("report", {"ansible-playbook keyless.ec2.report -e report_since": the_next_day})
    aws.run_instances()
    me.follow("roles/report/README.md", PERMISSIONS | {"- hosts: localhost": me.fails, "- problem:": waivers})


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl")
def test_emulator(aws, reader):
    """Requests are sent to the emulator. The JSON block shows the form of a logged call."""
    aws.make_profile("web")
    [instance] = aws.run_instances(profile="web")
    me = reader({"i-0123456789abcdef0": instance})

    def send(block):
        """Sends the request, checks that it has an effect, and ends the effect for the rest of the page."""
        method, path, body = re.fullmatch(r"([A-Z]+) (/\S+)\n(.*)", block.text, re.DOTALL).groups()
        aws.ask(method, path, json.loads(body))
        shown = aws.ask("GET", path)
        assert any(row.items() >= json.loads(body).items() for row in (shown if isinstance(shown, list) else [shown])), shown
        aws.clear_conditions()

    def call(block):
        me.run("ansible localhost -m keyless.ec2.iam_ec2_role_info -a name=web", str(block))
        assert set(json.loads(block.text)) == set(aws.calls()[-1])

    def defaults(block):
        """The defaults lead to the emulator, whatever the environment says."""
        name = "keyless.ec2.iam_ec2_role_info"
        play = {"hosts": "localhost", "gather_facts": False, **yaml.safe_load(me.with_names(block.text)), "tasks": [{name: {"name": "web"}}]}
        me.save_as("defaults.yml", json.dumps([play]))
        me.run("env --unset AWS_URL --unset AWS_ENDPOINT_URL ansible-playbook defaults.yml", str(block))

    instead = {"PUT /emulator/": send, "POST /emulator/": send, "module_defaults:": defaults, '{"n": 17': call}
    me.follow("emulator", instead)


@pytest.mark.parametrize("block", blocks_of("guide_how_it_works"), ids=str)
def test_how_it_works(block):
    """The page shows the same steps as the code."""
    code = (ROOT / "plugins" / "module_utils" / "_common" / "run.py").read_text(encoding="utf-8")
    steps = re.findall(r"job\.\w+\(|module\.check_mode", block.text)
    assert len(steps) == 4 and all(step in code for step in steps)
