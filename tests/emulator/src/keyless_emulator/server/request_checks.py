# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that EC2 refuses whatever its state is."""

from __future__ import annotations

import re
from typing import Any

from ..conditions.reserved_tags import PREFIX, reserved_tags
from .calls import Call
from .errors import AwsError

INSTANCE_ID = re.compile(r"i-(?:[0-9a-f]{8}|[0-9a-f]{17})")
ASSOCIATION_ID = re.compile(r"iip-assoc-[0-9a-f]{17}")
FILTER_VALUES = 200
INSTANCE_IDS = 1000
TAGGING = ("CreateTags", "RunInstances")
LOWEST_PRICE = 0.001  # dollars an hour
PAGED = ("DescribeInstances", "DescribeIamInstanceProfileAssociations")
ASSOCIATION_FILTERS = ("instance-id", "state")


def check_rules(call: Call) -> None:
    """Raises AWS's error for an invalid request."""
    if call.service == "ec2":
        for rule in RULES:
            rule(call)


def instance_ids_are_well_formed(call: Call) -> None:
    """Checks instance ids, in any operation."""
    ids = call.parameters.get("InstanceIds") or [call.parameters.get("InstanceId")]
    for instance_id in ids:
        if isinstance(instance_id, str) and not INSTANCE_ID.fullmatch(instance_id):
            raise AwsError("InvalidInstanceID.Malformed", f'Invalid id: "{instance_id}"')


def association_ids_are_well_formed(call: Call) -> None:
    """Checks association ids. The message is from aws/aws-cli#2570."""
    ids = call.parameters.get("AssociationIds") or [call.parameters.get("AssociationId")]
    if "IamInstanceProfile" not in call.operation:
        return
    for association_id in ids:
        if association_id is not None and not ASSOCIATION_ID.fullmatch(association_id):
            raise AwsError("InvalidParameterValue", "Invalid value for associationId.")


def one_name_for_a_profile(call: Call) -> None:
    """Refuses a profile's ARN together with its name."""
    profile = call.parameters.get("IamInstanceProfile")
    if isinstance(profile, dict) and len(profile) > 1:
        raise AwsError(
            "InvalidParameterCombination",
            "The parameter 'iamInstanceProfile.name' may not be used in combination with 'iamInstanceProfile.arn'",
        )


def filters_have_values(call: Call) -> None:
    """Refuses a filter without values, which is how an empty list is sent."""
    for each in _filters(call):
        if not each.get("Values"):
            raise AwsError("InvalidParameterValue", "Invalid value 'null/empty' for 'filter'")


def filters_are_short(call: Call) -> None:
    """Limits the values of a filter. Code and message as in gjbae1212/gossm#47."""
    if any(len(each.get("Values", [])) > FILTER_VALUES for each in _filters(call)):
        raise AwsError(
            "FilterLimitExceeded",
            f"The maximum number of filter values specified on a single call is {FILTER_VALUES}",
        )


def association_filters_are_known(call: Call) -> None:
    """Allows only the filters instance-id and state for associations."""
    if call.operation != "DescribeIamInstanceProfileAssociations":
        return
    for each in _filters(call):
        if each.get("Name") not in ASSOCIATION_FILTERS:
            raise AwsError("InvalidParameterValue", f"The filter '{each.get('Name')}' is invalid")


def ids_are_not_too_many(call: Call) -> None:
    """Limits the number of ids. The message, including its spelling, is that of DescribeInstanceStatus (sensu-plugins/sensu-plugins-aws#195)."""
    count = len(call.parameters.get("InstanceIds", []))
    if call.operation == "DescribeInstances" and count > INSTANCE_IDS:
        raise AwsError(
            "InvalidRequest",
            f"{count} exceeds the maximum number of instance IDs that can be specificied ({INSTANCE_IDS}). "
            f"Please specify fewer than {INSTANCE_IDS} instance IDs.",
        )


def pages_have_a_size(call: Call) -> None:
    """Requires a page size of 5 to 1,000."""
    size = call.parameters.get("MaxResults")
    if call.operation not in PAGED or size is None or 5 <= size <= 1000:
        return
    bound = "greater than 5" if size < 5 else "less than 1000"
    raise AwsError(
        "InvalidParameterValue",
        f"Value ( {size} ) for parameter maxResults is invalid. Expecting a value {bound}.",
    )


def tags_are_not_reserved(call: Call) -> None:
    """Refuses reserved keys if the setting says so. The messages are from jcjorel/ec2-spot-converter#13 and dtan4/terraforming#343."""
    given = [*call.parameters.get("Tags", []), *(tag for each in call.parameters.get("TagSpecifications", []) for tag in each.get("Tags", []))]
    key = next((each["Key"] for each in given if str(each.get("Key", "")).lower().startswith(PREFIX)), None)
    if key is None or not reserved_tags().refused or call.operation not in TAGGING:
        return
    invalid = f"Value ( {key} ) for parameter key is invalid. " if call.operation == "CreateTags" else ""
    raise AwsError("InvalidParameterValue", f"{invalid}Tag keys starting with 'aws:' are reserved for internal use")


def spot_price_is_not_too_low(call: Call) -> None:
    """Refuses a maximum price that no Spot Instance has. Code and message are from aws/aws-parallelcluster-node#415."""
    options = call.parameters.get("InstanceMarketOptions", {}).get("SpotOptions", {}) if call.operation == "RunInstances" else {}
    price = options.get("MaxPrice")
    if price is not None and float(price) < LOWEST_PRICE:
        raise AwsError(
            "SpotMaxPriceTooLow",
            f"Your Spot request price of {price} is lower than the minimum required Spot request fulfillment price of {LOWEST_PRICE}.",
        )


def _filters(call: Call) -> list[dict[str, Any]]:
    return call.parameters.get("Filters", [])


RULES = (
    tags_are_not_reserved,
    spot_price_is_not_too_low,
    instance_ids_are_well_formed,
    association_ids_are_well_formed,
    one_name_for_a_profile,
    filters_have_values,
    filters_are_short,
    association_filters_are_known,
    ids_are_not_too_many,
    pages_have_a_size,
)
