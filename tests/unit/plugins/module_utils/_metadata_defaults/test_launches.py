# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which launches AWS refuses once it enforces IMDSv2: those without required tokens, and those for which that is not known."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._launch_sources.source import Launch, LaunchSource
from ansible_collections.keyless.ec2.plugins.module_utils._metadata_defaults.launches import Launches, images_that_decide, refused_launches
from ansible_collections.keyless.ec2.tests.unit.factories import template

NEW, OLD, GONE = "ami-new", "ami-old", "ami-gone"
IMAGES = {NEW: "v2.0", OLD: ""}


def data(tokens=None, image=OLD, **options):
    given = {**options, **({"HttpTokens": tokens} if tokens else {})}
    return {"ImageId": image, **({"MetadataOptions": given} if given else {})}


def source(*launches, kind="Auto Scaling group"):
    return LaunchSource(kind, "web", launches)


def tokens(launch, **account):
    return [each.tokens for each in refused_launches(Launches((source(launch),), IMAGES), account)]


@pytest.mark.parametrize(
    "given, account, expected",
    [
        (data("required"), {}, []),
        (data("optional"), {}, ["optional"]),
        # Its own value comes before the account's.
        (data("optional"), {"HttpTokens": "required"}, ["optional"]),
        (data(), {"HttpTokens": "required"}, []),
        (data(image=NEW), {"HttpTokens": "optional"}, ["optional"]),
        (data(image=NEW), {}, []),
        (data(image=OLD), {}, ["optional"]),
        # Whether AWS refuses a launch without the service is not known.
        (data("optional", HttpEndpoint="disabled"), {}, ["optional"]),
        (data(image=GONE), {}, [None]),
        (data(image="resolve:ssm:/image"), {}, [None]),
        ({}, {}, [None]),
        (None, {"HttpTokens": "required"}, [None]),
    ],
)
def test_the_launch_comes_first_then_the_account_then_the_image(given, account, expected):
    assert tokens(Launch(given), **account) == expected


def test_an_image_of_an_override_counts():
    assert tokens(Launch(data(image=NEW), other_images=(OLD,))) == ["optional"]
    assert tokens(Launch(data(image=NEW), other_images=(None,))) == [None]


def test_what_is_never_launched_is_not_refused():
    assert tokens(Launch(None, missing="lt-1")) == tokens(Launch(data(), is_used=False)) == []


def test_a_refused_launch_names_its_source_and_version():
    found = template(data("required"), data("optional"))
    launches = Launches((source(Launch(data("optional"), found, 2), Launch(data("required"), found, 1)), source(Launch(None), kind="EC2 Fleet")))
    first, second = refused_launches(launches, {})
    assert (str(first), str(second)) == ("Auto Scaling group web (version 2)", "EC2 Fleet web")
    assert first.as_result() == {
        "kind": "Auto Scaling group",
        "name": "web",
        "launch_template_name": "workers",
        "version": "2",
        "http_tokens": "optional",
    }
    assert second.as_result()["version"] is second.as_result()["http_tokens"] is None


def test_only_images_of_launches_without_tokens_are_read():
    sources = [source(Launch(data("required", NEW)), Launch(data(), other_images=(GONE, None)), Launch(None), Launch(data(image=NEW), is_used=False))]
    assert images_that_decide(sources) == {OLD, GONE}
