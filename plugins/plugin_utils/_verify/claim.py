# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets one of several processes show a table.

With the strategy free, two hosts can be at the same task at the same moment, each in a process of its own that does not know about the other.  Only
the file system decides between them.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any, Mapping


def claim(results: Mapping[str, Any], folder: str, run: int) -> bool:
    """Whether this process is the first of this run to show the table of these results; ``folder`` is one that Ansible deletes after the run.

    Results say how long credentials are valid. So those of a later use of the role are others, and their table is shown too.
    """
    name = hashlib.sha256(json.dumps(results, sort_keys=True, default=str).encode()).hexdigest()
    try:
        os.close(os.open(os.path.join(folder, f"keyless-ec2-table-{run}-{name}"), os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return False
    except OSError:
        return True  # rather twice than never
    return True
