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
from .figures import ATTACH, FEW, GROUPS_LIMIT, LIMIT, NOTHING, RUNS, THROTTLED_RUNS, Figure, Footprint, Throttled

HEAD = """\
..
  Copyright (c) 2026, The keyless.ec2 authors
  GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
  SPDX-License-Identifier: GPL-3.0-or-later

.. _ansible_collections.keyless.ec2.docsite.benchmark:

How long it takes, and how many calls
=====================================

An instance profile for a fleet of instances that run already. ``make bench`` measures it and writes this page: all tools in one run, one
after the other, on the emulator in ``tests/emulator``, which takes {latency} ms longer for every call than it needs. AWS itself is farther away
and throttles; what carries over to it is how many calls are made, and how many of them at the same time.

Seconds are the wall time of the whole command, its start included: once, or for up to {few} instances the median of {runs} runs, in which the tools
take turns. After each command EC2 is asked whether every instance has the profile. ``×`` is the multiple of our time. Whoever takes longer
than {limit} s is stopped, and is not asked to do a larger fleet.
"""

COMPARISON = """
.. image:: images/benchmark.svg
   :alt: Time against the size of the fleet, both logarithmic: a line for each tool

``keyless.ec2`` is given the profile's name. ``amazon.aws`` asks IAM about a name once for each instance; given an ARN it compares texts, in
as few calls as we make, and does not notice a profile that was deleted and made again. Where there is nothing to do, what is left of both
is the start of Ansible, which Cloud Custodian does not have.

The work is equal up to the call that attaches. After it, ``keyless.ec2`` alone waits until EC2 shows each association as associated: two
calls for each look at 200 instances, which are in these figures and which ``wait: false`` leaves out. ``amazon.aws`` reads the instances
once more for its result, whatever it finds; its ``wait`` is for the state of the instances, not for their profiles.
{run}
None of the instances has the profile
-------------------------------------

{attach}

All of them have it
-------------------

{nothing}
"""

LEAST = """
What every task takes
---------------------

Of the time for one instance, most is the start of Ansible, and of boto3 with what it knows of EC2. The last row has nothing to do.

{table}
{run}"""

ROLES = """
A role with its policies and its instance profile
-------------------------------------------------

The same work by ``iam_ec2_role`` in one task and by ``amazon.aws`` in several: a role with a trust policy, a managed policy, an inline
policy and an instance profile. Of two tasks the first, ``iam_role``, makes the profile too; of three that is left to
``iam_instance_profile``. Then the same once more, with nothing to do. Medians of {runs} runs.

{table}
{run}"""

GROUPS = """
{heading}

Each group has ten instances and a launch template of its own, with another instance profile. A third of the groups names the version by its
number, a third ``$Default``, a third ``$Latest``. Afterwards every group has to launch with the new profile, and every instance has to have
it. Then the same once more, with nothing to do. Each was measured once, and would have been stopped after {limit:,} s.

``keyless.ec2`` does it in one task, ``launch_profile_attach``. ``amazon.aws`` has a module for each step, which does one template or group
at a time. ``ec2_launch_template`` has to be told all that is in the template: given the instance profile alone, it makes a version in every
run. ``autoscaling_group`` updates the group in every run, and is asked only where the group has to change.

{table}
{run}"""

THROTTLED = """
As fast as the throttle allows
------------------------------

EC2 throttles with token buckets. Here the bucket for AssociateIamInstanceProfile {has}, where AWS's gets 5.
So ``instance_profile_attach`` cannot do with less than {least} for {size:,} instances, measured from the first of these
calls to the last. The bare pool is eight threads that make these calls with boto3, paced in the same way (botocore's adaptive mode), and do
nothing else. That pace depends on how many calls meet the throttle together, so that the same program takes a fifth longer one time than
another: both took turns, and each figure is the median of {runs} runs.

{table}
{run}"""

FOOTPRINTS = """
Ten thousand instances that all have the profile
------------------------------------------------

The memory of the process of ``instance_profile_attach`` at its peak, above that of a Python with boto3 and the two clients; without Ansible
around it.

{table}
{run}"""

SETTING = """
What was compared
-----------------

Python {python} on {cores} cores.

{versions}
"""

TOLD = """
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
    "throttled": Throttled,
    "footprints": Footprint,
}


@dataclass(frozen=True)
class Setting:
    """What the figures were made with: milliseconds of latency, the machine, and the versions of what was compared."""

    latency: int
    python: str
    cores: int
    versions: Mapping[str, str]


@dataclass(frozen=True)
class Results:
    """All that was measured; what was not is left out of the page.  ``runs`` has the options of the run that a table is of."""

    comparison: Sequence[Figure] = ()
    least: Sequence[Figure] = ()
    roles: Sequence[Figure] = ()
    groups: Sequence[Figure] = ()
    throttled: Sequence[Throttled] = ()
    footprints: Sequence[Footprint] = ()
    runs: Mapping[str, str] = field(default_factory=dict)


def to_keep(results: Results, setting: Setting) -> dict[str, Any]:
    """The results as plain values, which the file of results has."""
    tables = {name: [_row(each) for each in getattr(results, name)] for name in ROWS if getattr(results, name)}
    return {"setting": asdict(setting), "runs": dict(results.runs), **tables}


def _row(figure: Any) -> dict[str, Any]:
    """Its values but for those that are as usual."""
    usual = {each.name: each.default for each in fields(figure)}
    return {name: value for name, value in asdict(figure).items() if value != usual[name]}


def kept(plain: Mapping[str, Any]) -> tuple[Results, Setting]:
    """What ``to_keep`` was given."""
    tables = {name: [of(**row) for row in plain[name]] for name, of in ROWS.items() if name in plain}
    return Results(runs=plain["runs"], **tables), Setting(**plain["setting"])


def write(results: Results, setting: Setting, told: Mapping[str, tuple[str, str]]) -> str:
    """The page in reStructuredText; ``told`` has for each peer the name and the text of the file that it is told."""
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
    if results.throttled:
        parts.append(_throttled(results.throttled, _run(results, "throttled")))
    if results.footprints:
        parts.append(FOOTPRINTS.format(table=report.footprints(results.footprints), run=_run(results, "footprints")))
    versions = report.table(["", "version"], list(setting.versions.items()))
    parts.append(SETTING.format(python=setting.python, cores=setting.cores, versions=versions))
    parts += [_told(name, file, text) for name, (file, text) in told.items()]
    return "".join(parts)


def _run(results: Results, table: str) -> str:
    """Of what run a table is, unless it is that of the first tables, or one without options."""
    options, first = (results.runs.get(name, "") for name in (table, "comparison"))
    if table == "comparison":
        return f"\nThese tables are of a shorter run:\n{_command(options)}\n" if options else ""
    return f"\nThis table is of a run of its own: {_command(options)}\n" if options != first else ""


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


def _told(name: str, file: str, text: str) -> str:
    """What the peer was told, without the lines at the top that say whose the file is."""
    lines = text.splitlines()
    while lines and (lines[0].startswith("#") or lines[0] in ("", "---")):
        del lines[0]
    return TOLD.format(heading=_heading(name, "~"), language=LANGUAGES[file.rpartition(".")[2]], text=indent("\n".join(lines), "   "))
