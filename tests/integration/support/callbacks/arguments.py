# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what each module is called with to the file that KEYLESS_ARGUMENTS names: a JSON line for each call."""

from __future__ import annotations

DOCUMENTATION = r"""
name: arguments
type: notification
short_description: Record the arguments of modules
description:
  - Appends the final arguments of every module call to a file, a JSON line each.
  - Results can't be used for that. Some versions of ansible-core leave the arguments out, and all of them do with C(no_log).
"""

import functools
import json
import os

from ansible.plugins.action import ActionBase
from ansible.plugins.callback import CallbackBase


def recording(execute_module):
    """The method that every action plugin runs modules with, after it has recorded the call."""

    @functools.wraps(execute_module)
    def execute(self, module_name=None, module_args=None, tmp=None, task_vars=None, **others):
        arguments = self._task.args if module_args is None else module_args
        line = {
            "host": str((task_vars or {}).get("inventory_hostname")),
            "module": module_name or self._task.action,
            "check_mode": bool(self._task.check_mode),
            "retries": self._task.retries,
            "delay": self._task.delay,
            "arguments": {name: value for name, value in arguments.items() if not name.startswith("_ansible_")},
        }
        with open(os.environ["KEYLESS_ARGUMENTS"], "a", encoding="utf-8") as calls:
            calls.write(json.dumps(line, default=str) + "\n")
        return execute_module(self, module_name, module_args, tmp, task_vars, **others)

    return execute


class CallbackModule(CallbackBase):
    """Exists so that Ansible loads this file before it forks the workers that run tasks."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "arguments"


# Without an environment variable there is nothing to write to, for example when ansible-doc lists callback plugins.
if "KEYLESS_ARGUMENTS" in os.environ:
    ActionBase._execute_module = recording(ActionBase._execute_module)  # pylint: disable=protected-access
