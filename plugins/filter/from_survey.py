# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter keyless.ec2.from_survey: parses the text of a survey answer."""

from __future__ import annotations

import re

from ansible.errors import AnsibleFilterError

from ansible_collections.keyless.ec2.plugins.plugin_utils._variables.documents import plain, read_yaml

# A line that begins a list or a dictionary. Text without such a line need not be valid YAML; a glob is an example.
COLLECTION = re.compile(r"^\s*(?:[\[{]|-\s|---|[^,\n]+:(?:\s|$))", re.MULTILINE)

# Marks of lists, texts and documents without anything in them. null and None are texts: a template that failed can give them.
EMPTY = ("", "-", "---", '""', "''")
NOTHING = (None, "", [None], [""])


def filter_from_survey(answer, default=None, name=""):
    """The list or dictionary in a text, or ``default`` for an empty one; other values stay as they are.

    ``name`` is that of the variable, for errors.
    """
    if answer is None:
        return default
    if not isinstance(answer, str):
        return answer
    if answer.strip() in EMPTY:
        return default
    if COLLECTION.search(answer):
        found = read(answer, name)
        return default if found in NOTHING else found
    parts = [part.strip() for part in re.split(r"[,\n]", answer)]
    return [part for part in parts if part] or default


def read(answer, name):
    """Parses the YAML or JSON in the text."""
    try:
        return plain(read_yaml(answer))
    except ValueError as error:
        raise AnsibleFilterError(f"{name or 'keyless.ec2.from_survey'}: the text is neither YAML nor JSON that can be used: {error}.") from None


class FilterModule:
    """What Ansible loads."""

    def filters(self):
        """The filters by name."""
        return {"from_survey": filter_from_survey}
