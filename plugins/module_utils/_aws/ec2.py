# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to EC2: reads instances and their instance profiles, and makes a plan's calls."""

from __future__ import annotations

from itertools import chain
from typing import Any, Callable, Iterable, Iterator, Mapping, Optional, Sequence

from .._common.errors import AwsError
from .._common.filters import literal
from .._common.identifiers import INSTANCE_ID, name_in_arn
from .._values.instances import Association, Instance, InstanceSnapshot
from .._values.managers import FLEET_TAGS, GROUP_TAG, manager_in
from .._values.metadata_options import MetadataOptions
from .attempts import is_throttled, retry
from .call_pool import CallPool
from .calls import perform, read, read_pages
from .eventual_consistency import PROPAGATION_SECONDS, is_unseen_profile
from .parallel import chunks, each_in_parallel
from .responses import Response
from .tags import tags_in

# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html
IDS_IN_A_CALL = 1000
VALUES_IN_A_FILTER = 200
PAGE = 1000
LIVING_STATES = frozenset({"pending", "running", "stopping", "stopped"})
MAX_PARALLEL_PAGES = 2  # pages of a thousand instances that are read in parallel; each is in memory while it is parsed

# Associations are looked up by instance if that takes up to so many calls.  For more instances, listing all associations takes
# fewer calls, unless most of these belong to other instances: listing stops after so many extra pages.
MAX_LOOKUPS = 4
EXTRA_PAGES = 2


