# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""estate_info: reads all accounts and regions in parallel, and combines them."""

from __future__ import annotations

from collections import Counter
from typing import Any, Callable, Iterable, Mapping, NamedTuple, Optional, Sequence

from .._attachment.problems import PROBLEMS as OF_INSTANCES
from .._aws.clients import Session
from .._aws.parallel import each_in_parallel
from .._common.errors import AwsError, OptionError
from .._common.read_errors import ReadErrors
from .._common.sentences import listed, number_of
from .._launch.problems import PROBLEMS as OF_LAUNCH_SOURCES
from .._policy.service_reference import ServiceReference
from .._role.problems import PROBLEMS as OF_ROLES
from .account import AccountData, AccountTarget, read_account, target_of
from .connections import Connections
from .options import check_enabled
from .problems import PROBLEMS
from .region import RegionData, read_region
from .rows import SOURCE_KINDS, AccountRows
from .spec import EstateSpec

# An instance that does not exist has no row.
CODES = tuple(code for code in dict.fromkeys((*OF_INSTANCES, *OF_LAUNCH_SOURCES, *OF_ROLES, *PROBLEMS)) if code != "not_found")
NOT_ENABLED = "OptInRequired"
SHOWN_ERRORS = 3  # in the warning


class RegionTarget(NamedTuple):
    """A region to read in an account, and the session for it."""

    account: AccountData
    session: Session
    region: str


def gather(
    connections: Connections,
    spec: EstateSpec,
    workers: int,
    warn: Callable[[str], None],
    reference: Optional[ServiceReference] = None,
) -> dict[str, Any]:
    """The module's return values; ``workers`` accounts, and then regions, are read in parallel.

    Read errors become one warning.  Raises AwsError if nothing at all could be read.
    """
    own = Session()
    targets = find_targets(connections, spec, own)
    accounts = each_in_parallel(lambda each: read_account(connections, each, own, spec.external_id), targets, workers)
    check_enabled(spec.regions, [each.regions for each in accounts if each.session])
    to_read = [RegionTarget(each, each.session, region) for each in accounts if each.session for region in _regions_of(each, spec)]
    regions = each_in_parallel(lambda target: _read_region(connections, target), to_read, workers)
    _raise_if_nothing(accounts, regions)
    result = _combined([_rows(account, regions, reference) for account in accounts])
    calls = sum(each.calls for each in accounts if each.target.role_arn) + own.calls
    _warn_of_read_errors(result, warn)
    return {"msg": summary(result), **result, "calls": calls}


def find_targets(connections: Connections, spec: EstateSpec, own: Session) -> list[AccountTarget]:
    """The accounts to read, by id."""
    targets = [target_of(each) for each in spec.role_arns]
    if spec.organization_role:
        me = connections.caller(own)
        names = connections.organization_accounts(own)
        arn = f"arn:{me.partition}:iam::{{}}:role/{spec.organization_role}"
        targets = [AccountTarget(key, name, None if key == me.account_id else arn.format(key)) for key, name in names.items()]
    elif spec.own:
        account_id = connections.caller(own).account_id
        if any(each.account_id == account_id for each in targets):
            raise OptionError("accounts", f"lists the account {account_id} twice: self is the same account.", "Remove one of them.")
        targets.append(AccountTarget(account_id))
    return sorted(targets)


def _regions_of(account: AccountData, spec: EstateSpec) -> Sequence[str]:
    """The regions in the options, or all enabled regions of the account."""
    return spec.regions if spec.regions is not None else account.regions or ()


def _read_region(connections: Connections, target: RegionTarget) -> RegionData:
    account_id = target.account.target.account_id
    if target.account.regions is not None and target.region not in target.account.regions:
        read_errors = ReadErrors()
        read_errors.errors.append(_not_enabled(target))
        return RegionData(account_id, target.region, read_errors)
    return read_region(connections.region(target.session, target.region), account_id, target.region)


def _not_enabled(target: RegionTarget) -> AwsError:
    """The error that AWS would return."""
    doing = f"read the region {target.region} of the account {target.account.target.account_id}"
    message = "The region is not enabled for the account"
    return AwsError("ec2:DescribeInstances", "instance/*", doing, NOT_ENABLED, message, suggestion="Enable it, or leave it out.")


def _raise_if_nothing(accounts: Sequence[AccountData], regions: Sequence[RegionData]) -> None:
    """Raises the first error if nothing at all could be read."""
    if any(each.is_read for each in accounts) or any(each.read_errors.is_read for each in regions):
        return
    read_errors = [*(each.read_errors for each in accounts), *(each.read_errors for each in regions)]
    errors = [error for each in read_errors for error in each.errors]
    if errors:
        raise errors[0]


def _rows(account: AccountData, regions: Iterable[RegionData], reference: Optional[ServiceReference]) -> AccountRows:
    own = [each for each in regions if each.account_id == account.target.account_id]
    read = {each.region for each in own if not each.read_errors.errors}
    is_complete = account.regions is not None and read.issuperset(account.regions)
    return AccountRows(account, own, is_complete, reference)


def _combined(accounts: Sequence[AccountRows]) -> dict[str, Any]:
    result = {
        "accounts": [each.account_row() for each in accounts],
        "regions": [row for each in accounts for row in each.region_rows()],
        "instances": [row for each in accounts for row in each.instances()],
        **{kind: [row for each in accounts for row in each.launch_sources(kind)] for kind in SOURCE_KINDS},
        "roles": [row for each in accounts for row in each.roles()],
        "instance_profiles": [row for each in accounts for row in each.instance_profiles()],
    }
    counted = Counter(problem["code"] for rows in result.values() for row in rows for problem in row.get("problems", ()))
    return {**result, "counts": {code: counted[code] for code in CODES}}


def _warn_of_read_errors(result: Mapping[str, Any], warn: Callable[[str], None]) -> None:
    """One warning for all: in a large estate, a denied region is denied in every account."""
    places = [
        f"{row['account_id']}{' ' + row['region'] if 'region' in row else ''} ({row['incomplete'][0]['target']}: {row['incomplete'][0]['reason']})"
        for row in (*result["accounts"], *result["regions"])
        if row["incomplete"]
    ]
    if places:
        warn(f"Not everything could be read: {listed(places, SHOWN_ERRORS)}. See incomplete in the rows of accounts and regions.")


def summary(result: Mapping[str, Any]) -> str:
    """One sentence for people."""
    numbers = {
        "account": len(result["accounts"]),
        "region": len({row["region"] for row in result["regions"]}),
        "instance": len(result["instances"]),
    }
    text = ", ".join(number_of(count, name) for name, count in numbers.items())
    problems = ", ".join(f"{count} {code}" for code, count in result["counts"].items() if count)
    is_incomplete = any(row.get("incomplete") for row in (*result["accounts"], *result["regions"]))
    known = " Not everything could be read." if is_incomplete else ""
    if problems:
        return f"{text}. Problems of all resources: {problems}.{known}"
    return f"{text}: no {'known ' if known else ''}problems.{known}"
