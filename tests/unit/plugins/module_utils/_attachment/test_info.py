# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""_attachment.info: problems of instances and the module's return values."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._attachment import info as info_file
from ansible_collections.keyless.ec2.plugins.module_utils._attachment.info import (
    AttachmentInfo,
    affected_by,
    attachment_infos,
    summary,
)
from ansible_collections.keyless.ec2.plugins.module_utils._attachment.options import check_selection
from ansible_collections.keyless.ec2.plugins.module_utils._attachment.problems import PROBLEMS
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._launch_sources.source import ReplacingSources
from ansible_collections.keyless.ec2.plugins.module_utils._policy.trusted_entities import build_trust_policy, ec2_trust_policy
from ansible_collections.keyless.ec2.plugins.module_utils._values.instances import Association, Instance, InstanceSnapshot
from ansible_collections.keyless.ec2.plugins.module_utils._values.metadata_options import MetadataOptions
from ansible_collections.keyless.ec2.tests.unit.factories import instance_profile, trusted
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._launch_sources.sources import source

A, B, C, D = (f"i-{number:017x}" for number in range(4))
LAMBDA = build_trust_policy("t", [{"service": "lambda.amazonaws.com"}], "aws")
ARN = "arn:aws:iam::123456789012:instance-profile/"
WEB = trusted(instance_profile("web", "app", profile_id="AIPA1"))
AGAIN = replace(WEB, profile=replace(WEB.profile, profile_id="AIPA2"))
EMPTY = trusted(replace(WEB.profile, roles=()))
EMPTY_AGAIN = trusted(replace(AGAIN.profile, roles=()))
SAFE = Instance(A, "running", MetadataOptions("required", "enabled"))


def association(state="associated", number=1, arn=WEB.profile.arn):
    return Association(f"iip-assoc-{number}", A, arn, "AIPA1", state)


def info(found=WEB, state="running", current="associated", tokens="required", endpoint="enabled"):
    return AttachmentInfo(A, Instance(A, state, MetadataOptions(tokens, endpoint)), current and association(current), found)


SAME, OTHER, NONE, MIXED = (source(*names) for names in (("Web",), ("old",), (None,), ("web", "old")))


def replaced(by, **options):
    return replace(info(**options), replacing=by)


CASES = [
    (info(), []),
    (info(current="associating"), []),
    (info(state="stopped"), []),
    (AttachmentInfo(A), ["not_found"]),
    (info(None, current=None), ["no_profile"]),
    (info(None, "pending", current=None), ["no_profile"]),
    (info(current="disassociating"), ["no_profile"]),
    (info(AGAIN, current="disassociating"), ["no_profile"]),
    (info(None), ["missing_profile"]),
    (info(EMPTY), ["empty_profile"]),
    (info(AGAIN), ["stale_profile"]),
    (info(EMPTY_AGAIN), ["empty_profile", "stale_profile"]),
    (info(replace(WEB, trust_policy=ec2_trust_policy("aws-cn"))), []),
    (info(replace(WEB, trust_policy=LAMBDA)), ["role_not_assumable_by_ec2"]),
    (info(replace(AGAIN, trust_policy=LAMBDA)), ["role_not_assumable_by_ec2", "stale_profile"]),
    (info(tokens="optional"), ["imdsv1_allowed"]),
    (info(tokens="optional", endpoint=""), ["imdsv1_allowed"]),
    (info(tokens="optional", endpoint="disabled"), []),
    (info(tokens="", endpoint=""), []),
    (info(None, current=None, tokens="optional"), ["no_profile", "imdsv1_allowed"]),
    (info(EMPTY_AGAIN, tokens="optional"), ["empty_profile", "stale_profile", "imdsv1_allowed"]),
    (info(None, "shutting-down", tokens="optional"), []),
    (info(None, "terminated", current=None, tokens="optional"), []),
    (replaced(OTHER), ["reverts_on_replacement"]),
    (replaced(OTHER, tokens="optional"), ["reverts_on_replacement", "imdsv1_allowed"]),
    (replaced(NONE), ["reverts_on_replacement"]),
    (replaced(MIXED), ["reverts_on_replacement"]),
    (replaced(SAME), []),
    (replaced(MIXED, current="disassociating"), ["no_profile"]),
    (replaced(SAME, found=None, current=None), ["no_profile"]),
    (replaced(OTHER, found=None), ["missing_profile", "reverts_on_replacement"]),
    (replaced(OTHER, state="shutting-down"), []),
]


