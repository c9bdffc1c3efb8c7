# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation that the modules which change something share."""

from __future__ import annotations


class ModuleDocFragment:
    """What a module can do, and what comes back from its run loop."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    support: full
    description:
      - Reads the current state and plans the same calls as a real run, but makes none of them.
  diff_mode:
    support: full
    description:
      - Shows what the planned calls change.
  idempotent:
    support: full
    description:
      - A second run finds nothing to do and makes no write calls.
"""

    # Of modules that only read
    READS = r"""
options: {}
attributes:
  check_mode:
    support: full
    description:
      - The module only reads.
  diff_mode:
    support: none
    description:
      - Nothing changes, so there is nothing to show.
  idempotent:
    support: full
    description:
      - The module only reads.
"""
