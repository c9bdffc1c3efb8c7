# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EC2 in memory, and plans that are applied to it on a fake clock."""

from __future__ import annotations

import itertools
from dataclasses import replace

from ansible_collections.keyless.ec2.plugins.module_utils._attachment.executor import apply_plan
from ansible_collections.keyless.ec2.plugins.module_utils._attachment.plan import Desired
from ansible_collections.keyless.ec2.plugins.module_utils._attachment.row import Rules, Target
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError
from ansible_collections.keyless.ec2.plugins.module_utils._values.instances import Association, Instance, InstanceSnapshot
from ansible_collections.keyless.ec2.tests.unit.factories import instance_profile

WEB, OLD = instance_profile("web", "r"), instance_profile("old", "r")
SLOW = 5  # seconds that every transition takes


class MemoryEc2:
    """EC2 in memory: every transition takes SLOW seconds of the test's clock, every write call ``call_seconds``.

    ``refuse`` are calls that fail; ``before`` are changes by another client just before a call.
    """

    def __init__(self, clock, states, current=(), call_seconds=0):
        self.clock = clock
        self.call_seconds = call_seconds
        self.states = dict(states)
        self.associations = {each: [self._association(each, OLD, "associated")] for each in current}
        self.due = []
        self.refuse = {}
        self.before = {}
        self.reads = 0
        self.made = []
        self.numbers = itertools.count(1)

    def _association(self, instance_id, of, state, number=0):
        return Association(f"iip-{of.name}-{instance_id}-{number}", instance_id, of.arn, of.profile_id, state)

    def later(self, change):
        self.due.append((self.clock.now + SLOW, change))

    def read_instances(self, ids):
        self.reads += 1
        self._let_time_pass()
        instances = {each: Instance(each, self.states[each]) for each in ids if each in self.states}
        return InstanceSnapshot(instances, {each: tuple(self.associations.get(each, ())) for each in ids})

    def _let_time_pass(self):
        for due in [each for each in self.due if each[0] <= self.clock.now]:
            self.due.remove(due)
            due[1]()

    def calls(self):
        return Calls(self.clock, self._perform, self.call_seconds)

    def _perform(self, change):
        instance_id = change.target.rpartition("/")[2]
        self.made.append((change.operation, instance_id, self.clock.now))
        self.before.pop((instance_id, change.operation), lambda: None)()
        self._let_time_pass()
        try:
            if (instance_id, change.operation) in self.refuse:
                raise refusal(self.refuse[instance_id, change.operation])
            return getattr(self, change.operation)(instance_id, change.parameters)
        except AwsError as error:
            return error

    def current_association(self, instance_id):
        return next((each for each in self.associations.get(instance_id, ()) if each.state != "disassociating"), None)

    def _change(self, instance_id, *associations, then):
        self.associations[instance_id] = list(associations)
        self.later(lambda: self.associations.update({instance_id: list(then)}))

    def give(self, instance_id, of):
        """Associates at once, as somebody else may have done some time ago."""
        self.associations[instance_id] = [self._association(instance_id, of, "associated", next(self.numbers))]

    def AssociateIamInstanceProfile(self, instance_id, parameters):
        if self.states[instance_id] not in ("running", "stopped"):
            raise refusal("IncorrectInstanceState")
        if self.associations.get(instance_id):
            raise refusal("IncorrectState")
        number = next(self.numbers)
        coming, there = (self._association(instance_id, named(parameters), state, number) for state in ("associating", "associated"))
        self._change(instance_id, coming, then=[there])
        return answer(coming)

    def ReplaceIamInstanceProfileAssociation(self, instance_id, parameters):
        current = self.current_association(instance_id)
        if self.states[instance_id] != "running" or current is None or current.association_id != parameters["AssociationId"]:
            raise refusal("IncorrectState")
        number = next(self.numbers)
        coming, there = (self._association(instance_id, named(parameters), state, number) for state in ("associating", "associated"))
        self._change(instance_id, replace(current, state="disassociating"), coming, then=[there])
        return answer(coming)

    def DisassociateIamInstanceProfile(self, instance_id, parameters):
        current = self.current_association(instance_id)
        if current is None or current.association_id != parameters["AssociationId"]:
            raise refusal("IncorrectState")
        self._change(instance_id, replace(current, state="disassociating"), then=[])
        return {"IamInstanceProfileAssociation": {}}


def named(parameters):
    """The profile in the parameters of a call; web if there is none."""
    arn = parameters.get("IamInstanceProfile", {}).get("Arn", WEB.arn)
    (found,) = (each for each in (WEB, OLD) if each.arn == arn)
    return found


def answer(made):
    profile = {"Arn": made.profile_arn, "Id": made.profile_id}
    return {"IamInstanceProfileAssociation": {"AssociationId": made.association_id, "IamInstanceProfile": profile}}


class Calls:
    """CallPool for one call at a time and without threads.  A call is made when its outcome is read, if the time suffices."""

    def __init__(self, clock, make, seconds):
        self.clock = clock
        self.make = make
        self.seconds = seconds
        self.added = []
        self.left = seconds  # of the call that is on its way

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        pass

    @property
    def is_idle(self):
        return not self.added

    def stop(self, failure):
        self.make = lambda _change: failure

    def add(self, owner, change, first=False):
        self.added.insert(0 if first else len(self.added), (owner, change))

    def outcomes(self, seconds):
        self.clock.now += min(seconds, self.left)
        if seconds < self.left:
            self.left -= seconds
            return
        self.left = self.seconds
        owner, change = self.added.pop(0)
        yield owner, self.make(change)


def refusal(code):
    return AwsError("ec2:AssociateIamInstanceProfile", "instance/i-1", "x", code, "no")


def roll_out(ec2, wait=True, seconds=60, target=WEB, **rules):
    desired = Desired({each: Target(target) for each in ec2.states}, Rules(**rules))
    plan = desired.plan(ec2.read_instances(list(ec2.states)))
    done = []
    return apply_plan(plan, ec2, wait, seconds, done.append), done


def operations(ec2):
    return [operation.replace("IamInstanceProfile", "") for operation, _instance, _when in ec2.made]
