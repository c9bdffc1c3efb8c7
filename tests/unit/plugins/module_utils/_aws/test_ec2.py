# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to EC2 on botocore's Stubber, because moto accepts more than AWS."""

from __future__ import annotations

from datetime import datetime, timezone
from types import SimpleNamespace

import pytest
from botocore.stub import Stubber

from ansible_collections.keyless.ec2.plugins.module_utils._aws.ec2 import Ec2
from ansible_collections.keyless.ec2.plugins.module_utils._common.change import Change
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError

OTHERS = "i-fffffffffffffffff"
A, B, C = (f"i-{number:017x}" for number in range(3))
ARN = "arn:aws:iam::123456789012:instance-profile/web"


def described(*ids, state="running"):
    instances = [{"InstanceId": each, "State": {"Name": state}} for each in ids]
    return {"Reservations": [{"Instances": instances}]}


def associations(*ids):
    profile = {"Arn": ARN, "Id": "AIPA1"}
    found = [{"AssociationId": f"iip-{each}", "InstanceId": each, "IamInstanceProfile": profile, "State": "associated"} for each in ids]
    return {"IamInstanceProfileAssociations": found}


@pytest.fixture(name="client")
def _client(make_client):
    return make_client("ec2")


def read(client, *ids):
    """Makes the calls one after the other, because a Stubber expects them in order."""
    return Ec2(client, 1).read_instances(ids)


def test_instances_and_associations_are_read_together(client):
    with Stubber(client) as aws:
        aws.add_response("describe_instances", described(A, B), {"InstanceIds": [A, B]})
        filters = [{"Name": "instance-id", "Values": [A, B]}]
        expected = {"Filters": filters, "MaxResults": 1000}
        aws.add_response("describe_iam_instance_profile_associations", associations(B), expected)
        fleet = read(client, A, B)
    assert set(fleet.instances) == {A, B}
    assert set(fleet.associations) == {B}
    assert fleet.associations[B][0].profile_id == "AIPA1"


def test_no_ids_take_no_calls(client):
    with Stubber(client):
        assert read(client).instances == {}


def fleet_of(count):
    return [f"i-{number:017x}" for number in range(count)]


def add_instances(aws, ids):
    for start in range(0, len(ids), 1000):
        chunk = ids[start : start + 1000]
        aws.add_response("describe_instances", described(*chunk), {"InstanceIds": chunk})


def add_lookups(aws, ids):
    for start in range(0, len(ids), 200):
        expected = {"Filters": [{"Name": "instance-id", "Values": ids[start : start + 200]}], "MaxResults": 1000}
        found = associations(ids[start])
        aws.add_response("describe_iam_instance_profile_associations", found, expected)


def add_list(aws, *pages):
    """The list of all associations; the last page has no token."""
    for number, page in enumerate(pages):
        token = {"NextToken": f"t{number}"} if number else {}
        more = {"NextToken": f"t{number + 1}"} if page is not pages[-1] else {}
        aws.add_response("describe_iam_instance_profile_associations", {**page, **more}, {"MaxResults": 1000, **token})


def test_associations_of_few_instances_are_looked_up_by_id(client):
    ids = fleet_of(800)
    with Stubber(client) as aws:
        add_instances(aws, ids)
        add_lookups(aws, ids)
        assert set(read(client, *ids).associations) == set(ids[::200])
        aws.assert_no_pending_responses()


def test_associations_of_many_instances_come_from_the_list_of_all(client):
    ids = fleet_of(2001)
    with Stubber(client) as aws:
        add_instances(aws, ids)
        add_list(aws, associations(*ids[:999], OTHERS), associations(*ids[999:1998], OTHERS), associations(ids[2000]))
        fleet = read(client, *ids)
        aws.assert_no_pending_responses()
    assert len(fleet.instances) == 2001
    assert set(fleet.associations) == {*ids[:1998], ids[2000]}


def test_a_list_with_mostly_other_instances_is_abandoned(client):
    ids = fleet_of(1001)
    with Stubber(client) as aws:
        add_instances(aws, ids)
        pages = [associations(OTHERS) for _page in range(4)]
        for number, page in enumerate(pages):
            token = {"NextToken": f"t{number}"} if number else {}
            expected = {"MaxResults": 1000, **token}
            aws.add_response("describe_iam_instance_profile_associations", {**page, "NextToken": f"t{number + 1}"}, expected)
        add_lookups(aws, ids)
        assert set(read(client, *ids).associations) == set(ids[::200])
        aws.assert_no_pending_responses()


