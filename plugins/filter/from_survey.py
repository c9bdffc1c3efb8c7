# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter keyless.ec2.from_survey: parses the text of a survey answer."""

from __future__ import annotations

import json
import re

import yaml
from ansible.errors import AnsibleFilterError

# A line that begins a list or a dictionary. Text without such a line need not be valid YAML; a glob is an example.
COLLECTION = re.compile(r"^\s*(?:[\[{]|-\s|---|[^,\n]+:(?:\s|$))", re.MULTILINE)

# Marks of lists, texts and documents without anything in them. null and None are texts: a template that failed can give them.
EMPTY = ("", "-", "---", '""', "''")
NOTHING = (None, "", [None], [""])


def filter_from_survey(answer, default=None):
    """The list or dictionary in a text, or ``default`` for an empty one; other values stay as they are."""
    if answer is None:
        return default
    if not isinstance(answer, str):
        return answer
    if answer.strip() in EMPTY:
        return default
    if COLLECTION.search(answer):
        # Turn dates back into strings: the version of a policy looks like one.
        found = json.loads(json.dumps(read(answer), default=str))
        return default if found in NOTHING else found
    parts = [part.strip() for part in re.split(r"[,\n]", answer)]
    return [part for part in parts if part] or default


def read(answer):
    """Parses the YAML or JSON in the text."""
    try:
        return yaml.safe_load(answer)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f" in line {mark.line + 1}" if mark else ""
        # The message must not contain the text: it may be user data with a secret in it.
        raise AnsibleFilterError(f"keyless.ec2.from_survey: the text is neither YAML nor JSON{place}: {getattr(error, 'problem', '')}") from None


class FilterModule:
    """What Ansible loads."""

    def filters(self):
        """The filters by name."""
        return {"from_survey": filter_from_survey}
