# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Associations: their states, errors and descriptions."""

from __future__ import annotations

import re
from typing import Any

import pytest

UNKNOWN_INSTANCE = "i-0123456789abcdef0"
UNKNOWN_ASSOCIATION = "iip-assoc-0123456789abcdef0"


@pytest.fixture(name="associated")
def _associated(aws: Any) -> tuple[str, str]:
    """Returns the ids of a running instance and of its association."""
    aws.profile("web")
    [instance_id] = aws.launch(IamInstanceProfile={"Name": "web"})
    [association] = aws.associations()
    return instance_id, association["AssociationId"]


def test_associate(aws: Any) -> None:
    profile = aws.profile("web")
    [instance_id] = aws.launch()
    answer = aws.ec2.associate_iam_instance_profile(InstanceId=instance_id, IamInstanceProfile={"Arn": profile["Arn"]})[
        "IamInstanceProfileAssociation"
    ]
    shown = {"Arn": profile["Arn"], "Id": profile["InstanceProfileId"]}
    assert (answer["State"], answer["IamInstanceProfile"]) == ("associating", shown)
    [association] = aws.associations()
    assert association.pop("Timestamp")
    assert association == {
        "AssociationId": answer["AssociationId"],
        "InstanceId": instance_id,
        "IamInstanceProfile": shown,
        "State": "associated",
    }
    assert re.fullmatch(r"iip-assoc-[0-9a-f]{17}", association["AssociationId"])
    assert aws.instance(instance_id)["IamInstanceProfile"] == shown


def test_associate_stopped(aws: Any) -> None:
    aws.profile("web")
    [instance_id] = aws.launch()
    aws.ec2.stop_instances(InstanceIds=[instance_id])
    aws.ec2.associate_iam_instance_profile(InstanceId=instance_id, IamInstanceProfile={"Name": "web"})
    assert [each["InstanceId"] for each in aws.associations()] == [instance_id]


def test_associate_twice(aws: Any, refused: Any, associated: tuple[str, str]) -> None:
    with refused("IncorrectState", f"There is an existing association for instance {associated[0]}"):
        aws.ec2.associate_iam_instance_profile(InstanceId=associated[0], IamInstanceProfile={"Name": "web"})


def test_associate_terminated(aws: Any, refused: Any, associated: tuple[str, str]) -> None:
    instance_id, association_id = associated
    aws.ec2.terminate_instances(InstanceIds=[instance_id])
    assert not aws.associations()
    with refused("IncorrectInstanceState", f"'{instance_id}' is not in the 'running' or 'stopped' states."):
        aws.ec2.associate_iam_instance_profile(InstanceId=instance_id, IamInstanceProfile={"Name": "web"})
    with refused("IncorrectState", "is not the active association"):
        aws.ec2.disassociate_iam_instance_profile(AssociationId=association_id)


def test_associate_unknown_instance(aws: Any, refused: Any) -> None:
    aws.profile("web")
    with refused("InvalidInstanceID.NotFound", f"The instance ID '{UNKNOWN_INSTANCE}' does not exist"):
        aws.ec2.associate_iam_instance_profile(InstanceId=UNKNOWN_INSTANCE, IamInstanceProfile={"Name": "web"})
    with refused("InvalidInstanceID.Malformed", 'Invalid id: "xyz"'):
        aws.ec2.associate_iam_instance_profile(InstanceId="xyz", IamInstanceProfile={"Name": "web"})


def test_profile_must_exist(aws: Any, refused: Any) -> None:
    [instance_id] = aws.launch()
    arn = "arn:aws:iam::123456789012:instance-profile/gone"
    by_name = "Value (gone) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name"
    by_arn = f"Value ({arn}) for parameter iamInstanceProfile.arn is invalid. Invalid IAM Instance Profile ARN"
    for specification, text in (({"Name": "gone"}, by_name), ({"Arn": arn}, by_arn)):
        with refused("InvalidParameterValue", text):
            aws.ec2.associate_iam_instance_profile(InstanceId=instance_id, IamInstanceProfile=specification)
        with refused("InvalidParameterValue", text):
            aws.launch(IamInstanceProfile=specification)


