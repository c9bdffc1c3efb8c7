# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page about the benchmark, docs/docsite/rst/benchmark.rst.  Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from textwrap import indent
from typing import Any

from . import report
from .figures import ATTACH, FEW, GROUPS_LIMIT, IMDS_LIMIT, LIMIT, NOTHING, RUNS, THROTTLED_RUNS, Figure, Footprint, Throttled

HEAD = """\
..
  Copyright (c) 2026, The keyless.ec2 authors
  GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
  SPDX-License-Identifier: GPL-3.0-or-later

.. _ansible_collections.keyless.ec2.docsite.benchmark:

How long it takes, and how many calls
=====================================

These figures are for attaching an instance profile to running instances. ``make bench`` measures them and writes this page. It runs all tools, one
after the other, on the emulator in ``tests/emulator``, which adds {latency} ms to every call. AWS itself is farther away and throttles, so its times
differ. The number of calls, and how many are made at the same time, is the same there.

Seconds are the elapsed time of the whole command, including its start: of one run, or, for up to {few} instances, the median of {runs} runs, in which
the tools take turns. After each command, EC2 is asked whether every instance has the profile. ``×`` is the multiple of our time. A tool that takes
longer than {limit} s is stopped, and does not run for more instances.
"""

COMPARISON = """
.. image:: images/benchmark.svg
   :alt: Time against the number of instances, both logarithmic: a line for each tool

``keyless.ec2`` gets the profile's name. ``amazon.aws`` looks up a name in IAM once for each instance. With an ARN, it compares strings, which takes
as few calls as ours, but does not notice a profile that was deleted and recreated. If there is nothing to do, most of the time of both is the start
of Ansible, which Cloud Custodian does not need.

All tools do the same up to the call that attaches. Then only ``keyless.ec2`` waits until EC2 shows each association as associated. This takes two
calls each time for 200 instances. They are included in the figures, and ``wait: false`` leaves them out. ``amazon.aws`` reads the instances once more
for its result. Its ``wait`` is for the state of the instances, not for their profiles.
{run}
None of the instances has the profile
-------------------------------------

{attach}

All of them have it
-------------------

{nothing}
"""

LEAST = """
The overhead of a task
----------------------

Most of the time for one instance is the start of Ansible and of boto3, which loads its model of EC2. The task in the last row changes nothing.

{table}
{run}"""

ROLES = """
A role with its policies and its instance profile
-------------------------------------------------

``iam_ec2_role`` in one task and ``amazon.aws`` in several tasks do the same: create a role with a trust policy, a managed policy, an inline policy
and an instance profile. With two tasks, ``iam_role`` also creates the profile. With three, ``iam_instance_profile`` does. Then they run again, with
nothing to do. The figures are medians of {runs} runs.

{table}
{run}"""

GROUPS = """
{heading}

Each group has ten instances and its own launch template with another instance profile. A third of the groups name the version by number, a third
use ``$Default``, and a third ``$Latest``. Afterwards, every group must launch with the new profile, and every instance must have it. Then the job
runs again, with nothing to do. Each job was measured once, with a time limit of {limit:,} s.

``keyless.ec2`` does this in one task, ``launch_profile_attach``. ``amazon.aws`` has a module for each step, which changes one template or group at a
time. ``ec2_launch_template`` needs the complete contents of the template: with only the instance profile, it creates a version in every run.
``autoscaling_group`` updates the group in every run, so it runs only for groups that must change.

{table}
{run}"""

METADATA = """
{heading}

None of the instances uses IMDSv1. ``keyless.ec2`` reads CloudWatch's metric before it closes them, and waits until each instance follows its new
options. The other tools do neither. ``amazon.aws`` has a task for each instance, in a loop; one task with a list of ids was not measured. Metabadger
and Cloud Custodian change one instance after the other. Metabadger changes them again if they already require tokens. Each job was measured once,
with a time limit of {limit:,} s.

{table}
{run}"""

THROTTLED = """
As fast as the throttle allows
------------------------------

EC2 throttles with token buckets. Here, the bucket for AssociateIamInstanceProfile {has}; AWS's gets 5. So
``instance_profile_attach`` needs at least {least} for {size:,} instances, from the first of these calls to the last. The bare
pool is eight threads that make these calls with boto3, with the same pacing (botocore's adaptive mode), and do nothing else. The pace depends on how
many calls are throttled together, so the same program can take a fifth longer another time. Both took turns, and each figure is the median of {runs}
runs.

{table}
{run}"""

FOOTPRINTS = """
Ten thousand instances that all have the profile
------------------------------------------------

The figures are the peak memory of the process of ``instance_profile_attach`` without Ansible, minus that of a Python with boto3 and the two clients.

{table}
{run}"""

SETTING = """
What was compared
-----------------

Python {python} on {cores} cores.

{versions}
"""

BUSY = "Other programs used the machine at the same time, so all times are longer than they would be, and only their ratios mean something."

JOB_FILE = """
{heading}

.. code-block:: {language}

{text}
"""

LANGUAGES = {"yml": "yaml", "sh": "shell"}
ROWS = {
    "comparison": Figure,
    "least": Figure,
    "roles": Figure,
    "groups": Figure,
    "metadata": Figure,
    "throttled": Throttled,
    "footprints": Footprint,
}


