# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles that change instances in batches, and the names of their variables.  Pure."""

from __future__ import annotations

from typing import Mapping, NamedTuple

from .._quoting.commands import playbook_command


class Names(NamedTuple):
    """A role and, for each of its variables that selects something, the option of the module that it goes to.

    ``always_in_batches`` says that all instances at once are one batch.
    """

    role: str
    instance_options: Mapping[str, str]
    launch_options: Mapping[str, str]
    exclusive: tuple[str, ...]  # Each of these has the wanted state of every resource, so nothing can be added to it.
    always_in_batches: bool = False

    @property
    def selecting(self) -> tuple[str, ...]:
        """The variables that select something."""
        return (*self.instance_options, *self.launch_options)

    @property
    def manifest(self) -> str:
        """The variable that undoes an earlier run."""
        return f"{self.role}_manifest"

    @property
    def in_file(self) -> str:
        """The key of the manifest in its file.

        It is no variable of the role, so that a file given with -e is refused before Ansible runs the templates that the names of resources in
        it may contain.
        """
        return f"{self.role}_undo"


ATTACH = Names(
    role="attach",
    instance_options={"attach_instance_ids": "instance_ids", "attach_filters": "filters", "attach_attachments": "attachments"},
    launch_options={
        "attach_auto_scaling_groups": "auto_scaling_groups",
        "attach_auto_scaling_group_filters": "filters",
        "attach_launch_templates": "launch_templates",
        "attach_manifest": "undo",
    },
    exclusive=("attach_attachments", "attach_manifest"),
)
REQUIRE_IMDSV2 = Names(
    role="require_imdsv2",
    instance_options={"require_imdsv2_instance_ids": "instance_ids", "require_imdsv2_filters": "filters"},
    launch_options={
        "require_imdsv2_auto_scaling_groups": "auto_scaling_groups",
        "require_imdsv2_launch_templates": "launch_templates",
        "require_imdsv2_manifest": "undo",
    },
    exclusive=("require_imdsv2_manifest",),
    always_in_batches=True,
)
ROLES = {each.role: each for each in (ATTACH, REQUIRE_IMDSV2)}


def undo_command(role: str, region: str, manifest: str) -> str:
    """The command that undoes what the manifest says; ``manifest`` is its text, or the path of its file."""
    of_region = {f"{role}_region": region} if region else {}
    return playbook_command(role, {**of_region, ROLES[role].manifest: manifest})