def test_profile_must_have_a_role(aws: Any, refused: Any) -> None:
    arn = aws.iam.create_instance_profile(InstanceProfileName="bare")["InstanceProfile"]["Arn"]
    [instance_id] = aws.launch()
    with refused("InvalidParameterValue", f'IAM Instance Profile "{arn}" has no associated IAM Roles'):
        aws.ec2.associate_iam_instance_profile(InstanceId=instance_id, IamInstanceProfile={"Name": "bare"})
    with refused("InvalidParameterValue", "has no associated IAM Roles"):
        aws.launch(IamInstanceProfile={"Name": "bare"})


def test_name_or_arn(aws: Any, refused: Any) -> None:
    profile = aws.profile("web")
    [instance_id] = aws.launch()
    with refused("InvalidParameterCombination"):
        aws.ec2.associate_iam_instance_profile(InstanceId=instance_id, IamInstanceProfile={"Name": "web", "Arn": profile["Arn"]})


def test_disassociate(aws: Any, refused: Any, associated: tuple[str, str]) -> None:
    instance_id, association_id = associated
    answer = aws.ec2.disassociate_iam_instance_profile(AssociationId=association_id)
    assert answer["IamInstanceProfileAssociation"]["State"] == "disassociating"
    assert not aws.associations()
    assert "IamInstanceProfile" not in aws.instance(instance_id)
    with refused("IncorrectState", f"The association {association_id} is not the active association"):
        aws.ec2.disassociate_iam_instance_profile(AssociationId=association_id)


@pytest.mark.parametrize(
    ("association_id", "code"),
    [(UNKNOWN_ASSOCIATION, "InvalidAssociationID.NotFound"), ("web", "InvalidParameterValue")],
)
def test_wrong_association_ids(aws: Any, refused: Any, association_id: str, code: str) -> None:
    aws.profile("web")
    with refused(code):
        aws.ec2.disassociate_iam_instance_profile(AssociationId=association_id)
    with refused(code):
        aws.ec2.replace_iam_instance_profile_association(AssociationId=association_id, IamInstanceProfile={"Name": "web"})
    with refused(code):
        aws.associations(AssociationIds=[association_id])


def test_replace(aws: Any, associated: tuple[str, str]) -> None:
    instance_id, association_id = associated
    other = aws.profile("other")
    answer = aws.ec2.replace_iam_instance_profile_association(AssociationId=association_id, IamInstanceProfile={"Name": "other"})[
        "IamInstanceProfileAssociation"
    ]
    assert answer["State"] == "associating"
    assert answer["AssociationId"] != association_id
    [association] = aws.associations()
    assert (association["AssociationId"], association["State"]) == (answer["AssociationId"], "associated")
    shown = {"Arn": other["Arn"], "Id": other["InstanceProfileId"]}
    assert aws.instance(instance_id)["IamInstanceProfile"] == shown


def test_replace_stopped_or_ended(aws: Any, refused: Any, associated: tuple[str, str]) -> None:
    instance_id, association_id = associated
    text = f"The association {association_id} is not the active association"
    arguments = {"AssociationId": association_id, "IamInstanceProfile": {"Name": "web"}}
    aws.ec2.stop_instances(InstanceIds=[instance_id])
    with refused("IncorrectState", text):
        aws.ec2.replace_iam_instance_profile_association(**arguments)
    aws.ec2.start_instances(InstanceIds=[instance_id])
    aws.ec2.replace_iam_instance_profile_association(**arguments)
    with refused("IncorrectState", text):
        aws.ec2.replace_iam_instance_profile_association(**arguments)


def test_profile_recreated_is_stale(aws: Any, associated: tuple[str, str]) -> None:
    [association] = aws.associations()
    before = association["IamInstanceProfile"]
    aws.iam.remove_role_from_instance_profile(InstanceProfileName="web", RoleName="web")
    aws.iam.delete_instance_profile(InstanceProfileName="web")
    again = aws.profile("web")
    [association] = aws.associations()
    assert association["IamInstanceProfile"] == before == aws.instance(associated[0])["IamInstanceProfile"]
    assert (again["Arn"], again["InstanceProfileId"]) != (before["Arn"], before["Id"])
    assert again["Arn"] == before["Arn"]


