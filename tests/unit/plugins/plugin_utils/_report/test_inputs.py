# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inputs of the role report: paths, files and errors."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.keyless.ec2.plugins.filter.estate_report import filter_estate_report
from ansible_collections.keyless.ec2.plugins.filter.report_inputs import filter_report_inputs
from ansible_collections.keyless.ec2.plugins.filter.report_outcome import filter_report_outcome
from ansible_collections.keyless.ec2.plugins.plugin_utils._report import inputs
from ansible_collections.keyless.ec2.plugins.plugin_utils._report.inputs import absolute
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.estates import ACCOUNTS, LATER, TAKEN, account, estate, instance, kept

WAIVER = {"problem": "no_profile", "reason": "Being replaced", "expires": "2026-06-01"}
NONE = {"directory": "report", "formats": ["html"], "estate": None, "since": None, "waivers": None, "fail_on": []}


@pytest.mark.parametrize(
    "path, expected",
    [("report", "/start/report"), ("./a/b", "/start/./a/b"), ("/srv/report", "/srv/report"), ("~/report", str(Path.home() / "report"))],
)
def test_relative_paths_begin_at_the_start(path, expected):
    assert absolute(path, "/start") == expected


def test_the_default_inputs():
    assert filter_report_inputs(NONE, "/start") == {
        "directory": "/start/report",
        "formats": ["html"],
        "fail_on": [],
        "estate": None,
        "since": None,
        "since_path": "",
        "waivers": [],
        "notes": [],
        "error": "",
    }


def test_files_are_read(tmp_path):
    document = kept(estate(), TAKEN)
    (tmp_path / "report.json").write_text(json.dumps(document), encoding="utf-8")
    (tmp_path / "waivers.yml").write_text(json.dumps([WAIVER]), encoding="utf-8")
    inputs = filter_report_inputs({**NONE, "estate": "report.json", "since": "report.json", "waivers": "waivers.yml"}, str(tmp_path))
    assert (inputs["estate"], inputs["since"], inputs["waivers"]) == (document, document, [WAIVER])
    assert inputs["since_path"] == "report.json"


def test_several_files_are_merged_also_by_wildcard(tmp_path):
    for number, taken in enumerate((TAKEN, LATER)):
        found = estate(accounts=[account(ACCOUNTS[number])], instances=[instance(number)])
        (tmp_path / f"{number}.json").write_text(json.dumps(kept(found, taken)), encoding="utf-8")
    found = filter_report_inputs({**NONE, "estate": ["?.json", "1.json"]}, str(tmp_path))
    assert [row["instance_id"] for row in found["estate"]["estate"]["instances"]] == [instance(number)["instance_id"] for number in (0, 1)]
    assert found["notes"] == [f"The files are from {TAKEN} to {LATER}."]


def test_waivers_can_be_a_list():
    assert filter_report_inputs({**NONE, "waivers": [WAIVER]}, "/start")["waivers"] == [WAIVER]


@pytest.mark.parametrize(
    "options, message",
    [
        ({"estate": "missing.json"}, "report_estate: the file /.*/missing.json does not exist"),
        ({"since": "broken"}, "report_since: /.*/broken can't be read: .* It must be a report.json that this role wrote"),
        ({"waivers": "broken"}, "report_waivers: /.*/broken can't be read: .* in line 1. It must be a list of waivers"),
        ({"estate": ["none/*.json"]}, "report_estate: no file matches /.*/none/"),
        ({"waivers": [{**WAIVER, "reason": ""}]}, "report_waivers: waiver 1 has no reason"),
        ({"since": "other.json"}, "report_since: the earlier report is not a report.json"),
        ({"formats": ["pdf"]}, "report_formats: 'pdf' is unknown"),
        ({"fail_on": ["stale_profil"]}, "report_fail_on: 'stale_profil' is unknown. Did you mean stale_profile?"),
        ({"fail_on": ["no_profile", "new"]}, "report_fail_on: has new, but report_since is not set."),
    ],
)
def test_invalid_inputs_are_rejected(tmp_path, options, message):
    (tmp_path / "broken").write_text('{"format": [', encoding="utf-8")
    (tmp_path / "other.json").write_text('{"a": 1}', encoding="utf-8")
    error = filter_report_inputs({**NONE, **options}, str(tmp_path))["error"]
    assert re.match(message, error) and "\n" not in error