@pytest.mark.parametrize("case, codes", CASES)
def test_problems(case, codes):
    problems = case.problems()
    assert [problem["code"] for problem in problems] == codes
    for problem in problems:
        texts = problem["message"] + problem["fix"]
        assert "None" not in texts and "{" not in texts


def test_every_code_has_a_case():
    assert {code for case, codes in CASES for code in codes} == set(PROBLEMS)


@pytest.mark.parametrize(
    "case, says, fix",
    [
        (AttachmentInfo(A), f"There is no instance {A} in this region.", "the option region"),
        (info(None, current=None), "has no instance profile, so", f"instance_profile_attach with instance_ids={A}"),
        (info(current="disassociating"), "no instance profile any more: web is being detached", "instance_profile_attach"),
        (info(None), "The instance profile web was deleted", "keyless.ec2.iam_ec2_role with instance_profile_name=web"),
        (info(EMPTY), "The instance profile web has no role", "iam_ec2_role with instance_profile_name=web"),
        (info(AGAIN), "web was recreated", f"instance_ids={A} and instance_profile=web"),
        (info(replace(WEB, trust_policy=LAMBDA)), "the role app does not allow EC2", "iam_ec2_role with name=app"),
        (info(tokens="optional"), "(IMDSv1)", f"role keyless.ec2.require_imdsv2 with require_imdsv2_instance_ids={A}"),
        (replaced(OTHER), "shop launches the next instance with old, not with web.", "groups=shop and instance_profile=web, if"),
        (replaced(NONE), "launches the next instance without an instance profile, not with web.", "launch_profile_attach"),
        (replaced(MIXED), "shop may launch the next instance with old, not", "launch_profile_attach"),
        (replaced(OTHER, found=None, current=None), "no instance profile", "shop launches the next instance with old."),
        (replaced(MIXED, found=None, current=None), "no instance profile", "that it should have."),
    ],
)
def test_a_problem_names_the_resource_and_the_fix(case, says, fix):
    (problem,) = case.problems()
    assert says in problem["message"]
    assert fix in problem["fix"]


def test_an_instance_as_a_result():
    assert info(AGAIN).as_result() == {
        "instance_id": A,
        "state": "running",
        "instance_profile": {"arn": f"{ARN}web", "name": "web", "instance_profile_id": "AIPA1"},
        "role_name": "app",
        "association": {"association_id": "iip-assoc-1", "state": "associated"},
        "problems": info(AGAIN).problems(),
    }


def test_a_missing_instance_as_a_result():
    row = AttachmentInfo(A).as_result()
    assert {key for key, value in row.items() if value is not None} == {"instance_id", "problems"}
    assert info(EMPTY).as_result()["role_name"] is None


def info_of(*associations, profiles=None, instance=SAFE):
    snapshot = InstanceSnapshot({A: instance}, {A: associations})
    (only,) = attachment_infos([A], snapshot, {"web": WEB} if profiles is None else profiles, {})
    return only


@pytest.mark.parametrize(
    "states, shown",
    [
        ([], None),
        (["disassociated"], None),
        (["disassociating"], "iip-assoc-0"),
        (["disassociating", "associating"], "iip-assoc-1"),
        (["associated", "disassociating"], "iip-assoc-0"),
    ],
)
def test_a_lasting_association_comes_before_one_that_is_ending(states, shown):
    current = info_of(*(association(state, number) for number, state in enumerate(states))).association
    assert (current and current.association_id) == shown


@pytest.mark.parametrize("arn", [f"{ARN}web", f"{ARN}team/web", f"{ARN}Web"])
def test_profiles_are_found_by_name_without_path_and_case(arn):
    assert info_of(association(arn=arn)).found is WEB
    assert info_of(association(arn=arn), profiles={"team": WEB}).found is None


