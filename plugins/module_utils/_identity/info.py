# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The work of instance_identity_info: asks the metadata service, waits if asked to, and makes the return values."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any, Mapping, Optional, Sequence

from .actions.checks import run_checks
from .actions.client import SignedClient
from .actions.options import ActionCheck, action_checks, check_aws_endpoint
from .actions.signing import RoleSecrets
from .hardware import is_ec2_hardware
from .hop_limit import measure
from .imds.client import ImdsClient, NoAnswer, TimedOut, Token, TurnedOff
from .imds.discovery import Contact, first_contact
from .imds.endpoints import endpoints
from .imds.imdsv1_probe import Imdsv1Probe
from .metadata import role_secrets_in
from .metadata_reader import ROLES, MetadataReader
from .observation import AVAILABLE, NO_ANSWER, TOO_FEW_HOPS, TURNED_OFF, Observation
from .options import check_options
from .problems import is_settled, problems, summary
from .sdk_versions import Search, old_sdks, search

PAUSE = 1.0  # seconds between two observations


def gather(options: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """The module's return values.  Raises OptionError."""
    check_options(options, environment)
    checks = action_checks(options["actions"])
    check_aws_endpoint(options["aws_endpoint"])
    expected = options["expected_role"]
    clients = [ImdsClient(url) for url in endpoints(options["endpoint"], environment)]
    probe = Imdsv1Probe(options["probe_imdsv1"])
    # First, because it forks, and the others start threads.
    found = search() if options["probe_sdks"] else Search([], [])
    seen = wait_until_settled(clients, probe, expected, options["wait_timeout"] if options["wait"] else 0)
    hop_limit = measure(clients) if options["probe_hop_limit"] else None
    seen = replace(seen, containers_get_tokens=None if hop_limit is None else not hop_limit.is_too_small, old_sdks=old_sdks(found.sdks))
    result = {
        "identity": seen.identity(),
        "containers": hop_limit and hop_limit.as_result(),
        "sdks": [each.as_result() for each in found.sdks],
        "incomplete": [*(hop_limit.incomplete() if hop_limit else []), *found.incomplete],
        "problems": problems(seen, expected),
        "msg": summary(seen, expected),
    }
    return _with_actions(result, checks, seen, clients, options["aws_endpoint"]) if checks else result


def _with_actions(
    result: Mapping[str, Any], checks: Sequence[ActionCheck], seen: Observation, clients: Sequence[ImdsClient], endpoint: Optional[str]
) -> dict[str, Any]:
    """The return values with the results of the actions.  Problems with the identity come first."""
    region = seen.host.region or ""
    secrets = _role_secrets(clients, seen.role_name) if region or endpoint else None
    client = SignedClient(region or "us-east-1", secrets, endpoint, seen.clock_ahead) if secrets else None
    rows, found = run_checks(checks, client)
    msg = " ".join([result["msg"], *(each["message"] for each in found)])
    return {**result, "actions": rows, "problems": [*result["problems"], *found], "msg": msg.strip()}


def _role_secrets(clients: Sequence[ImdsClient], role_name: Optional[str]) -> Optional[RoleSecrets]:
    """The role's credentials.  They are read again, so that no other value ever contains them."""
    for client in clients if role_name else ():
        try:
            text = client.get(ROLES + (role_name or ""), client.get_token().text)
            return role_secrets_in(text or "{}")
        except (NoAnswer, TurnedOff, ValueError):
            continue
    return None


def wait_until_settled(clients: Sequence[ImdsClient], probe: Imdsv1Probe, expected_role: Optional[str], seconds: float) -> Observation:
    """The observation once waiting would not help any more, or after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        seen = observe(clients, probe)
        left = end - time.monotonic()
        if left <= 0 or is_settled(seen, expected_role):
            return seen
        time.sleep(min(PAUSE, left))


def observe(clients: Sequence[ImdsClient], probe: Imdsv1Probe) -> Observation:
    """What the host's metadata service returns now."""
    contact = first_contact(clients)
    try:
        token = contact.token()
    except TurnedOff:
        return Observation(TURNED_OFF, time.time())
    except NoAnswer as error:
        return _observe_without_token(contact, probe, error)
    return _observe_with_token(contact, probe, token)


def _observe_without_token(contact: Contact, probe: Imdsv1Probe, error: NoAnswer) -> Observation:
    status = contact.bad_token_status()
    if status == 403:
        return Observation(TURNED_OFF, time.time())
    # Only the response to the PUT request has a hop limit.
    if isinstance(error, TimedOut) and status == 401:
        return Observation(TOO_FEW_HOPS, time.time(), imdsv1_allowed=probe.is_allowed(contact.client))
    return Observation(NO_ANSWER, time.time(), unanswered=str(error), is_ec2=is_ec2_hardware())


def _observe_with_token(contact: Contact, probe: Imdsv1Probe, token: Token) -> Observation:
    local = time.time()
    now = local if token.date is None else token.date
    return Observation(
        AVAILABLE,
        now,
        clock_ahead=local - now,
        imdsv1_allowed=probe.is_allowed(contact.client),
        **MetadataReader(contact.client, token.text).read(),
    )
