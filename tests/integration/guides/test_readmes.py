# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps in the READMEs of the collection and of its roles work."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from dataclasses import replace

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.conformance.on_aws import parser
from ansible_collections.keyless.ec2.tests.integration.guides.conftest import PERMISSIONS
from ansible_collections.keyless.ec2.tests.integration.support.aws import EC2_TRUST, IMAGE, REGION
from ansible_collections.keyless.ec2.tests.integration.support.keyholder import key_on_host
from ansible_collections.keyless.ec2.tests.integration.support.pages import ROOT, blocks_of

SUBNETS = ("subnet-0123456789abcdef0", "subnet-0123456789abcdef1")


@pytest.fixture(name="names")
def _names(aws):
    """The values that replace ids in READMEs."""
    found = [each["SubnetId"] for each in aws.ec2.describe_subnets()["Subnets"]]
    return dict(zip(SUBNETS, found))


def test_of_the_collection(aws, reader):
    aws.make_profile("old-web")
    aws.run_instances(service="web")
    me = reader()
    me.save_as(".aws/config", "[profile production]\nregion = eu-central-1\n[profile reader]\n")

    def with_defaults(block):
        """A task with its own keys, because the profile has none."""
        task = {"keyless.ec2.instance_profile_attach_info": {"access_key": "AKIAREADER", "secret_key": "any", "profile": None}}
        play = {"hosts": "localhost", "gather_facts": False, **yaml.safe_load(block.text), "tasks": [task]}
        play["module_defaults"]["group/keyless.ec2.aws"].pop("profile")
        me.do(replace(block, text=json.dumps([play])))

    def requirements(block):
        [collection] = yaml.safe_load(block.text)["collections"]
        galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
        assert collection == {"name": f"{galaxy['namespace']}.{galaxy['name']}"}

    me.follow("README.md", {"collections:": requirements, "module_defaults:": with_defaults})
    assert len(aws.instances_named("web")) == 3


def test_of_roles_on_the_control_node(aws, reader, names):
    """Runs the READMEs and the page about policies as one playbook where that is possible. A role that must not be in use is retired first."""
    for name in ("web", "unused"):
        aws.make_profile(name)
    aws.run_instances(2, service="web")
    client = aws.client("autoscaling")
    for name in ("web", "web-blue", "web-green"):
        aws.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData={"ImageId": IMAGE, "InstanceType": "t3.micro"})
        source = {"LaunchTemplateName": name, "Version": "1"}
        client.create_auto_scaling_group(AutoScalingGroupName=name, LaunchTemplate=source, MinSize=1, MaxSize=1, AvailabilityZones=[f"{REGION}a"])
    aws.iam.create_user(UserName="shop")
    key = aws.iam.create_access_key(UserName="shop")["AccessKey"]["AccessKeyId"]
    to_health = {"https://health.example.com/": f"{aws.endpoint}/emulator/health?", "~/rollouts/web.json": '"{{ playbook_dir }}/web.json"'}
    to_health["~/rollouts/imdsv2.json"] = '"{{ playbook_dir }}/imdsv2.json"'
    me = reader({**names, **to_health, "retire_role_name: web": "retire_role_name: unused", "AKIAIOSFODNN7EXAMPLE": key})
    healthy, reached = "# healthy.yml", "- name: Ask the application"
    [block] = [each for each in blocks_of("roles/attach/README.md") if each.text.startswith(healthy)]
    me.save("healthy.yml")(block)
    me.read("roles/retire/README.md", PERMISSIONS)
    me.read("roles/attach/README.md", {**PERMISSIONS, healthy: me.has("healthy.yml"), reached: me.save("reached.yml")})
    me.read("roles/require_imdsv2/README.md", PERMISSIONS)
    me.read("roles/ec2_role/README.md", PERMISSIONS)
    me.read("roles/launch/README.md", PERMISSIONS)
    me.read("roles/launch_group/README.md", PERMISSIONS)
    me.read("roles/operator_policy/README.md")
    me.follow("policy_findings")
    assert len(aws.instances_named("web")) == 3
    assert aws.iam.get_role(RoleName="operators")


