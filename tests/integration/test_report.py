# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role report, as a user runs it: files, exit code, waivers, new problems, and an accurate check mode."""

from __future__ import annotations

import csv
import json
import os
import stat
from xml.etree import ElementTree

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.support.aws import REGION
from ansible_collections.keyless.ec2.tests.integration.support.estate import make_estate

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


@pytest.fixture(name="make")
def _make(aws, controller, role, tmp_path):
    """Runs the role with a directory for each test."""

    def make(*flags, **options):
        given = {"accounts": ["self", role], "regions": [REGION], "directory": str(tmp_path / "report"), **options}
        aws.forget_calls()
        return controller.run("keyless.ec2.report", *flags, variables={f"report_{name}": value for name, value in given.items()})

    return make


def test_only_the_owner_can_read_the_files(make, tmp_path):
    run = make().succeeded()
    folder = tmp_path / "report"
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


def test_drift_fails_the_play_after_the_files_are_written(make, tmp_path):
    run = make(fail_on="stale_profile, missing_profile")
    assert run.returncode == 2
    assert "4 problems that report_fail_on selects: instance/" in run.output
    assert sorted(os.listdir(tmp_path / "report")) == NAMES


def test_waivers_from_a_file_are_valid_until_they_expire(make, tmp_path):
    (tmp_path / "waivers.yml").write_text(WAIVERS, encoding="utf-8")
    run = make(waivers=str(tmp_path / "waivers.yml"), fail_on=["stale_profile"]).succeeded()
    assert "Expired waivers: no_profile (expired 2026-01-01: Accepted once)." in run.output
    assert "stale_profile," not in run.output.partition("Show the summary")[2]


def test_new_problems_since_an_earlier_report_can_fail_the_play(make, aws, tmp_path):
    make(formats=["json"]).succeeded()
    (tmp_path / "report" / "report.json").rename(tmp_path / "earlier.json")
    since = str(tmp_path / "earlier.json")
    run = make(since=since, fail_on=["new"], formats="html").succeeded()
    assert "0 new problems and 0 resolved since" in run.output
    assert sorted(os.listdir(tmp_path / "report")) == ["report.html"]
    (instance,) = aws.run_instances(1)
    run = make(since=since, fail_on="new")
    assert run.returncode == 2 and f"{instance}: no_profile" in run.output


def test_a_page_is_created_from_a_json_file_without_calling_aws(make, tmp_path):
    make(formats=["json", "html"]).succeeded()
    page = (tmp_path / "report" / "report.html").read_bytes()
    (tmp_path / "report" / "report.json").rename(tmp_path / "kept.json")
    run = make(estate=str(tmp_path / "kept.json"), formats=["html"]).succeeded()
    assert run.calls == []
    assert (tmp_path / "report" / "report.html").read_bytes() == page


@pytest.mark.parametrize(
    "options, said",
    [
        ({"since": "nowhere.json"}, "report_since: the file "),
        ({"fail_on": ["stale_profil"]}, "fail_on: 'stale_profil' is unknown. Did you mean stale_profile?"),
        ({"waivers": [{"problem": "no_profile"}]}, "waiver 1 has no reason."),
        ({"formats": ["pdf"]}, "report_formats"),
    ],
)
def test_invalid_input_is_rejected_before_aws_is_called(make, tmp_path, options, said):
    run = make(**options)
    assert run.returncode == 2 and said in run.output and run.calls == []
    assert not (tmp_path / "report").exists()


@pytest.mark.parametrize("option", ["since", "waivers"])
def test_an_invalid_file_is_rejected_by_its_variable(make, tmp_path, option):
    (tmp_path / "broken").write_text('{"format": [', encoding="utf-8")
    run = make(**{option: str(tmp_path / "broken")})
    assert run.returncode == 2 and f"report_{option}: {tmp_path}/broken can't be read: " in run.output and run.calls == []


# Last, because it fixes what the other tests need.
def test_the_tasks_fix_their_problems(make, aws, controller, tmp_path):
    make(accounts=["self"], formats=["csv"]).succeeded()
    rows = list(csv.DictReader((tmp_path / "report" / "report.csv").open(encoding="utf-8")))
    fixed = {"stale_profile", "no_profile", "empty_profile"}
    chosen = [row for row in rows if row["problem"] in fixed and row["kind"] in ("instance", "launch template", "instance profile")]
    assert {row["problem"] for row in chosen} == fixed
    tasks = [task for row in chosen for task in yaml.safe_load(row["task"])]
    controller.play(tasks, "-e", "instance_profile=web", "-e", "role_name=worker").succeeded()
    make(accounts=["self"], formats=["json"]).succeeded()
    estate = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))["estate"]
    left = {
        (kind, problem["code"])
        for kind in ("instances", "launch_templates", "instance_profiles")
        for row in estate[kind]
        for problem in row["problems"]
    }
    assert not {(kind, code) for kind, code in left if code in fixed}
