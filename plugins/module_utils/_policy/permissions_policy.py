# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checking a permissions policy.  Pure."""

from __future__ import annotations

from typing import Any, Mapping

from .checks import check_each, need_one_of, refuse
from .document import located_statements
from .grammar import check_document, check_statement
from .resources import of_resource


def check_permissions_policy(option: str, document: Mapping[str, Any]) -> None:
    """Raises PolicyError, with the place in the document, unless it can be an inline policy of a role."""
    check_document(option, document)
    for where, statement in located_statements(option, document):
        check_statement(where, statement)
        need_one_of(where, statement, "Resource", "NotResource")
        refuse(where, statement, ("Principal", "NotPrincipal"), "the role itself is an inline policy's principal.")
        check_each(where, statement, ("Resource", "NotResource"), of_resource)