@pytest.mark.parametrize("name", [".", "report.html", "report.json"])
@pytest.mark.parametrize("kind", ["file", "link"])
def test_a_directory_or_file_of_somebody_else_is_refused(tmp_path, monkeypatch, name, kind):
    """A file that is replaced keeps its owner, who could then read the report and change the page."""
    (tmp_path / "elsewhere").write_text("", encoding="utf-8")
    for each in (tmp_path / "report.html", tmp_path / "report.json"):
        each.symlink_to(tmp_path / "elsewhere") if kind == "link" else each.write_text("", encoding="utf-8")
    given = {**NONE, "directory": str(tmp_path)}
    inputs = filter_report_inputs(given, "/")
    assert inputs["error"] == ""
    theirs, real = os.path.realpath(tmp_path / name) if name == "." else str(tmp_path / name), os.lstat

    def lstat(path, **options):
        found = list(real(path, **options))
        found[4] += (os.path.normpath(path) == theirs) * 4711
        return os.stat_result(found)

    monkeypatch.setattr(os, "lstat", lstat)
    monkeypatch.setattr(os, "stat", lambda path, **options: lstat(os.path.realpath(path)))
    says = r"report_directory: .* belongs to the user with the id \d+. It must belong to you or to root."
    assert re.fullmatch(says, filter_report_inputs(given, "/")["error"])
    # It was created while AWS was read.
    with pytest.raises(AnsibleFilterError, match=says):
        filter_report_outcome(estate(), inputs, "2026-01-01T00:00:00Z")


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("path", ["link", "link/report", "mine/report"])
def test_a_directory_behind_a_link_of_somebody_else_is_refused(tmp_path, monkeypatch, path, there):
    """In a directory with the sticky bit, others can make one; it could lead to the report of another account, which would be replaced."""
    (tmp_path / "elsewhere" / "report").mkdir(parents=there, exist_ok=True) if there else None
    for each in ("link", "mine"):
        (tmp_path / each).symlink_to(tmp_path / "elsewhere")
    real, theirs = os.lstat, str(tmp_path / "link")

    def lstat(found, **options):
        state = list(real(found, **options))
        state[4] += (os.path.normpath(found) == theirs) * 4711
        return os.stat_result(state)

    monkeypatch.setattr(os, "lstat", lstat)
    error = filter_report_inputs({**NONE, "directory": str(tmp_path / path)}, "/")["error"]
    assert ("link belongs to the user with the id" in error) is path.startswith("link"), error


@pytest.mark.parametrize(("content", "says"), [("[" * 100_000, "can't be read: it has too many levels"), ("x" * 101, "it has more than 0 MiB")])
def test_a_file_of_somebody_else_ends_with_its_name(tmp_path, monkeypatch, content, says):
    if "levels" not in says:
        monkeypatch.setattr(inputs, "MOST_BYTES", 100)
    (tmp_path / "report.json").write_text(content, encoding="utf-8")
    error = filter_report_inputs({**NONE, "estate": "report.json"}, str(tmp_path))["error"]
    assert str(tmp_path / "report.json") in error and re.search(says, error)


def test_half_of_a_surrogate_pair_is_in_all_files():
    name = "x\ud800y"
    made = filter_estate_report(kept(estate(instances=[instance(1, name=name)])), TAKEN)
    assert json.loads(made["files"]["json"])["estate"]["instances"][0]["name"] == name
    assert all(text.encode("utf-8") for text in made["files"].values())
