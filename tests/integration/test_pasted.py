# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is printed for pasting, run by ansible-playbook itself: nothing that a name says is run, and AWS is asked for that name."""

from __future__ import annotations

import textwrap

from ansible_collections.keyless.ec2.plugins.plugin_utils._quoting.commands import playbook_command
from ansible_collections.keyless.ec2.plugins.plugin_utils._report.fixes import fix_tasks
from ansible_collections.keyless.ec2.plugins.plugin_utils._report.report import report_of
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.estates import TAKEN, estate, kept, launch_source
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.pasting import PIPE, run_command

# Spaces apart, AWS allows all of these characters in the name of an Auto Scaling group.
NAME = "{{" + PIPE + "}}'\"$(touch${IFS}PWNED)`touch${IFS}PWNED`web"
PLAY = "- hosts: localhost\n  gather_facts: false\n  ignore_errors: true\n  vars: {instance_profile: web, launch_template: web}\n  tasks:\n"


def test_tasks_and_commands_pass_the_name_of_a_group_on(controller):
    (row,) = report_of(kept(estate(auto_scaling_groups=[launch_source(NAME, "no_profile", "members_differ", "missing_template")])), TAKEN).rows
    tasks = "".join(fix_tasks(row, each) for each in row.problems)
    playbook = controller.folder / "pasted.yml"
    playbook.write_text(PLAY + textwrap.indent(tasks, "    "), encoding="utf-8")
    run = controller.run(str(playbook), "--check").succeeded()
    command = playbook_command("attach", {"attach_state": "absent", "attach_auto_scaling_groups": [NAME]})
    again = controller.run(*run_command(command, controller.folder), "--check")
    for each in (run, again):
        assert NAME in [row["name"] for result in each.results for row in result["result"].get("auto_scaling_groups", ())], each
        assert each.writes == []
    assert not list(controller.folder.glob("**/PWNED"))