def test_affected_has_every_code():
    infos = [info(), info(AGAIN), info(EMPTY_AGAIN, tokens="optional")]
    affected = affected_by([replace(each, instance_id=name) for each, name in zip(infos, "abc")])
    assert list(affected) == list(PROBLEMS)
    assert {code: ids for code, ids in affected.items() if ids} == {
        "empty_profile": ["c"],
        "stale_profile": ["b", "c"],
        "imdsv1_allowed": ["c"],
    }


@pytest.mark.parametrize(
    "infos, says",
    [
        ([], "No instances found."),
        ([info()], "1 instance without a problem."),
        ([info()] * 2, "2 instances without a problem."),
        ([info(AGAIN)], "1 instance, none without a problem: 1 stale_profile."),
        (
            [info(), info(AGAIN), info(EMPTY_AGAIN)],
            "3 instances, 1 without a problem: 1 empty_profile, 2 stale_profile.",
        ),
    ],
)
def test_summary(infos, says):
    assert summary(infos) == says


@pytest.mark.parametrize(
    "ids, filters, says",
    [
        (["web-1"], None, "instance_ids: 'web-1' is not an instance id"),
        ([A, f"{A} "], None, "instance_ids: "),
        (None, {}, "filters: is empty"),
        (None, {"tag:a": None}, r"filters\[tag:a\]: has no value"),
        (None, {"tag:a": []}, r"filters\[tag:a\]: has no value"),
        (None, {"tag:a": {"b": "c"}}, r"filters\[tag:a\]: is a dictionary"),
    ],
)
def test_invalid_selections(ids, filters, says):
    with pytest.raises(OptionError, match=says):
        check_selection(ids, filters)


@pytest.mark.parametrize("ids, filters", [(None, None), ([], None), ([A, "i-01234567"], None), (None, {"tag:a": "b"})])
def test_valid_selections(ids, filters):
    check_selection(ids, filters)


class Fleet:
    """EC2 with two running instances and a terminated one, not sorted by id."""

    state = InstanceSnapshot(
        {D: Instance(D, "stopped"), B: Instance(B, "terminated"), A: SAFE},
        {A: (association(),), B: (association(arn=f"{ARN}never-asked"),)},
    )
    filters = None
    ids = None

    def list_instances(self, filters):
        self.filters = filters
        return self.state

    def read_instances(self, ids):
        self.ids = ids
        return self.state


class Profiles:
    """IAM with the profile web; ``asked`` are the names that were read."""

    @property
    def instance_profiles(self):
        return self

    def find_trusted(self, names):
        self.asked = names
        return {"web": WEB}


@pytest.fixture(name="run")
def _look_at(monkeypatch):
    """Gathers.  The group of instance A launches with another profile, and other groups can't be read."""

    def run(ids, filters, warn=lambda _text: None):
        asked = []

        def read_replacing(_clients, instances):
            asked.extend(each.instance_id for each in instances)
            return ReplacingSources({A: OTHER}, ("Could not read the groups.",))

        monkeypatch.setattr(info_file, "read_replacing", read_replacing)
        ec2, iam = Fleet(), Profiles()
        return info_file.gather(SimpleNamespace(ec2=ec2, iam=iam), ids, filters, warn), (ec2, iam, asked)

    return run


def test_matching_instances_are_sorted_by_id_without_terminated_ones(run):
    found, (ec2, iam, asked) = run(None, ["a filter"])
    assert [row["instance_id"] for row in found["instances"]] == [A, D]
    assert (ec2.filters, iam.asked, asked) == (["a filter"], {"web"}, [D, A])
    assert found["msg"] == "2 instances, none without a known problem: 1 no_profile, 1 reverts_on_replacement."


def test_named_instances_are_returned_once_in_their_order(run):
    warnings = []
    found, (ec2, _iam, _asked) = run([C, B, A, B], [], warn=warnings.append)
    assert [(row["instance_id"], row["state"]) for row in found["instances"]] == [
        (C, None),
        (B, "terminated"),
        (A, "running"),
    ]
    assert ec2.ids == [C, B, A]
    assert (found["counts"]["not_found"], found["affected"]["reverts_on_replacement"]) == (1, [A])
    assert warnings == ["reverts_on_replacement is not known for all instances. Could not read the groups."]
