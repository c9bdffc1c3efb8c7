# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the result of every task, as modules return it, to the file that KEYLESS_RESULTS names: a JSON line each."""

from __future__ import annotations

DOCUMENTATION = r"""
name: record
type: notification
short_description: Record the results of tasks
description:
  - Appends the result of every task to a file, a JSON line each.
"""

import json
import os

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    """Records results."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "record"

    def _record(self, status, result):
        # ansible-core 2.19 made the attributes public.
        host = getattr(result, "host", None) or getattr(result, "_host", None)
        task = getattr(result, "task", None) or getattr(result, "_task", None)
        returned = getattr(result, "result", None) or getattr(result, "_result", None)
        line = {"host": host.get_name(), "task": task.get_name(), "status": status, "result": returned}
        with open(os.environ["KEYLESS_RESULTS"], "a", encoding="utf-8") as results:
            results.write(json.dumps(line, default=str) + "\n")

    def v2_runner_on_ok(self, result):
        self._record("ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._record("failed", result)

    def v2_runner_on_skipped(self, result):
        self._record("skipped", result)