@dataclass(frozen=True)
class Setting:
    """The setting of the figures: milliseconds of latency, the machine, and the versions of the tools."""

    latency: int
    python: str
    cores: int
    versions: Mapping[str, str]


@dataclass(frozen=True)
class Results:
    """All results. What was not measured is not on the page.

    ``runs`` has the options of the run for each table, and ``busy`` the tables for which other programs used the machine, too.
    """

    comparison: Sequence[Figure] = ()
    least: Sequence[Figure] = ()
    roles: Sequence[Figure] = ()
    groups: Sequence[Figure] = ()
    throttled: Sequence[Throttled] = ()
    footprints: Sequence[Footprint] = ()
    metadata: Sequence[Figure] = ()
    runs: Mapping[str, str] = field(default_factory=dict)
    busy: Sequence[str] = ()


def to_keep(results: Results, setting: Setting) -> dict[str, Any]:
    """Returns the results as plain values for the file."""
    tables = {name: [_row(each) for each in getattr(results, name)] for name in ROWS if getattr(results, name)}
    busy = {"busy": list(results.busy)} if results.busy else {}
    return {"setting": asdict(setting), "runs": dict(results.runs), **busy, **tables}


def _row(figure: Any) -> dict[str, Any]:
    """Returns the values that are not the default."""
    usual = {each.name: each.default for each in fields(figure)}
    return {name: value for name, value in asdict(figure).items() if value != usual[name]}


def kept(plain: Mapping[str, Any]) -> tuple[Results, Setting]:
    """Returns the results and the setting from plain values."""
    tables = {name: [of(**row) for row in plain[name]] for name, of in ROWS.items() if name in plain}
    return Results(runs=plain["runs"], busy=tuple(plain.get("busy", ())), **tables), Setting(**plain["setting"])


def write(results: Results, setting: Setting, job_file: Mapping[str, tuple[str, str]]) -> str:
    """Returns the page in reStructuredText. ``job_file`` has the name and the text of each tool's file."""
    parts = [HEAD.format(latency=setting.latency, limit=LIMIT, few=FEW, runs=RUNS)]
    if results.comparison:
        attach, nothing = (report.comparison(results.comparison, job) for job in (ATTACH, NOTHING))
        parts.append(COMPARISON.format(attach=attach, nothing=nothing, run=_run(results, "comparison")))
    if results.least:
        parts.append(LEAST.format(table=report.least(results.least), run=_run(results, "least")))
    if results.roles:
        parts.append(ROLES.format(runs=RUNS, table=report.roles(results.roles), run=_run(results, "roles")))
    if results.groups:
        heading = _heading(f"Auto Scaling groups with {results.groups[0].size:,} instances", "-")
        parts.append(GROUPS.format(heading=heading, limit=GROUPS_LIMIT, table=report.groups(results.groups), run=_run(results, "groups")))
    if results.metadata:
        heading = _heading(f"Requiring IMDSv2 on {results.metadata[0].size:,} instances", "-")
        table = report.metadata(results.metadata)
        parts.append(METADATA.format(heading=heading, limit=IMDS_LIMIT, table=table, run=_run(results, "metadata")))
    if results.throttled:
        parts.append(_throttled(results.throttled, _run(results, "throttled")))
    if results.footprints:
        parts.append(FOOTPRINTS.format(table=report.footprints(results.footprints), run=_run(results, "footprints")))
    versions = report.table(["", "version"], list(setting.versions.items()))
    parts.append(SETTING.format(python=setting.python, cores=setting.cores, versions=versions))
    parts += [_job_file(name, file, text) for name, (file, text) in job_file.items()]
    return "".join(parts)


def _run(results: Results, table: str) -> str:
    """Returns the run of a table, unless it is that of the first tables, or one without options."""
    options, first = (results.runs.get(name, "") for name in (table, "comparison"))
    if table == "comparison":
        return f"\nThese tables are of a shorter run:\n{_command(options)}\n" if options else ""
    own = f"\nThis table is of a run of its own: {_command(options)}\n" if options != first else ""
    return f"{own}\n{BUSY}\n" if table in results.busy else own


def _command(options: str) -> str:
    return f"""``make bench{f' BENCH="{options}"' if options else ""}``."""


def _heading(text: str, line: str) -> str:
    return f"{text}\n{line * len(text)}"


def _throttled(figures: Sequence[Throttled], run: str) -> str:
    figure = figures[0]
    return THROTTLED.format(
        has=f"has {figure.capacity} tokens and gets {figure.refill} a second",
        least=f"({figure.size:,} − {figure.capacity}) / {figure.refill} = {figure.floor:.0f} s",
        size=figure.size,
        runs=THROTTLED_RUNS,
        table=report.throttled(figures),
        run=run,
    )


def _job_file(name: str, file: str, text: str) -> str:
    """Returns the text of a tool's file, without the licence header."""
    lines = text.splitlines()
    while lines and (lines[0].startswith("#") or lines[0] in ("", "---")):
        del lines[0]
    return JOB_FILE.format(heading=_heading(name, "~"), language=LANGUAGES[file.rpartition(".")[2]], text=indent("\n".join(lines), "   "))
