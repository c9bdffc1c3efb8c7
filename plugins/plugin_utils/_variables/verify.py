# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of the role verify, checked before the first module runs.  Pure."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._common.limits import MAX_SECONDS
from ansible_collections.keyless.ec2.plugins.module_utils._common.suggestions import did_you_mean
from ansible_collections.keyless.ec2.plugins.module_utils._identity.actions.checks import PROBLEMS
from ansible_collections.keyless.ec2.plugins.module_utils._identity.actions.options import action_checks
from ansible_collections.keyless.ec2.plugins.module_utils._identity.causes import CAUSES
from ansible_collections.keyless.ec2.plugins.plugin_utils._verify.disagreements import CODE

from .checks import Check, errors_of, no_spaces_alone, number, role_name, some, texts

CODES = tuple(sorted({CODE, *PROBLEMS, *(each.code for each in CAUSES.values())}))


def verify_errors(values: Mapping[str, Any]) -> list[str]:
    """An error for each invalid value; ``values`` are those of the role's variables, without the prefix and converted."""
    return errors_of(
        [
            role_name("verify_expected_role", values["expected_role"]),
            number("verify_wait_timeout", values["wait_timeout"], 0, MAX_SECONDS),
            _tolerated(values["tolerated"]),
            _actions(values["actions"]),
            *no_spaces_alone("verify", values, ("expected_role", "aws_endpoint", "endpoint")),
        ]
    )


def _tolerated(given: Any) -> Check:
    """Codes of problems: a misspelled one would let hosts fail."""

    def check() -> None:
        texts("verify_tolerated", given)()
        for each in given:
            if each not in CODES:
                raise OptionError(
                    "verify_tolerated", f"{each!r} is not the code of a problem.", did_you_mean(each, CODES) or f"Use {', '.join(CODES)}."
                )

    return check


def _actions(given: Any) -> Check:
    """Actions as instance_identity_info takes them."""

    def check() -> None:
        some("verify_actions", given)()
        try:
            action_checks(given)
        except OptionError as error:
            raise OptionError("verify_actions", str(error).partition(": ")[2], "") from None

    return check
