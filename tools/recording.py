# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records the output of `make demo` for the README: the commands, their outcome, and the proof, but not every task.

Usage: .venv/bin/python tools/recording.py
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from textwrap import shorten

from environment import CHECKOUT
from rich.console import Console
from rich.text import Text

PICTURE = CHECKOUT / "docs" / "docsite" / "rst" / "images" / "demo.svg"
WIDTH = 112
# The headline at which the recording ends
UNTIL = "=== The group replaces its instance"
AGAIN, LAST = "=== Run both playbooks again", "=== All instances have the role"
COMMAND = re.compile(r"\$ ansible-playbook (\S+) -e '(.*)'")
RECAP = re.compile(r"localhost +: ok=\d+ +(changed=\d+).*(failed=\d+)")
# The picture would load a font, which pictures in a README can't.
FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def main() -> None:
    """Runs the demo, and writes the picture."""
    done = subprocess.run([sys.executable, CHECKOUT / "tools" / "demo.py"], stdout=subprocess.PIPE, text=True, check=True)
    console = Console(record=True, width=WIDTH, file=io.StringIO(), color_system="truecolor", force_terminal=True)
    for line in lines(done.stdout):
        console.print(line, highlight=False, overflow="ignore", no_wrap=True, crop=True)
    picture = console.export_svg(title="make demo", unique_id="demo")
    PICTURE.write_text(FONT.sub("", picture), encoding="utf-8")


def lines(output: str) -> Iterator[Text]:
    """Yields the lines of the output that are shown."""
    first, _until, rest = output.partition(UNTIL)
    again, _last, ended = rest[rest.index(AGAIN) :].partition(LAST)
    shown = [line for line in (first + again).splitlines() if is_shown(line)] + [LAST + ended.partition("\n")[0]]
    for before, line in zip(["", *shown], shown):
        if line.startswith("===") and before:
            yield Text()
        yield styled(line)


def is_shown(line: str) -> bool:
    """Tells whether a line is shown."""
    return bool(re.match(r"===|\$ |INSTANCE|i-|The playbooks made", line) or RECAP.match(line))


def styled(line: str) -> Text:
    """Returns a line with the colours of the picture."""
    command, recap = COMMAND.match(line), RECAP.match(line)
    if command:
        given = " ".join(f"-e {name}={shortened(value)}" for name, value in json.loads(command[2]).items())
        return Text.assemble(("$ ", "green"), (shorten(f"ansible-playbook {command[1]} {given}", WIDTH - 4, placeholder=" …"), "bold"))
    if recap:
        return Text(f"  {recap[1]} {recap[2]}", "yellow" if recap[1] != "changed=0" else "green")
    if line.startswith("==="):
        return Text(f"# {line.removeprefix('=== ')}", "cyan")
    return Text(f"  {line}", "bold" if line.startswith("INSTANCE") else "")


def shortened(value: object) -> str:
    """Returns a value as one would write it on the command line."""
    return ",".join(value) if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    main()
