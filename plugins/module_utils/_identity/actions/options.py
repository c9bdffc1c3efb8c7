# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parses and checks the option ``actions``.  Pure."""

from __future__ import annotations

import re
from typing import Any, Mapping, NamedTuple, Optional, Sequence
from urllib.parse import urlsplit

from ..._common.errors import OptionError
from ..._common.region_names import REGION
from ..._common.suggestions import did_you_mean
from ..._common.urls import without_user
from .calls import ALLOWED, DENIED, Call, call_for, custom_call, known_actions, needs_resource

ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9]+")
MEMBERS = ("action", "resource", "expect", "call")
CALL_MEMBERS = ("service", "method", "path", "query", "headers", "body", "region")
PATH = re.compile("/[!-~]*")
SERVICE = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*")


class ActionCheck(NamedTuple):
    """An action to try on a resource, with a call, and the expected answer."""

    action: str
    resource: Optional[str]
    expect: str
    call: Call
    region: Optional[str] = None


def action_checks(described: Sequence[Any]) -> list[ActionCheck]:
    """The checks that the option ``actions`` describes.  Raises OptionError."""
    return [_check(each) for each in described]


def check_aws_endpoint(given: Optional[str]) -> None:
    """Raises OptionError for an invalid URL."""
    if given is not None and (urlsplit(given).scheme not in ("http", "https") or not urlsplit(given).netloc):
        raise OptionError(
            "aws_endpoint", f"{without_user(repr(given))} is not the URL of a service.", "Give a URL such as https://vpce-1.example.com."
        )


def _check(described: Any) -> ActionCheck:
    given: Mapping[str, Any] = {"action": described} if isinstance(described, str) else described
    if not isinstance(given, dict):
        raise OptionError("actions", "%r is not an action." % (described,), "Write it like ec2:DescribeInstances, or as a dictionary with action.")
    _check_members("actions", given, MEMBERS)
    action = given.get("action")
    if not isinstance(action, str) or not ACTION.fullmatch(action):
        raise OptionError("actions", "%r is not an action." % (action,), "Write it like ec2:DescribeInstances.")
    resource = given.get("resource")
    if resource is not None and not isinstance(resource, str):
        raise OptionError("actions", "the resource of %s is %r." % (action, resource), "Give an ARN.")
    expect = given.get("expect") or ALLOWED
    if expect not in (ALLOWED, DENIED):
        raise OptionError("actions", "the value of expect for %s is %r." % (action, expect), "Give allowed or denied.")
    described_call = given.get("call")
    if described_call:
        return ActionCheck(action, resource, expect, _custom_call(action, described_call), _region(described_call.get("region")))
    call = call_for(action, resource)
    if call is None:
        raise _no_call(action, resource)
    return ActionCheck(action, resource, expect, call, _region(_region_in(resource)))


def _region(given: Optional[str]) -> Optional[str]:
    """The region.  Raises OptionError for what is no name of one: it is a part of the name of the server that gets the session token."""
    if given and not REGION.fullmatch(given):
        raise OptionError("actions", "%r is not the name of a region." % given, "Give a region such as eu-central-1.")
    return given


def _region_in(resource: Optional[str]) -> Optional[str]:
    """The region in an ARN, if there is one."""
    parts = (resource or "").split(":")
    return parts[3] or None if len(parts) > 5 and parts[0] == "arn" else None


def _custom_call(action: str, described: Any) -> Call:
    if not isinstance(described, dict):
        raise OptionError("actions", "call of %s is not a dictionary." % action, "Give service, and path, query or body.")
    _check_members("actions: call of %s" % action, described, CALL_MEMBERS)
    if not isinstance(described.get("service"), str) or not SERVICE.fullmatch(described["service"]):
        raise OptionError("actions", "call of %s has no valid service." % action, "Give the service name for signing, such as s3.")
    if not PATH.fullmatch(str(described.get("path") or "/")):
        problem = "path of the call of %s is not a valid URL path." % action
        raise OptionError("actions", problem, "Begin with a slash, and percent-encode special characters.")
    for member, kind in (("method", str), ("region", str), ("query", dict), ("headers", dict)):
        if described.get(member) is not None and not isinstance(described[member], kind):
            wanted = "a dictionary" if kind is dict else "a string"
            raise OptionError("actions", "%s of the call of %s is %r." % (member, action, described[member]), "Give %s." % wanted)
    return custom_call(described)


def _check_members(option: str, given: Mapping[str, Any], known: Sequence[str]) -> None:
    for each in given:
        if each not in known:
            meant = did_you_mean(str(each), known) or "Use %s." % ", ".join(known)
            raise OptionError(option, "there is no %r." % each, meant)


def _no_call(action: str, resource: Optional[str]) -> OptionError:
    if needs_resource(action):
        problem = "%s needs a resource%s." % (action, "" if resource is None else ", but %r is not a valid one" % resource)
        return OptionError("actions", problem, "Give the ARN of one, without wildcards.")
    meant = did_you_mean(action, known_actions())
    own = "Or describe the call yourself, with service, method, path and query."
    return OptionError(
        "actions", "there is no built-in call for %s." % action, "%s %s" % (meant or "Use one of %s." % ", ".join(known_actions()), own)
    )
