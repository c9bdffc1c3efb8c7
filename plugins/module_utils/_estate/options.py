# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of estate_info: what can be found wrong without asking AWS.  Pure."""

from __future__ import annotations

import re
from typing import Any, Mapping, Optional, Sequence

from .._common.errors import OptionError
from .._common.suggestions import did_you_mean
from .spec import EstateSpec

SELF = "self"
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
PATH_AND_NAME = r"(?:[!-.0-~]+/)*[\w+=,.@-]{1,64}"
ROLE_ARN = re.compile(rf"arn:aws[\w-]*:iam::(?P<account>\d{{12}}):role/{PATH_AND_NAME}", re.ASCII)
ROLE = re.compile(PATH_AND_NAME, re.ASCII)
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}", re.ASCII)


def estate_spec(options: Mapping[str, Any]) -> EstateSpec:
    """The spec out of the module's options.  Raises OptionError."""
    accounts = options["accounts"]
    organization_role = options["organization_role_name"]
    _check_external_id(options["external_id"])
    _check_regions(options["regions"])
    if organization_role is not None:
        role = organization_role.strip("/")
        # A path may have colons, so an ARN looks like one.
        if not ROLE.fullmatch(role) or role.startswith("arn:"):
            suggestion = "It is the name of a role, with its path if it has one: OrganizationAccountAccessRole, or team/audit."
            raise OptionError("organization_role_name", f"{organization_role!r} is not a role's name.", suggestion)
        return EstateSpec((), False, role, options["external_id"], _unique(options["regions"]))
    accounts = [SELF] if accounts is None else accounts
    _check_accounts(accounts)
    arns = tuple(each for each in accounts if each != SELF)
    return EstateSpec(arns, SELF in accounts, None, options["external_id"], _unique(options["regions"]))


def check_enabled(regions: Optional[Sequence[str]], enabled: Sequence[Optional[Sequence[str]]]) -> None:
    """Raises OptionError for a region that none of the accounts has.

    ``enabled`` are those of each account; None is of an account that does not tell, and may have it.
    """
    known = {region for some in enabled for region in some or ()}
    for each in regions or ():
        if known and None not in enabled and each not in known:
            meant = did_you_mean(each, known) or f"These are: {', '.join(sorted(known))}."
            raise OptionError("regions", f"{each} is enabled in none of the accounts.", meant)


def account_of(role_arn: str) -> str:
    """The account of the role."""
    return role_arn.split(":")[4]


def _check_accounts(accounts: Sequence[str]) -> None:
    if not accounts:
        raise OptionError("accounts", "is empty.", f"Name the roles to assume, or {SELF}; without it, {SELF} is meant.")
    seen: set[str] = set()
    for each in accounts:
        if each != SELF and not ROLE_ARN.fullmatch(each):
            suggestion = f"Give the ARN of a role, such as arn:aws:iam::123456789012:role/audit, or {SELF}."
            raise OptionError("accounts", f"{each!r} is not an ARN of a role.", suggestion)
        account = each if each == SELF else account_of(each)
        if account in seen:
            raise OptionError("accounts", f"has the account {account} twice.", "Name one role in each account.")
        seen.add(account)


def _check_external_id(given: Optional[str]) -> None:
    if given is not None and not EXTERNAL_ID.fullmatch(given):
        # What it is may be a secret of somebody's.
        suggestion = "It has 2 to 1,224 letters, digits and characters of +=,.@:/-_ without spaces."
        raise OptionError("external_id", "is none that AWS takes.", suggestion)


def _check_regions(given: Optional[Sequence[str]]) -> None:
    if given is not None and not given:
        raise OptionError("regions", "is empty.", "Name at least one; without it, all that are enabled are meant.")
    for each in given or ():
        if not REGION.fullmatch(each):
            raise OptionError("regions", f"{each!r} is not a region.", "Regions are written like eu-central-1.")


def _unique(given: Optional[Sequence[str]]) -> Optional[tuple[str, ...]]:
    return None if given is None else tuple(dict.fromkeys(given))
