# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How modules run and end: return values of plans, changes and errors."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.change import Change
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError, OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._common.run import run, run_info, without_actions

FIRST, SECOND = (Change("iam", operation, "role/web", {}, "") for operation in ("TagRole", "DeleteRole"))
AWS_ERROR = AwsError("iam:DeleteRole", "role/web", "delete it", "Odd", "It is odd")
PLANNED, DONE = "2 to change.", "2 changed."
OPTION_ERROR = OptionError("name", "is bad.", "Give another.")


class End(Exception):
    """The end of a module, with what it returns."""


class Module:
    """The parts of AnsibleModule that end a module."""

    def __init__(self, check_mode=False, diff=False):
        self.params = {}
        self.check_mode, self._diff = check_mode, diff
        self.warnings = []

    def warn(self, text):
        self.warnings.append(text)

    def exit_json(self, **result):
        raise End(result)

    def fail_json(self, msg, **result):
        raise End({"failed": True, "msg": msg, **result})


class Plan:
    """Two changes, in this order."""

    changes = (FIRST, SECOND)
    warnings = ("Look out.",)

    def diff(self):
        return {"before": "a", "after": "b"}

    def summary(self, planned):
        return PLANNED if planned else DONE


class Job:
    """Makes these changes, then raises the error or ends with the result."""

    def __init__(self, makes=(), error=None, result=None):
        self.makes, self.error = makes, error
        self.own = result or {}
        self.applied = False

    def read(self, check_mode):
        self.check_mode = check_mode
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


def test_actions_are_in_the_plan_s_order():
    assert ended(Job([SECOND, FIRST])) == {"changed": True, "msg": DONE, "actions": actions(FIRST, SECOND)}
    assert ended(Job([SECOND])) == {"changed": True, "msg": DONE, "actions": actions(SECOND)}
    assert ended(Job()) == {"changed": False, "msg": DONE, "actions": []}


def test_check_mode_changes_nothing_and_returns_the_planned_changes():
    job = Job()
    assert ended(job, Module(check_mode=True)) == {"changed": True, "msg": PLANNED, "actions": actions(FIRST, SECOND)}
    assert not job.applied and job.check_mode is True
    ended(job)
    assert job.applied and job.check_mode is False


def test_changes_outside_aws_have_no_actions():
    assert ended(Job([FIRST], result={"files": []}), describe=without_actions) == {"changed": True, "msg": DONE, "files": []}
    assert ended(Job(), describe=without_actions) == {"changed": False, "msg": DONE}
    assert ended(Job(), Module(check_mode=True), describe=without_actions) == {"changed": True, "msg": PLANNED}


def test_a_failed_result_returns_the_changes_that_were_made():
    failed = Job([FIRST], result={"failed": True, "msg": "One failed."})
    assert ended(failed) == {"failed": True, "msg": "One failed.", "changed": True, "actions": actions(FIRST)}
    assert "failed" not in ended(Job(result={"failed": False}))


def test_an_error_returns_the_changes_made_before_it():
    made = {"failed": True, "changed": True, "actions": actions(FIRST)}
    assert ended(Job([FIRST], AWS_ERROR)) == {**made, "msg": str(AWS_ERROR), "error": AWS_ERROR.as_result()}
    assert ended(Job([FIRST], OPTION_ERROR)) == {**made, "msg": "name: is bad. Give another."}


@pytest.mark.parametrize("error", [FileNotFoundError("gone"), KeyError("x"), RecursionError("deep")])
def test_an_unexpected_error_returns_the_changes_made_before_it_too(error):
    found = ended(Job([FIRST], error))
    assert (found["failed"], found["actions"]) == (True, actions(FIRST))
    assert type(error).__name__ in found["msg"] and "test_run.py" in found["exception"]


def test_the_text_of_an_unexpected_error_is_not_returned():
    """It can quote a file or a response."""
    assert "wJalr" not in str(ended(Job([FIRST], ValueError("bad line: aws_secret_access_key=wJalr"))))


def test_warnings_and_the_diff_come_from_the_plan():
    module = Module(diff=True)
    assert ended(Job(), module)["diff"] == {"before": "a", "after": "b"}
    assert module.warnings == ["Look out."]


def gathered(gather):
    with pytest.raises(End) as end:
        run_info(Module(), gather)
    return end.value.args[0]


def test_an_info_module_never_changes_anything():
    assert gathered(lambda: {"msg": "Well."}) == {"changed": False, "msg": "Well."}


@pytest.mark.parametrize(("error", "more"), [(OPTION_ERROR, {}), (AWS_ERROR, {"error": AWS_ERROR.as_result()})])
def test_an_info_module_fails_with_the_error(error, more):
    def gather():
        raise error

    assert gathered(gather) == {"failed": True, "msg": str(error), **more}


def test_equal_but_new_objects_are_reported_in_the_order_of_the_plan():
    """A plan may return equal but new objects, and a job may make a call that its last plan does not have."""
    unplanned = replace(FIRST, target="role/other")
    copies = [unplanned, replace(SECOND), replace(FIRST)]
    with pytest.raises(End) as end:
        run(Module(), lambda: Job(copies))
    (result,) = end.value.args
    assert result["changed"] is True
    assert [(each["operation"], each["target"]) for each in result["actions"]] == [
        ("iam:TagRole", "role/web"),
        ("iam:DeleteRole", "role/web"),
        ("iam:TagRole", "role/other"),
    ]
