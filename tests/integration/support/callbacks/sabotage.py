# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes one task of a playbook fail on a host, before or after it has run, or kills ansible-playbook after it.

KEYLESS_SABOTAGE, if set, is JSON: the name of the ``task``, of which the first one of each batch of hosts counts, the ``mode`` (before, after or
kill), and the ``host``.
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
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self):
        super().__init__()
        self._plan = json.loads(os.environ.get("KEYLESS_SABOTAGE", "{}"))
        # Enabled in all runs, because each different setting of Ansible costs a fork server.
        self.disabled = not self._plan
        self._has_started = False

    def v2_playbook_on_play_start(self, play):
        self._has_started = self._has_started and self._plan["mode"] == "kill"

    def v2_playbook_on_task_start(self, task, is_conditional):
        mode, host = self._plan["mode"], self._plan["host"]
        if self._has_started and mode == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self._has_started or task.get_name() != self._plan["task"]:
            return
        self._has_started = True
        if mode == "before":
            task.when = [trust_as_template(f"inventory_hostname != '{host}' or sabotaged_before_it_ran"), *task.when]
        if mode == "after":
            task.failed_when = [trust_as_template(f"inventory_hostname == '{host}'")]
