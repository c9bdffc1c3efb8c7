# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The row of one instance: its current and its wanted metadata options, and the calls that change them.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Mapping, Optional

from .._common.change import Change
from .._instances.row import InstanceRow, InstanceRules, missing_row, unless_managed
from .._values.instances import Instance, InstanceSnapshot
from .._values.managers import RUN_CONTAINERS
from .._values.metadata_options import PENDING, MetadataOptions, Value
from .._values.metadata_use import UNUSED, USED, Use
from .changes import ENDPOINT, modify, values_in

ENOUGH_HOPS = 2  # for a container
IN_USE, USE_UNKNOWN = "in_use", "use_unknown"
# What may still be used, by the option that ends it
IMDSV1, SERVICE = "IMDSv1", "the metadata service"


@dataclass(frozen=True)
class Rules(InstanceRules):
    """The options that hold for all instances.

    ``on_use`` is ``skip``, ``ignore`` or ``fail``: what to do with an instance that still uses what would end, or for which that is not known.
    """

    on_use: str = "skip"


@dataclass(frozen=True)
class Row(InstanceRow):
    """A row whose ``before`` and ``after`` are the wanted options with their values.

    ``state`` is ``pending`` until the instance follows its options.  ``ends`` is what the change ends and may still be used, or None.
    ``imdsv1_calls`` is how many requests without a token were counted; None if that is not known or was not read.
    ``cuts_off_containers`` says that tokens will be required and that they will not reach the containers that the instance runs by its tags.
    ``auto_scaling_group`` is the name of its group, or empty.
    """

    state: Optional[str] = None
    ends: Optional[str] = None
    imdsv1_calls: Optional[int] = None
    cuts_off_containers: bool = False
    auto_scaling_group: str = ""

    def found(self) -> dict[str, Any]:
        """The state, which continues with a row."""
        return {"state": self.state}

    def after_calls(self, made: tuple[Change, ...]) -> Any:
        """The options after the calls ``made``."""
        after = dict(self.before or {})
        for change in made:
            after.update(values_in(change))
        return after if self.before is not None else None

    def as_result(self) -> dict[str, Any]:
        """An entry of the return value ``instances``."""
        return {
            "instance_id": self.instance_id,
            "changed": bool(self.steps),
            "action": self.action,
            "before": self.before,
            "after": self.after,
            "state": self.state,
            "auto_scaling_group": self.auto_scaling_group or None,
            "imdsv1_calls": self.imdsv1_calls,
            "reason": self.reason,
            "msg": self.msg,
        }


def plan_row(instance_id: str, wanted: Mapping[str, Value], actual: InstanceSnapshot, rules: Rules, place: str = "this region") -> Row:
    """What to do with one instance, whatever it uses."""
    missing = missing_row(Row(instance_id, "unchanged"), actual, rules, place)
    if missing:
        return missing
    instance = actual.instances[instance_id]
    before = {name: instance.metadata.value(name) for name in wanted}
    same = Row(instance_id, "unchanged", before, before, auto_scaling_group=instance.auto_scaling_group)
    unchanged = replace(same, msg="it already has these options", state=instance.metadata.state)
    row = unless_managed(_wanted_row(unchanged, instance, wanted), unchanged, instance, rules)
    return replace(row, in_transition=is_in_transition(row, actual))


def _wanted_row(unchanged: Row, instance: Instance, wanted: Mapping[str, Value]) -> Row:
    different = {name: value for name, value in wanted.items() if unchanged.before[name] != value}
    if not different:
        return unchanged
    unknown = [name for name in different if unchanged.before[name] is None]
    if unknown:
        msg = f"EC2 does not return {' and '.join(unknown)} of the instance, so the change could not be undone: install a newer boto3 and botocore"
        return unchanged.failed("unknown_options", msg)
    said = ", ".join(f"{name} is {value} instead of {unchanged.before[name]}" for name, value in different.items())
    later = "; it follows when it is started" if instance.state == "stopped" else ""
    after = {**unchanged.before, **different}
    steps = modify(instance.instance_id, different)
    ends = what_ends(instance.metadata, different)
    cuts_off = cuts_off_containers(instance, different)
    return replace(unchanged, action="modified", after=after, msg=f"{said}{later}", steps=steps, ends=ends, cuts_off_containers=cuts_off)


def cuts_off_containers(instance: Instance, different: Mapping[str, Value]) -> bool:
    """Whether tokens will be required of a node of a cluster whose containers do not get any, or perhaps not."""
    if different.get("http_tokens") != "required" or instance.managed_by not in RUN_CONTAINERS:
        return False
    limit = different.get("http_put_response_hop_limit", instance.metadata.http_put_response_hop_limit)
    return limit is None or int(limit) < ENOUGH_HOPS


def what_ends(current: MetadataOptions, different: Mapping[str, Value]) -> Optional[str]:
    """What the change ends and may still be used, or None."""
    if different.get(ENDPOINT) == "disabled":
        return SERVICE
    return IMDSV1 if different.get("http_tokens") == "required" and current.answers_imdsv1 else None


def unless_used(row: Row, uses: Mapping[str, Use], on_use: str) -> Row:
    """The row; skipped or failed if the instance still uses what would end, or if that is not known."""
    if row.ends is None or on_use == "ignore":
        return row
    use = uses.get(row.instance_id)
    if use is None:
        return _left(row, "fail", "changed_meanwhile", "another client changed its metadata options in the meantime; run again")
    row = replace(row, imdsv1_calls=use.imdsv1_calls)
    if use.verdict == UNUSED:
        return row
    if use.verdict == USED:
        return _left(row, on_use, IN_USE, f"it still uses {row.ends}: {use.why}")
    return _left(row, on_use, USE_UNKNOWN, f"it is not known whether it still uses {row.ends}: {use.why}")


def _left(row: Row, on_use: str, reason: str, msg: str) -> Row:
    left = replace(row, after=row.before, steps=(), in_transition=False)
    return replace(left, action="failed" if on_use == "fail" else "skipped", reason=reason, msg=msg)


def is_pending(instance: Optional[Instance]) -> bool:
    """Whether the instance will soon follow its options; a stopped one follows them when it is started."""
    return instance is not None and instance.metadata.state == PENDING and instance.state in ("pending", "running")


def is_in_transition(row: Row, actual: InstanceSnapshot) -> bool:
    """Whether there is something to wait for before the first call, or instead of a call."""
    pending = is_pending(actual.instances.get(row.instance_id))
    if row.steps:
        return pending or actual.is_in_transition(row.instance_id)
    return pending and row.action == "unchanged"
