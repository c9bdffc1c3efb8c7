# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the page of claims about AWS: each claim, its source, and whether it was seen on AWS itself.

Usage: .venv/bin/python -m ansible_collections.keyless.ec2.tests.conformance.pages
"""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from pathlib import Path

import yaml

from .probe import DOCUMENTED, REPORTED, UNKNOWN, Probe
from .recording import seen
from .run import AS_CLAIMED, load

PAGE = Path(__file__).parents[2] / "docs" / "docsite" / "rst" / "aws_claims.rst"
SUBJECTS = {
    "accounts": "Sessions, keys, permissions and regions",
    "associations": "Associations",
    "consistency": "Eventual consistency",
    "fleets": "EC2 Fleets and Spot Instance requests",
    "groups": "Auto Scaling groups",
    "instances": "Instances",
    "launch_templates": "Launch templates",
    "metadata": "Instance metadata",
    "metadata_defaults": "Defaults for metadata options",
    "metrics": "Metrics of the instance metadata service",
    "policies": "Policy documents",
    "profiles": "Instance profiles",
    "roles": "Roles",
}
HEAD = """\
..
  Copyright (c) 2026, The keyless.ec2 authors
  GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
  SPDX-License-Identifier: GPL-3.0-or-later

.. _ansible_collections.keyless.ec2.docsite.aws_claims:

Claims about AWS
================

The collection and :ref:`the emulator <ansible_collections.keyless.ec2.docsite.emulator>` rely on these claims about what AWS does.
Each claim has a probe in ``tests/conformance``, which makes a few calls and checks the results. The emulator passes all probes in every test run.
``make conformance`` runs them against any endpoint, and ``make conformance-aws`` against AWS itself. CONTRIBUTING.md describes both.

The last column has the source of a claim: for a *documented* claim, the title of a page by AWS, and for a *reported* one, a public issue. For an
*unknown* one, it says why there is no source. If a page has only an error code, the source of the error text is named, too. A claim that was
*seen on AWS* has the date of the newest recording.

{counts}
"""

WITHOUT_PROBE = """\
Without a probe
---------------

- A launch template can have 10,000 versions, and a region 5,000 templates, unless the account's quotas are different. Documented: EC2 User Guide:
  Restrictions for Amazon EC2 launch templates. A probe would need ten thousand calls.
- How late IAM is with each call is not documented. A recording has, for each probe, how long it took and how often a call was repeated.

Of the claims of the emulator's page, each of which begins as here, no probe checks these:

"""
CLAIMS = Path(__file__).with_name("claims.yml")


def page() -> str:
    probes = load()
    outcomes = seen(probes)
    parts = [HEAD.format(counts=counts(probes, outcomes))]
    for subject, some in groupby(sorted(probes, key=lambda probe: list(SUBJECTS).index(probe.subject)), key=lambda probe: probe.subject):
        parts.append(section(SUBJECTS[subject], list(some), outcomes))
    return "\n".join([*parts, WITHOUT_PROBE]) + "\n".join([*without_probe(), ""])


def without_probe() -> list[str]:
    """An item for each claim of the emulator's page without a probe, with the reason."""
    claims = yaml.safe_load(CLAIMS.read_text(encoding="utf-8"))
    return [f"- {begins} …\n  {row['reason']}" for begins, row in claims.items() if "probes" not in row]


def counts(probes: list[Probe], outcomes: dict[str, tuple[str, str]]) -> str:
    kinds = Counter(probe.source.kind for probe in probes)
    agreed = sum(outcome == AS_CLAIMED for outcome, _date in outcomes.values())
    told = f"Of {len(probes)} claims, {kinds[DOCUMENTED]} are documented, {kinds[REPORTED]} reported, and {kinds[UNKNOWN]} unknown."
    return f"{told} Seen on AWS: {agreed or 'none yet'}."


def section(title: str, probes: list[Probe], outcomes: dict[str, tuple[str, str]]) -> str:
    head = [title, "-" * len(title), "", ".. list-table::", "   :header-rows: 1", "   :widths: 50 20 30", ""]
    rows = [("claim", "probe", "known"), *((plain(probe.claim), f"``{probe.name}``", knowledge(probe, outcomes)) for probe in probes)]
    lines = [f"   {'*' if not number else ' '} - {cell}" for row in rows for number, cell in enumerate(row)]
    return "\n".join([*head, *lines, ""])


def knowledge(probe: Probe, outcomes: dict[str, tuple[str, str]]) -> str:
    text = f"; the text: {plain(probe.source.text)}" if probe.source.text else ""
    told = f"{probe.source.kind}: {plain(probe.source.title)}{text}"
    if probe.name not in outcomes:
        return told
    outcome, date = outcomes[probe.name]
    return f"seen on AWS on {date}; {told}" if outcome == AS_CLAIMED else f"AWS did something else on {date}; {told}"


def plain(text: str) -> str:
    """The text without what reStructuredText would take for markup."""
    return text.replace("\\", "\\\\").replace("*", "\\*").replace("`", "\\`").replace("_", "\\_").replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
