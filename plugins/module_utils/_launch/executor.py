# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a plan's calls: for launch templates in parallel, then for groups and fleets, then for members."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Callable, Mapping, Optional

from .._attachment.executor import apply_plan
from .._attachment.plan import AttachmentPlan
from .._aws.parallel import each_in_parallel
from .._aws.region_clients import RegionClients
from .._common.change import Change
from .._common.errors import AwsError
from .changes import with_template_id
from .plan import LaunchPlan, with_versions
from .row import LaunchRow, LaunchRows
from .spec import LaunchSpec
from .versions import TemplatePlan, differences

WORKERS = 4  # parallel writes to launch templates, groups or fleets


class LaunchExecutor:
    """Applies one plan; ``done`` is called with every change that AWS accepted."""

    def __init__(self, plan: LaunchPlan, clients: RegionClients, spec: LaunchSpec, done: Callable[[Change], None]) -> None:
        self._plan = plan
        self._clients = clients
        self._spec = spec
        self._done = done
        self._created: dict[str, str] = {}  # the ids of new templates by name

    def run(self) -> LaunchPlan:
        """The plan with the outcome of each row."""
        plans = self._plan.versions
        failures = self._create_templates()
        outcomes = dict(zip(plans, each_in_parallel(self._create_versions, plans.values(), WORKERS)))
        failures.update({key: error for key, (_plan, error) in outcomes.items() if error})
        versions = {key: plan for key, (plan, _error) in outcomes.items()}
        rows = self._update_sources(versions, failures)
        return replace(self._plan, rows=rows, versions=versions, members=self._attach_to_members())

    def _update_sources(self, versions: Mapping[str, TemplatePlan], failures: Mapping[str, AwsError]) -> LaunchRows:
        """Updates the groups and fleets; the rows with their outcomes."""
        return self._plan.rows.replaced(each_in_parallel(lambda row: self._update(row, versions, failures), self._plan.rows, WORKERS))

    def _create_templates(self) -> dict[str, AwsError]:
        """Creates the templates that replace launch configurations; the errors by name."""
        failures = {}
        for name, change in self._plan.new_templates.items():
            try:
                response = self._clients.launch_templates.make(change)
                self._done(change)
                self._created[name] = response["LaunchTemplate"]["LaunchTemplateId"]
            except AwsError as error:
                failures[name] = error
        return failures

    def _create_versions(self, plan: TemplatePlan) -> tuple[TemplatePlan, Optional[AwsError]]:
        """Makes a template's calls; the plan with the numbers that AWS assigned, and the error that ended it."""
        try:
            for index in range(len(plan.new)):
                number = self._create_version(plan.changes[index])
                off = number - plan.new[index].number
                if off and not index:
                    plan = plan.renumbered(off)
                self._done(plan.changes[index])
                if off and index:
                    raise _wrong(plan, number, "another client created a version in the meantime; run again", "ChangedMeanwhile")
                self._check(plan, number, plan.new[index].data)
            for change in plan.changes[len(plan.new) :]:
                self._clients.launch_templates.make(change)
                self._done(change)
        except AwsError as error:
            return plan, error
        return plan, None

    def _create_version(self, change: Change) -> int:
        """Creates a version; the number that AWS assigned."""
        number: int = self._clients.launch_templates.make(change)["LaunchTemplateVersion"]["VersionNumber"]
        return number

    def _check(self, plan: TemplatePlan, number: int, wanted: Mapping[str, Any]) -> None:
        """Reads the new version back, so that nothing launches from a version with missing data."""
        found = self._clients.launch_templates.read_back(plan.template.template_id, number)
        wrong = differences(wanted, found.data)
        if wrong:
            what = f"it differs from what was sent in {', '.join(wrong)}. No group or fleet that names a version number uses it"
            raise _wrong(plan, number, what, "UnexpectedAnswer")

    def _update(self, row: LaunchRow, versions: Mapping[str, TemplatePlan], failures: Mapping[str, AwsError]) -> LaunchRow:
        row = self._row(row, versions, failures)
        try:
            for change in row.steps:
                gateway = self._clients.fleets if change.service == "ec2" else self._clients.auto_scaling
                gateway.update(change)
                self._done(change)
        except AwsError as error:
            return row.failed(error.code, str(error))
        return row

    def _row(self, row: LaunchRow, versions: Mapping[str, TemplatePlan], failures: Mapping[str, AwsError]) -> LaunchRow:
        """The row with the numbers and ids that AWS assigned; failed if one of its templates failed."""
        errors = [failures[each] for each in sorted(row.needed_templates) if each in failures]
        if errors:
            return row.failed(errors[0].code, str(errors[0]))
        planned = with_versions(row, self._plan.state, versions, self._plan.wanted)
        steps = tuple(with_template_id(each, self._created) for each in planned.steps)
        return replace(planned, steps=steps, also_used_by=row.also_used_by)

    def _attach_to_members(self) -> AttachmentPlan:
        return apply_plan(self._plan.members, self._clients.ec2, self._spec.wait, self._spec.wait_timeout, self._done)


def _wrong(plan: TemplatePlan, number: int, what: str, code: str) -> AwsError:
    template = plan.template
    doing = f"create version {number} of the launch template {template.name}"
    return AwsError("ec2:CreateLaunchTemplateVersion", f"launch-template/{template.template_id}", doing, code, what)
