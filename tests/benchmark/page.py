# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page about the benchmark, docs/docsite/rst/benchmark.rst.  Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import indent

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

An instance profile for a fleet of instances that run already. ``make bench`` measures it and writes this page: all tools
in one run, one after the other, on the emulator in ``tests/emulator``, which takes {latency} ms longer for every call
than it needs. AWS itself is farther away and throttles; what carries over to it is how many calls are made, and how
many of them at the same time.

Seconds are the wall time of the whole command, its start included: once, or for up to {few} instances the median of {runs}
runs, in which the tools take turns. After each command EC2 is asked whether every instance has the profile. ``×`` is the
multiple of our time. Whoever takes longer than {limit} s is stopped, and is not asked to do a larger fleet.
"""

COMPARISON = """
.. image:: images/benchmark.svg
   :alt: Time against the size of the fleet, both logarithmic: a line for each tool

``keyless.ec2`` is given the profile's name. ``amazon.aws`` asks IAM about a name once for each instance; given an ARN it compares texts, in as
few calls as we make, and does not notice a profile that was deleted and made again. Where there is nothing to do, what is left of both is
the start of Ansible, which Cloud Custodian does not have.

The work is equal up to the call that attaches. After it, ``keyless.ec2`` alone waits until EC2 shows each association as associated: two
calls for each look at 200 instances, which are in these figures and which ``wait: false`` leaves out. ``amazon.aws`` reads the instances once
more for its result, whatever it finds; its ``wait`` is for the state of the instances, not for their profiles.

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
"""

ROLES = """
A role with its policies and its instance profile
-------------------------------------------------

The same work by ``iam_ec2_role`` in one task and by ``amazon.aws`` in several: a role with a trust policy, a managed policy, an
inline policy and an instance profile. Of two tasks the first, ``iam_role``, makes the profile too; of three that is left to
``iam_instance_profile``. Then the same once more, with nothing to do. Medians of {runs} runs.

{table}
"""

GROUPS = """
Auto Scaling groups with {size:,} instances
------------------------------------------------------------

Each group has ten instances and a launch template of its own, with another instance profile. A third of the groups names the version by
its number, a third ``$Default``, a third ``$Latest``. Afterwards every group has to launch with the new profile, and every instance has to have
it. Then the same once more, with nothing to do. Each was measured once, and would have been stopped after {limit:,} s.

``keyless.ec2`` does it in one task, ``launch_profile_attach``. ``amazon.aws`` has a module for each step, which does one template or group
at a time. ``ec2_launch_template`` has to be told all that is in the template: given the instance profile alone, it makes a
version in every run. ``autoscaling_group`` updates the group in every run, and is asked only where the group has to change.

{table}
"""

THROTTLED = """
As fast as the throttle allows
------------------------------

EC2 throttles with token buckets. Here the bucket for AssociateIamInstanceProfile has {capacity} tokens and gets
{refill} a second, where AWS's gets 5. So ``instance_profile_attach`` cannot do with less than
({size:,} − {capacity}) / {refill} = {floor:.0f} s for {size:,} instances, measured from the first of these calls to the last. The
bare pool is eight threads that make these calls with boto3, paced in the same way (botocore's adaptive mode), and do nothing
else. That pace depends on how many calls meet the throttle together, so that the same program takes a fifth longer one
time than another: both took turns, and each figure is the median of {runs} runs.

{table}
"""

FOOTPRINTS = """
Ten thousand instances that all have the profile
------------------------------------------------

The memory of the process of ``instance_profile_attach`` at its peak, above that of a Python with boto3 and the two
clients; without Ansible around it.

{table}
"""

SETTING = """
What was compared
-----------------

Python {python} on {cores} cores.

{versions}
"""

TOLD = """
{name}
~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~

.. code-block:: {language}

{text}
"""

LANGUAGES = {"yml": "yaml", "sh": "shell"}


@dataclass(frozen=True)
class Setting:
    """What the figures were made with; ``told`` has for each peer the name and the text of the file that it is told."""

    latency: int
    python: str
    cores: int
    versions: Mapping[str, str]
    told: Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class Results:
    """All that was measured; what was not is left out of the page."""

    comparison: Sequence[Figure] = ()
    least: Sequence[Figure] = ()
    roles: Sequence[Figure] = ()
    groups: Sequence[Figure] = ()
    throttled: Sequence[Throttled] = ()
    footprints: Sequence[Footprint] = ()


def write(results: Results, setting: Setting) -> str:
    """The page in reStructuredText."""
    parts = [HEAD.format(latency=setting.latency, limit=LIMIT, few=FEW, runs=RUNS)]
    if results.comparison:
        attach, nothing = (report.comparison(results.comparison, job) for job in (ATTACH, NOTHING))
        parts.append(COMPARISON.format(attach=attach, nothing=nothing))
    if results.least:
        parts.append(LEAST.format(table=report.least(results.least)))
    if results.roles:
        parts.append(ROLES.format(runs=RUNS, table=report.roles(results.roles)))
    if results.groups:
        parts.append(GROUPS.format(size=results.groups[0].size, limit=GROUPS_LIMIT, table=report.groups(results.groups)))
    if results.throttled:
        parts.append(_throttled(results.throttled))
    if results.footprints:
        parts.append(FOOTPRINTS.format(table=report.footprints(results.footprints)))
    versions = report.table(["", "version"], list(setting.versions.items()))
    parts.append(SETTING.format(python=setting.python, cores=setting.cores, versions=versions))
    parts += [_told(name, file, text) for name, (file, text) in setting.told.items()]
    return "".join(parts)


def _throttled(figures: Sequence[Throttled]) -> str:
    figure = figures[0]
    return THROTTLED.format(
        capacity=figure.capacity,
        refill=figure.refill,
        size=figure.size,
        floor=figure.floor,
        runs=THROTTLED_RUNS,
        table=report.throttled(figures),
    )


def _told(name: str, file: str, text: str) -> str:
    """What the peer was told, without the lines at the top that say whose the file is."""
    lines = text.splitlines()
    while lines and (lines[0].startswith("#") or lines[0] in ("", "---")):
        del lines[0]
    return TOLD.format(name=name, language=LANGUAGES[file.rpartition(".")[2]], text=indent("\n".join(lines), "   "))