@pytest.mark.parametrize(
    "described_operator, operator",
    [
        ({"Operator": {"Managed": True, "Principal": "eks.amazonaws.com"}}, "eks.amazonaws.com"),
        ({"Operator": {"Managed": True}}, "an AWS service"),
        ({"Operator": {"Managed": False}}, ""),
        ({}, ""),
    ],
)
def test_the_service_that_operates_an_instance_is_read(described_operator, operator):
    page = {"Reservations": [{"Instances": [{"InstanceId": A, "State": {"Name": "running"}, **described_operator}]}]}
    # Not with Stubber: old versions of botocore do not know the member.
    fake = SimpleNamespace(
        meta=SimpleNamespace(region_name="r"),
        can_paginate=lambda _name: True,
        get_paginator=lambda name: SimpleNamespace(paginate=lambda **_parameters: [page if name == "describe_instances" else associations()]),
    )
    assert Ec2(fake, 1).read_instances([A]).instances[A].operator == operator


def test_metadata_options_of_instances(client):
    options = {"HttpTokens": "optional", "HttpEndpoint": "enabled"}
    instances = [{"InstanceId": A, "State": {"Name": "running"}, "MetadataOptions": options}]
    with Stubber(client) as aws:
        aws.add_response("describe_instances", {"Reservations": [{"Instances": instances}]})
        aws.add_response("describe_iam_instance_profile_associations", associations())
        instance = read(client, A).instances[A]
    assert (instance.metadata.http_tokens, instance.metadata.http_endpoint) == ("optional", "enabled")


@pytest.mark.parametrize(
    "message, left",
    [(f"The instance ID '{B}' does not exist", [A, C]), (f"The instance IDs '{A}, {C}' do not exist", [B])],
)
def test_unknown_ids_do_not_affect_the_others(client, message, left):
    with Stubber(client) as aws:
        aws.add_client_error("describe_instances", "InvalidInstanceID.NotFound", message)
        aws.add_response("describe_instances", described(*left), {"InstanceIds": left})
        aws.add_response("describe_iam_instance_profile_associations", associations())
        assert list(read(client, A, B, C).instances) == left


def test_the_call_is_not_repeated_if_all_ids_are_unknown(client):
    with Stubber(client) as aws:
        aws.add_client_error("describe_instances", "InvalidInstanceID.NotFound", f"The instance ID '{A}' does not exist")
        aws.add_response("describe_iam_instance_profile_associations", associations())
        assert read(client, A).instances == {}
        aws.assert_no_pending_responses()


def test_an_error_about_other_ids_is_raised(client):
    with Stubber(client) as aws:
        aws.add_client_error("describe_instances", "InvalidInstanceID.NotFound", f"The instance ID '{C}' does not exist")
        with pytest.raises(AwsError, match="NotFound"):
            read(client, A)


def test_filters_apply_to_all_pages(client):
    filters = [{"Name": "tag:a", "Values": ["b"]}]
    with Stubber(client) as aws:
        first = {**described(A), "NextToken": "t"}
        aws.add_response("describe_instances", first, {"Filters": filters, "MaxResults": 1000})
        second = {"Filters": filters, "MaxResults": 1000, "NextToken": "t"}
        aws.add_response("describe_instances", described(B), second)
        aws.add_response("describe_iam_instance_profile_associations", associations(A))
        fleet = Ec2(client, 1).list_instances(filters)
    assert (set(fleet.instances), set(fleet.associations)) == ({A, B}, {A})


ASSOCIATE = Change(
    "ec2",
    "AssociateIamInstanceProfile",
    f"instance/{A}",
    {"InstanceId": A, "IamInstanceProfile": {"Arn": ARN}},
    "associate the instance profile web with the instance",
)
LATE = [
    ("InvalidParameterValue", f"Value ({ARN}) for parameter iamInstanceProfile.arn is invalid. Invalid IAM Instance Profile ARN"),
    ("InvalidParameterValue", "Value (web) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name"),
    ("InvalidParameterValue", 'IAM Instance Profile "web" has no associated IAM Roles'),
    ("IncorrectState", "… Code=InstanceIdentityProfileNotFound …"),
]
NEVER = [
    ("InvalidParameterValue", "Value (x) for parameter somethingElse is invalid."),
    ("IncorrectState", f"There is an existing association for instance {A}"),
    ("IncorrectInstanceState", f"The instance '{A}' is not in the 'running' or 'stopped' states."),
    ("UnauthorizedOperation", "You are not authorized to perform this operation."),
]


