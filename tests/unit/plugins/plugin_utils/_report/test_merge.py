# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Merging the documents of several reports."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.plugin_utils._report.merge import merge
from ansible_collections.keyless.ec2.plugins.plugin_utils._report.report import report_of
from ansible_collections.keyless.ec2.plugins.plugin_utils._report.rows import ROW_KINDS, EstateError
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.estates import (
    ACCOUNTS,
    LATER,
    NOW,
    READ_ERROR,
    TAKEN,
    account,
    estate,
    estate_of,
    instance,
    kept,
    launch_source,
)

ONE, OTHER, THIRD = ACCOUNTS


def of(account_id, *numbers, taken=TAKEN, **others):
    """The document of one account."""
    instances = [instance(number, "no_profile", account_id=account_id) for number in numbers]
    return kept(estate(accounts=[account(account_id, **others)], instances=instances), taken)


def ids(document, kind="instances", name="instance_id"):
    return [row[name] for row in document["estate"][kind]]


def test_one_document_stays_as_it_is():
    document = kept(estate_of(20))
    assert merge({"a": document}, NOW) == (document, ())


def test_the_accounts_of_several_documents_are_merged():
    merged = merge({"a": of(ONE, 1), "b": of(OTHER, 2, 3)}, NOW)
    assert (ids(merged.document, "accounts", "account_id"), len(ids(merged.document))) == ([ONE, OTHER], 3)
    assert (merged.document["taken"], merged.notes) == (TAKEN, [])
    assert (
        report_of(merged.document, NOW).summary
        == "3 instances: 0 without a problem, 3 no_profile. 2 other resources without a problem. Each counts once, by its worst problem."
    )


def test_of_an_account_that_is_there_twice_the_newest_counts_and_the_report_says_so():
    old, new = of(ONE, 1, 2), of(ONE, 3, taken=LATER)
    for documents in ({"old": old, "new": new}, {"new": new, "old": old}):
        merged = merge(documents, NOW)
        assert ids(merged.document) == [instance(3)["instance_id"]] and merged.document["taken"] == LATER
        (note,) = merged.notes
        assert note == f"The account {ONE} is in {' and in '.join(documents)}: new is the newest ({LATER}) and was used."


def test_the_newest_counts_although_it_could_not_read_the_account():
    merged = merge({"old": of(ONE, 1), "new": of(ONE, taken=LATER, incomplete=[READ_ERROR])}, NOW)
    assert ids(merged.document) == [] and "Not everything could be read" in report_of(merged.document, NOW).summary


def test_a_merged_report_is_as_old_as_its_oldest_part():
    merged = merge({"a": of(ONE, 1, taken=LATER), "b": of(OTHER, 2), "c": of(THIRD)}, NOW)
    assert (merged.document["taken"], merged.notes) == (TAKEN, [f"The files are from {TAKEN} to {LATER}."])


def test_slices_of_an_estate_make_the_same_page_as_the_whole():
    whole = kept(estate_of(60))
    slices = {
        each: kept({kind: [row for row in whole["estate"][kind] if row["account_id"] == each] for kind in ROW_KINDS}) for each in reversed(ACCOUNTS)
    }
    assert report_of(merge(slices, NOW).document, NOW).rows == report_of(whole, NOW).rows


@pytest.mark.parametrize("broken", [{"format": 2}, {}, {**of(ONE), "estate": {"instances": []}}, []])
def test_a_document_that_can_not_be_read_is_named(broken):
    with pytest.raises(EstateError, match="b.json is not a report.json|b.json is not what"):
        merge({"a.json": of(ONE), "b.json": broken}, NOW)


def test_a_file_says_nothing_about_accounts_that_are_not_its_own():
    foreign = kept(estate(accounts=[account(OTHER)], instances=[instance(1, account_id=ONE)]), LATER)
    with pytest.raises(EstateError, match=f"b.json has resources of {ONE}, but no row in accounts for it"):
        merge({"a.json": of(ONE, 1), "b.json": foreign}, NOW)


@pytest.mark.parametrize(
    ("taken", "says"),
    [
        ("9999-12-31T23:59:59Z", "b.json is from the future: its time is 9999-12-31T23:59:59Z, and now it is"),
        ("2026-06-02T09:05:01Z", "b.json is from the future"),
        ("2019-01-01 is what I say", "b.json has no time in ISO 8601 with a time zone"),
        ("2026-06-01", "b.json has no time in ISO 8601 with a time zone"),
        (None, "b.json has no time in ISO 8601 with a time zone"),
        ("2026-05-01\x0108:00:00+00:00", "b.json has no time in ISO 8601 with a time zone"),
        ("2026-05-01\n08:00:00+00:00", "b.json has no time in ISO 8601 with a time zone"),
    ],
)
def test_times_that_a_file_can_not_have(taken, says):
    with pytest.raises(EstateError, match=says):
        merge({"a.json": of(ONE, 1), "b.json": of(OTHER, 1, taken=taken)}, NOW)


def test_clocks_of_two_machines_may_differ_a_little_and_times_are_compared_and_not_texts():
    merged = merge({"a.json": of(ONE, 1, taken="2026-06-02T09:04:59Z"), "b.json": of(ONE, 2, taken="2026-06-02T10:59:00+02:00")}, NOW)
    assert ids(merged.document) == [instance(1)["instance_id"]]


def test_an_old_file_does_not_make_expired_waivers_valid_again():
    waivers = [{"problem": "no_profile", "reason": "r", "expires": "2026-06-01"}]
    old = of(OTHER, taken="2019-01-01T00:00:00Z")
    for document in (of(ONE, 1), merge({"a.json": of(ONE, 1), "old.json": old}, NOW).document):
        made = report_of(document, NOW, waivers)
        assert made.counts == {"no_profile": 1} and made.expired_waivers == ["no_profile (expired 2026-06-01: r)"]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("instances", {"may_do": [1]}),
        ("instances", {"role_name": {"a": 1}}),
        ("instances", {"launched_by": None}),
        ("instances", {"problems": ["no_profile"]}),
        ("auto_scaling_groups", {"launches": None}),
        ("auto_scaling_groups", {"name": 7}),
    ],
)
def test_values_that_no_row_has_are_refused_before_a_file_is_made_of_them(kind, values):
    row = instance(1) if kind == "instances" else launch_source("shop")
    (member,) = values
    with pytest.raises(EstateError, match=rf"^b.json is not what keyless.ec2.estate_info returns: TypeError: {member} in {kind}$"):
        merge({"a.json": of(ONE), "b.json": kept(estate(**{kind: [{**row, **values}]}))}, NOW)
