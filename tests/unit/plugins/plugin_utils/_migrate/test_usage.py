# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the keys of hosts are compared with, and what follows from it."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.facts import Options
from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.usage import comparison, findings, long_term_keys, queries, role_of
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.migration_facts import KEY, OTHER, host_facts, location

PROFILE = {"iam_instance_profiles": [{"roles": [{"role_name": "of-profile"}]}]}


@pytest.mark.parametrize(
    "role_name, profile, options, expected",
    [
        (None, PROFILE, {"instance_profile": "app"}, "of-profile"),
        (None, PROFILE, {"instance_profile": "app", "expected_role": "expected"}, "expected"),
        ("own", PROFILE, {"instance_profile": "app"}, "own"),
        ("own", PROFILE, {"instance_profile": "app", "on_conflict": "skip"}, "own"),
        ("own", PROFILE, {"instance_profile": "app", "on_conflict": "replace"}, "of-profile"),
        ("own", {}, {"on_conflict": "replace"}, "own"),
        ("own", {}, {}, "own"),
        ("own", {}, {"expected_role": "expected"}, "expected"),
        (None, {}, {}, ""),
        (None, {"msg": "Access denied."}, {"instance_profile": "app"}, ""),
        (None, {"iam_instance_profiles": []}, {"instance_profile": "app"}, ""),
        (None, {"iam_instance_profiles": [{"roles": []}]}, {"instance_profile": "app"}, ""),
    ],
)
def test_the_role_that_a_host_will_have(role_name, profile, options, expected):
    assert role_of(host_facts(role_name=role_name, profile=profile), Options(**options)) == expected


def found(*keys):
    return {"credentials": [location(key) for key in keys]}


def compared(role="app", fails=False, days=90):
    return {"role": role, "fails": fails, "days": days}


def test_there_is_one_query_for_all_hosts_with_the_same_role():
    hosts = [
        host_facts(1, comparison=compared("b"), found=found(OTHER, KEY)),
        host_facts(2, comparison=compared("a"), found=found(KEY, "ASIAQ3EGTZ2ZK7Q4RVWX")),
        host_facts(3, comparison=compared("b"), found=found(KEY)),
        host_facts(4, comparison=compared("without-keys"), found=found()),
        host_facts(5, comparison=compared(""), found=found(KEY)),
        host_facts(6, found=found(KEY)),
    ]
    found_queries = [{"role_name": "a", "access_key_ids": [KEY]}, {"role_name": "b", "access_key_ids": [KEY, OTHER]}]
    assert queries(hosts, "us-east-1") == [{**each, "region": "us-east-1"} for each in found_queries]


def test_temporary_keys_are_not_compared():
    assert long_term_keys(host_facts(found=found("ASIAQ3EGTZ2ZK7Q4RVWX", OTHER, KEY, KEY))) == [KEY, OTHER]


def row(key=KEY, user="ann", not_allowed=()):
    return {"access_key_id": key, "user_name": user, "not_allowed": list(not_allowed)}


def answer(*rows, role="app", **others):
    """The registered loop of access_key_usage_info."""
    return {"results": [{"item": {"role_name": "another"}, "access_keys": []}, {"item": {"role_name": role}, "access_keys": list(rows), **others}]}


def look(*rows, keys=(KEY,), **facts):
    given = {"found": found(*keys), "comparison": compared(), "usage": answer(*rows), **facts}
    return findings(host_facts(**given))


@pytest.mark.parametrize("fails", [False, True])
def test_what_the_role_does_not_allow_is_reported_and_stops_the_host_if_it_is_to(fails):
    rows = [row(not_allowed=["s3:ListBuckets", "sqs:*"]), row(OTHER)]
    result = look(*rows, keys=(KEY, OTHER), comparison=compared(fails=fails, days=30))
    expected = f"{KEY} of user ann was used in the last 30 days for actions that role app does not allow: s3:ListBuckets, sqs:*."
    fix = ["Allow it in the role, or set migrate_keys_usage to warn to migrate the host nevertheless."] if fails else []
    assert (result.lines, result.stops) == ([expected, *fix], fails)
    assert result.in_result == {"not_allowed": rows[:1], "usage_unknown": []}


def test_a_host_whose_keys_did_nothing_else_continues():
    result = look(row(), comparison=compared(fails=True))
    assert (result.lines, result.stops) == (["No use of the keys was found that role app does not allow."], False)


def test_the_keys_of_other_hosts_do_not_count():
    result = look(row(), row(OTHER, not_allowed=["s3:*"]), comparison=compared(fails=True))
    assert not result.stops and result.not_allowed == []


FAILED = {"results": [{"item": {"role_name": "app"}, "msg": "Access denied.", "failed": False}]}
NO_USER = "AWS names no user of this account that has it."


@pytest.mark.parametrize(
    "facts, reason",
    [
        ({"usage": FAILED}, f"It could not be found out whether role app allows what {KEY} did: Access denied."),
        ({"usage": answer(row(user=None))}, f"It could not be found out whether role app allows what {KEY} did: {NO_USER}"),
        ({"usage": answer(row(OTHER))}, f"It could not be found out whether role app allows what {KEY} did: {NO_USER}"),
        ({"usage": {}}, f"It could not be found out whether role app allows what {KEY} did: {NO_USER}"),
        (
            {"comparison": compared("", fails=True), "profile": {"msg": "No such profile."}, "usage": {}},
            f"The use of {KEY} could not be compared with a role: No such profile.",
        ),
        (
            {"comparison": compared("", fails=True), "usage": {}},
            f"The use of {KEY} could not be compared with a role: the role of the host is unknown.",
        ),
    ],
)
def test_unknown_use_is_reported_and_stops_the_host_if_it_is_to(facts, reason):
    result = look(**{"comparison": compared(fails=True), **facts})
    assert (result.lines, result.stops, result.unknown) == ([reason, "Set migrate_keys_usage to warn to migrate the host nevertheless."], True, [KEY])


def test_a_host_without_keys_has_no_unknown_use():
    result = look(keys=(), comparison=compared("", fails=True), usage={})
    assert not result.stops and result.unknown == []
    # A run that deactivates keys usually finds them only in the files that an earlier one set aside.
    (line,) = result.lines
    assert line.startswith("No long-term key was found in its place, so nothing was compared with what role (unknown) allows.")


def test_without_a_comparison_nothing_is_reported():
    assert look(comparison={}).in_result == {"not_allowed": [], "usage_unknown": []}


def test_a_comparison_is_kept_for_the_other_hosts():
    options = Options(usage="fail", usage_days="30", expected_role="app")
    assert comparison(host_facts(), options) == {"role": "app", "fails": True, "days": "30"}
    assert not comparison(host_facts(), Options(usage="warn"))["fails"]
