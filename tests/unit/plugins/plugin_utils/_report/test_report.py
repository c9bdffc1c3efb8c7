# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of an estate: order, waivers, new and resolved problems, tasks and files."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.keyless.ec2.plugins.filter.estate_report import filter_estate_report
from ansible_collections.keyless.ec2.plugins.module_utils._common.quoting import one_line
from ansible_collections.keyless.ec2.plugins.plugin_utils._report.fixes import fix_tasks
from ansible_collections.keyless.ec2.plugins.plugin_utils._report.report import report_of, to_document
from ansible_collections.keyless.ec2.plugins.plugin_utils._report.severities import PROBLEM_KINDS
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.estates import (
    ACCOUNTS,
    LATER,
    OF_INSTANCES,
    READ_ERROR,
    REGIONS,
    TAKEN,
    account,
    estate,
    estate_of,
    instance,
    kept,
    launch_source,
    profile,
    role,
)

TIMED_OUT = {**READ_ERROR, "reason": "EndpointConnectionError", "message": "Could not connect."}
LARGEST = 5 * 1000 * 1000  # bytes of a page with ten thousand instances
WAIVER = {"problem": "no_profile", "reason": "Being replaced", "expires": "2026-06-01"}


def report(found, waivers=(), earlier=None, now=TAKEN):
    return report_of(kept(found), now, list(waivers), earlier)


def state(row):
    return [(each.code, each.waived, each.is_new) for each in row.problems]


# Order


def test_rows_with_the_worst_problems_come_first():
    found = estate(
        instances=[instance(1), instance(2, "imdsv1_allowed"), instance(3, "no_profile"), instance(4, "stale_profile", "imdsv1_allowed")],
        launch_templates=[launch_source("leaky", "keys_in_user_data")],
    )
    assert [row.id for row in report(found).rows] == ["leaky", *(f"i-{number:017x}" for number in (4, 3, 2, 1))]


def test_every_problem_has_a_severity():
    from ansible_collections.keyless.ec2.plugins.module_utils._estate.info import CODES

    assert {*CODES, "incomplete"} == set(PROBLEM_KINDS)


def test_a_read_error_is_a_problem():
    found = report(estate(accounts=[account(ACCOUNTS[0], incomplete=[READ_ERROR])]))
    assert found.counts == {"incomplete": 1}
    assert found.rows[0].open[0].message == READ_ERROR["message"]
    assert found.summary.endswith("Not everything could be read: Could not list the instances.")


@pytest.mark.parametrize(
    "rows, expected",
    [
        ({}, "0 instances without a problem."),
        ({"instances": [instance(1)], "roles": [role("a")]}, "1 instance without a problem. 1 other resource without a problem."),
        (
            {
                "instances": [instance(1), instance(2, "imdsv1_allowed", "no_profile"), instance(3, "imdsv1_allowed")],
                "auto_scaling_groups": [launch_source("a", "no_profile"), launch_source("b", "imdsv1_allowed", "no_profile")],
                "accounts": [account(ACCOUNTS[0])],
            },
            "3 instances: 1 without a problem, 1 no_profile, 1 imdsv1_allowed. 3 other resources: 1 without a problem, 2 no_profile. "
            "Each counts once, by its worst problem.",
        ),
        (
            {"instances": [instance(1)], "accounts": [account(ACCOUNTS[0], incomplete=[READ_ERROR])]},
            "1 instance without a known problem. 1 other resource: 0 without a known problem, 1 incomplete. "
            "Each counts once, by its worst problem. Not everything could be read: Could not list the instances.",
        ),
    ],
)
def test_the_numbers_of_the_sentence_add_up(rows, expected):
    assert report(estate(**rows)).summary == expected


# Waivers


