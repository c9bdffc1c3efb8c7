# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page about errors and problems has every code that exists, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.keyless.ec2.plugins.module_utils._attachment import problems as of_instances
from ansible_collections.keyless.ec2.plugins.module_utils._aws import retries
from ansible_collections.keyless.ec2.plugins.module_utils._common import errors
from ansible_collections.keyless.ec2.plugins.module_utils._common.denials import POLICIES
from ansible_collections.keyless.ec2.plugins.module_utils._common.error_suggestions import CAUSES, CREDENTIALS
from ansible_collections.keyless.ec2.plugins.module_utils._estate import problems as of_accounts
from ansible_collections.keyless.ec2.plugins.module_utils._identity import causes as of_hosts
from ansible_collections.keyless.ec2.plugins.module_utils._identity.actions import checks
from ansible_collections.keyless.ec2.plugins.module_utils._launch import problems as of_launch_sources
from ansible_collections.keyless.ec2.plugins.module_utils._role import problems as of_roles
from ansible_collections.keyless.ec2.plugins.module_utils._role.stale_sessions import ROLE_REPLACED
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials import plan as of_files
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.reasons import MESSAGES
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.text import redact as of_contents
from ansible_collections.keyless.ec2.plugins.modules import instance_profile_attach
from ansible_collections.keyless.ec2.plugins.plugin_utils._report.severities import INCOMPLETE
from ansible_collections.keyless.ec2.plugins.plugin_utils._verify.disagreements import CODE as DISAGREES
from ansible_collections.keyless.ec2.tests.integration.support.pages import read, sections_of, tables_of

SECTIONS = sections_of(read("errors"))


def codes(heading: str) -> set[str]:
    """Returns the codes in the tables of the sections whose headings begin like this."""
    cells = [row[0] for title, text in SECTIONS.items() if title.startswith(heading) for table in tables_of(text) for row in table[1:]]
    return set(re.findall(r"``(\w+)``", " ".join(cells)))


def test_every_error_code_with_a_suggestion():
    assert codes("AWS's codes") == {code for each in CAUSES for code in each.codes if not each.operation} | errors.ACCESS_DENIED


def test_how_often_calls_are_repeated():
    (_head, *rows) = tables_of(SECTIONS["How often calls are repeated"])[0]
    found = [int(re.match(r"\d+", attempts)[0]) for _error, attempts in rows]
    assert found == [retries.ATTEMPTS, retries.CONNECTION_ATTEMPTS, 1, 1]
    assert retries.CONNECT_TIMEOUT == 10 and "Connecting may take ten seconds each time." in rows[1][1]


def test_every_cause_of_credentials_that_can_not_be_fetched():
    causes = [each for each in CAUSES if each.operation == CREDENTIALS]
    named = {each.message.strip("\\b") for each in causes} - {""}
    text = next(text for title, text in SECTIONS.items() if title.startswith("Credentials that"))
    (table,) = tables_of(text)
    assert len(table) == len(causes)  # the header has a row, and the last cause is the text after the table
    cells = {found for row in table[1:] for found in re.findall(r"``([\w-]+)``", row[0])}
    assert cells == named | {code for each in causes for code in each.codes}


def test_every_type_of_policy():
    text = next(text for title, text in SECTIONS.items() if title.startswith("Which policy"))
    assert set(re.findall(r"\*\*([\w -]+)\*\*", text)) == set(POLICIES)


def test_every_problem_is_in_its_section():
    assert codes("On instances") == {*of_instances.PROBLEMS, ROLE_REPLACED.code}
    # Problems of new instances are listed with the instances.
    assert codes("On what launches") == set(of_launch_sources.PROBLEMS) - {"imdsv1_allowed", "role_not_assumable_by_ec2"}
    assert codes("On roles and accounts") == (set(of_roles.PROBLEMS) | set(of_accounts.PROBLEMS) | {INCOMPLETE}) - {"empty_profile"}
    assert codes("On the host itself") == {each.code for each in of_hosts.CAUSES.values()} | set(checks.PROBLEMS) | {DISAGREES}


def test_every_reason_for_an_instance_that_was_not_changed():
    reason = re.search(r"\n    reason:\n.*?type: str", instance_profile_attach.RETURN, re.DOTALL)[0]
    assert codes("Why an instance") == {each for each in re.findall(r"V\((\w+)\)", reason) if each != "fail"}


def test_every_reason_for_a_file_that_was_left_in_place():
    """Those in the table of messages, and those that depend on the contents, which the code writes where it finds them."""
    sources = "".join(Path(module.__file__).read_text(encoding="utf-8") for module in (of_files, of_contents))
    by_contents = set(re.findall(r'(?:action=LEFT, reason=|NotRedactable\()"(\w+)"', sources))
    assert {"in_json", "in_url", "in_command", "unclear", "encoded", "binary", "too_large"} <= by_contents
    assert codes("Why a file") == set(MESSAGES) | by_contents
