# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter keyless.ec2.operator_policy.  See _policy/operator_policy.py."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import yaml
from ansible.errors import AnsibleFilterError

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._common.suggestions import did_you_mean
from ansible_collections.keyless.ec2.plugins.module_utils._policy.operator_policy import operator_policy
from ansible_collections.keyless.ec2.plugins.module_utils._policy.policy_scope import TAGS, policy_scope

ROLES = Path(__file__).resolve().parents[2] / "roles"


@lru_cache(maxsize=1)
def permissions():
    """The permissions that each role of this collection needs, by its name."""
    files = sorted(ROLES.glob("*/files/permissions.yml"))
    return {path.parents[1].name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in files}


LISTS = (
    *("role_names", "instance_profile_names", "launch_template_ids", "auto_scaling_group_names", "user_names", "assume_roles"),
    "allowed_policies",
)
TEXTS = ("permissions_boundary", "quarantine_policy")


def filter_operator_policy(jobs, features=None, account=None, region=None, **limits):
    """The policy for the jobs; raises AnsibleFilterError for invalid options."""
    try:
        chosen = _strings("jobs", jobs)
        scope = policy_scope(_string(region), _string(account), **_limits(limits))
        return operator_policy(permissions(), list(permissions()) if chosen is None else chosen, _strings("features", features) or [], scope)
    except OptionError as error:
        raise AnsibleFilterError(f"keyless.ec2.operator_policy: {error}") from error


def _limits(given):
    """The options that limit the policy, in the form that policy_scope takes."""
    for option in given:
        if option not in (*LISTS, *TEXTS, *TAGS):
            known = (*LISTS, *TEXTS, *TAGS)
            raise OptionError(option, "is not an option.", f"{did_you_mean(option, known)} Valid options are {', '.join(sorted(known))}.".lstrip())
    return {
        **{option: _strings(option, given.get(option)) for option in LISTS},
        **{option: [_string(given[option])] for option in TEXTS if _string(given.get(option))},
        **{option: _tags(option, given.get(option)) for option in TAGS},
    }


def _string(value):
    return "" if value is None else str(value).strip()


def _strings(option, value):
    """The strings of a list; None if not given."""
    if value is None:
        return None
    if not isinstance(value, (list, tuple)):
        raise OptionError(option, f"{value!r} is not a list.", "Give a list of names.")
    return [str(each).strip() for each in value]


def _tags(option, value):
    """The tags, each with a list of values."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise OptionError(option, f"{value!r} is not a dictionary.", "Give keys with values, like {team: web}.")
    return {str(key): [str(each) for each in (one if isinstance(one, list) else [one])] for key, one in value.items()}


class FilterModule:
    """The filter, as Ansible loads it."""

    def filters(self):
        """The filters, by name."""
        return {"operator_policy": filter_operator_policy}