@pytest.mark.parametrize(
    "others, waived",
    [
        ({}, True),
        ({"account": "44*"}, True),
        ({"account": ACCOUNTS[0]}, False),
        ({"region": "us-east-1"}, True),
        ({"region": "eu-*"}, False),
        ({"id": "i-0000000000000000?"}, True),
        ({"id": "worker-1"}, False),
        ({"name": "worker-1"}, True),
        ({"name": "work*"}, True),
        ({"name": "web-*"}, False),
        ({"name": "i-00000000000000001"}, False),
        ({"tag": "team"}, True),
        ({"tag": "team=team-*"}, True),
        ({"tag": "team=shop"}, False),
        ({"tag": "owner"}, False),
        ({"problem": "stale_profile"}, False),
        ({"expires": "2026-05-31"}, False),
    ],
)
def test_a_waiver_applies_to_matching_rows_until_it_expires(others, waived):
    (row,) = report(estate(instances=[instance(1, "no_profile")]), [{**WAIVER, **others}]).rows
    assert bool(row.problems[0].waived) == waived and bool(row.open) != waived
    assert not waived or row.problems[0].waived == "Being replaced (until 2026-06-01)"


def test_a_name_tag_that_looks_like_an_id_has_the_waiver_of_nobody():
    """Whoever may set tags can name an instance like one that has a waiver."""
    named = {**instance(1, "no_profile"), "name": f"i-{2:017x}"}
    found = report(estate(instances=[named, instance(2, "no_profile")]), [{**WAIVER, "id": f"i-{2:017x}"}])
    assert {row.id[-1]: bool(row.open) for row in found.rows} == {"1": True, "2": False}


def test_a_group_that_is_named_like_an_id_has_the_waiver_of_nobody():
    """Whoever may create groups chooses their names."""
    group = launch_source(f"i-{2:017x}", "no_profile")
    found = report(estate(auto_scaling_groups=[group], instances=[instance(2, "no_profile")]), [{**WAIVER, "id": f"i-{2:017x}"}])
    assert [row.kind for row in found.rows if row.open] == ["Auto Scaling group"]


@pytest.mark.parametrize("where", ["accounts", "regions"])
def test_what_can_no_longer_be_read_is_not_resolved(where):
    """Whoever can deny the report access would make all problems look resolved."""
    before = estate(instances=[instance(1, "no_profile")])
    denied = {"incomplete": [{"target": "ec2:DescribeInstances", "reason": "AccessDenied", "message": "Access denied."}], "problems": []}
    place = {"account_id": before["instances"][0]["account_id"], "region": before["instances"][0]["region"], "name": None, **denied}
    after = estate(**{where: [place if where == "regions" else {**place, "region": None}]})
    assert not report(after, earlier=to_document(before, "2026-05-01T08:00:00+00:00")).resolved
    assert report(estate(), earlier=to_document(before, "2026-05-01T08:00:00+00:00")).resolved


def test_resources_that_have_no_other_id_are_waived_by_their_name():
    (row,) = report(estate(roles=[role("audit", "no_profile")]), [{**WAIVER, "problem": "no_profile", "id": "audit"}]).rows
    assert not row.open


def test_expired_and_unused_waivers_are_listed():
    waivers = [{**WAIVER, "expires": "2026-05-31"}, {**WAIVER, "id": "nobody"}]
    found = report(estate(instances=[instance(1, "no_profile")]), waivers)
    assert found.expired_waivers == ["no_profile (expired 2026-05-31: Being replaced)"]
    assert found.unused_waivers == ["no_profile, id nobody (Being replaced)"]


