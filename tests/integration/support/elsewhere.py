# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands and blocks that the reader of a page leaves out, and what runs them instead.

By their page and their beginning.  tests/unit/docs/test_site.py and the reader of the other page check each entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

from .pages import Block, blocks_of


@dataclass(frozen=True)
class OnPage:
    """Another page has the same, and its reader runs it."""

    page: str


@dataclass(frozen=True)
class InFile:
    """A program or list of packages that contains these words, and that every test run or release uses."""

    path: str
    words: str


PACKAGES = InFile("tools/release.py", '"pip", "install"')
ARTIFACT = InFile("tools/importer.py", '"ansible-galaxy", "collection", "build"')
COLLECTION = InFile("tools/release.py", '(*galaxy, "install"')
INSTALLED = InFile("tests/emulator/tests/test_package.py", 'pip, "--quiet", PACKAGE')
EMULATOR = InFile("tests/emulator/tests/test_package.py", '"keyless-emulator", "--parent-pid"')
PLAYBOOKS, MIGRATION, INVENTORY = OnPage("playbooks"), OnPage("roles/migrate_keys/README.md"), "ansible-playbook -i inventory.yml keyless.ec2"

ELSEWHERE: dict[str, dict[str, Union[OnPage, InFile]]] = {
    "README.md": {
        "ansible-galaxy collection build": ARTIFACT,
        "ansible-galaxy collection install": COLLECTION,
        "pip install": PACKAGES,
        "make demo": InFile("tools/release.py", '"tools" / "demo.py"'),
        "make test": InFile(".ci/run", 'make "test'),
        "ansible-playbook keyless.ec2.attach": PLAYBOOKS,
        "ansible-playbook keyless.ec2.retire": PLAYBOOKS,
        f"{INVENTORY}.verify": PLAYBOOKS,
        f"{INVENTORY}.migrate_keys": MIGRATION,
    },
    "emulator": {"pip install": INSTALLED, "keyless-emulator": EMULATOR},
    "guide_first_role": {"ansible-galaxy collection build": ARTIFACT, "ansible-galaxy collection install": COLLECTION, "pip install": PACKAGES},
    "guide_running_instances": {"ansible-playbook keyless.ec2.retire": PLAYBOOKS},
    "guide_testing": {"pip install": INSTALLED, "keyless-emulator": EMULATOR},
    "playbooks": {f"{INVENTORY}.migrate_keys": MIGRATION, "ansible-playbook keyless.ec2.report": OnPage("report")},
    "roles/verify/README.md": {f"{INVENTORY}.verify -e verify_expected_role=web": PLAYBOOKS},
}


def left_out(page: str, command: str) -> bool:
    """Whether the reader of the page leaves the command out."""
    return any(command.startswith(each) for each in ELSEWHERE.get(page, {}))


def commands_left_out(page: str, beginning: str) -> list[str]:
    """The commands of a page that begin with this text."""
    return [command for block in blocks_of(page) for command in block.commands if command.startswith(beginning)]


def to_run(block: Block) -> str:
    """The part of a block that the reader of its page runs."""
    kept = [command for command in block.commands if not left_out(block.page, command)]
    return block.text if kept == block.commands else "".join(f"{command}\n" for command in kept)


def promised(page: str) -> list[str]:
    """The commands of other pages that the reader of this page runs."""
    entries = [(other, beginning) for other, rows in ELSEWHERE.items() for beginning, where in rows.items() if where == OnPage(page)]
    return [command for other, beginning in entries for command in commands_left_out(other, beginning)]
