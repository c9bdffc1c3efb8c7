# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the options of instance_profile_attach and its info module, as far as that needs no AWS call.  Pure."""

from __future__ import annotations

from typing import Any, Mapping, Optional, Sequence

from .._common.errors import OptionError
from .._common.filters import aws_filters
from .._common.limits import check_max_concurrency, check_waits
from .._common.origin import check_form
from .._instances.options import EVERY_INSTANCE, check_instance_ids
from .._values.instance_profile import profile_name
from .row import Rules
from .spec import AttachmentSpec


def attachment_spec(options: Mapping[str, Any]) -> AttachmentSpec:
    """The spec for the options of instance_profile_attach.  Raises OptionError for invalid options."""
    _check(options)
    given = options["instance_profile"]
    present = options["state"] == "present"
    excluded = frozenset(options["exclude"])
    profiles = _profiles(options, given if present else None)
    return AttachmentSpec(
        profiles={key: profile for key, profile in profiles.items() if key not in excluded},
        filters=aws_filters(options["filters"], EVERY_INSTANCE),
        profile=given if present else None,
        only=None if present or given is None else profile_name("instance_profile", given),
        rules=Rules(
            on_conflict=options["on_conflict"],
            named=options["filters"] is None,
            include_managed=options["include_managed"],
            renew=options["renew"],
            on_loss=options["on_loss"],
        ),
        wait=options["wait"],
        wait_timeout=options["wait_timeout"],
        excluded=excluded,
        changed_later=frozenset(options["changed_later"]),
        undo=options["undo"],
    )


def _check(options: Mapping[str, Any]) -> None:
    given = options["instance_profile"]
    if given is not None:
        profile_name("instance_profile", given)
    elif options["state"] == "present" and options["attachments"] is None and options["undo"] is None:
        raise OptionError("instance_profile", "is missing.", "Give the instance profile to attach.")
    check_instance_ids("exclude", options["exclude"])
    check_max_concurrency(options["max_concurrency"])
    check_waits(options)
    if options["renew"] and options["state"] == "absent" and options["attachments"] is None and options["undo"] is None:
        raise OptionError("renew", "can't be used with state=absent.", "Leave it out, or set state to present.")


def _profiles(options: Mapping[str, Any], profile: Optional[str]) -> dict[str, Optional[str]]:
    if options["undo"] is not None:
        check_form("undo", options["undo"], frozenset({"instances"}))
        return _attachments("undo.instances", options["undo"].get("instances") or {})
    if options["attachments"] is not None:
        return _attachments("attachments", options["attachments"])
    check_instance_ids("instance_ids", options["instance_ids"] or ())
    return dict.fromkeys(options["instance_ids"] or (), profile)


def _attachments(name: str, attachments: Mapping[Any, Any]) -> dict[str, Optional[str]]:
    profiles = {str(instance_id): profile for instance_id, profile in attachments.items()}
    check_instance_ids(name, profiles)
    for instance_id, profile in profiles.items():
        if profile is None:
            continue
        option = f"{name}[{instance_id}]"
        if not isinstance(profile, str) or not profile:
            # An empty string is usually an empty variable, which must not detach a profile.
            raise OptionError(option, f"{profile!r} is not an instance profile.", "Give its name or ARN, or null for none.")
        profile_name(option, profile)
    return profiles


def check_selection(instance_ids: Optional[Sequence[str]], filters: Optional[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Checks the options of instance_profile_attach_info, and returns the filters for boto3.  Raises OptionError."""
    check_instance_ids("instance_ids", instance_ids or ())
    empty = OptionError("filters", "is empty.", "Give at least one filter, or omit the option to read all instances.")
    return aws_filters(filters, empty) or []
