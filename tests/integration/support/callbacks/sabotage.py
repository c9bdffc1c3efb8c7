# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes one task of a playbook fail on a host, before or after it has run, or kills ansible-playbook after it.

KEYLESS_SABOTAGE is JSON: ``number`` of the task, counted from 1 as they start, ``mode`` (before, after or kill), and ``host`` unless the
whole play is killed.
"""

from __future__ import annotations

DOCUMENTATION = r"""
name: sabotage
type: notification
short_description: Make a task fail
description:
  - Makes a task fail before or after it has run, or kills ansible-playbook after it.
"""

import json
import os
import signal

from ansible.plugins.callback import CallbackBase
from ansible.template import trust_as_template


class CallbackModule(CallbackBase):
    """Sabotages a task."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "sabotage"

    def __init__(self):
        super().__init__()
        self._plan = json.loads(os.environ["KEYLESS_SABOTAGE"])
        self._started = 0

    def v2_playbook_on_task_start(self, task, is_conditional):
        self._started += 1
        mode, is_next = self._plan["mode"], self._started == self._plan["number"]
        if mode == "kill" and self._started > self._plan["number"]:
            os.kill(os.getpid(), signal.SIGKILL)
        if is_next and mode == "before":
            task.when = [trust_as_template(f"inventory_hostname != '{self._plan['host']}' or sabotaged_before_it_ran"), *task.when]
        if is_next and mode == "after":
            task.failed_when = [trust_as_template(f"inventory_hostname == '{self._plan['host']}'")]
