# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter keyless.ec2.verification; a shell over plugin_utils/_verify."""

from __future__ import annotations

import os

from ansible import constants

from ansible_collections.keyless.ec2.plugins.filter.from_survey import filter_from_survey
from ansible_collections.keyless.ec2.plugins.plugin_utils._verify.claim import claim
from ansible_collections.keyless.ec2.plugins.plugin_utils._verify.verification import verification


def filter_verification(hosts, variables, options=None, awaited=(), claims=False):
    """What the role verify asks, shows and fails on; ``variables`` are hostvars, of which each host's verify_result is read."""
    given = {name: options[name] for name in options or {}}
    results = {host: variables[host].get("verify_result") for host in hosts}
    decided = verification(
        results,
        filter_from_survey(given.get("actions"), [], "verify_actions"),
        (given.get("simulation") or {}).get("results", []),
        filter_from_survey(given.get("tolerated"), [], "verify_tolerated"),
        awaited,
        bool(given.get("check_mode")),
    )
    # The processes of all hosts are children of the same one.
    is_due = claims and decided["is_complete"] and claim(results, constants.DEFAULT_LOCAL_TMP, os.getppid())
    return {**decided, "table_is_due": is_due}


class FilterModule:
    """What Ansible loads."""

    def filters(self):
        """The filters by name."""
        return {"verification": filter_verification}
