# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""access_key_info: the user of each access key, its status, and its last use."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, Mapping, Optional, Sequence, Union

from .._aws.access_keys import AccessKeys
from .._aws.parallel import each_in_parallel
from .._common.errors import ACCESS_DENIED, AwsError

TEMPORARY = "ASIA"
WORKERS = 8  # parallel reads; IAM's rate limits are unpublished and low
# Errors that concern a single key or user.  The others are still reported.
TOLERATED = ACCESS_DENIED | {"NoSuchEntity"}


@dataclass(frozen=True)
class AccessKey:
    """An entry of the return value ``access_keys``; None stands for missing or unknown values, dates are in ISO 8601."""

    access_key_id: str
    type: str = "long_term"
    user_name: Optional[str] = None
    status: Optional[str] = None
    create_date: Optional[str] = None
    last_used_date: Optional[str] = None
    last_used_service: Optional[str] = None
    last_used_region: Optional[str] = None
    used_by_task: bool = False
    msg: Optional[str] = None

    def as_result(self) -> dict[str, Any]:
        """The entry as a dictionary."""
        return asdict(self)


# The access keys of a user as IAM lists them, by id, or the error if they could not be listed.
Listed = Union[Mapping[str, Mapping[str, Any]], AwsError]


def gather(gateway: AccessKeys, access_key_ids: Sequence[str]) -> dict[str, Any]:
    """The module's return values."""
    return {"access_keys": [key.as_result() for key in describe(gateway, access_key_ids)]}


def describe(gateway: AccessKeys, access_key_ids: Sequence[str]) -> list[AccessKey]:
    """An entry for each id, in order, without duplicates; one call per long-term key, and one per user."""
    ids = list(dict.fromkeys(access_key_ids))
    keys = each_in_parallel(partial(_with_last_use, gateway), ids, WORKERS)
    users = sorted({key.user_name for key in keys if key.user_name})
    listed = dict(zip(users, each_in_parallel(partial(_keys_of, gateway), users, WORKERS)))
    keys = [_with_status(key, listed[key.user_name]) if key.user_name else key for key in keys]
    return [replace(key, used_by_task=key.access_key_id == gateway.callers) for key in keys]


def _with_last_use(gateway: AccessKeys, access_key_id: str) -> AccessKey:
    if access_key_id.startswith(TEMPORARY):
        return AccessKey(access_key_id, "temporary", msg="This is a temporary key: it has no IAM user, and expires by itself.")
    key = AccessKey(access_key_id)
    try:
        described = gateway.last_use(access_key_id)
    except AwsError as error:
        if error.code not in TOLERATED:
            raise
        # AWS returns the same error for all three.
        why = "It does not exist, belongs to another account, or the task lacks the permission iam:GetAccessKeyLastUsed"
        return replace(key, msg=f"{why}: {error.code}: {error.message}")
    return _used(replace(key, user_name=described.get("UserName")), described["AccessKeyLastUsed"])


def _used(key: AccessKey, last_use: Mapping[str, Any]) -> AccessKey:
    date = last_use.get("LastUsedDate")
    return replace(
        key,
        last_used_date=date and date.isoformat(),
        last_used_service=_unless_na(last_use.get("ServiceName")),
        last_used_region=_unless_na(last_use.get("Region")),
        msg=None if key.user_name else "AWS returns no IAM user for this key.",
    )


def _unless_na(text: Optional[str]) -> Optional[str]:
    """IAM returns N/A for a key that was never used."""
    return None if text == "N/A" else text


def _keys_of(gateway: AccessKeys, user_name: str) -> Listed:
    try:
        return {each["AccessKeyId"]: each for each in gateway.of_user(user_name)}
    except AwsError as error:
        if error.code not in TOLERATED:
            raise
        return error


def _with_status(key: AccessKey, listed: Listed) -> AccessKey:
    if isinstance(listed, AwsError):
        return replace(key, msg=str(listed))
    described = listed.get(key.access_key_id)
    if described is None:
        return replace(key, msg=f"User {key.user_name} no longer has this key.")
    return replace(key, status=described["Status"], create_date=described["CreateDate"].isoformat())
