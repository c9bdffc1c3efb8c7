# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The versions that a launch template needs to launch with what is wanted.  Pure."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Iterable, Mapping, Optional

from .._common.change import Change
from .._values.launch import Template, Version
from .changes import NewVersion, set_default
from .wanted import Wanted


@dataclass(frozen=True)
class TemplatePlan:
    """What to do with one launch template.

    ``numbers`` are the versions that replace others, by the numbers of these others; ``new`` are those of them to create, in order;
    ``default`` is the new default version, or None if it stays.
    """

    template: Template
    numbers: Mapping[int, int]
    new: tuple[NewVersion, ...] = ()
    default: Optional[int] = None

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """The calls, in order."""
        default = () if self.default is None else (set_default(self.template, self.default),)
        return (*(each.change() for each in self.new), *default)

    def renumbered(self, by: int) -> TemplatePlan:
        """The plan with higher numbers for new versions: AWS does not reuse those of deleted versions."""
        created = {each.number for each in self.new}

        def moved(number: int) -> int:
            return number + by if number in created else number

        new = tuple(replace(each, number=each.number + by) for each in self.new)
        numbers = {source: moved(number) for source, number in self.numbers.items()}
        return TemplatePlan(self.template, numbers, new, None if self.default is None else moved(self.default))


def plan_template(template: Template, sources: Iterable[int], wanted: Wanted, moves_default: bool, latest_is_used: bool) -> TemplatePlan:
    """The versions that replace the ``sources``, the numbers of versions that are used and have another profile.

    A version that already exists, for example from a run that was killed, is used again.  The last version that is created becomes
    $Latest; if that is used (``latest_is_used``), it gets the data that $Latest had.
    """
    sources = set(sources)
    datas = {number: _wanted_data(template.versions[number], wanted) for number in sources}
    numbers = {number: found for number, data in datas.items() if (found := _existing(template, number, data))}
    first = [number for number in sorted(sources) if number not in numbers and number != template.latest]
    last = _last(template, datas, numbers, bool(first), latest_is_used)
    wanted_now = {number: datas.get(number) or sendable(template.versions[number].data) for number in [*first, *last]}
    served_by = _distinct(wanted_now)
    new: list[NewVersion] = []
    for number in dict.fromkeys(served_by.values()):
        interim = template.latest if last and number not in last else None
        new.append(NewVersion(template, number, template.newest + 1 + len(new), wanted_now[number], interim, wanted.member))
    created = {each.source: each.number for each in new}
    numbers.update({number: created[source] for number, source in served_by.items() if number in sources})
    default = numbers.get(template.default) if moves_default else None
    return TemplatePlan(template, numbers, tuple(new), default)


def _last(template: Template, datas: Mapping[int, Any], numbers: Mapping[int, int], some_before: bool, latest_is_used: bool) -> list[int]:
    """The source of the version to create last: the latest one, if it would not stay the latest."""
    latest = template.latest
    if latest in datas:
        exists = numbers.get(latest) == template.newest
        return [] if exists and not (some_before and latest_is_used) else [latest]
    stays = not some_before and template.newest == latest
    return [latest] if latest_is_used and not stays else []


def _distinct(datas: Mapping[int, Mapping[str, Any]]) -> dict[int, int]:
    """The source whose new version serves each source: of those with the same data, the last one."""
    last = {repr(comparable(data)): number for number, data in datas.items()}
    served_by = {number: last[repr(comparable(data))] for number, data in datas.items()}
    order = list(datas)
    return dict(sorted(served_by.items(), key=lambda pair: order.index(pair[1])))


def _existing(template: Template, source: int, data: Mapping[str, Any]) -> Optional[int]:
    """The later version that already has the data."""
    later = (each for each in template.versions.values() if each.number > source)
    same = [each.number for each in later if comparable(each.data) == comparable(data)]
    return max(same, default=None)


def _wanted_data(version: Version, wanted: Wanted) -> dict[str, Any]:
    return sendable(wanted.change(version.data))


def sendable(data: Mapping[str, Any]) -> dict[str, Any]:
    """The data as a parameter: without the few members that AWS only returns."""
    sent = copy.deepcopy(dict(data))
    sent.get("MetadataOptions", {}).pop("State", None)
    for key in ("Managed", "HiddenByDefault"):
        sent.get("Operator", {}).pop(key, None)
    for interface in sent.get("NetworkInterfaces", ()):
        for address in interface.get("Ipv6Addresses", ()):
            address.pop("IsPrimaryIpv6", None)
    return sent


def comparable(data: Mapping[str, Any]) -> Any:
    """The data in a form that can be compared: without empty members."""
    return _without_empty(sendable(data))


def _without_empty(value: Any) -> Any:
    if isinstance(value, Mapping):
        pairs = {key: _without_empty(each) for key, each in value.items()}
        return {key: each for key, each in pairs.items() if each not in (None, "", [], {})}
    return [_without_empty(each) for each in value] if isinstance(value, list) else value


def differences(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """The members of a version's data that differ from the wanted ones."""
    one, other = comparable(wanted), comparable(found)
    return sorted(key for key in {*one, *other} if one.get(key) != other.get(key))