def outcomes(client):
    with Ec2(client, 1).calls() as calls:
        calls.add("owner", ASSOCIATE)
        return [outcome for _owner, outcome in calls.outcomes(30)]


@pytest.mark.parametrize("code, message", LATE)
def test_a_profile_that_ec2_does_not_see_yet_is_retried(client, clock, code, message):
    with Stubber(client) as aws:
        aws.add_client_error("associate_iam_instance_profile", code, message)
        aws.add_response("associate_iam_instance_profile", {"IamInstanceProfileAssociation": {"AssociationId": "x"}})
        (outcome,) = outcomes(client)
    assert outcome["IamInstanceProfileAssociation"]["AssociationId"] == "x"
    assert len(clock.naps) == 1


@pytest.mark.parametrize("code, message", NEVER)
def test_other_errors_belong_to_the_instance_at_once(client, clock, code, message):
    with Stubber(client) as aws:
        aws.add_client_error("associate_iam_instance_profile", code, message)
        (outcome,) = outcomes(client)
    assert isinstance(outcome, AwsError)
    assert (outcome.code, clock.naps) == (code, [])


def test_a_write_that_is_throttled_after_botocores_retries_is_retried(client, clock):
    with Stubber(client) as aws:
        for _attempt in range(3):
            aws.add_client_error("associate_iam_instance_profile", "RequestLimitExceeded", http_status_code=503)
        aws.add_response("associate_iam_instance_profile", {"IamInstanceProfileAssociation": {"AssociationId": "x"}})
        (outcome,) = outcomes(client)
    assert outcome["IamInstanceProfileAssociation"]["AssociationId"] == "x"
    assert len(clock.naps) == 3


@pytest.mark.parametrize("code", ["RequestLimitExceeded", "RequestThrottled", "Throttling", "ThrottlingException"])
def test_reads_are_retried_for_every_throttling_code(client, clock, code):
    with Stubber(client) as aws:
        aws.add_client_error("describe_instances", code, http_status_code=503)
        aws.add_response("describe_instances", described(A))
        aws.add_response("describe_iam_instance_profile_associations", associations(A))
        assert set(Ec2(client, 1).read_instances([A]).instances) == {A}
    assert len(clock.naps) == 1


@pytest.mark.parametrize("code", ["UnauthorizedOperation", "AuthFailure", "InvalidParameterValue", "IncorrectState"])
def test_other_read_errors_are_raised_at_once(client, clock, code):
    with Stubber(client) as aws:
        aws.add_client_error("describe_instances", code)
        with pytest.raises(AwsError, match=code):
            Ec2(client, 1).read_instances([A])
    assert clock.naps == []


# Whether an instance in this state uses its profile: a stopped one can be started again, a terminated one can't.
USES_ITS_PROFILE = {"pending": True, "running": True, "stopping": True, "stopped": True, "shutting-down": False, "terminated": False}


@pytest.mark.parametrize("state, uses", USES_ITS_PROFILE.items())
@pytest.mark.parametrize("keeps_to_filters", [True, False])
def test_only_living_instances_use_a_profile(client, state, uses, keeps_to_filters):
    """With EC2, which applies the filter, and with other servers, which return everything."""
    asked = {}
    client.meta.events.register("provide-client-params.ec2.DescribeInstances", lambda params, **_event: asked.update(params))
    response = described(A, state=state)
    response["Reservations"][0]["Instances"][0]["IamInstanceProfile"] = {"Arn": ARN, "Id": "AIPA1"}
    with Stubber(client) as aws:
        aws.add_response("describe_instances", response)
        found = Ec2(client, 1).instances_with([ARN])
    values = {each["Name"]: each["Values"] for each in asked["Filters"]}
    is_sent = state in values["instance-state-name"] or not keeps_to_filters
    assert values["iam-instance-profile.arn"] == [ARN]
    assert (found if is_sent else []) == ([(ARN, A)] if uses else [])


