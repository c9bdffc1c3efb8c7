# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of estate_info, checked without calling AWS.  Pure."""

from __future__ import annotations

import re
from typing import Any, Mapping, Optional, Sequence

from .._common.errors import OptionError
from .._common.region_names import check_regions
from .._common.suggestions import did_you_mean
from .spec import EstateSpec

SELF = "self"
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
PATH_AND_NAME = r"(?:[!-.0-~]+/)*[\w+=,.@-]{1,64}"
ROLE_ARN = re.compile(rf"arn:aws[\w-]*:iam::(?P<account>\d{{12}}):role/{PATH_AND_NAME}", re.ASCII)
ROLE = re.compile(PATH_AND_NAME, re.ASCII)
# https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)


def estate_spec(options: Mapping[str, Any]) -> EstateSpec:
    """Checks and converts the module's options.  Raises OptionError."""
    accounts = options["accounts"]
    organization_role = options["organization_role_name"]
    _check_external_id(options["external_id"])
    check_regions("regions", options["regions"])
    if organization_role is not None:
        role = organization_role.strip("/")
        # A path can contain colons, so an ARN would match too.
        if not ROLE.fullmatch(role) or role.startswith("arn:"):
            suggestion = "Use a role's name, with its path if it has one, such as OrganizationAccountAccessRole or team/audit."
            raise OptionError("organization_role_name", f"{organization_role!r} is not a role name.", suggestion)
        return EstateSpec((), False, role, options["external_id"], _unique(options["regions"]))
    accounts = [SELF] if accounts is None else accounts
    _check_accounts(accounts)
    arns = tuple(each for each in accounts if each != SELF)
    return EstateSpec(arns, SELF in accounts, None, options["external_id"], _unique(options["regions"]))


def check_enabled(regions: Optional[Sequence[str]], enabled: Sequence[Optional[Sequence[str]]]) -> None:
    """Raises OptionError for a region that is enabled in none of the accounts.

    ``enabled`` has the enabled regions of each account, or None if they could not be read, so that any may be enabled there.
    """
    known = {region for some in enabled for region in some or ()}
    for each in regions or ():
        if known and None not in enabled and each not in known:
            suggestion = did_you_mean(each, known) or f"Enabled regions: {', '.join(sorted(known))}."
            raise OptionError("regions", f"{each} is not enabled in any of the accounts.", suggestion)


def account_of(role_arn: str) -> str:
    """The account of the role."""
    return role_arn.split(":")[4]


def _check_accounts(accounts: Sequence[str]) -> None:
    if not accounts:
        raise OptionError("accounts", "is empty.", f"List the roles to assume, or {SELF}, or omit the option for {SELF}.")
    seen: set[str] = set()
    for each in accounts:
        if each != SELF and not ROLE_ARN.fullmatch(each):
            suggestion = f"Give the ARN of a role, such as arn:aws:iam::123456789012:role/audit, or {SELF}."
            raise OptionError("accounts", f"{each!r} is not the ARN of a role.", suggestion)
        account = each if each == SELF else account_of(each)
        if account in seen:
            raise OptionError("accounts", f"lists the account {account} twice.", "List one role per account.")
        seen.add(account)


def _check_external_id(given: Optional[str]) -> None:
    if given is not None and not EXTERNAL_ID.fullmatch(given):
        # The value may be a secret, so the message does not repeat it.
        suggestion = "Use 2 to 1,224 letters, digits and the characters +=,.@:/-_ without spaces."
        raise OptionError("external_id", "is not a valid external ID.", suggestion)


def _unique(given: Optional[Sequence[str]]) -> Optional[tuple[str, ...]]:
    return None if given is None else tuple(dict.fromkeys(given))
