# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""instance_identity_info's work: asks the metadata service, waits if asked to, and tells what was seen."""

from __future__ import annotations

import time
from typing import Any, Mapping, Optional, Sequence

from .actions.checks import tried
from .actions.client import Aws
from .actions.options import Wanted, check_aws_endpoint, wanted_actions
from .actions.signing import Secrets
from .hardware import is_ec2_hardware
from .imds.client import Imds, NoAnswer, TimedOut, Token, TurnedOff
from .imds.discovery import Contact, first_contact
from .imds.endpoints import endpoints
from .imds.imdsv1_probe import V1Probe
from .metadata import secrets_in
from .metadata_reader import ROLES, Reading
from .observation import BEHIND_A_HOP, GIVEN, NONE, TURNED_OFF, Observation, is_settled, problems, summary
from .options import check

PAUSE = 1.0  # seconds between two looks


def look(options: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """The module's return values.  Raises OptionError."""
    check(options, environment)
    wanted = wanted_actions(options["actions"])
    check_aws_endpoint(options["aws_endpoint"])
    expected = options["expected_role"]
    services = [Imds(url) for url in endpoints(options["endpoint"], environment)]
    probe = V1Probe(options["probe_imdsv1"])
    seen = wait_until_settled(services, probe, expected, options["wait_timeout"] if options["wait"] else 0)
    result = {
        "identity": seen.identity(),
        "problems": problems(seen, expected),
        "msg": summary(seen, expected),
    }
    return _with_actions(result, wanted, seen, services, options["aws_endpoint"]) if wanted else result


def _with_actions(
    result: Mapping[str, Any], wanted: Sequence[Wanted], seen: Observation, services: Sequence[Imds], endpoint: Optional[str]
) -> dict[str, Any]:
    """The return values with what came of the actions; what is wrong with these comes after what is wrong with the identity."""
    region = seen.host.region or ""
    secrets = _secrets(services, seen.role_name) if region or endpoint else None
    rows, found = tried(wanted, secrets, lambda each: Aws(region or "us-east-1", each, endpoint, seen.clock_ahead))
    told = " ".join([result["msg"], *(each["message"] for each in found)])
    return {**result, "actions": rows, "problems": [*result["problems"], *found], "msg": told.strip()}


def _secrets(services: Sequence[Imds], role_name: Optional[str]) -> Optional[Secrets]:
    """The role's credentials, read once more: nothing else ever holds them."""
    for imds in services if role_name else ():
        try:
            text = imds.get(ROLES + (role_name or ""), imds.get_token().text)
            return secrets_in(text or "{}")
        except (NoAnswer, TurnedOff, ValueError):
            continue
    return None


def wait_until_settled(services: Sequence[Imds], probe: V1Probe, expected_role: Optional[str], seconds: float) -> Observation:
    """What is seen when waiting is of no use any more, or after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        seen = observe(services, probe)
        left = end - time.monotonic()
        if left <= 0 or is_settled(seen, expected_role):
            return seen
        time.sleep(min(PAUSE, left))


def observe(services: Sequence[Imds], probe: V1Probe) -> Observation:
    """What is seen on the host now."""
    contact = first_contact(services)
    try:
        token = contact.token()
    except TurnedOff:
        return Observation(TURNED_OFF, time.time())
    except NoAnswer as error:
        return _observe_without_token(contact, probe, error)
    return _observe_with_token(contact, probe, token)


def _observe_without_token(contact: Contact, probe: V1Probe, error: NoAnswer) -> Observation:
    status = contact.refusal()
    if status == 403:
        return Observation(TURNED_OFF, time.time())
    # Of all answers only that to the PUT has a hop limit.
    if isinstance(error, TimedOut) and status == 401:
        return Observation(BEHIND_A_HOP, time.time(), allows_v1=probe.allows_v1(contact.imds))
    return Observation(NONE, time.time(), unanswered=str(error), is_ec2=is_ec2_hardware())


def _observe_with_token(contact: Contact, probe: V1Probe, token: Token) -> Observation:
    local = time.time()
    now = local if token.date is None else token.date
    return Observation(
        GIVEN,
        now,
        clock_ahead=local - now,
        allows_v1=probe.allows_v1(contact.imds),
        **Reading(contact.imds, token.text).read(),
    )
