# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A local host that can't be reached while the file that KEYLESS_AWAY names exists."""

from __future__ import annotations

DOCUMENTATION = r"""
name: leaving
short_description: A host that goes away
description:
  - Runs commands locally, but only while a file does not exist.
options: {}
extends_documentation_fragment:
  - connection_pipelining
"""

import os

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection.local import Connection as LocalConnection


class Connection(LocalConnection):
    """Fails as SSH does."""

    transport = "leaving"

    def exec_command(self, cmd, in_data=None, sudoable=True):
        # The task that makes it leave deletes its temporary files before the host has gone.
        if os.path.exists(os.environ["KEYLESS_AWAY"]) and "rm -f -r" not in cmd:
            raise AnsibleConnectionFailure("The host has gone away.")
        return super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