@pytest.mark.parametrize(
    "waivers, said",
    [
        ({"problem": "no_profile"}, "waivers must be a list of dictionaries with problem, reason, expires, not a dict"),
        (["no_profile"], "waiver 1 must be a dictionary with problem, reason, expires, not a str"),
        ([{**WAIVER, "instance": "i-1"}], "waiver 1 has the unknown key 'instance'. Use problem, reason, expires, account"),
        ([{**WAIVER, "reasn": "x"}], "waiver 1 has the unknown key 'reasn'. Did you mean reason?"),
        ([WAIVER, {**WAIVER, "reason": " "}], "waiver 2 has no reason."),
        ([{**WAIVER, "expires": None}], "waiver 1 has no expires."),
        ([{**WAIVER, "expires": "June"}], "waiver 1: expires is 'June'. Use a date such as 2027-01-31."),
        ([{**WAIVER, "problem": "no_profil"}], "waiver 1: 'no_profil' is not the code of a problem. Did you mean no_profile?"),
    ],
)
def test_an_invalid_waiver_is_rejected(waivers, said):
    with pytest.raises(AnsibleFilterError, match=re.escape(said)):
        filter_estate_report(estate(), TAKEN, waivers=waivers)


# New and resolved


def test_new_and_resolved_problems():
    before = estate(instances=[instance(1, "no_profile"), instance(2, "stale_profile"), instance(3, "no_profile")])
    now = estate(instances=[instance(1, "no_profile", "imdsv1_allowed"), instance(2)])
    found = report_of(kept(now, LATER), LATER, [], kept(before))
    assert [(row.id[-1], each.code) for row, each in found.new] == [("1", "imdsv1_allowed")]
    assert {(each.row.id[-1], each.code, each.still_exists) for each in found.resolved} == {("2", "stale_profile", True), ("3", "no_profile", False)}


def test_without_an_earlier_report_nothing_is_new():
    made = filter_estate_report(estate(instances=[instance(1, "no_profile")]), TAKEN, fail_on=["new"])
    assert (made["new"], made["gone"], made["drift"]) == (None, None, [])


def test_drift_is_the_selected_problems_that_are_not_waived():
    found = estate(instances=[instance(1, "no_profile"), instance(2, "no_profile"), instance(4, "imdsv1_allowed")])
    waived = [{**WAIVER, "id": f"i-{2:017x}"}]
    made = filter_estate_report(found, TAKEN, waivers=waived, fail_on=["no_profile"])
    assert made["drift"] == [f"instance/{ACCOUNTS[1]}/us-east-1/i-{1:017x}: no_profile"]
    earlier = kept(estate(instances=[instance(1, "no_profile"), instance(2, "no_profile")]))
    made = filter_estate_report(found, LATER, since=earlier, fail_on=["new"])
    assert made["drift"] == [f"instance/{ACCOUNTS[1]}/eu-central-1/i-{4:017x}: imdsv1_allowed"]


@pytest.mark.parametrize(
    "given, said", [([], "not a report.json"), ({"format": 2}, "in format 1"), ({"format": 1, "taken": "x"}, "no time in ISO 8601")]
)
def test_an_invalid_earlier_report_is_rejected(given, said):
    with pytest.raises(AnsibleFilterError, match=f"the earlier report .*{said}"):
        filter_estate_report(estate(), TAKEN, since=given)


@pytest.mark.parametrize("given", [{"instances": []}, estate(instances=[{"instance_id": "i-1"}])])
def test_an_invalid_estate_is_rejected(given):
    with pytest.raises(AnsibleFilterError, match="the estate is not what keyless.ec2.estate_info returns"):
        filter_estate_report(given, TAKEN)


@pytest.mark.parametrize("options", [{"formats": ["pdf"]}, {"fail_on": ["stale"]}, {"fail_on": ["stale_profil"]}])
def test_unknown_formats_and_problems_are_rejected(options):
    (name,) = options
    with pytest.raises(AnsibleFilterError, match=f"{name}: '.*' is unknown. (Did you mean|Use )"):
        filter_estate_report(estate(), TAKEN, **options)


# The tasks


