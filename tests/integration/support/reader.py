# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A reader of the documentation, who follows the code blocks of a page one after the other."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Mapping

import yaml

from .controller import Controller
from .elsewhere import promised, to_run
from .hosts import LOCAL
from .pages import Block, blocks_of
from .together import Playbooks, playbooks_of

# What a reader's shell knows at its end, the next one begins with.
SHELL = """\
set -aeuo pipefail
if [ -f .shell ]; then . ./.shell; fi
{text}
export -p > .shell
"""

# With the Python that the tests run with.
PYTHON = "ansible_python_interpreter={{ansible_playbook_python}}"

Done = Callable[[Block], None]


class Reader:
    """Follows pages on a control node.

    ``names`` are the values that replace examples on the page, such as the id of an instance.
    """

    def __init__(self, controller: Controller, names: Mapping[str, str] | None = None) -> None:
        self.folder = controller.folder
        self._names = {"http://127.0.0.1:5000": controller.aws.endpoint, **(names or {})}
        self._output = ""
        self._waiting: Playbooks | None = None
        self._done: list[str] = []  # commands of the page
        self._variables = controller.environment(f"AKIAREADER{id(self):010d}"[:20], self.folder / "results.jsonl")
        # A page may ask the metadata service of an instance.
        del self._variables["AWS_EC2_METADATA_DISABLED"]
        for left in (".shell", "results.jsonl"):
            (self.folder / left).unlink(missing_ok=True)

    def follow(self, page: str, instead: Mapping[str, Done] | None = None) -> None:
        """Does every block of a page, and of pages that were read before.

        ``instead`` says by the beginning of a block what to do in its place. What is in ELSEWHERE is left out.
        """
        self.read(page, instead)
        self.finish()

    def read(self, page: str, instead: Mapping[str, Done] | None = None) -> None:
        """The same, but playbooks at the end of the page may be run together with those of the next page."""
        instead = {"": self.do, **(instead or {})}
        came_by = {""}
        self._done = []
        for block in blocks_of(page):
            beginning = max((each for each in instead if block.text.startswith(each)), key=len)
            came_by.add(beginning)
            if to_run(block):
                instead[beginning](block)
        assert came_by == set(instead), f"{page} has no block that begins with {', '.join(set(instead) - came_by)}"
        left = [each for each in promised(page) if each not in self._done]
        assert not left, f"Other pages leave this to the reader of {page}, who does not run it: {left}"

    def finish(self) -> None:
        """Runs the waiting playbooks, all in one run."""
        waiting, self._waiting = self._waiting, None
        if waiting:
            self.run(waiting.command(), waiting.where)

    def do(self, block: Block) -> None:
        """Saves a file, runs tasks, plays or commands, or checks the output of the last of them."""
        block = block.with_text(to_run(block))
        text = self.with_names(block.text)
        self._done += block.commands
        if block.caption:
            self._save(block.caption, text)
        elif block.language == "yaml":
            self._wait(self._as_playbook(block, yaml.safe_load(text)))
        elif block.language == "shell":
            self._run_shell(block, text)
        else:
            assert block.language in ("text", "json"), f"{block}: what is a reader to do with {block.language}?"
            self._expect(text, block)

    def fails(self, block: Block) -> None:
        """Runs commands or a playbook that must fail, as the page says."""
        text = self.with_names(block.text)
        self._done += block.commands
        self.run(self._as_playbook(block, yaml.safe_load(text)).command() if block.language == "yaml" else text, str(block), fails=True)

    def run_on(self, inventory: str) -> Done:
        """Returns a function that runs a playbook on the hosts of an inventory."""
        return lambda block: self._wait(self._as_playbook(block, yaml.safe_load(self.with_names(block.text)), inventory))

    def shows(self, text: str) -> None:
        """Fails unless the last command's output has this."""
        self.finish()
        assert text in self._output, self._output

    def has_inventory(self, group: str = "all", **hosts: Mapping[str, object]) -> None:
        """Writes inventory.yml with these hosts and their variables. All of them are this machine."""
        self._save("inventory.yml", json.dumps({group: {"hosts": hosts, "vars": LOCAL}}))

    def has(self, name: str) -> Done:
        """Returns a function that checks whether a saved file is the same as the block."""

        def do(block: Block) -> None:
            assert (self.folder / name).read_text(encoding="utf-8") == self.with_names(block.text), f"{block} is not {name}"

        return do

    def save_as(self, name: str, text: str) -> None:
        """Writes a file that the page assumes to exist."""
        self._save(name, text)

    def lacks(self, *variables: str) -> None:
        """Removes these variables from the environment."""
        for each in variables:
            del self._variables[each]

    def rename(self, name: str, real: str) -> None:
        """Replaces the name with this value from now on."""
        self._names[name] = real

    def add_to(self, playbook: str) -> Done:
        """Returns a function that adds tasks at the end of a saved playbook and runs it, where the page says so in words."""

        def do(block: Block) -> None:
            [play] = yaml.safe_load((self.folder / playbook).read_text(encoding="utf-8"))
            play["tasks"] += yaml.safe_load(self.with_names(block.text))
            self.run(self._as_playbook(block, [play]).command(), str(block))

        return do

    def save(self, name: str) -> Done:
        """Returns a function that saves a block as a file, where the page says so in words."""
        return lambda block: self._save(name, self.with_names(block.text))

    def run(self, text: str, where: str, fails: bool = False) -> None:
        """Runs the waiting playbooks, then commands in the reader's shell."""
        self.finish()
        done = subprocess.run(
            ["bash", "-c", SHELL.format(text=text)],
            cwd=self.folder,
            env=self._variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self._output = done.stdout
        assert bool(done.returncode) == fails, f"{where} {'succeeded' if fails else 'failed'}:\n{text}\n{done.stdout}"

    def with_names(self, text: str) -> str:
        """The text with this reader's values."""
        for name, real in self._names.items():
            text = text.replace(name, real)
        return text

    def _save(self, name: str, text: str) -> None:
        path = self.folder / name
        if path.exists():
            self.finish()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def _run_shell(self, block: Block, text: str) -> None:
        """Only commands that run playbooks can wait. Anything else runs at once."""
        found = [playbooks_of(command, self.folder, str(block)) for command in block.with_text(text).commands]
        if not all(found):
            self.run(text, str(block))
        for each in filter(None, found if all(found) else ()):
            self._wait(each)

    def _wait(self, playbooks: Playbooks) -> None:
        """Lets playbooks wait for the next ones, if one run can do the same as several."""
        together = self._waiting and self._waiting.together_with(playbooks)
        if not together:
            self.finish()
        self._waiting = together or playbooks

    def _as_playbook(self, block: Block, content: list, inventory: str = "") -> Playbooks:
        """Writes a playbook into a file. Tasks get a play on this machine."""
        assert isinstance(content, list), f"{block} is neither tasks nor plays"
        is_playbook = any({"hosts", "ansible.builtin.import_playbook"} & set(each) for each in content)
        plays = content if is_playbook else [{"hosts": "localhost", "gather_facts": False, "vars": LOCAL, "tasks": content}]
        name = f"{block.page.replace('/', '-')}-line-{block.line}.yml"
        self._save(name, json.dumps(plays))
        return Playbooks((name,), block.text, str(block), inventory, (PYTHON,))

    def _expect(self, text: str, block: Block) -> None:
        """Every line is in the last output; ``…`` stands for anything, and the amount of white space does not matter."""
        self.finish()
        shown = "\n".join(" ".join(line.split()) for line in self._output.splitlines())
        for line in filter(None, map(str.strip, text.splitlines())):
            pattern = ".*".join(re.escape(" ".join(part.split())) for part in line.split("…"))
            assert re.search(pattern, shown), f"{block}: {line!r} was not shown:\n{self._output}"
