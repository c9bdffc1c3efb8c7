# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How modules end: what they tell of what was planned, done, and refused."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.change import Change
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError, OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._common.run import run, run_info, without_actions

FIRST, SECOND = (Change("iam", operation, "role/web", {}, "") for operation in ("TagRole", "DeleteRole"))
REFUSED = AwsError("iam:DeleteRole", "role/web", "delete it", "Odd", "It is odd")
BAD = OptionError("name", "is bad.", "Give another.")


class End(Exception):
    """A module's end, with what it returns."""


class Module:
    """As much of an AnsibleModule as there is to its end."""

    def __init__(self, check_mode=False, diff=False):
        self.check_mode, self._diff = check_mode, diff
        self.warnings = []

    def warn(self, text):
        self.warnings.append(text)

    def exit_json(self, **result):
        raise End(result)

    def fail_json(self, msg, **result):
        raise End({"failed": True, "msg": msg, **result})


class Plan:
    """The two changes, to be made in this order."""

    changes = (FIRST, SECOND)
    warnings = ("Look out.",)

    def diff(self):
        return {"before": "a", "after": "b"}


class Job:
    """Makes these changes and raises the error, or ends with the result."""

    def __init__(self, makes=(), error=None, result=None):
        self.makes, self.error = makes, error
        self.own = result or {}
        self.applied = False

    def read(self):
        return "actual"

    def plan(self, actual):
        assert actual == "actual"
        return Plan()

    def apply(self, plan, done):
        self.applied = True
        for change in self.makes:
            done(change)
        if self.error:
            raise self.error
        return plan

    def result(self, plan):
        return dict(self.own)


def ended(job, module=None, **options):
    with pytest.raises(End) as end:
        run(module or Module(), lambda: job, **options)
    return end.value.args[0]


def actions(*changes):
    return [change.as_action() for change in changes]


def test_what_was_made_is_told_in_the_plan_s_order():
    assert ended(Job([SECOND, FIRST])) == {"changed": True, "actions": actions(FIRST, SECOND)}
    assert ended(Job([SECOND])) == {"changed": True, "actions": actions(SECOND)}
    assert ended(Job()) == {"changed": False, "actions": []}


def test_check_mode_makes_nothing_and_tells_what_is_planned():
    job = Job()
    assert ended(job, Module(check_mode=True)) == {"changed": True, "actions": actions(FIRST, SECOND)}
    assert not job.applied


def test_what_is_no_call_to_aws_is_told_without_actions():
    assert ended(Job([FIRST], result={"files": []}), account=without_actions) == {"changed": True, "files": []}
    assert ended(Job(), account=without_actions) == {"changed": False}
    assert ended(Job(), Module(check_mode=True), account=without_actions) == {"changed": True}


def test_a_result_that_failed_tells_what_was_made():
    failed = Job([FIRST], result={"failed": True, "msg": "One failed."})
    assert ended(failed) == {"failed": True, "msg": "One failed.", "changed": True, "actions": actions(FIRST)}
    assert "failed" not in ended(Job(result={"failed": False}))


def test_an_error_tells_what_was_made_before():
    made = {"failed": True, "changed": True, "actions": actions(FIRST)}
    assert ended(Job([FIRST], REFUSED)) == {**made, "msg": str(REFUSED), "error": REFUSED.as_result()}
    assert ended(Job([FIRST], BAD)) == {**made, "msg": "name: is bad. Give another."}


def test_warnings_and_the_diff_are_the_plan_s():
    module = Module(diff=True)
    assert ended(Job(), module)["diff"] == {"before": "a", "after": "b"}
    assert module.warnings == ["Look out."]


def reported(look):
    with pytest.raises(End) as end:
        run_info(Module(), look)
    return end.value.args[0]


def test_a_report_never_changes_anything():
    assert reported(lambda: {"msg": "Well."}) == {"changed": False, "msg": "Well."}


@pytest.mark.parametrize(("error", "more"), [(BAD, {}), (REFUSED, {"error": REFUSED.as_result()})])
def test_a_report_tells_of_an_error(error, more):
    def look():
        raise error

    assert reported(look) == {"failed": True, "msg": str(error), **more}
