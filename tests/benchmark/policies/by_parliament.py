# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs parliament on policies: a list of JSON texts on standard input, the lists of its findings on standard output.

It runs where parliament is installed, and imports nothing of ours.
"""

import json
import sys
import warnings

warnings.simplefilter("ignore")

from parliament import analyze_policy_string, enhance_finding  # noqa: E402


def findings(text):
    """Returns parliament's findings with their severity, or EXCEPTION if it ends with one."""
    try:
        found = [enhance_finding(each) for each in analyze_policy_string(text).findings]
    except Exception:
        return [("EXCEPTION", "CRITICAL")]
    return [(each.issue, each.severity) for each in found]


if __name__ == "__main__":
    json.dump([findings(text) for text in json.load(sys.stdin)], sys.stdout)
