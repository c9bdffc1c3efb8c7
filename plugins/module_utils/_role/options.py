# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Converts the options of iam_ec2_role to a RoleSpec, with all checks that need no call to AWS.  Pure.

The limits are from https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html.
"""

from __future__ import annotations

import re
from typing import Any, Mapping, Optional

from .._common.errors import OptionError
from .._common.identifiers import ROLE_NAME
from .._common.limits import check_waits
from .._policy.document import parse_policy
from .._policy.permissions_policy import check_permissions_policy
from .._policy.trust_policy import check_trust_policy
from .._policy.trusted_entities import build_trust_policy
from .._values.instance_profile import NAME as PROFILE_NAME
from .spec import RoleSpec, WaitSpec

POLICY_NAME = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)
POLICY_ARN = re.compile(r"arn:aws[\w-]*:iam::(\d{12}|aws):policy/[!-~]+")
PATH = re.compile(r"/([!-~]+/)?")
DESCRIPTION = re.compile("[\t\n\r\x20-\x7e\xa1-\xff]*")
MAX_DESCRIPTION = 1000
MAX_PATH = 512
MAX_TAGS = 50
SESSION_DURATION = range(3600, 43200 + 1)
# The defaults of wait_timeout. A new profile is certain to appear, but an unknown principal may be misspelled.
# Others have seen new principals take up to half a minute: https://github.com/hashicorp/terraform-provider-aws/pull/12436
PROFILE_SECONDS = 120
PRINCIPAL_SECONDS = 30


def role_spec(options: Mapping[str, Any], partition: str) -> RoleSpec:
    """The spec from the module's options; raises OptionError for the first invalid one."""
    _check_names(options)
    _check_texts(options)
    return RoleSpec(
        name=options["name"],
        path=options["path"] and normalized_path(options["path"]),
        trust_policy=_trust_policy(options, partition),
        trust_option="assume_role_policy_document" if options["trusted_entities"] is None else "trusted_entities",
        description=options["description"],
        max_session_duration=options["max_session_duration"],
        permissions_boundary=options["permissions_boundary"],
        managed_policies=_managed_policies(options["managed_policies"]),
        purge_policies=options["purge_policies"],
        inline_policies=_inline_policies(options["inline_policies"]),
        purge_inline_policies=options["purge_inline_policies"],
        tags=_tags(options["tags"]),
        purge_tags=options["purge_tags"],
        create_instance_profile=options["create_instance_profile"],
        delete_instance_profile=options["delete_instance_profile"],
        instance_profile_name=options["instance_profile_name"],
        replace_profile_role=options["replace_profile_role"],
    )


def wait_spec(options: Mapping[str, Any]) -> WaitSpec:
    """How long to wait, from the module's options."""
    if not options["wait"]:
        return WaitSpec()
    check_waits(options)
    seconds = options["wait_timeout"]
    return WaitSpec(PROFILE_SECONDS, PRINCIPAL_SECONDS) if seconds is None else WaitSpec(seconds, seconds)


def _check_names(options: Mapping[str, Any]) -> None:
    if not ROLE_NAME.fullmatch(options["name"]):
        raise OptionError("name", f"{options['name']!r} is not a valid role name.", "Use 1 to 64 letters, digits and +=,.@_-.")
    profile = options["instance_profile_name"]
    if profile is not None and not PROFILE_NAME.fullmatch(profile):
        raise OptionError(
            "instance_profile_name",
            f"{profile!r} is not a valid name of an instance profile.",
            "Use 1 to 128 letters, digits and +=,.@_-.",
        )
    path = options["path"]
    if path is not None and (not path or not PATH.fullmatch(normalized_path(path)) or len(normalized_path(path)) > MAX_PATH):
        raise OptionError("path", f"{path!r} is not a valid path.", "A path begins and ends with /, for example / or /team/web/.")


def normalized_path(path: str) -> str:
    """The path with the / at the beginning and end, which are optional as in amazon.aws."""
    inner = path.strip("/")
    return f"/{inner}/" if inner else "/"


def _check_texts(options: Mapping[str, Any]) -> None:
    duration = options["max_session_duration"]
    if duration is not None and duration not in SESSION_DURATION:
        raise OptionError("max_session_duration", f"{duration} seconds are out of range.", "Give 3600 to 43200 seconds.")
    description = options["description"] or ""
    if len(description) > MAX_DESCRIPTION or not DESCRIPTION.fullmatch(description):
        raise OptionError(
            "description",
            "is too long or has characters that IAM does not accept.",
            f"Give at most {MAX_DESCRIPTION} characters of Latin-1.",
        )
    boundary = options["permissions_boundary"]
    if boundary and not POLICY_ARN.fullmatch(boundary) and not POLICY_NAME.fullmatch(boundary):
        raise OptionError(
            "permissions_boundary",
            f"{boundary!r} is neither the ARN nor the name of a managed policy.",
            'Give one like arn:aws:iam::123456789012:policy/boundary or boundary, or "" to remove the boundary.',
        )


def _trust_policy(options: Mapping[str, Any], partition: str) -> Optional[dict[str, Any]]:
    if options["trusted_entities"] is not None:
        return build_trust_policy("trusted_entities", options["trusted_entities"], partition)
    if options["assume_role_policy_document"] is None:
        return None
    document = parse_policy("assume_role_policy_document", options["assume_role_policy_document"])
    check_trust_policy("assume_role_policy_document", document)
    return document


def _managed_policies(values: Optional[list[Any]]) -> Optional[tuple[str, ...]]:
    if values is None:
        return None
    for value in values:
        if not (POLICY_ARN if value.startswith("arn:") else POLICY_NAME).fullmatch(value):
            raise OptionError(
                "managed_policies",
                f"{value!r} is neither the name nor the ARN of a managed policy.",
                "Give a name like AmazonS3ReadOnlyAccess or an ARN like arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess.",
            )
    return tuple(dict.fromkeys(values))


def _inline_policies(values: Optional[Mapping[str, Any]]) -> Optional[dict[str, Any]]:
    if values is None:
        return None
    documents = {}
    for name, value in values.items():
        option = f"inline_policies[{name}]"
        if not POLICY_NAME.fullmatch(name):
            raise OptionError(option, "is not a valid policy name.", "Use 1 to 128 letters, digits and +=,.@_-.")
        documents[name] = parse_policy(option, value)
        check_permissions_policy(option, documents[name])
    return documents


def _tags(values: Optional[Mapping[str, Any]]) -> Optional[dict[str, Any]]:
    if values is None:
        return None
    tags = {str(key): "" if value is None else str(value) for key, value in values.items()}
    if len(tags) > MAX_TAGS:
        raise OptionError("tags", f"has {len(tags)} tags.", f"IAM allows at most {MAX_TAGS}.")
    _check_tag_case(tags)
    for key, value in tags.items():
        if not 1 <= len(key) <= 128 or len(value) > 256:
            raise OptionError(f"tags[{key}]", "is empty or too long.", "A key has 1 to 128 characters, a value up to 256.")
        if key.lower().startswith("aws:"):
            raise OptionError(f"tags[{key}]", "begins with aws:, which is reserved for AWS.", "Choose another key.")
    return tags


def _check_tag_case(tags: Mapping[str, str]) -> None:
    """Raises OptionError for two keys that differ only in case: one tag of a role, but two of an instance profile."""
    keys: dict[str, str] = {}
    for key in tags:
        other = keys.setdefault(key.lower(), key)
        if other != key:
            problem = f"is the same tag as {other}, because keys of role tags ignore case."
            raise OptionError(f"tags[{key}]", problem, "Give one of them.")
