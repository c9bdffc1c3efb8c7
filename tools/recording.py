# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records what `make demo` shows in a terminal, for the README: the commands, what came of them, and the proof; not each task.

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
# The rest is what happens to the group when its instance ends, and a large estate.
UNTIL = "=== The group's instance ends"
AGAIN, LAST = "=== The same again", "=== All instances have the role"
COMMAND = re.compile(r"\$ ansible-playbook (\S+) -e '(.*)'")
RECAP = re.compile(r"localhost +: ok=\d+ +(changed=\d+).*(failed=\d+)")
# It fetches a font, which no picture in a README may.
FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def main() -> None:
    """Runs the demo, and writes the picture of it."""
    done = subprocess.run([sys.executable, CHECKOUT / "tools" / "demo.py"], stdout=subprocess.PIPE, text=True, check=True)
    console = Console(record=True, width=WIDTH, file=io.StringIO(), color_system="truecolor", force_terminal=True)
    for line in lines(done.stdout):
        console.print(line, highlight=False, overflow="ignore", no_wrap=True, crop=True)
    picture = console.export_svg(title="make demo", unique_id="demo")
    PICTURE.write_text(FONT.sub("", picture), encoding="utf-8")


def lines(output: str) -> Iterator[Text]:
    """What is shown of the output."""
    first, _until, rest = output.partition(UNTIL)
    again, _last, ended = rest[rest.index(AGAIN) :].partition(LAST)
    shown = [line for line in (first + again).splitlines() if is_shown(line)] + [LAST + ended.partition("\n")[0]]
    for before, line in zip(["", *shown], shown):
        if line.startswith("===") and before:
            yield Text()
        yield styled(line)


def is_shown(line: str) -> bool:
    """Whether a line is one of those that matter."""
    return bool(re.match(r"===|\$ |INSTANCE|i-|The playbooks made", line) or RECAP.match(line))


def styled(line: str) -> Text:
    """A line as it stands in the terminal of the picture."""
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
    """A value as one would write it on the command line."""
    return ",".join(value) if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    main()