def test_of_verify(aws, reader, controller):
    aws.make_profile("web")
    [instance] = aws.run_instances(profile="web")
    me = reader()
    me.has_inventory("web_servers", web={"verify_endpoint": f"{aws.endpoint}/imds/{instance}"})

    def actions(block):
        tried = yaml.safe_load(block.text)["verify_actions"]
        options = {"endpoint": f"{aws.endpoint}/imds/{instance}", "aws_endpoint": aws.endpoint}
        found = controller.module("instance_identity_info", actions=tried, **options).last
        assert len(found["actions"]) == len(tried)

    def inventory(block):
        me.save("ssm.yml")(block)
        me.run("ansible-inventory -i ssm.yml --list", str(block))

    instead = {"- hosts:": me.run_on("inventory.yml"), "verify_actions:": actions, "web_servers:": inventory}
    me.follow("roles/verify/README.md", PERMISSIONS | instead)


def test_of_migrate_keys(aws, reader, tmp_path):
    aws.make_profile("web")
    [instance] = aws.run_instances()
    key = key_on_host(aws, tmp_path, "shop")
    commands = {"systemctl restart web": "echo", "curl --fail --silent --output /dev/null http://127.0.0.1/health": "echo"}
    me = reader({"AKIAIOSFODNN7EXAMPLE": key, **commands, "paths: /home/web/": f"root: {tmp_path}\n    paths: /root/"})
    own = {"migrate_keys_root": str(tmp_path), "migrate_keys_endpoint": f"{aws.endpoint}/imds/{instance}"}
    me.has_inventory("web_servers", web={**own, "ansible_become": False, "migrate_keys_become": False})
    me.follow("roles/migrate_keys/README.md", PERMISSIONS | {"- hosts:": me.run_on("inventory.yml")})


def test_the_trust_of_the_first_guide_is_that_of_the_tests():
    [block] = [each for each in blocks_of("guide_first_role") if each.caption == "ec2-role-trust-policy.json"]
    assert json.loads(block.text) == EC2_TRUST


def test_of_contributing(aws, controller, reader):
    """Commands that run tests find some, the example test passes, and the changelog accepts the example fragment."""

    def finds_tests(block):
        for line in block.text.splitlines():
            program, *arguments = shlex.split(line, comments=True)
            assert (ROOT / program).exists(), line
            paths = [ROOT / each for each in arguments if "/" in each and not each.startswith("_")]
            assert all(path.exists() for path in paths), line
            if "-k" in arguments:
                code = "".join(each.read_text(encoding="utf-8") for path in paths for each in (path, *path.rglob("*.py")) if each.is_file())
                names = " ".join(re.findall(r"def (test_\w+)", code))
                words = set(re.findall(r"\w+", arguments[arguments.index("-k") + 1])) - {"and", "not", "or"}
                assert all(word in names for word in words), line

    def is_a_test(block):
        names: dict = {}
        exec(block.text, names)  # pylint: disable=exec-used
        names["test_the_option"](aws, controller)

    def is_a_fragment(block):
        sections = yaml.safe_load((ROOT / "changelogs" / "config.yaml").read_text(encoding="utf-8"))["sections"]
        assert set(yaml.safe_load(block.text)) <= {name for name, _title in sections}

    def has_options(block):
        for line in block.text.splitlines():
            _make, _target, account, region, *more = shlex.split(line)
            given = ["--account", account.partition("=")[2], "--region", region.partition("=")[2]]
            parser().parse_args([*given, *(option.partition("=")[2] for option in more)])

    def is_a_connection(block):
        variables = yaml.safe_load(block.text)
        documented = subprocess.run(
            ["ansible-doc", "--json", "--type", "connection", variables["ansible_connection"]], capture_output=True, text=True, check=True
        ).stdout
        assert [name for name in variables if name.startswith("ansible_aws") and f'"{name}"' not in documented] == []

    blocks = {
        ".venv/bin/pytest": finds_tests,
        "def test_the_option": is_a_test,
        "---\nminor_changes": is_a_fragment,
        "make conformance-aws": has_options,
        "ansible_connection": is_a_connection,
    }
    reader().follow("CONTRIBUTING.md", blocks)
