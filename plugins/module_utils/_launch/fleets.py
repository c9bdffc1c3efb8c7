# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleets that launch from the templates that are asked for: which are changed, and which can't be.  Pure."""

from __future__ import annotations

from typing import Iterator

from .._values.launch import ALIASES, Fleet, Use
from .row import SKIPPED, UPDATED, LaunchRow, verdict
from .spec import Wanted
from .state import LaunchState


def fleet_rows(state: LaunchState, wanted: Wanted) -> tuple[LaunchRow, ...]:
    """A row for each fleet that launches from a template that is asked for and can be changed."""
    used = ((fleet, asked_uses(fleet, state)) for fleet in state.fleets if not fleet.fixed)
    return tuple(_row(fleet, uses, state, wanted) for fleet, uses in used if uses)


def asked_uses(fleet: Fleet, state: LaunchState) -> tuple[Use, ...]:
    """The places where the fleet names a template that is asked for; it may launch from others too."""
    return tuple(use for use in fleet.uses if use.template_id in state.asked_templates)


def _row(fleet: Fleet, uses: tuple[Use, ...], state: LaunchState, wanted: Wanted) -> LaunchRow:
    missing = [use.version for use in uses if not state.has(use)]
    if missing:
        msg = f"version {missing[0]} of its launch template is not there any more; give the fleet another one"
        return LaunchRow(fleet.name, SKIPPED, reason="not_found", msg=msg, user=fleet)
    action, reason, msg, changing = verdict({use: state.profile_name(use) for use in uses}, wanted)
    before = state.shown(uses[0])
    return LaunchRow(fleet.name, action, before, before, reason=reason, msg=msg, uses=changing, user=fleet)


def notes_of_fixed(state: LaunchState, wanted: Wanted) -> Iterator[str]:
    """Which fleets go on launching with another profile, because AWS has no call that changes them."""
    for fleet in state.fleets:
        pinned = [use for use in asked_uses(fleet, state) if use.version not in ALIASES and state.has(use)]
        held = {use: state.profile_name(use) for use in pinned}
        if fleet.fixed and held and verdict(held, wanted)[0] == UPDATED:
            name = state.templates[pinned[0].template_id].name
            yield (
                f"{fleet.name} launches from version {pinned[0].version} of {name}. What {fleet.fixed} launch from can't be "
                "changed: make a new one from the new version, and cancel this one."
            )
