# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts of the role migrate_keys, as its tasks register them."""

from __future__ import annotations

from ansible_collections.keyless.ec2.plugins.plugin_utils._migrate.facts import HostFacts

KEY, OTHER = "AKIAQ3EGTZ2ZK7Q4RVWX", "AKIAQ3EGTZ2ZK7Q4RVWY"
READ_ERROR = {"target": "/c", "reason": "too_large", "message": "Only the first 1048576 bytes were searched"}


def location(key=KEY, path="/a", has_secret=True, kind="other", line=1):
    """A row of static_credentials_info."""
    return {"access_key_id": key, "has_secret": has_secret, "path": path, "kind": kind, "line": line}


def reported(*locations, left=(), moved=(KEY,), incomplete=(), **others):
    """A migrate_keys_result."""
    lists = {"credentials": list(locations), "ids_only": [], "left": list(left), "moved": list(moved), "incomplete": list(incomplete)}
    return {**lists, "not_searched": [], **others}


def iam_key(key=KEY, user="ann", status="Active", used_by_task=False, msg=None, last_used=None):
    """A row of access_key_info."""
    row = {"access_key_id": key, "user_name": user, "status": status, "used_by_task": used_by_task, "msg": msg}
    return {**row, "last_used_date": last_used}


def host_facts(number=1, role_name=None, region="eu-central-1", **others):
    """The facts of a host that is an instance, after it was searched."""
    identity = {"instance_id": f"i-{number:017x}", "region": region, "role_name": role_name}
    return HostFacts(**{"instance": {"identity": identity}, "found": {"credentials": [location()]}, **others})
