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
    READ_ERROR,
    TAKEN,
    account,
    estate,
    estate_of,
    instance,
    kept,
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
    assert merge({"a": document}) == (document, ())


def test_the_accounts_of_several_documents_are_merged():
    merged = merge({"a": of(ONE, 1), "b": of(OTHER, 2, 3)})
    assert (ids(merged.document, "accounts", "account_id"), len(ids(merged.document))) == ([ONE, OTHER], 3)
    assert (merged.document["taken"], merged.notes) == (TAKEN, [])
    assert (
        report_of(merged.document).summary
        == "3 instances: 0 without a problem, 3 no_profile. 2 other resources without a problem. Each counts once, by its worst problem."
    )


def test_of_an_account_that_is_there_twice_the_newest_counts_and_the_report_says_so():
    old, new = of(ONE, 1, 2), of(ONE, 3, taken=LATER)
    for documents in ({"old": old, "new": new}, {"new": new, "old": old}):
        merged = merge(documents)
        assert ids(merged.document) == [instance(3)["instance_id"]] and merged.document["taken"] == LATER
        (note,) = merged.notes
        assert note == f"The account {ONE} is in {' and in '.join(documents)}: new is the newest ({LATER}) and was used."


def test_the_newest_counts_although_it_could_not_read_the_account():
    merged = merge({"old": of(ONE, 1), "new": of(ONE, taken=LATER, incomplete=[READ_ERROR])})
    assert ids(merged.document) == [] and "Not everything could be read" in report_of(merged.document).summary


def test_a_merged_report_is_as_old_as_its_oldest_part():
    merged = merge({"a": of(ONE, 1, taken=LATER), "b": of(OTHER, 2), "c": of(THIRD)})
    assert (merged.document["taken"], merged.notes) == (TAKEN, [f"The files are from {TAKEN} to {LATER}."])


def test_slices_of_an_estate_make_the_same_page_as_the_whole():
    whole = kept(estate_of(60))
    slices = {
        each: kept({kind: [row for row in whole["estate"][kind] if row["account_id"] == each] for kind in ROW_KINDS}) for each in reversed(ACCOUNTS)
    }
    assert report_of(merge(slices).document).rows == report_of(whole).rows


@pytest.mark.parametrize("broken", [{"format": 2}, {}, {**of(ONE), "estate": {"instances": []}}, []])
def test_a_document_that_can_not_be_read_is_named(broken):
    with pytest.raises(EstateError, match="b.json is not a report.json|it is not what"):
        merge({"a.json": of(ONE), "b.json": broken})