def rows_with_every_problem():
    launchers = ["no_profile", "missing_profile", "empty_profile", "role_not_assumable_by_ec2", "members_differ", "missing_template"]
    return report(
        estate(
            instances=[instance(number, code) for number, code in enumerate(OF_INSTANCES)],
            auto_scaling_groups=[launch_source(f"group-{code}", code) for code in launchers],
            launch_templates=[launch_source(f"template-{code}", code) for code in ("no_profile", "keys_in_user_data", "imdsv1_allowed")],
            fleets=[
                launch_source(f"{kind}-{type_}-{code}", code, kind=kind, type=type_)
                for kind in ("EC2 Fleet", "Spot Fleet")
                for type_ in ("maintain", "request")
                for code in launchers
                if code != "members_differ"
            ],
            spot_requests=[launch_source(f"sir-{code}", code) for code in launchers if code not in ("members_differ", "missing_template")],
            accounts=[account("1", "instance_profiles_quota"), account("2", incomplete=[READ_ERROR]), account("3", incomplete=[TIMED_OUT])],
            regions=[
                {"account_id": ACCOUNTS[0], "region": name, "incomplete": [each]}
                for name, each in (("eu-west-1", READ_ERROR), ("eu-west-2", TIMED_OUT))
            ],
            roles=[role(f"role-{code}", code) for code in ("no_profile", "role_not_assumable_by_ec2", "deleted_principal")],
            instance_profiles=[
                profile("empty", "empty_profile"),
                profile("old", "orphaned_profile"),
                profile("unused", "orphaned_profile", role_name="unused"),
            ],
        )
    ).rows


@pytest.mark.parametrize("row", rows_with_every_problem(), ids=lambda row: row.key)
def test_every_problem_has_a_valid_task(row, options_of):
    text = fix_tasks(row, row.problems[0])
    assert text.startswith(f"# With credentials of the account {row.account}\n")
    for task in yaml.safe_load(text):
        (module,) = task.keys() - {"name", "vars"}
        assert set(task[module]) <= options_of(module)
        assert row.region in json.dumps(task) or module in ("keyless.ec2.access_key_info", "amazon.aws.iam_policy") or "operator_policy" in text


@pytest.fixture(scope="module", name="options_of")
def _options_of():
    """The options of a module, from its documentation."""
    names = {
        module
        for row in rows_with_every_problem()
        for task in yaml.safe_load(fix_tasks(row, row.problems[0]))
        for module in task.keys() - {"name", "vars", "ansible.builtin.include_role"}
    }
    command = [str(Path(sys.executable).parent / "ansible-doc"), "--json", *sorted(names)]
    # Ansible requires a UTF-8 locale.
    env = {**os.environ, "LC_ALL": "C.UTF-8"}
    described = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, env=env).stdout)

    def options_of(module):
        options = described[module]["doc"]["options"] if module in described else {"name": {}}
        return {*options, *(alias for option in options.values() for alias in option.get("aliases", ()))}

    return options_of


CONFIGURATION = [{"launch_template_id": None, "launch_template_name": None, "version": None, "instance_profile": "web", "role_name": "web"}]
NEW_FLEET = ["aws", "ec2", "create-fleet", "--cli-input-json", "{{ fleet | to_json }}", "--region", REGIONS[0]]
NEW_SPOT_FLEET = ["aws", "ec2", "request-spot-fleet", "--spot-fleet-request-config", "{{ spot_fleet_request | to_json }}", "--region", REGIONS[0]]
HERE = {"region": REGIONS[0]}


def cancelled(*call):
    return ["aws", "ec2", *call, "--no-terminate-instances", "--region", REGIONS[0]]