class Ec2:
    """EC2 in one region, with ``concurrency`` parallel calls: one boto3 client reads, and ``make_writer`` creates others that write."""

    def __init__(self, client: Any, concurrency: int, make_writer: Optional[Callable[[], Any]] = None) -> None:
        self._client = client
        self._concurrency = concurrency
        self._make_writer = make_writer or (lambda: client)

    @property
    def region(self) -> str:
        """The region's name."""
        name: str = self._client.meta.region_name
        return name

    @property
    def partition(self) -> str:
        """The AWS partition of the region."""
        name: str = self._client.meta.partition
        return name

    # Reading

    def read_instances(self, instance_ids: Iterable[str]) -> InstanceSnapshot:
        """The existing instances with these ids, and their associations; about N/500 calls, at worst N/200."""
        ids = list(instance_ids)
        parts = (self._instances_by_id, self._associations_of)
        return retry(lambda: _snapshot(*each_in_parallel(lambda part: part(ids), parts, self._concurrency)), is_throttled)

    def read_without_associations(self, instance_ids: Iterable[str]) -> InstanceSnapshot:
        """The existing instances with these ids, without their associations; about N/1000 calls."""
        ids = list(instance_ids)
        return retry(lambda: _snapshot(self._instances_by_id(ids), ()), is_throttled)

    def list_without_associations(self, filters: list[dict[str, Any]]) -> InstanceSnapshot:
        """The instances that match the filters, without their associations; about N/1000 calls."""
        return retry(lambda: _snapshot(self._instances(Filters=filters, PaginationConfig={"PageSize": PAGE}), ()), is_throttled)

    def list_instances(self, filters: list[dict[str, Any]]) -> InstanceSnapshot:
        """The instances that match the filters (all without filters), and their associations; as many calls."""
        return retry(lambda: self._list_instances(filters), is_throttled)

    def _list_instances(self, filters: list[dict[str, Any]]) -> InstanceSnapshot:
        instances = list(self._instances(Filters=filters, PaginationConfig={"PageSize": PAGE}))
        return _snapshot(instances, self._associations_of([each.instance_id for each in instances]))

    def list_with_details(self) -> tuple[InstanceSnapshot, dict[str, dict[str, Any]]]:
        """All instances of the region, and the ``launch_time`` and ``tags`` of each by its id; as many calls.

        If there are no instances, it does not read associations.
        """

        def read_all() -> tuple[InstanceSnapshot, dict[str, dict[str, Any]]]:
            details: dict[str, dict[str, Any]] = {}
            instances = []
            for described in self._described(PaginationConfig={"PageSize": PAGE}):
                instances.append(_instance(described))
                details[described["InstanceId"]] = _details(described)
            return _snapshot(instances, self._associations_of(list(details))), details

        return retry(read_all, is_throttled)

    def imds_support(self, image_ids: Iterable[str]) -> dict[str, str]:
        """ImdsSupport of the images that are visible to the account, empty for those without it."""
        found: dict[str, str] = {}
        for ids in chunks(sorted(set(image_ids)), VALUES_IN_A_FILTER):
            # A filter, because one unknown id would fail the call.
            filters = [{"Name": "image-id", "Values": ids}]
            response = read(
                self._client, "ec2:DescribeImages", "image/*", "read the images of launch templates", Filters=filters, IncludeDeprecated=True
            )
            found.update({each["ImageId"]: each.get("ImdsSupport") or "" for each in response["Images"]})
        return found

    def list_regions(self) -> list[str]:
        """The regions that are enabled for the account."""
        response = read(self._client, "ec2:DescribeRegions", "*", "list the enabled regions, because the option regions is not set")
        return sorted(each["RegionName"] for each in response["Regions"])

    def instances_with(self, profile_arns: Sequence[str]) -> list[tuple[str, str]]:
        """The instances of this region that have one of the profiles and are not terminated, as pairs of profile ARN and instance id."""
        living = {"Name": "instance-state-name", "Values": sorted(LIVING_STATES)}
        found: list[tuple[str, str]] = []
        for arns in chunks(profile_arns, VALUES_IN_A_FILTER):
            filters = [{"Name": "iam-instance-profile.arn", "Values": list(map(literal, arns))}, living]
            described = self._described(Filters=filters, PaginationConfig={"PageSize": PAGE})
            found += [(arn, each["InstanceId"]) for each in described if (arn := _arn_in_use(each)) in arns]
        return sorted(found)

    # Instances

    def _instances_by_id(self, ids: list[str]) -> Iterable[Instance]:
        found = each_in_parallel(self._existing_instances, chunks(ids, IDS_IN_A_CALL), min(MAX_PARALLEL_PAGES, self._concurrency))
        return chain.from_iterable(found)

    def _existing_instances(self, ids: list[str]) -> list[Instance]:
        # EC2 rejects the whole call if one id is unknown, and lists all unknown ids in the error: repeat it without them.
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
        """AWS's descriptions, page by page, because those of ten thousand instances would need too much memory."""
        doing = f"list the instances of {self._client.meta.region_name}"
        pages = read_pages(self._client, "ec2:DescribeInstances", "instance/*", doing, **selection)
        return (each for page in pages for reservation in page["Reservations"] for each in reservation["Instances"])

    # Associations

    def _associations_of(self, instance_ids: list[str]) -> Iterable[Association]:
        lookups = chunks(instance_ids, VALUES_IN_A_FILTER)
        if len(lookups) > MAX_LOOKUPS:
            listed = self._list_associations(len(instance_ids) // PAGE + EXTRA_PAGES)
            if listed is not None:
                wanted = set(instance_ids)
                return [each for each in listed if each.instance_id in wanted]
        return chain.from_iterable(each_in_parallel(self._look_up_associations, lookups, self._concurrency))

    def _list_associations(self, max_pages: int) -> Optional[list[Association]]:
        """All associations of the region, or None if they fill more pages than that."""
        found: list[Association] = []
        for number, page in enumerate(self._association_pages()):
            if number == max_pages:
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

    def calls(self, result: str = "IamInstanceProfileAssociation", member: str = "AssociationId") -> CallPool:
        """A pool for a plan's calls, with a new client; their responses have a ``result`` with this member.

        AWS has separate rate limits for reads and writes, but botocore sets one pace for all calls of a client.  The longer the
        client has lived, the more calls it sends after the first throttled one, and the slower it is then.
        """
        client = self._make_writer()
        return CallPool(lambda change: _checked(perform(client, change, _retry_seconds), result, member), self._concurrency)


def _checked(response: Response, result: str, member: str) -> Response:
    """The response; raises AwsError if the member is missing."""
    response[result][member]  # pylint: disable=pointless-statement
    return response


def _retry_seconds(error: AwsError) -> float:
    """For how many seconds to retry the call."""
    return PROPAGATION_SECONDS if _is_propagating(error) else 0


def _is_propagating(error: AwsError) -> bool:
    """Whether EC2 does not see an instance profile yet that exists in IAM; the texts are AWS's own.

    https://github.com/hashicorp/terraform-provider-aws/issues/12533
    """
    if error.code == "InvalidParameterValue":
        return is_unseen_profile(error)
    return error.code == "IncorrectState" and "Code=InstanceIdentityProfileNotFound" in error.message


def _arn_in_use(described: Mapping[str, Any]) -> Optional[str]:
    """The ARN of the instance's profile, or None if the instance is terminated: not every EC2-compatible server applies the filters."""
    is_living = described["State"]["Name"] in LIVING_STATES
    return described.get("IamInstanceProfile", {}).get("Arn") if is_living else None


def _instance(described: Mapping[str, Any]) -> Instance:
    operator = described.get("Operator", {})
    tags = tags_in(described)
    manager = manager_in(tags)
    return Instance(
        instance_id=described["InstanceId"],
        state=described["State"]["Name"],
        metadata=MetadataOptions.of(described.get("MetadataOptions", {})),
        profile_name=name_in_arn(described.get("IamInstanceProfile", {}).get("Arn") or ""),
        operator=(operator.get("Principal") or "an AWS service") if operator.get("Managed") else "",
        managed_by=manager.name,
        manager_tag=manager.tag,
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


def _snapshot(instances: Iterable[Instance], associations: Iterable[Association]) -> InstanceSnapshot:
    by_instance: dict[str, list[Association]] = {}
    for each in associations:
        by_instance.setdefault(each.instance_id, []).append(each)
    known = {each.instance_id: each for each in instances}
    return InstanceSnapshot(known, {key: tuple(values) for key, values in by_instance.items()})
