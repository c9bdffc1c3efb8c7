# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each variable of the role migrate_keys has its effect."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.rollback import rollback_file
from ansible_collections.keyless.ec2.tests.integration.support.aws import EVERYTHING
from ansible_collections.keyless.ec2.tests.integration.support.effects import check, options_of, passes, recorded
from ansible_collections.keyless.ec2.tests.integration.support.hosts import LOCAL, PLAYBOOK, Host

ROLE = "migrate_keys"
IDENTIFY, ATTACH = "keyless.ec2.instance_identity_info", "keyless.ec2.instance_profile_attach"
SCAN, ASIDE = "keyless.ec2.static_credentials_info", "keyless.ec2.static_credentials_aside"
USAGE, DEACTIVATE, COMMAND = "keyless.ec2.access_key_usage_info", "amazon.aws.iam_access_key", "ansible.legacy.command"
# What the key of the host "stopping" was used for
CALL = "describe_regions"


@pytest.fixture(scope="module", name="uses")
def _uses(aws, controller, tmp_path_factory):
    """A host that is migrated, one that is put back, and one that stops because of what its key did.

    Tasks that run once for all hosts use the variables of the first.
    """
    folder = tmp_path_factory.mktemp("migrate_keys")
    for name in ("app", "old"):
        aws.make_profile(name)
    keys = {name: make_key(aws, name) for name in ("migrated", "put-back", "stopping", "another")}
    aws.iam.put_user_policy(UserName="stopping", PolicyName="own", PolicyDocument=json.dumps(EVERYTHING))
    getattr(aws.client("ec2", access_key_id=keys["stopping"]["AccessKeyId"]), CALL)()
    own = {
        "migrated": {
            "migrate_keys_instance_profile": "app",
            "migrate_keys_on_conflict": "replace",
            "migrate_keys_expected_role": "app",
            "migrate_keys_wait_timeout": 77,
            "migrate_keys_paths": ["/a/path"],
            "migrate_keys_exclude": ["/not/a/path"],
            "migrate_keys_scan_processes": False,
            "migrate_keys_scan_timeout": 33,
            "migrate_keys_max_file_size": 4096,
            "migrate_keys_usage_days": 30,
            "migrate_keys_restart": "true restart",
            # Fails the first time
            "migrate_keys_check": f"sh -c 'test -d {folder}/checked || ! mkdir {folder}/checked'",
            "migrate_keys_check_retries": 1,
            "migrate_keys_check_delay": 0,
            "migrate_keys_deactivate": ["migrated"],
        },
        "put-back": {
            "migrate_keys_instance_profile": "app",
            "migrate_keys_on_conflict": "replace",
            "migrate_keys_restart": "true restart",
            "migrate_keys_check": "false",
        },
        "stopping": {"migrate_keys_instance_profile": "app", "migrate_keys_usage": "fail", "migrate_keys_former_profiles": ["old"]},
        "another": {"migrate_keys_instance_id": f"i-{9:017x}"},
    }
    hosts = {name: Host(aws, folder / name, name, [key]) for name, key in keys.items()}
    aws.ec2.associate_iam_instance_profile(InstanceId=hosts["put-back"].instance_id, IamInstanceProfile={"Name": "old"})
    aws.ec2.associate_iam_instance_profile(InstanceId=hosts["stopping"].instance_id, IamInstanceProfile={"Name": "old"})
    interrupt(aws, hosts["stopping"], controller.folder)
    hosts["migrated"].write("a/path", "no keys\n", 0o644)
    variables = {name: {**hosts[name].variables, **given} for name, given in own.items()}
    inventory = folder / "inventory.yml"
    inventory.write_text(yaml.safe_dump({"all": {"hosts": variables, "vars": LOCAL}}, sort_keys=False), encoding="utf-8")
    common = {"migrate_keys_become": False}
    uses = recorded(controller, variables, lambda **record: controller.run("-i", str(inventory), PLAYBOOK, variables=common, **record))
    assert [use for use in variables if uses.failed(use)] == ["put-back", "stopping", "another"], str(uses.run)
    return uses


def interrupt(aws, host, home):
    """Writes the rollback file of a run that was killed before it attached the instance profile."""
    before, after = (aws.iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]["Arn"] for name in ("old", "app"))
    owner = {"account_id": None, "region": None, "instance_id": host.instance_id}
    file = home / Path(rollback_file(str(host.root))).relative_to("~")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({**owner, "paths": [], "changes_profile": True, "before": before, "after": after}), encoding="utf-8")


