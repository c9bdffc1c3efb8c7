# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report of many accounts: slices read them, and the last job of the workflow makes the page."""

from __future__ import annotations

import json

import yaml

from ansible_collections.keyless.ec2.tests.integration.awx.conftest import EXAMPLES
from ansible_collections.keyless.ec2.tests.integration.support.aws import IMAGE

SLICES = 2


def source(name):
    return (EXAMPLES / name).read_text(encoding="utf-8")


def test_slices_read_their_accounts_and_the_last_job_makes_one_page(aws, runner, tmp_path):
    inventory = yaml.safe_load(source("report_inventory.yml"))["all"]
    hosts = {name: {**inventory["vars"], **own} for name, own in inventory["hosts"].items()}
    accounts = [own["account_id"] for own in hosts.values()]
    made = {}
    for account in accounts:
        aws.make_role_to_assume(account, "audit")
        (instance,) = aws.client_of_account(account, "ec2").run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1)["Instances"]
        made[instance["InstanceId"]] = account
    answers, names = {"reports": str(tmp_path)}, list(hosts)
    for number in range(SLICES):
        mine = {name: hosts[name] for name in names[number::SLICES]}
        job = runner.run("report_in_accounts", answers, hosts=mine, source=source("report_in_accounts.yml")).succeeded()
        assert job.writes == []
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(accounts)
    runner.run("report_page", answers, source=source("report_page.yml")).succeeded()
    merged = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["estate"]
    assert {row["instance_id"]: row["account_id"] for row in merged["instances"]} == made
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert all(each in page for each in made)
