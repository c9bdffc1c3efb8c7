# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the permissions of the roles from files/permissions.yml into the READMEs, between two markers.

Usage: .venv/bin/python tools/permissions.py
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.keyless.ec2.plugins.filter.escalations import filter_escalations
from ansible_collections.keyless.ec2.plugins.filter.operator_policy import filter_operator_policy, permissions

# What stands in the policies where a limit is required
EXAMPLES = {
    "launch_template_tags": {"team": "web"},
    "permissions_boundary": "limits",
    "quarantine_policy": "quarantine",
    "user_names": ["legacy-*"],
    "assume_roles": ["audit"],
}
AN_ACTION = re.compile(r"\b((?:autoscaling|ec2|iam|ssm|sts):\w+)")
ROLES = Path(__file__).resolve().parents[1] / "roles"
BLOCK = re.compile(r"(?<=<!-- permissions -->\n).*?(?=<!-- end -->)", re.DOTALL)


def block_of(role: str) -> str:
    """Returns the text between the markers: a policy with examples, what it makes possible, and a table of what only some variables need."""
    policy = filter_operator_policy([role], features=sorted(own_features(role)), **EXAMPLES)
    return "\n".join(["", "```json", json.dumps(policy, indent=2), "```", "", *escalations_of(policy), *table_of(role)])


def escalations_of(policy: Mapping[str, Any]) -> Iterator[str]:
    """Returns a list of what whoever holds the policy can become."""
    found = filter_escalations(policy)
    yield f"Whoever holds this policy can become{':' if found else ' nobody else, by the known ways.'}"
    yield ""
    yield from (f"- {as_code(each)}" for each in found)
    yield from [""] if found else []


def as_code(sentence: str) -> str:
    """Returns the sentence with its actions as code."""
    return AN_ACTION.sub(r"`\1`", sentence)


def own_features(role: str) -> set[str]:
    """Returns the variables that need more of the role's own statements."""
    return {name for each in permissions()[role]["statements"] for name in each.get("for", ())}


def table_of(role: str) -> Iterator[str]:
    """Returns a table with a row for each set of variables that needs more permissions."""
    rows = dict(rows_of(permissions()[role]))
    if rows:
        yield from ("| permissions | only for |", "| --- | --- |")
        yield from (f"| {needed} | {features} |" for features, needed in rows.items())
        yield ""
    yield ""


def rows_of(described: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Returns what the variables need, by their names."""
    actions: dict[str, set[str]] = {}
    for each in described["statements"]:
        if "for" in each:
            actions.setdefault(_code(each["for"]), set()).update(each["actions"])
        if "unless" in each:
            actions.setdefault(f"runs without {_code(each['unless'])}", set()).update(each["actions"])
    for features, names in actions.items():
        yield features, _code(sorted(names))
    for each in described.get("includes", ()):
        if "for" in each:
            yield _code(each["for"]), f"those of [{each['role']}](../{each['role']}/README.md#permissions)"


def _code(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def with_block(text: str, block: str) -> str:
    return BLOCK.sub(lambda _found: block, text)


def main() -> None:
    """Writes the blocks into the READMEs."""
    for role in permissions():
        page = ROLES / role / "README.md"
        text = page.read_text(encoding="utf-8")
        if BLOCK.search(text):
            page.write_text(with_block(text, block_of(role)), encoding="utf-8")


if __name__ == "__main__":
    main()