@pytest.mark.parametrize(
    "kind, code, others, expected",
    [
        # AWS can change what launches from a template.
        ("fleets", "no_profile", {"kind": "EC2 Fleet"}, [{**HERE, "launch_templates": ["shop"], "instance_profile": "{{ instance_profile }}"}]),
        ("fleets", "imdsv1_allowed", {"kind": "Spot Fleet"}, [{"require_imdsv2_region": REGIONS[0], "require_imdsv2_launch_templates": ["shop"]}]),
        ("auto_scaling_groups", "imdsv1_allowed", {}, [{"require_imdsv2_region": REGIONS[0], "require_imdsv2_auto_scaling_groups": ["x"]}]),
        ("auto_scaling_groups", "members_differ", {}, [{**HERE, "auto_scaling_groups": ["x"], "instance_profile": "web"}]),
        # A launch configuration becomes a template first.
        (
            "auto_scaling_groups",
            "imdsv1_allowed",
            {"launches": CONFIGURATION},
            [
                {**HERE, "auto_scaling_groups": ["x"], "instance_profile": "web", "convert_launch_configurations": True},
                {"require_imdsv2_region": REGIONS[0], "require_imdsv2_auto_scaling_groups": ["x"]},
            ],
        ),
        # All else is replaced.
        (
            "fleets",
            "imdsv1_allowed",
            {"kind": "EC2 Fleet", "type": "request"},
            [{"argv": NEW_FLEET}, {"argv": cancelled("delete-fleets", "--fleet-ids", "x")}],
        ),
        (
            "fleets",
            "no_profile",
            {"kind": "Spot Fleet", "launches": CONFIGURATION},
            [{"argv": NEW_SPOT_FLEET}, {"argv": cancelled("cancel-spot-fleet-requests", "--spot-fleet-request-ids", "x")}],
        ),
        (
            "spot_requests",
            "no_profile",
            {"launches": CONFIGURATION},
            [
                {**HERE, "spot_type": "persistent", "launch_specification": "{{ launch_specification }}"},
                {**HERE, "spot_instance_request_ids": ["x"], "state": "absent"},
            ],
        ),
    ],
)
def test_what_launches_instances_is_changed_or_replaced(kind, code, others, expected):
    (row,) = report(estate(**{kind: [launch_source("x", code, **{"type": "maintain", **others})]})).rows
    tasks = yaml.safe_load(fix_tasks(row, row.problems[0]))
    assert [task.get("vars") or next(value for key, value in task.items() if "." in key) for task in tasks] == expected


# The files

HOSTILE = [
    "</script><img src=x onerror=alert(1)>",
    "<!--<script>",
    "'\"&<>\u2028\u202e",
    "=cmd|'/c calc'!A0",
    "{{ 7 * 7 }}",
    "\x00\x1b[31m\ud800".encode("utf-8", "replace").decode(),
    "@SUM(1)",
    "$& $' $` $$",
    "x" * 256,
]


def hostile():
    rows = [instance(number, "no_profile", name=text, tags={"Name": text, text: text}) for number, text in enumerate(HOSTILE)]
    # An account's id is in the summary, which the template renders.
    rows.append(instance(len(rows), "no_profile", account_id=HOSTILE[0]))
    return estate(instances=rows, auto_scaling_groups=[launch_source(text, "no_profile") for text in HOSTILE])


def test_the_same_input_gives_the_same_bytes():
    first = filter_estate_report(estate_of(50), TAKEN)
    assert filter_estate_report(json.loads(json.dumps(estate_of(50))), TAKEN) == first


def test_hostile_text_cannot_end_the_script_or_begin_an_element():
    waivers = [{**WAIVER, "reason": HOSTILE[0], "expires": "2026-01-01"}, {**WAIVER, "reason": HOSTILE[0], "id": HOSTILE[0]}]
    page = filter_estate_report(hostile(), TAKEN, formats=["html"], waivers=waivers)["files"]["html"]
    assert page.count("<script") == page.count("</script>") == 2
    assert "<img" not in page and "<!--" not in page and "\u202e" not in page
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[1]
    assert set(map(one_line, HOSTILE)) <= set(json.loads(data)["texts"])