@pytest.mark.parametrize(
    "path, escaped", [(r"/a\b/", r"/a\\b/"), ("/a*/", r"/a\*/"), ("/?/", r"/\?/"), (r"/\*\/", r"/\\\*\\/"), ("/a.[b/", "/a.[b/")]
)
def test_a_path_with_wildcards_or_backslashes_hides_no_use_of_a_profile(client, path, escaped):
    """Whoever may create instance profiles could have a role deleted while it is used: EC2 takes a backslash for an escape."""
    arn, other = (f"arn:aws:iam::123456789012:instance-profile{each}web" for each in (path, "/a-b/"))
    asked = {}
    client.meta.events.register("provide-client-params.ec2.DescribeInstances", lambda params, **_event: asked.update(params))
    response = described(A, B)
    for each, used in zip(response["Reservations"][0]["Instances"], (arn, other)):
        each["IamInstanceProfile"] = {"Arn": used, "Id": "AIPA1"}
    with Stubber(client) as aws:
        aws.add_response("describe_instances", response)
        assert Ec2(client, 1).instances_with([arn]) == [(arn, A)]
    (value,) = next(each["Values"] for each in asked["Filters"] if each["Name"] == "iam-instance-profile.arn")
    assert value == f"arn:aws:iam::123456789012:instance-profile{escaped}web"


@pytest.mark.parametrize("find", [lambda gateway: gateway.read_instances([A]), lambda gateway: gateway.list_instances([])])
def test_throttled_reads_are_retried(client, clock, find):
    with Stubber(client) as aws:
        aws.add_client_error("describe_instances", "RequestLimitExceeded", http_status_code=503)
        aws.add_response("describe_instances", described(A))
        aws.add_response("describe_iam_instance_profile_associations", associations(A))
        assert set(find(Ec2(client, 1)).instances) == {A}
    assert len(clock.naps) == 1


def test_what_needs_no_associations_does_not_read_them(client):
    filters = [{"Name": "tag:a", "Values": ["b"]}]
    with Stubber(client) as aws:
        aws.add_response("describe_instances", described(A), {"InstanceIds": [A]})
        assert set(Ec2(client, 1).read_without_associations([A]).instances) == {A}
        aws.add_response("describe_instances", described(B), {"Filters": filters, "MaxResults": 1000})
        found = Ec2(client, 1).list_without_associations(filters)
        assert (set(found.instances), found.associations) == ({B}, {})
        aws.assert_no_pending_responses()


def test_all_instances_are_listed_with_their_tags_and_launch_times(client):
    launched = datetime(2026, 1, 2, tzinfo=timezone.utc)
    response = described(A, B)
    response["Reservations"][0]["Instances"][0].update(LaunchTime=launched, Tags=[{"Key": "Name", "Value": "web"}])
    with Stubber(client) as aws:
        aws.add_response("describe_instances", response, {"MaxResults": 1000})
        aws.add_response("describe_iam_instance_profile_associations", associations(B))
        snapshot, details = Ec2(client, 1).list_with_details()
        aws.add_response("describe_instances", described(), {"MaxResults": 1000})
        nothing, _details = Ec2(client, 1).list_with_details()
        aws.assert_no_pending_responses()
    assert (set(snapshot.instances), set(snapshot.associations), nothing.instances) == ({A, B}, {B}, {})
    assert details == {A: {"launch_time": launched.isoformat(), "tags": {"Name": "web"}}, B: {"launch_time": None, "tags": {}}}


def test_the_support_of_images_is_read_with_a_filter_that_ignores_unknown_ones(client, knows):
    support = {"ImdsSupport": "v2.0"} if knows("ec2", "Image", "ImdsSupport") else {}
    images = sorted(f"ami-{number:03}" for number in range(201))
    with Stubber(client) as aws:
        for chunk in (images[:200], images[200:]):
            found = {"Images": [{"ImageId": chunk[0], **support}, {"ImageId": "ami-x"}]}
            aws.add_response("describe_images", found, {"Filters": [{"Name": "image-id", "Values": chunk}], "IncludeDeprecated": True})
        assert Ec2(client, 1).imds_support(images * 2) == {**dict.fromkeys(("ami-000", "ami-200"), support.get("ImdsSupport", "")), "ami-x": ""}
        aws.assert_no_pending_responses()


def test_the_enabled_regions_are_listed_by_name(client):
    with Stubber(client) as aws:
        aws.add_response("describe_regions", {"Regions": [{"RegionName": name} for name in ("us-east-1", "eu-west-1")]}, {})
        assert Ec2(client, 1).list_regions() == ["eu-west-1", "us-east-1"]
