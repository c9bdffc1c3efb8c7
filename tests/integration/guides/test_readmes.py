# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The READMEs of the collection and of its roles do what they say."""

from __future__ import annotations

import json
import re
import shlex

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.support.aws import EC2_TRUST, IMAGE, REGION
from ansible_collections.keyless.ec2.tests.integration.support.keyholder import key_on_host
from ansible_collections.keyless.ec2.tests.integration.support.pages import ROOT, blocks_of

PERMISSIONS = {'{\n  "Version"': None}  # test_permissions holds them to what the roles call
SUBNETS = ("subnet-0123456789abcdef0", "subnet-0123456789abcdef1")


@pytest.fixture(name="names")
def _names(aws):
    """What there is in the place of ids in READMEs."""
    found = [each["SubnetId"] for each in aws.ec2.describe_subnets()["Subnets"]]
    return dict(zip(SUBNETS, found))


def test_of_the_collection(aws, reader, controller):
    """What it says of installing, `make release` does; the two commands of make are the tests and what shows them."""
    aws.make_profile("old-web")
    [instance] = aws.run_instances(service="web")
    me = reader({"i-0123456789abcdef0": instance}, web=instance)

    def with_defaults(block):
        config = me.folder / ".aws" / "config"
        config.parent.mkdir()
        config.write_text("[profile production]\nregion = eu-central-1\n", encoding="utf-8")
        task = {"keyless.ec2.instance_profile_attach_info": {"access_key": "AKIAREADER", "secret_key": "any", "profile": None}}
        play = {"hosts": "localhost", "gather_facts": False, **yaml.safe_load(block.text), "tasks": [task]}
        play["module_defaults"]["group/keyless.ec2.aws"].pop("profile")
        assert controller.run(str(saved(me, "defaults.yml", [play]))).succeeded()

    def requirements(block):
        [collection] = yaml.safe_load(block.text)["collections"]
        galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
        assert collection == {"name": f"{galaxy['namespace']}.{galaxy['name']}"}

    instead = {"ansible-galaxy": None, "make demo": None, "collections:": requirements, "module_defaults:": with_defaults}
    me.follow("README.md", instead | {"ansible-playbook keyless.ec2.launch": without_keys(me)})


def without_keys(me):
    """The commands but for the last one, which looks for keys on this very machine; test_static_keys does that in a folder."""
    return lambda block: me.run(me.with_names(block.text.rpartition("ansible-playbook -i inventory.yml keyless.ec2.migrate_keys")[0]), str(block))


def saved(me, name, content):
    path = me.folder / name
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_of_attach(aws, reader):
    aws.make_profile("web")
    aws.run_instances(2, service="web")
    client = aws.client("autoscaling")
    for name in ("web", "web-blue", "web-green"):
        aws.ec2.create_launch_template(LaunchTemplateName=name, LaunchTemplateData={"ImageId": IMAGE, "InstanceType": "t3.micro"})
        source = {"LaunchTemplateName": name, "Version": "1"}
        client.create_auto_scaling_group(AutoScalingGroupName=name, LaunchTemplate=source, MinSize=1, MaxSize=1, AvailabilityZones=[f"{REGION}a"])
    me = reader({"https://health.example.com/": f"{aws.endpoint}/emulator/health?", "~/rollouts/web.json": '"{{ playbook_dir }}/web.json"'})
    healthy = "# healthy.yml"
    [block] = [each for each in blocks_of("roles/attach/README.md") if each.text.startswith(healthy)]
    me.save("healthy.yml")(block)
    me.follow("roles/attach/README.md", {**PERMISSIONS, healthy: None})


@pytest.mark.parametrize("role", ["ec2_role", "launch", "launch_group"])
def test_of_what_makes_something(reader, names, role):
    reader(names).follow(f"roles/{role}/README.md", PERMISSIONS)


def test_of_operator_policy(reader):
    reader().follow("roles/operator_policy/README.md")


def test_of_retire(aws, reader):
    aws.make_profile("web")
    reader().follow("roles/retire/README.md", PERMISSIONS)


def test_of_report(aws, reader):
    aws.make_role_to_assume("111122223333")
    me = reader({"/srv/reports": str(reader().folder)})
    me.run('ansible-playbook keyless.ec2.report -e report_directory=yesterday -e \'{"report_accounts": ["self"]}\'', "the day before")
    aws.run_instances()  # which is new since then
    instead = {"- hosts: localhost": me.fails, "- problem:": me.save("waivers.yml")}
    me.follow("roles/report/README.md", PERMISSIONS | instead)
    me.run("ansible-playbook keyless.ec2.report -e report_waivers=waivers.yml", "with the waivers")


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
    """Commands that run tests find some; the test that is shown is one, and the fragment is what the changelog takes."""

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

    reader().follow("CONTRIBUTING.md", {".venv/bin/pytest": finds_tests, "def test_the_option": is_a_test, "---\nminor_changes": is_a_fragment})
