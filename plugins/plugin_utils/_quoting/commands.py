# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands that people paste into a shell.  Pure."""

from __future__ import annotations

import re
import shlex
from typing import Any, Iterator, Mapping

from .ansible_yaml import variables_as_yaml

# ansible-playbook splits KEY=VALUE like a shell, and takes other values for templates.
PLAIN = re.compile(r"[A-Za-z0-9_./:@,+=-]+")


def playbook_command(name: str, variables: Mapping[str, Any]) -> str:
    """The command that runs a playbook of this collection with these extra variables."""
    return shlex.join(["ansible-playbook", f"keyless.ec2.{name}", *_arguments(variables)])


def aws_command(operation: str, options: Mapping[str, str]) -> str:
    """The command of the AWS CLI; ``operation`` is the service with the operation, as in ``iam update-access-key``."""
    return shlex.join(["aws", *operation.split(), *(word for name, value in options.items() for word in (f"--{name}", value))])


def extra_variables(variables: Mapping[str, Any]) -> str:
    """The arguments that add these extra variables to a command."""
    return shlex.join(_arguments(variables))


def _arguments(variables: Mapping[str, Any]) -> Iterator[str]:
    for name, value in variables.items():
        yield "-e"
        yield f"{name}={value}" if isinstance(value, str) and PLAIN.fullmatch(value) else variables_as_yaml({name: value})