def test_each_column_has_its_own_value():
    """All values of the line differ, so that a swapped column is noticed."""
    problem = {"code": "imdsv1_allowed", "message": "A message.", "fix": "A fix."}
    named = {"instance_profile": {"name": "a-profile"}, "role_name": "a-role", "may_do": "May do this."}
    found = instance(1, account_id="111122223333", region="us-east-1", name="a-name", problems=[problem], **named)
    waivers = [{"problem": problem["code"], "reason": "A reason", "expires": "2026-06-01"}]
    text = filter_estate_report(estate(instances=[found]), TAKEN, formats=["csv"], waivers=waivers, since=kept(estate()))["files"]["csv"]
    (row,) = csv.DictReader(io.StringIO(text))
    task = row.pop("task")
    assert list(row.items()) == [
        ("kind", "instance"),
        ("account", "111122223333"),
        ("region", "us-east-1"),
        ("id", "i-00000000000000001"),
        ("name", "a-name"),
        ("instance_profile", "a-profile"),
        ("role", "a-role"),
        ("may_do", "May do this."),
        ("problem", "imdsv1_allowed"),
        ("severity", "risk"),
        ("waived", "A reason (until 2026-06-01)"),
        ("new", "new"),
        ("message", "A message."),
        ("fix", "A fix."),
    ]
    assert text.partition("\n")[0].endswith(",fix,task") and yaml.safe_load(task)[0]["name"]


def test_no_cell_is_a_formula():
    text = filter_estate_report(hostile(), TAKEN, formats=["csv"])["files"]["csv"]
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert not [cell for cell in cells if cell.startswith(tuple("=+-@\t\r"))]
    assert "'=cmd|'/c calc'!A0" in cells


def test_junit_has_a_case_for_each_resource():
    found = estate(instances=[instance(1), instance(2, "no_profile"), instance(3, "imdsv1_allowed")], accounts=[account(ACCOUNTS[0])])
    waivers = [{**WAIVER, "problem": "imdsv1_allowed"}]
    suites = ElementTree.fromstring(filter_estate_report(found, TAKEN, formats=["junit"], waivers=waivers)["files"]["junit"])
    instances = next(each for each in suites if each.get("name") == "instance")
    assert {key: instances.get(key) for key in ("tests", "failures", "skipped", "errors")} == {
        "tests": "3",
        "failures": "1",
        "skipped": "1",
        "errors": "0",
    }
    places = {each.get("classname") for suite in suites for each in suite.iter("testcase")}
    assert {f"{ACCOUNTS[0]}.us-east-1", f"{ACCOUNTS[0]}.global"} <= places
    (failure,) = instances.iter("failure")
    assert failure.get("type") == "no_profile" and "keyless.ec2.instance_profile_attach" in failure.text
    (skipped,) = instances.iter("skipped")
    assert skipped.get("message") == "imdsv1_allowed: Being replaced (until 2026-06-01)"


def test_junit_with_hostile_text_is_valid_xml():
    ElementTree.fromstring(filter_estate_report(hostile(), TAKEN, formats=["junit"])["files"]["junit"].encode())


def test_a_report_can_be_recreated_from_its_json():
    first = filter_estate_report(estate_of(20), TAKEN)
    again = filter_estate_report(json.loads(first["files"]["json"]), LATER)
    assert again == first


def size_of_page(instances):
    return len(filter_estate_report(estate_of(instances), TAKEN, formats=["html"])["files"]["html"].encode())


@pytest.mark.exhaustive
def test_a_page_with_ten_thousand_instances_has_a_few_megabytes():
    assert size_of_page(10_000) < LARGEST


def test_each_instance_of_a_page_has_less_than_its_part():
    small, large = size_of_page(100), size_of_page(300)
    assert small + (10_000 - 100) / 200 * (large - small) < LARGEST


def test_a_launch_source_may_do_what_its_role_may_do():
    others = [
        {**role(name), "account_id": account, "may_do": f"{name} in {account}"} for name in ("aaa", "web", "zzz") for account in ("1", ACCOUNTS[0])
    ]
    made = report_of(kept(estate(auto_scaling_groups=[launch_source("shop"), launch_source("bare", launches=[])], roles=others)), TAKEN)
    assert {row.id: row.may_do for row in made.rows if row.kind == "Auto Scaling group"} == {"shop": f"web in {ACCOUNTS[0]}", "bare": None}
