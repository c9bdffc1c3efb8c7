# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._attachment.options import (
    attachment_spec,
    check_instance_ids,
    check_selection,
)
from ansible_collections.keyless.ec2.plugins.module_utils._attachment.row import Rules
from ansible_collections.keyless.ec2.plugins.module_utils._attachment.spec import AttachmentSpec
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._common.origin import Origin

ATTACH = {
    "instance_ids": None,
    "filters": None,
    "attachments": None,
    "undo": None,
    "exclude": [],
    "changed_later": [],
    "instance_profile": "web",
    "state": "present",
    "on_conflict": "replace",
    "include_managed": False,
    "renew": False,
    "on_loss": "ignore",
    "not_found_timeout": 10,
    "wait": True,
    "wait_timeout": 300,
    "max_concurrency": 8,
}
ARN = "arn:aws:iam::123456789012:instance-profile/team/web"
I = "i-0123456789abcdef0"  # noqa: E741
HERE = Origin("123456789012", "eu-central-1")
FORMER = {I: ARN, "i-01234567": None}


BAD_ATTACH = [
    ({"instance_ids": ["i-xyz"]}, "instance_ids"),
    ({"instance_ids": [I, "web-1"]}, "instance_ids"),
    ({"instance_ids": [I[:-1]]}, "instance_ids"),
    ({"attachments": {"x": "web"}, "instance_profile": None}, "attachments"),
    ({"attachments": {I: "not a name"}, "instance_profile": None}, f"attachments[{I}]"),
    ({"attachments": {I: ""}, "instance_profile": None}, f"attachments[{I}]"),
    ({"attachments": {I: 5}, "instance_profile": None}, f"attachments[{I}]"),
    ({"attachments": {I: ["web"]}, "instance_profile": None}, f"attachments[{I}]"),
    ({"undo": {I: ARN}, "instance_profile": None}, "undo"),
    ({"undo": {"instances": {I: ARN}}, "instance_profile": None}, "undo"),
    ({"undo": HERE.undo({"instances": {"x": ARN}}), "instance_profile": None}, "undo.instances"),
    ({"undo": HERE.undo({"instances": {I: ""}}), "instance_profile": None}, f"undo.instances[{I}]"),
    ({"filters": {}}, "filters"),
    ({"filters": {"tag:Name": None}}, "filters[tag:Name]"),
    ({"filters": {"tag:Name": []}}, "filters[tag:Name]"),
    ({"instance_ids": [I], "instance_profile": None}, "instance_profile"),
    ({"instance_ids": [I], "instance_profile": "a b"}, "instance_profile"),
    ({"instance_ids": [I], "exclude": ["web"]}, "exclude"),
    ({"instance_ids": [I], "max_concurrency": 0}, "max_concurrency"),
    ({"instance_ids": [I], "not_found_timeout": -1}, "not_found_timeout"),
    ({"instance_ids": [I], "wait_timeout": -1}, "wait_timeout"),
    ({"instance_ids": [I], "state": "absent", "renew": True}, "renew"),
]


@pytest.mark.parametrize("options, named", BAD_ATTACH)
def test_errors_name_the_option(options, named):
    with pytest.raises(OptionError) as error:
        attachment_spec({**ATTACH, **options})
    assert error.value.option == named


def test_an_empty_string_does_not_detach():
    with pytest.raises(OptionError, match="null for none"):
        attachment_spec({**ATTACH, "attachments": {I: ""}, "instance_profile": None})


def test_all_malformed_ids_are_in_one_error():
    with pytest.raises(OptionError, match="'a', 'b', 'c' and 1 more are not instance ids"):
        attachment_spec({**ATTACH, "instance_ids": ["a", I, "b", "c", "d"]})


def test_duplicate_ids_count_once():
    assert attachment_spec({**ATTACH, "instance_ids": [I, I]}).profiles == {I: "web"}


def test_absent_keeps_the_name_of_the_profile_to_detach():
    asked = attachment_spec({**ATTACH, "instance_ids": [I], "state": "absent", "instance_profile": ARN})
    assert (asked.profiles, asked.only) == ({I: None}, "web")


@pytest.mark.parametrize("options", [{"attachments": FORMER}, {"undo": HERE.undo({"instances": FORMER})}])
def test_each_instance_can_have_another_profile(options):
    asked = attachment_spec({**ATTACH, **options, "instance_profile": None})
    assert (asked.profiles, asked.undo) == (FORMER, options.get("undo"))


def test_excluded_instances_are_not_in_the_spec():
    assert attachment_spec({**ATTACH, "instance_ids": [I, "i-01234567"], "exclude": [I]}).profiles == {"i-01234567": "web"}


@pytest.mark.parametrize(
    "options",
    [
        {"max_concurrency": 1},
        {"not_found_timeout": 0},
        {"renew": True},
        {"renew": True, "state": "absent", "instance_ids": None, "attachments": {I: "web"}},
        {"instance_profile": None, "state": "absent"},
        {"instance_profile": None, "instance_ids": None, "attachments": {I: "web"}},
        {"filters": {"tag:Name": "web"}},
        {"filters": {"tag:Name": ["web", "db"]}},
        {"filters": {"tag:Name": ""}},
    ],
)
def test_valid_boundary_values(options):
    attachment_spec({**ATTACH, "instance_ids": [I], **options})


def test_every_option_reaches_the_spec():
    options = {"on_conflict": "skip", "include_managed": True, "renew": True, "on_loss": "fail", "wait": False, "wait_timeout": 7, "exclude": [I]}
    options["changed_later"] = ["shop"]
    filters = [{"Name": "tag:x", "Values": ["y"]}]
    assert attachment_spec({**ATTACH, **options, "filters": {"tag:x": "y"}}) == AttachmentSpec(
        {}, filters, "web", None, Rules(False, True, "skip", True, "fail"), False, 7, frozenset({I}), frozenset({"shop"})
    )
    assert attachment_spec({**ATTACH, "instance_ids": [I]}) == AttachmentSpec({I: "web"}, None, "web", None, Rules(), True, 300)
    absent = attachment_spec({**ATTACH, "instance_ids": [I], "state": "absent", "instance_profile": None})
    assert (absent.profile, absent.only, absent.profiles) == (None, None, {I: None})


@pytest.mark.parametrize(
    "ids, filters, named",
    [
        (None, None, None),
        ([I], None, None),
        ([I, "x"], None, "instance_ids"),
        (None, {"tag:x": "y"}, None),
        (None, {}, "filters"),
        (None, {"tag:x": {}}, "filters[tag:x]"),
        ([], None, None),
    ],
)
def test_selections_of_the_info_module(ids, filters, named):
    if named is None:
        check_selection(ids, filters)
    else:
        with pytest.raises(OptionError) as caught:
            check_selection(ids, filters)
        assert caught.value.option == named


@pytest.mark.parametrize("malformed, said", [("a", "'a' "), ("abc", "'a', 'b', 'c' "), ("abcde", "'a', 'b', 'c' and 2 more ")])
def test_at_most_three_malformed_ids_are_named(malformed, said):
    with pytest.raises(OptionError, match=f"x: {said}"):
        check_instance_ids("x", [*malformed, I])
