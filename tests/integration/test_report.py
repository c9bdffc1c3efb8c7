# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role report, as a user runs it: files, exit code, waivers, new problems, and an accurate check mode."""

from __future__ import annotations

import csv
import json
import os
import stat
from functools import partial
from xml.etree import ElementTree

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.support.aws import REGION
from ansible_collections.keyless.ec2.tests.integration.support.estate import make_estate
from ansible_collections.keyless.ec2.tests.integration.support.tables import table

OTHER = "111122223333"
NAMES = ["report.csv", "report.html", "report.json", "report.xml"]
WAIVERS = """
- problem: stale_profile
  name: legacy
  reason: Shut down in June
  expires: 2126-06-30
- problem: no_profile
  reason: Accepted once
  expires: 2026-01-01
"""


@pytest.fixture(scope="module", name="role")
def _role(aws):
    (role,) = make_estate(aws, (OTHER,), (REGION,))
    return role


@pytest.fixture(scope="module", name="run_report")
def _run_report(aws, controller, role):
    def run_report(folder, *flags, **options):
        given = {"accounts": ["self", role], "regions": [REGION], "directory": str(folder / "report"), **options}
        aws.forget_calls()
        return controller.run("keyless.ec2.report", *flags, variables={f"report_{name}": value for name, value in given.items()})

    return run_report


@pytest.fixture(name="make")
def _make(run_report, tmp_path):
    """Runs the role with a directory for each test."""
    return partial(run_report, tmp_path)


@pytest.fixture(scope="module", name="whole")
def _whole(run_report, tmp_path_factory):
    """A run that reads AWS and makes all files, and their directory. Others can be made from its report.json."""
    folder = tmp_path_factory.mktemp("whole")
    return run_report(folder).succeeded(), folder / "report"


def test_only_the_owner_can_read_the_files(whole):
    run, folder = whole
    assert sorted(os.listdir(folder)) == NAMES and not run.writes
    modes = {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()}
    assert modes == {0o600} and stat.S_IMODE(folder.stat().st_mode) == 0o700
    kept = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert {row["account_id"] for row in kept["estate"]["instances"]} == {"123456789012", OTHER}
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert kept["taken"] in page and OTHER in page
    (suites, rows) = ElementTree.parse(folder / "report.xml"), list(csv.DictReader((folder / "report.csv").open(encoding="utf-8")))
    assert {row["account"] for row in rows} == {"123456789012", OTHER} and list(suites.iter("failure"))
    (found,) = [each["result"] for each in run.results if each["task"].endswith("Set the result")]
    result = found["ansible_facts"]["report_result"]
    assert result["files"] == {
        "html": f"{folder}/report.html",
        "csv": f"{folder}/report.csv",
        "junit": f"{folder}/report.xml",
        "json": f"{folder}/report.json",
    }
    assert result["counts"]["stale_profile"] == 2 and result["drift"] == []


def test_check_mode_reports_the_same_and_writes_nothing(make, tmp_path):
    run = make("--check").succeeded()
    assert not (tmp_path / "report").exists() and not run.writes
    assert "2 stale_profile" in run.output


def test_drift_fails_the_play_after_the_files_are_written(make, whole, tmp_path):
    run = make(estate=str(whole[1] / "report.json"), fail_on="stale_profile, missing_profile")
    assert run.returncode == 2
    assert "4 problems that report_fail_on selects: instance/" in run.output
    assert sorted(os.listdir(tmp_path / "report")) == NAMES


def test_waivers_from_a_file_are_valid_until_they_expire(make, whole, tmp_path):
    (tmp_path / "waivers.yml").write_text(WAIVERS, encoding="utf-8")
    run = make(estate=str(whole[1] / "report.json"), waivers=str(tmp_path / "waivers.yml"), fail_on=["stale_profile"]).succeeded()
    assert "Expired waivers: no_profile (expired 2026-01-01: Accepted once)." in run.output
    assert "stale_profile," not in run.output.partition("Show the summary")[2]


def test_a_page_is_created_from_a_json_file_without_calling_aws(make, whole, tmp_path):
    """The same page, in which nothing is new since that file."""
    kept = str(whole[1] / "report.json")
    run = make(estate=kept, since=kept, fail_on=["new"], formats="html").succeeded()
    assert "0 new problems and 0 resolved since" in run.output and run.calls == []
    assert sorted(os.listdir(tmp_path / "report")) == ["report.html"]


def test_new_problems_since_an_earlier_report_can_fail_the_play(make, whole, aws):
    (instance,) = aws.run_instances(1)
    run = make(since=str(whole[1] / "report.json"), fail_on="new")
    aws.ec2.terminate_instances(InstanceIds=[instance])
    assert run.returncode == 2 and f"{instance}: no_profile" in run.output


@pytest.mark.parametrize(
    "options, said",
    [
        pytest.param({"since": "nowhere.json"}, "report_since: the file ", marks=pytest.mark.exhaustive),
        ({"fail_on": ["stale_profil"]}, "fail_on: 'stale_profil' is unknown. Did you mean stale_profile?"),
        pytest.param({"waivers": [{"problem": "no_profile"}]}, "waiver 1 has no reason.", marks=pytest.mark.exhaustive),
        pytest.param({"formats": ["pdf"]}, "report_formats", marks=pytest.mark.exhaustive),
    ],
)
def test_invalid_input_is_rejected_before_aws_is_called(make, tmp_path, options, said):
    run = make(**options)
    assert run.returncode == 2 and said in run.output and run.calls == []
    assert not (tmp_path / "report").exists()


@pytest.mark.parametrize("option", table(["since", "waivers"], ["waivers"]))
def test_an_invalid_file_is_rejected_by_its_variable(make, tmp_path, option):
    (tmp_path / "broken").write_text('{"format": [', encoding="utf-8")
    run = make(**{option: str(tmp_path / "broken")})
    assert run.returncode == 2 and f"report_{option}: {tmp_path}/broken can't be read: " in run.output and run.calls == []


# Last, because it fixes what the other tests need.
def test_the_tasks_fix_their_problems(whole, controller):
    rows = list(csv.DictReader((whole[1] / "report.csv").open(encoding="utf-8")))
    fixed = {"stale_profile", "no_profile", "empty_profile"}
    kinds = ("instance", "launch template", "instance profile")
    chosen = [row for row in rows if row["account"] != OTHER and row["problem"] in fixed and row["kind"] in kinds]
    assert {row["problem"] for row in chosen} == fixed
    tasks = [task for row in chosen for task in yaml.safe_load(row["task"])]
    controller.play(tasks, "-e", "instance_profile=web", "-e", "role_name=worker").succeeded()
    estate = controller.module("estate_info", regions=[REGION]).last
    rows = [row for kind in ("instances", "launch_templates", "instance_profiles") for row in estate[kind]]
    left = {problem["code"] for row in rows for problem in row["problems"]}
    assert left and not left & fixed
