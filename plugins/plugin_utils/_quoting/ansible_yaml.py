# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ansible tasks and extra variables as YAML that people paste.  Pure.

Ansible trusts every template in what is pasted.  So text that could be one gets the tag ``!unsafe``.
"""

from __future__ import annotations

import json
import re
from typing import Any, Sequence

import yaml

from ...module_utils._common.visible import is_visible

# Every template has one of these: a delimiter begins with a brace, and the header that chooses other delimiters with "#jinja2:".  Ansible
# guesses the type of what is unsafe, and takes ~ for null and refuses *, so other text must not be.
IN_TEMPLATES = re.compile(r"[{#]")


TEXT = "tag:yaml.org,2002:str"


class Template(str):
    """A template of our own, which stays one."""


class _Dumper(yaml.SafeDumper):
    """Writes our own templates as they are, and every other text so that it is none."""


def _tag(text: str) -> str:
    return "!unsafe" if IN_TEMPLATES.search(text) else TEXT


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # In double quotes, every character that does not show is escaped, newlines too.
    return dumper.represent_scalar(_tag(text), str(text), style=None if is_visible(text) else '"')


def _represent_template(dumper: yaml.SafeDumper, text: Template) -> yaml.ScalarNode:
    return dumper.represent_scalar(TEXT, str(text))


_Dumper.add_representer(str, _represent_text)
_Dumper.add_representer(Template, _represent_template)
# Ansible remembers where a value comes from in types of its own, which PyYAML does not know.
for _kind, _represent in (
    (str, _represent_text),
    (int, yaml.SafeDumper.represent_int),
    (float, yaml.SafeDumper.represent_float),
    (list, yaml.SafeDumper.represent_list),
    (dict, yaml.SafeDumper.represent_dict),
):
    _Dumper.add_multi_representer(_kind, _represent)


def tasks_as_yaml(tasks: Sequence[dict[str, Any]]) -> str:
    """The tasks, in ASCII: a name can have characters that hide what it is."""
    return yaml.dump(list(tasks), Dumper=_Dumper, sort_keys=False, width=float("inf"))


class _LineDumper(_Dumper):
    """The same with every text in double quotes, in which an apostrophe means nothing."""


def _represent_quoted(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar(_tag(text), str(text), style='"')


_LineDumper.add_representer(str, _represent_quoted)
_LineDumper.add_multi_representer(str, _represent_quoted)
_LineDumper.add_representer(Template, lambda dumper, text: dumper.represent_scalar(TEXT, str(text), style='"'))


def tasks_on_one_line(tasks: Sequence[dict[str, Any]]) -> str:
    """The same on one line, for a cell of a spreadsheet."""
    return yaml.dump(list(tasks), Dumper=_LineDumper, sort_keys=False, default_flow_style=True, width=float("inf")).strip()


def variables_as_yaml(variables: dict[str, Any]) -> str:
    """Extra variables on one line, as ansible-playbook takes them with ``-e``: JSON, unless some text could be a template."""
    text = yaml.dump(variables, Dumper=_Dumper, sort_keys=False, default_flow_style=True, width=float("inf")).strip()
    return text if "!unsafe" in text else json.dumps(variables)