def test_pages(aws: Any) -> None:
    aws.profile("web")
    ids = aws.launch(12, IamInstanceProfile={"Name": "web"})
    pages = aws.ec2.get_paginator("describe_iam_instance_profile_associations").paginate(PaginationConfig={"PageSize": 5})
    seen = [[each["InstanceId"] for each in page["IamInstanceProfileAssociations"]] for page in pages]
    assert [len(page) for page in seen] == [5, 5, 2]
    assert sum(seen, []) == ids


@pytest.mark.parametrize("size", [4, 1001])
def test_page_bounds(aws: Any, refused: Any, size: int) -> None:
    with refused("InvalidParameterValue"):
        aws.associations(MaxResults=size)
    with refused("InvalidParameterValue"):
        aws.ec2.describe_instances(MaxResults=size)


@pytest.mark.parametrize("size", [5, 1000])
def test_page_bounds_are_allowed(aws: Any, size: int) -> None:
    assert not aws.associations(MaxResults=size)


def test_filters(aws: Any, refused: Any) -> None:
    aws.profile("web")
    first, second = aws.launch(2, IamInstanceProfile={"Name": "web"})
    found = aws.associations(Filters=[{"Name": "instance-id", "Values": [second, UNKNOWN_INSTANCE]}])
    assert [each["InstanceId"] for each in found] == [second] != [first]
    assert len(aws.associations(Filters=[{"Name": "state", "Values": ["associated"]}])) == 2
    assert not aws.associations(Filters=[{"Name": "state", "Values": ["associating"]}])
    with refused("InvalidParameterValue", "iam-instance-profile.arn"):
        aws.associations(Filters=[{"Name": "iam-instance-profile.arn", "Values": ["x"]}])


def test_ids_and_filters(aws: Any) -> None:
    aws.profile("web")
    first, second = aws.launch(2, IamInstanceProfile={"Name": "web"})
    ids = [each["AssociationId"] for each in aws.associations()]
    assert [each["AssociationId"] for each in aws.associations(AssociationIds=ids[::-1])] == ids
    assert [each["AssociationId"] for each in aws.associations(AssociationIds=ids[1:])] == ids[1:]
    found = aws.associations(AssociationIds=ids, Filters=[{"Name": "instance-id", "Values": [second]}])
    assert [each["InstanceId"] for each in found] == [second] != [first]


def test_ending_associations_of_an_instance(aws: Any) -> None:
    aws.profile("web")
    replaced, other = aws.launch(2, IamInstanceProfile={"Name": "web"})
    aws.http("PUT", "/emulator/transitions", {"disassociating": 1e9})
    for association in aws.associations():
        aws.ec2.replace_iam_instance_profile_association(AssociationId=association["AssociationId"], IamInstanceProfile={"Name": "web"})
    found = aws.associations(Filters=[{"Name": "instance-id", "Values": [replaced]}])
    assert [(each["InstanceId"], each["State"]) for each in found] == [
        (replaced, "disassociating"),
        (replaced, "associated"),
    ]
    assert [each["InstanceId"] for each in aws.associations()] == [replaced, other, replaced, other]


def test_filter_values(aws: Any, refused: Any) -> None:
    values = [f"i-{number:017x}" for number in range(201)]
    for describe in (aws.associations, aws.ec2.describe_instances):
        with refused("FilterLimitExceeded", "specified on a single call is 200"):
            describe(Filters=[{"Name": "instance-id", "Values": values}])
        with refused("InvalidParameterValue", "Invalid value 'null/empty' for 'filter'"):
            describe(Filters=[{"Name": "instance-id", "Values": []}])
        describe(Filters=[{"Name": "instance-id", "Values": values[:200]}])


def test_bad_token(aws: Any, refused: Any) -> None:
    with refused("InvalidNextToken"):
        aws.associations(NextToken="%")


# The states, one by one

