# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to EC2: reads into value types, makes a plan's calls, raises AwsError."""

from __future__ import annotations

import re
from typing import Any, Callable, Iterable, Mapping, Union

from ._attachment import Association, FleetState, Instance, Row
from ._calls import chunks, each_in_parallel, perform, read
from ._errors import AwsError
from ._plan import Change

# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html
IDS_IN_A_CALL = 1000
VALUES_IN_A_FILTER = 200
PAGE = 1000
Outcome = Union[dict, AwsError]

INSTANCE_ID = re.compile(r"i-[0-9a-f]{8,17}")


class Ec2Gateway:
    """EC2 in one region through one boto3 client, with so many calls at a time."""

    def __init__(self, client: Any, concurrency: int) -> None:
        self._client = client
        self._concurrency = concurrency

    # Reading

    def read_fleet(self, instance_ids: Iterable[str]) -> FleetState:
        """The instances of these ids that exist, and their associations; about N/1000 and N/200 calls."""
        ids = list(instance_ids)
        reads = [
            *((self._instances_by_id, chunk) for chunk in chunks(ids, IDS_IN_A_CALL)),
            *((self._associations, chunk) for chunk in chunks(ids, VALUES_IN_A_FILTER)),
        ]
        found = [item for items in self._each(lambda pair: pair[0](pair[1]), reads) for item in items]
        return _fleet(found)

    def find_fleet(self, filters: list[dict]) -> FleetState:
        """The instances that match the filters, and their associations."""
        instances = self._instances(Filters=filters, PaginationConfig={"PageSize": PAGE})
        ids = [instance.instance_id for instance in instances]
        found = self._each(self._associations, chunks(ids, VALUES_IN_A_FILTER))
        return _fleet([*instances, *(item for items in found for item in items)])

    def list_regions(self) -> list[str]:
        """The regions that are enabled for the account."""
        answer = read(self._client, "ec2:DescribeRegions", "*", "list the enabled regions")
        return sorted(each["RegionName"] for each in answer["Regions"])

    def find_users(self, profile_arns: list[str]) -> list[tuple[str, str]]:
        """The instances of this region that have one of the profiles and are not gone: pairs of its ARN and their id."""
        living = {"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}
        found = []
        for arns in chunks(profile_arns, VALUES_IN_A_FILTER):
            filters = [{"Name": "iam-instance-profile.arn", "Values": arns}, living]
            found += self._described(Filters=filters, PaginationConfig={"PageSize": PAGE})
        return sorted((each["IamInstanceProfile"]["Arn"], each["InstanceId"]) for each in found)

    def _instances_by_id(self, ids: list[str]) -> list[Instance]:
        # One unknown id makes AWS refuse the whole call, naming all the unknown ones: ask again without them.
        while ids:
            try:
                return self._instances(InstanceIds=ids)
            except AwsError as error:
                unknown = set(INSTANCE_ID.findall(error.message))
                if error.code != "InvalidInstanceID.NotFound" or not unknown & set(ids):
                    raise
                ids = [each for each in ids if each not in unknown]
        return []

    def _instances(self, **selection: Any) -> list[Instance]:
        return [Instance(each["InstanceId"], each["State"]["Name"]) for each in self._described(**selection)]

    def _described(self, **selection: Any) -> list[dict]:
        answer = read(self._client, "ec2:DescribeInstances", "instance/*", "list the instances", **selection)
        return [each for reservation in answer["Reservations"] for each in reservation["Instances"]]

    def _associations(self, instance_ids: list[str]) -> list[Association]:
        answer = read(
            self._client,
            "ec2:DescribeIamInstanceProfileAssociations",
            "instance/*",
            "list the instance profiles of the instances",
            Filters=[{"Name": "instance-id", "Values": instance_ids}],
            PaginationConfig={"PageSize": PAGE},
        )
        return [_association(each) for each in answer["IamInstanceProfileAssociations"]]

    def _each(self, function: Callable, items: list) -> list:
        return each_in_parallel(function, items, self._concurrency)

    # Writing

    def perform_all(self, steps: Iterable[tuple[Row, Change]], tell: Callable[[Row, Change, Outcome], None]) -> None:
        """Makes the calls side by side, and tells of each AWS's answer or its error."""

        def make(step: tuple[Row, Change]) -> None:
            row, change = step
            try:
                outcome: Outcome = perform(self._client, change, _is_late)
            except AwsError as error:
                outcome = error
            tell(row, change, outcome)

        self._each(make, list(steps))


def _is_late(error: AwsError) -> bool:
    """Whether EC2 has not yet heard of a profile that IAM has; the texts are AWS's own.

    https://github.com/hashicorp/terraform-provider-aws/issues/12533
    """
    if error.code == "InvalidParameterValue":
        return "Invalid IAM Instance Profile" in error.message or "has no associated IAM Roles" in error.message
    return error.code == "IncorrectState" and "Code=InstanceIdentityProfileNotFound" in error.message


def _association(described: Mapping) -> Association:
    return Association(
        association_id=described["AssociationId"],
        instance_id=described["InstanceId"],
        profile_arn=described["IamInstanceProfile"]["Arn"],
        profile_id=described["IamInstanceProfile"]["Id"],
        state=described["State"],
    )


def _fleet(found: Iterable) -> FleetState:
    instances: dict[str, Instance] = {}
    associations: dict[str, list[Association]] = {}
    for item in found:
        if isinstance(item, Instance):
            instances[item.instance_id] = item
        else:
            associations.setdefault(item.instance_id, []).append(item)
    return FleetState(instances, {key: tuple(values) for key, values in associations.items()})
