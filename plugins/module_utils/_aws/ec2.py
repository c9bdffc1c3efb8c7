# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to EC2: reads into value types, makes a plan's calls, raises AwsError."""

from __future__ import annotations

from itertools import chain
from typing import Any, Callable, Iterable, Iterator, Mapping, Optional, Sequence

from .._common.errors import AwsError
from .._common.identifiers import INSTANCE_ID
from .._values.instances import Association, Instance, InstanceSnapshot
from .._values.managers import FLEET_TAGS, GROUP_TAG, manager_in
from .answers import Answer
from .call_pool import CallPool
from .calls import chunks, each_in_parallel, is_throttled, perform, read, read_pages, retry
from .eventual_consistency import PROPAGATION_SECONDS, is_unseen_profile
from .tags import tags_in

# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html
IDS_IN_A_CALL = 1000
VALUES_IN_A_FILTER = 200
PAGE = 1000
LIVING_STATES = frozenset({"pending", "running", "stopping", "stopped"})
DESCRIBING = 2  # descriptions of a thousand instances read side by side; each is held in memory while it is parsed

# Up to so many calls, associations are looked up by instance.  For more instances the list of all associations is
# shorter, unless most belong to others: so many pages more than the instances need are tried.
FEW_LOOKUPS = 4
SPARE_PAGES = 2