FOREVER = 1e9
REACHED = {"pending": None, "running": None, "stopping": "stop", "stopped": "stop", "shutting-down": "terminate", "terminated": "terminate"}
NOT_SETTLED = ("IncorrectInstanceState", "is not in the 'running' or 'stopped' states.")
NOT_ACTIVE = ("IncorrectState", "is not the active association")
EXISTING = ("IncorrectState", "There is an existing association for instance")
# The error of each call by the instance's state, or None if it succeeds. An instance that ends has no association.
BY_INSTANCE = {
    "associate": {
        "pending": NOT_SETTLED,
        "running": None,
        "stopping": NOT_SETTLED,
        "stopped": None,
        "shutting-down": NOT_SETTLED,
        "terminated": NOT_SETTLED,
    },
    "disassociate": {
        "pending": NOT_SETTLED,
        "running": None,
        "stopping": NOT_SETTLED,
        "stopped": None,
        "shutting-down": NOT_ACTIVE,
        "terminated": NOT_ACTIVE,
    },
    "replace": {
        "pending": NOT_ACTIVE,
        "running": None,
        "stopping": NOT_ACTIVE,
        "stopped": NOT_ACTIVE,
        "shutting-down": NOT_ACTIVE,
        "terminated": NOT_ACTIVE,
    },
}
BY_ASSOCIATION = {
    "associate": {"associating": EXISTING, "associated": EXISTING, "disassociating": None, "disassociated": None},
    "disassociate": {"associating": None, "associated": None, "disassociating": NOT_ACTIVE, "disassociated": NOT_ACTIVE},
    "replace": {"associating": None, "associated": None, "disassociating": NOT_ACTIVE, "disassociated": NOT_ACTIVE},
}


def cases(table: dict[str, dict[str, Any]]) -> list[tuple[str, str, Any]]:
    return [(call, state, refusal) for call, answers in table.items() for state, refusal in answers.items()]


def make_call(aws: Any, call: str, instance_id: str, association_id: str) -> dict[str, Any]:
    """Makes one of the calls, and returns the association in its answer."""
    profile = {"IamInstanceProfile": {"Name": "web"}}
    if call == "associate":
        answer = aws.ec2.associate_iam_instance_profile(InstanceId=instance_id, **profile)
    elif call == "disassociate":
        answer = aws.ec2.disassociate_iam_instance_profile(AssociationId=association_id)
    else:
        answer = aws.ec2.replace_iam_instance_profile_association(AssociationId=association_id, **profile)
    return answer["IamInstanceProfileAssociation"]


def check(aws: Any, refused: Any, call: str, instance_id: str, association_id: str, refusal: Any) -> None:
    """Checks that the call fails with this error and changes nothing, or succeeds."""
    before = aws.associations()
    if refusal:
        with refused(*refusal):
            make_call(aws, call, instance_id, association_id)
        assert aws.associations() == before
    else:
        assert make_call(aws, call, instance_id, association_id)["State"] == ("disassociating" if call == "disassociate" else "associating")


@pytest.mark.parametrize(("call", "state", "refusal"), cases(BY_INSTANCE))
def test_a_call_in_each_state_of_the_instance(aws: Any, refused: Any, call: str, state: str, refusal: Any) -> None:
    aws.profile("web")
    if state == "pending":
        aws.http("PUT", "/emulator/transitions", {state: FOREVER})
    [instance_id] = aws.launch(**({} if call == "associate" else {"IamInstanceProfile": {"Name": "web"}}))
    association_id = next((each["AssociationId"] for each in aws.associations()), "")
    if state in ("stopping", "shutting-down"):
        aws.http("PUT", "/emulator/transitions", {state: FOREVER})
    if REACHED[state]:
        getattr(aws.ec2, f"{REACHED[state]}_instances")(InstanceIds=[instance_id])
    assert aws.instance(instance_id)["State"]["Name"] == state
    check(aws, refused, call, instance_id, association_id, refusal)


@pytest.mark.parametrize(("call", "state", "refusal"), cases(BY_ASSOCIATION))
def test_a_call_in_each_state_of_the_association(aws: Any, refused: Any, call: str, state: str, refusal: Any) -> None:
    aws.profile("web")
    if state in ("associating", "disassociating"):
        aws.http("PUT", "/emulator/transitions", {state: FOREVER})
    [instance_id] = aws.launch(IamInstanceProfile={"Name": "web"})
    [association] = aws.associations()
    if state.startswith("disassociat"):
        aws.ec2.disassociate_iam_instance_profile(AssociationId=association["AssociationId"])
    assert [each["State"] for each in aws.associations()] == ([] if state == "disassociated" else [state])
    check(aws, refused, call, instance_id, association["AssociationId"], refusal)
