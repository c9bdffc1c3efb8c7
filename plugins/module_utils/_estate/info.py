# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""estate_info's work: all accounts and regions side by side, and what is in them put together."""

from __future__ import annotations

from collections import Counter
from typing import Any, Callable, Iterable, Mapping, NamedTuple, Optional, Sequence

from .._attachment.problems import PROBLEMS as OF_INSTANCES
from .._aws.calls import each_in_parallel
from .._aws.clients import Session
from .._common.errors import AwsError, OptionError
from .._common.read_errors import ReadErrors
from .._common.sentences import listed
from .._launch.problems import PROBLEMS as OF_LAUNCH_SOURCES
from .._policy.service_reference import ServiceReference
from .._role.problems import PROBLEMS as OF_ROLES
from .account import AccountData, AccountTarget, read_account, target_of
from .connections import Connections
from .options import check_enabled
from .problems import PROBLEMS
from .region import RegionData, read_region
from .rows import KINDS, AccountRows
from .spec import EstateSpec

# An instance that does not exist has no row.
CODES = tuple(code for code in dict.fromkeys((*OF_INSTANCES, *OF_LAUNCH_SOURCES, *OF_ROLES, *PROBLEMS)) if code != "not_found")
NOT_ENABLED = "OptInRequired"
WARNED = 3  # of what could not be read


class Place(NamedTuple):
    """A region of an account, with what opens it."""

    found: AccountData
    account: Session
    region: str


def look(
    connections: Connections,
    spec: EstateSpec,
    workers: int,
    warn: Callable[[str], None],
    reference: Optional[ServiceReference] = None,
) -> dict[str, Any]:
    """The module's return values; ``workers`` accounts, and then regions, are read side by side.

    ``warn`` is told of what could not be read.  Raises AwsError where nothing could be.
    """
    own = Session()
    targets = find_targets(connections, spec, own)
    accounts = each_in_parallel(lambda each: read_account(connections, each, own, spec.external_id), targets, workers)
    check_enabled(spec.regions, [each.regions for each in accounts if each.account])
    places = [Place(each, each.account, region) for each in accounts if each.account for region in _regions_of(each, spec)]
    regions = each_in_parallel(lambda place: _read(connections, place), places, workers)
    _raise_if_nothing(accounts, regions)
    rows = [_rows(found, regions, spec, reference) for found in accounts]
    result = _joined(rows)
    calls = sum(each.calls for each in accounts if each.target.role_arn) + own.calls
    _tell_gaps(result, warn)
    return {"msg": summary(result), **result, "calls": calls}


def find_targets(connections: Connections, spec: EstateSpec, own: Session) -> list[AccountTarget]:
    """The accounts to look at, by id."""
    targets = [target_of(each) for each in spec.role_arns]
    if spec.organization_role:
        me = connections.caller(own)
        names = connections.organization_accounts(own)
        arn = f"arn:{me.partition}:iam::{{}}:role/{spec.organization_role}"
        targets = [AccountTarget(key, name, None if key == me.account_id else arn.format(key)) for key, name in names.items()]
    elif spec.own:
        account_id = connections.caller(own).account_id
        if any(each.account_id == account_id for each in targets):
            raise OptionError("accounts", f"has the account {account_id} twice: it is self too.", "Leave one of them out.")
        targets.append(AccountTarget(account_id))
    return sorted(targets)


def _regions_of(found: AccountData, spec: EstateSpec) -> Sequence[str]:
    """Those that were named, or all that are enabled."""
    return spec.regions if spec.regions is not None else found.regions or ()


def _read(connections: Connections, place: Place) -> RegionData:
    account_id = place.found.target.account_id
    if place.found.regions is not None and place.region not in place.found.regions:
        read_errors = ReadErrors()
        read_errors.errors.append(_not_enabled(place))
        return RegionData(account_id, place.region, read_errors)
    return read_region(connections.region(place.account, place.region), account_id, place.region)


def _not_enabled(place: Place) -> AwsError:
    """What AWS would say too, if it were asked."""
    doing = f"read the region {place.region} of the account {place.found.target.account_id}"
    message = "The region is not enabled for the account"
    return AwsError("ec2:DescribeInstances", "instance/*", doing, NOT_ENABLED, message, suggestion="Enable it, or leave it out.")


def _raise_if_nothing(accounts: Sequence[AccountData], regions: Sequence[RegionData]) -> None:
    """Raises the first error where nothing at all could be read."""
    if any(each.is_read for each in accounts) or any(each.read_errors.is_read for each in regions):
        return
    read_errors = [*(each.read_errors for each in accounts), *(each.read_errors for each in regions)]
    errors = [error for each in read_errors for error in each.errors]
    if errors:
        raise errors[0]


def _rows(found: AccountData, regions: Iterable[RegionData], spec: EstateSpec, reference: Optional[ServiceReference]) -> AccountRows:
    own = [each for each in regions if each.account_id == found.target.account_id]
    read = {each.region for each in own if not each.read_errors.errors}
    is_whole = found.regions is not None and read.issuperset(found.regions)
    return AccountRows(found, own, is_whole, reference)


def _joined(accounts: Sequence[AccountRows]) -> dict[str, Any]:
    result = {
        "accounts": [each.account() for each in accounts],
        "regions": [row for each in accounts for row in each.region_rows()],
        "instances": [row for each in accounts for row in each.instances()],
        **{kind: [row for each in accounts for row in each.launch_sources(kind)] for kind in KINDS},
        "roles": [row for each in accounts for row in each.roles()],
        "instance_profiles": [row for each in accounts for row in each.instance_profiles()],
    }
    counted = Counter(problem["code"] for rows in result.values() for row in rows for problem in row.get("problems", ()))
    return {**result, "counts": {code: counted[code] for code in CODES}}


def _tell_gaps(result: Mapping[str, Any], warn: Callable[[str], None]) -> None:
    """One warning for all: in a large estate a closed region is closed in every account."""
    places = [
        f"{row['account_id']}{' ' + row['region'] if 'region' in row else ''} ({row['incomplete'][0]['target']}: {row['incomplete'][0]['reason']})"
        for row in (*result["accounts"], *result["regions"])
        if row["incomplete"]
    ]
    if places:
        warn(f"Not everything could be read: {listed(places, WARNED)}. See incomplete in the rows of accounts and regions.")


def summary(result: Mapping[str, Any]) -> str:
    """One sentence for people."""
    numbers = {
        "account": len(result["accounts"]),
        "region": len({row["region"] for row in result["regions"]}),
        "instance": len(result["instances"]),
    }
    text = ", ".join(f"{count} {name}{'' if count == 1 else 's'}" for name, count in numbers.items())
    said = ", ".join(f"{count} {code}" for code, count in result["counts"].items() if count)
    return f"{text}{f': {said}' if said else ', without a problem'}."
