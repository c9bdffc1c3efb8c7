# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the filter operator_policy, which are also the variables of the role of that name.  Pure."""

from __future__ import annotations

from functools import partial
from typing import Any, Mapping, Optional

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._common.suggestions import did_you_mean
from ansible_collections.keyless.ec2.plugins.module_utils._policy.operator_policy import operator_policy
from ansible_collections.keyless.ec2.plugins.module_utils._policy.policy_scope import TAGS, PolicyScope, policy_scope
from ansible_collections.keyless.ec2.plugins.module_utils._policy.role_permissions import Permissions, check_features, check_jobs

from .checks import Check, errors_of
from .option_names import by_variable

LISTS = (
    *("role_names", "instance_profile_names", "launch_template_ids", "auto_scaling_group_names", "user_names", "assume_roles"),
    "allowed_policies",
)
TEXTS = ("permissions_boundary", "quarantine_policy")


def policy_for(permissions: Permissions, jobs: Any, features: Any = None, **limits: Any) -> dict[str, Any]:
    """The policy for the jobs; raises OptionError.  ``permissions`` are those of all roles, by name."""
    return operator_policy(permissions, _jobs(permissions, jobs), _features(permissions, features), _scope(limits))


def policy_errors(permissions: Permissions, jobs: Any, limits: Mapping[str, Any]) -> list[str]:
    """An error for each invalid variable of the role, or else what is wrong with them together.  ``limits`` are all but the jobs."""
    checks: list[Check] = [
        partial(_jobs, permissions, jobs),
        partial(_features, permissions, limits.get("features")),
        *(partial(_scope, {name: value}) for name, value in limits.items() if name != "features"),
    ]
    errors = errors_of(checks) or errors_of([partial(policy_for, permissions, jobs, **limits)])
    options = [f"operator_policy_{name}" for name in ("jobs", "features", "region", "account", *LISTS, *TEXTS, *TAGS, *limits)]
    return [by_variable(error, "operator_policy", options) for error in errors]


def _jobs(permissions: Permissions, given: Any) -> list[str]:
    jobs = _strings("jobs", given)
    chosen = list(permissions) if jobs is None else jobs
    check_jobs(permissions, chosen)
    return chosen


def _features(permissions: Permissions, given: Any) -> list[str]:
    features = _strings("features", given) or []
    check_features(permissions, features)
    return features


def _scope(given: Mapping[str, Any]) -> PolicyScope:
    known = (*LISTS, *TEXTS, *TAGS)
    for option in given:
        if option not in (*known, "region", "account"):
            raise OptionError(option, "is not an option.", f"{did_you_mean(option, known)} Valid options are {', '.join(sorted(known))}.".lstrip())
    return policy_scope(
        _string(given.get("region")),
        _string(given.get("account")),
        **{option: _strings(option, given.get(option)) for option in LISTS},
        **{option: [_string(given[option])] for option in TEXTS if _string(given.get(option))},
        **{option: _tags(option, given.get(option)) for option in TAGS},
    )


def _string(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _strings(option: str, value: Any) -> Optional[list[str]]:
    """The strings of a list; None if not given."""
    if value is None:
        return None
    if not isinstance(value, (list, tuple)):
        raise OptionError(option, f"{value!r} is not a list.", "Give a list of names.")
    return [str(each).strip() for each in value]


def _tags(option: str, value: Any) -> dict[str, list[str]]:
    """The tags, each with a list of values."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise OptionError(option, f"{value!r} is not a dictionary.", "Give keys with values, like {team: web}.")
    return {str(key): [str(each) for each in (one if isinstance(one, list) else [one])] for key, one in value.items()}
