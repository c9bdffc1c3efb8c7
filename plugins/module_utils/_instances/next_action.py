# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be next for an instance that changes.  Pure."""

from __future__ import annotations

WAIT = "wait"  # a transition has to end first
CALL = "call"  # the next call can be made
PLAN_AGAIN = "plan again"  # its state is not the one that was planned for
DONE = "done"
OVERWRITTEN = "overwritten"  # another client changed it after our last call