def make_key(aws, user):
    aws.iam.create_user(UserName=user)
    return aws.iam.create_access_key(UserName=user)["AccessKey"]


def passed(module, option):
    return passes("migrated", module, option)


def commands(uses, use, variable):
    return [each for each in uses.calls_of(use, COMMAND) if each.arguments["cmd"] == uses.variables[use][variable]]


def attaches_it(uses, variable):
    (attached,) = uses.of("migrated", ATTACH)
    assert set(attached["attachments"].values()) == {uses.variables["migrated"][variable]}


def attaches_the_former_one_again(uses, _variable):
    *_app, attached = uses.of("put-back", ATTACH)
    assert [each.rpartition("/")[2] for each in attached["attachments"].values()] == ["old"]


def verifies_with(option):
    """The value reaches both verifications; the call without ``wait`` only identifies the instance."""

    def effect(uses, variable):
        verifications = [each for each in uses.of("migrated", IDENTIFY) if each.get("wait")]
        assert [each[option] for each in verifications] == [uses.variables["migrated"][variable]] * 2

    return effect


def stops(uses, _variable):
    """Before anything is changed."""
    assert all(each.get("state") == "restored" for each in uses.of("stopping", ASIDE))
    assert "was used in the last 90 days for actions" in uses.said("stopping")


def is_another_instance(uses, variable):
    """It is not changed."""
    assert "inventory or migrate_keys_instance_id that it is " + uses.variables["another"][variable] in uses.said("another")
    assert not uses.of("another", ATTACH) and not any(each.get("state") != "restored" for each in uses.of("another", ASIDE))


def believes_the_rollback_file(uses, _variable):
    """Its file says that an interrupted run replaced this profile, which the host has: it is attached once more."""
    [attached] = uses.of("stopping", ATTACH)
    assert [each.rpartition("/")[2] for each in attached["attachments"].values()] == ["old"]


def restarts(uses, variable):
    assert [len(commands(uses, use, variable)) for use in ("migrated", "put-back")] == [1, 2]


def is_repeated(uses, _variable):
    """It fails the first time."""
    assert not uses.failed("migrated") and [each.retries for each in commands(uses, "migrated", "migrate_keys_check")] == [1] * 2


def pauses(uses, variable):
    assert {each.delay for each in commands(uses, "migrated", "migrate_keys_check")} == {uses.variables["migrated"][variable]}


def checks(uses, variable):
    assert commands(uses, "migrated", variable) and uses.failed("put-back")


EFFECTS = {
    "migrate_keys_instance_profile": [attaches_it],
    "migrate_keys_on_conflict": [passed(ATTACH, "on_conflict"), attaches_the_former_one_again],
    "migrate_keys_instance_id": [is_another_instance],
    "migrate_keys_former_profiles": [believes_the_rollback_file],
    "migrate_keys_expected_role": [verifies_with("expected_role")],
    "migrate_keys_wait_timeout": [verifies_with("wait_timeout"), passed(ATTACH, "wait_timeout")],
    "migrate_keys_endpoint": [passed(IDENTIFY, "endpoint")],
    "migrate_keys_paths": [passed(SCAN, "paths")],
    "migrate_keys_exclude": [passed(SCAN, "exclude"), passed(ASIDE, "exclude")],
    "migrate_keys_root": [passed(SCAN, "root"), passed(ASIDE, "root"), passes("put-back", ASIDE, "root")],
    "migrate_keys_scan_processes": [passed(SCAN, "scan_processes")],
    "migrate_keys_scan_timeout": [passed(SCAN, "timeout")],
    "migrate_keys_max_file_size": [passed(SCAN, "max_file_size")],
    "migrate_keys_usage": [stops],
    "migrate_keys_usage_days": [passed(USAGE, "days")],
    "migrate_keys_restart": [restarts],
    "migrate_keys_check": [checks],
    "migrate_keys_check_retries": [is_repeated],
    "migrate_keys_check_delay": [pauses],
    "migrate_keys_deactivate": [passes("migrated", DEACTIVATE, "user_name", value="migrated")],
}


@pytest.mark.parametrize("variable", options_of(ROLE))
def test_each_variable_has_its_effect(uses, variable):
    check(ROLE, EFFECTS, uses, variable)