class Ec2:
    """EC2 in one region through boto3 clients, with so many calls at a time: one that reads, others made to write."""

    def __init__(self, client: Any, concurrency: int, make_writer: Optional[Callable[[], Any]] = None) -> None:
        self._client = client
        self._concurrency = concurrency
        self._make_writer = make_writer or (lambda: client)

    # Reading

    def read_instances(self, instance_ids: Iterable[str]) -> InstanceSnapshot:
        """The instances of these ids that exist, and their associations; some N/500 calls, N/200 at worst."""
        ids = list(instance_ids)
        parts = (self._instances_by_id, self._associations_of)
        return retry(lambda: _fleet(*each_in_parallel(lambda part: part(ids), parts, self._concurrency)), is_throttled)

    def list_instances(self, filters: list[dict[str, Any]]) -> InstanceSnapshot:
        """The instances that match the filters, without filters all, and their associations; as many calls."""
        return retry(lambda: self._list_fleet(filters), is_throttled)

    def _list_fleet(self, filters: list[dict[str, Any]]) -> InstanceSnapshot:
        instances = list(self._instances(Filters=filters, PaginationConfig={"PageSize": PAGE}))
        return _fleet(instances, self._associations_of([each.instance_id for each in instances]))

    def list_with_details(self) -> tuple[InstanceSnapshot, dict[str, dict[str, Any]]]:
        """All instances of the region, and by their ids what is for people: ``launch_time`` and ``tags``; as many calls.

        Where there is no instance, nobody asks for associations.
        """

        def look() -> tuple[InstanceSnapshot, dict[str, dict[str, Any]]]:
            details: dict[str, dict[str, Any]] = {}
            instances = []
            for described in self._described(PaginationConfig={"PageSize": PAGE}):
                instances.append(_instance(described))
                details[described["InstanceId"]] = _details(described)
            return _fleet(instances, self._associations_of(list(details))), details

        return retry(look, is_throttled)

    def list_regions(self) -> list[str]:
        """The regions that are enabled for the account."""
        answer = read(self._client, "ec2:DescribeRegions", "*", "find out the regions, of which the option regions names none")
        return sorted(each["RegionName"] for each in answer["Regions"])

    def instances_with(self, profile_arns: Sequence[str]) -> list[tuple[str, str]]:
        """The instances of this region that have one of the profiles and are not gone: pairs of its ARN and their id."""
        living = {"Name": "instance-state-name", "Values": sorted(LIVING_STATES)}
        found: list[tuple[str, str]] = []
        for arns in chunks(profile_arns, VALUES_IN_A_FILTER):
            filters = [{"Name": "iam-instance-profile.arn", "Values": arns}, living]
            described = self._described(Filters=filters, PaginationConfig={"PageSize": PAGE})
            found += [(arn, each["InstanceId"]) for each in described if (arn := _arn_in_use(each)) in arns]
        return sorted(found)

    # Instances

    def _instances_by_id(self, ids: list[str]) -> Iterable[Instance]:
        found = each_in_parallel(self._known_instances, chunks(ids, IDS_IN_A_CALL), min(DESCRIBING, self._concurrency))
        return chain.from_iterable(found)

    def _known_instances(self, ids: list[str]) -> list[Instance]:
        # One unknown id makes AWS refuse the whole call, naming all the unknown ones: ask again without them.
        while ids:
            try:
                return list(self._instances(InstanceIds=ids))
            except AwsError as error:
                unknown = set(INSTANCE_ID.findall(error.message))
                if error.code != "InvalidInstanceID.NotFound" or not unknown & set(ids):
                    raise
                ids = [each for each in ids if each not in unknown]
        return []

    def _instances(self, **selection: Any) -> Iterator[Instance]:
        return map(_instance, self._described(**selection))

    def _described(self, **selection: Any) -> Iterator[dict[str, Any]]:
        """Page by page: the descriptions of ten thousand instances would fill the memory."""
        doing = f"list the instances of {self._client.meta.region_name}"
        pages = read_pages(self._client, "ec2:DescribeInstances", "instance/*", doing, **selection)
        return (each for page in pages for reservation in page["Reservations"] for each in reservation["Instances"])

    # Associations

    def _associations_of(self, instance_ids: list[str]) -> Iterable[Association]:
        lookups = chunks(instance_ids, VALUES_IN_A_FILTER)
        if len(lookups) > FEW_LOOKUPS:
            listed = self._list_associations(len(instance_ids) // PAGE + SPARE_PAGES)
            if listed is not None:
                wanted = set(instance_ids)
                return [each for each in listed if each.instance_id in wanted]
        return chain.from_iterable(each_in_parallel(self._look_up_associations, lookups, self._concurrency))

    def _list_associations(self, most_pages: int) -> Optional[list[Association]]:
        """All associations of the region, or None if they fill more pages than that."""
        found: list[Association] = []
        for number, page in enumerate(self._association_pages()):
            if number == most_pages:
                return None
            found += page
        return found

    def _look_up_associations(self, instance_ids: list[str]) -> list[Association]:
        filters = [{"Name": "instance-id", "Values": instance_ids}]
        return list(chain.from_iterable(self._association_pages(Filters=filters)))

    def _association_pages(self, **selection: Any) -> Iterator[list[Association]]:
        pages = read_pages(
            self._client,
            "ec2:DescribeIamInstanceProfileAssociations",
            "instance/*",
            "list the instance profiles of the instances",
            PaginationConfig={"PageSize": PAGE},
            **selection,
        )
        return ([_association(each) for each in page["IamInstanceProfileAssociations"]] for page in pages)

    # Writing

    def calls(self) -> CallPool:
        """A place for a plan's calls, through a client of their own.

        AWS counts reading and writing by themselves, and botocore sets one pace for all calls of a client.  The longer
        that client has lived, the more calls it lets through after the first that is throttled, and the slower it is then.
        """
        client = self._make_writer()
        return CallPool(lambda change: _with_association(perform(client, change, _patience)), self._concurrency)


def _with_association(answer: Answer) -> Answer:
    """The answer, which says of which association it is; raises AwsError for one that does not."""
    answer["IamInstanceProfileAssociation"]["AssociationId"]  # pylint: disable=pointless-statement
    return answer


def _patience(error: AwsError) -> float:
    """For how many seconds the call is worth making again."""
    return PROPAGATION_SECONDS if _is_late(error) else 0


def _is_late(error: AwsError) -> bool:
    """Whether EC2 has not yet heard of a profile that IAM has; the texts are AWS's own.

    https://github.com/hashicorp/terraform-provider-aws/issues/12533
    """
    if error.code == "InvalidParameterValue":
        return is_unseen_profile(error)
    return error.code == "IncorrectState" and "Code=InstanceIdentityProfileNotFound" in error.message


def _arn_in_use(described: Mapping[str, Any]) -> Optional[str]:
    """The ARN of the instance's profile unless the instance is gone; not every EC2 keeps to the filters that it is given."""
    is_living = described["State"]["Name"] in LIVING_STATES
    return described.get("IamInstanceProfile", {}).get("Arn") if is_living else None


def _instance(described: Mapping[str, Any]) -> Instance:
    metadata = described.get("MetadataOptions", {})
    tags = tags_in(described)
    return Instance(
        instance_id=described["InstanceId"],
        state=described["State"]["Name"],
        http_tokens=metadata.get("HttpTokens", ""),
        http_endpoint=metadata.get("HttpEndpoint", ""),
        managed_by=manager_in(tags),
        auto_scaling_group=tags.get(GROUP_TAG, ""),
        fleet_id=next((tags[each] for each in FLEET_TAGS if each in tags), ""),
    )


def _details(described: Mapping[str, Any]) -> dict[str, Any]:
    launched = described.get("LaunchTime")
    return {"launch_time": launched and launched.isoformat(), "tags": tags_in(described)}


def _association(described: Mapping[str, Any]) -> Association:
    return Association(
        association_id=described["AssociationId"],
        instance_id=described["InstanceId"],
        profile_arn=described["IamInstanceProfile"]["Arn"],
        profile_id=described["IamInstanceProfile"]["Id"],
        state=described["State"],
    )


def _fleet(instances: Iterable[Instance], associations: Iterable[Association]) -> InstanceSnapshot:
    by_instance: dict[str, list[Association]] = {}
    for each in associations:
        by_instance.setdefault(each.instance_id, []).append(each)
    known = {each.instance_id: each for each in instances}
    return InstanceSnapshot(known, {key: tuple(values) for key, values in by_instance.items()})
