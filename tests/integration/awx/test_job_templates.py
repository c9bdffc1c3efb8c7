# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook that creates job templates and workflows, with the modules of awx.awx against an emulated AWX."""

from __future__ import annotations

import importlib.util

import pytest

from ansible_collections.keyless.ec2.tests.integration.awx.conftest import EXAMPLES, ROOT
from ansible_collections.keyless.ec2.tests.integration.support.awx import TOKEN, FakeAwx, serving

if importlib.util.find_spec("ansible_collections.awx") is None:
    pytest.skip("awx.awx is not in this environment", allow_module_level=True)

PLAYBOOK = str(ROOT / "extensions" / "awx" / "job_templates.yml")
GIVEN = {
    "awx_project_url": "https://git.example.com/automation.git",
    "awx_aws_credential": "AWS",
    "awx_machine_credential": "Instances",
    "awx_hosts_inventory": "EC2",
}
ON_HOSTS = {"verify", "migrate_keys"}
CHANGE_NOTHING = {"verify", "report", "operator_policy"}
# One that runs where AWS is called, and one that runs on hosts
FEW = ("attach", "verify")


@pytest.fixture(scope="module", name="make")
def _make(controller):
    """Runs the playbook against an AWX."""

    def make(awx, playbook=PLAYBOOK, **variables):
        with serving(awx) as url:
            return controller.run(playbook, variables=variables, CONTROLLER_HOST=url, CONTROLLER_OAUTH_TOKEN=TOKEN)

    return make


def an_awx():
    awx = FakeAwx()
    organization = awx.add("organizations", name="Default")["id"]
    for name in ("AWS", "Instances"):
        awx.add("credentials", name=name, organization=organization)
    awx.add("inventories", name="EC2", organization=organization)
    return awx


@pytest.fixture(scope="module", name="awx")
def _awx(make):
    """An AWX on which the playbook has run."""
    awx = an_awx()
    make(awx, **GIVEN, awx_playbooks=list(FEW)).succeeded()
    return awx


def check_job_template(awx, playbook, template):
    """The job template has its survey, and the inventory and the credentials that it needs."""
    ids = {name: awx.named("credentials", name)["id"] for name in ("AWS", "Instances")}
    on_hosts = playbook in ON_HOSTS
    made = awx.named("job_templates", template["name"])
    assert made["playbook"] == f"{playbook}.yml" and made["survey_enabled"]
    assert {name for name, value in made.items() if name.startswith("ask_") and value} == {"ask_job_type_on_launch", "ask_diff_mode_on_launch"}
    assert awx.surveys[made["related"]["survey_spec"]] == template["survey"]
    assert made["project"] == awx.named("projects", "keyless.ec2")["id"]
    assert made["inventory"] == awx.named("inventories", "EC2" if on_hosts else "keyless.ec2")["id"]
    assert set(awx.associated[f"{made['url']}credentials/"]) == ({*ids.values()} if on_hosts else {ids["AWS"]})


def check_workflow(awx, template):
    """It checks, waits for an approval, and runs."""
    workflow = awx.named("workflow_job_templates", f"{template['name']} after approval")
    nodes = {
        each["identifier"]: each for each in awx.objects["workflow_job_template_nodes"].values() if each["workflow_job_template"] == workflow["id"]
    }
    job = awx.named("job_templates", template["name"])["id"]
    assert {name: (node["unified_job_template"] == job, node.get("job_type")) for name, node in nodes.items()} == {
        "check": (True, "check"),
        "approve": (False, None),
        "run": (True, "run"),
    }
    assert nodes["check"]["diff_mode"] is True
    assert awx.objects["workflow_approval_templates"][nodes["approve"]["unified_job_template"]]["timeout"] == 86400
    for before, after in (("check", "approve"), ("approve", "run")):
        assert awx.associated[f"{nodes[before]['url']}success_nodes/"] == [nodes[after]["id"]]
    assert awx.surveys[workflow["related"]["survey_spec"]] == template["survey"]


@pytest.mark.parametrize("playbook", FEW)
def test_a_job_template_has_its_survey_inventory_and_credentials(awx, templates, playbook):
    check_job_template(awx, playbook, templates[playbook])


def test_playbooks_that_write_have_a_workflow(awx, templates):
    assert len(awx.objects["workflow_job_templates"]) == 1
    check_workflow(awx, templates["attach"])


def test_a_job_template_can_be_sliced(awx, make):
    awx.add("inventories", name="Accounts", organization=awx.named("organizations", "Default")["id"])
    make(awx, str(EXAMPLES / "sliced.yml")).succeeded()
    assert awx.named("job_templates", "Attach in all accounts")["job_slice_count"] == 4


def test_a_workflow_reads_all_accounts_in_slices_and_makes_the_page(make):
    awx = an_awx()
    organization = awx.named("organizations", "Default")["id"]
    for kind, name in (("inventories", "Report"), ("inventories", "keyless.ec2"), ("projects", "keyless.ec2")):
        awx.add(kind, name=name, organization=organization)
    make(awx, str(EXAMPLES / "report_workflow.yml")).succeeded()
    jobs = {name: awx.named("job_templates", name) for name in ("Read all accounts", "Make the page of all accounts")}
    assert [each.get("job_slice_count") for each in jobs.values()] == [8, None]
    workflow = awx.named("workflow_job_templates", "Report on all accounts")
    nodes = [each for each in awx.objects["workflow_job_template_nodes"].values() if each["workflow_job_template"] == workflow["id"]]
    assert {each["identifier"]: each["unified_job_template"] for each in nodes} == dict(zip(("read", "page"), [each["id"] for each in jobs.values()]))
    (first, last) = sorted(nodes, key=lambda each: each["identifier"], reverse=True)
    assert awx.associated[f"{first['url']}always_nodes/"] == [last["id"]]


def test_missing_variables_are_reported_before_anything_is_created(make):
    awx = an_awx()
    awx.writes.clear()
    run = make(awx, awx_project_url="https://git.example.com/automation.git")
    assert run.returncode == 2 and "awx_aws_credential: is missing" in run.output
    assert awx.writes == []


@pytest.mark.exhaustive
def test_every_playbook_has_a_job_template_and_a_second_run_creates_nothing(make, templates):
    awx = an_awx()
    make(awx, **GIVEN).succeeded()
    for playbook, template in templates.items():
        check_job_template(awx, playbook, template)
        if playbook not in CHANGE_NOTHING:
            check_workflow(awx, template)
    before = {kind: len(objects) for kind, objects in awx.objects.items()}
    make(awx, **GIVEN).succeeded()
    assert {kind: len(objects) for kind, objects in awx.objects.items()} == before
