# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of the tasks in a report.  Pure."""

from __future__ import annotations

from typing import Any, Mapping

from .._quoting.ansible_yaml import Template

PROFILE, ROLE = Template("{{ instance_profile }}"), Template("{{ role_name }}")


def task(name: str, module: str, options: Mapping[str, Any]) -> dict:
    """A task that calls the module."""
    return {"name": name, module: dict(options)}


def role_task(name: str, role: str, variables: Mapping[str, Any]) -> dict:
    """A task that runs the role of this collection."""
    return {**task(name, "ansible.builtin.include_role", {"name": f"keyless.ec2.{role}"}), "vars": dict(variables)}
