# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The code blocks and tables of the documentation's pages."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).resolve().parents[3]
GUIDES = ROOT / "docs" / "docsite" / "rst"
LANGUAGES = {"sh": "shell", "yml": "yaml"}

_RST = re.compile(r"^( *)\.\. code-block:: (\w+)\n((?:\1 +:\w+:.*\n)*)\n((?:\1 +\S.*\n|\s*\n)+)", re.MULTILINE)
_CAPTION = re.compile(r":caption: *(.*)")
_MARKDOWN = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_TABLE = re.compile(r"^( *)\.\. list-table::.*\n(?:\1 +:.*\n)*\n((?:\1 +\S.*\n|\n)+)", re.MULTILINE)
_ROW, _CELL = (re.compile(pattern, re.MULTILINE) for pattern in (r"^\* - ?", r"^  - ?"))


@dataclass(frozen=True)
class Block:
    """A code block: its page, its language, and its file name, if it has one."""

    page: str
    line: int
    language: str
    text: str
    caption: str = ""

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    def with_text(self, text: str) -> Block:
        """The same block with another text."""
        return replace(self, text=text)

    @property
    def commands(self) -> list[str]:
        """The commands of a shell block, each in one line; for any other block, its whole text."""
        if self.language != "shell":
            return [self.text]
        lines = [" ".join(line.split()) for line in self.text.replace("\\\n", " ").splitlines()]
        return [line for line in lines if line and not line.startswith("#")]


def read(page: str) -> str:
    """The text of a page, which is the name of a guide or a path."""
    path = ROOT / page if "." in page else GUIDES / f"{page}.rst"
    return path.read_text(encoding="utf-8")


def blocks_of(page: str) -> list[Block]:
    """The blocks of code of a page in reStructuredText or Markdown, in order."""
    text = read(page)
    found = _RST.finditer(text) if _is_rst(page) else _MARKDOWN.finditer(text)
    return [_block(page, text, match) for match in found]


def _is_rst(page: str) -> bool:
    return "." not in page or page.endswith(".rst")


def _block(page: str, text: str, match: re.Match[str]) -> Block:
    language, content = match[2], match[4] if _is_rst(page) else match[3]
    caption = _CAPTION.search(match[3]) if _is_rst(page) else None
    content = dedent(content).strip("\n") + "\n"
    line = text.count("\n", 0, match.start()) + 1
    return Block(page, line, LANGUAGES.get(language, language), content, caption[1].strip("`") if caption else "")


def tables_of(text: str) -> list[list[list[str]]]:
    """The tables in reStructuredText, each a list of rows of cells, the head first."""
    return [[_cells(row) for row in _ROW.split(dedent(match[2]))[1:]] for match in _TABLE.finditer(text)]


def _cells(row: str) -> list[str]:
    return [" ".join(cell.split()) for cell in _CELL.split(row)]


def sections_of(text: str) -> dict[str, str]:
    """The sections of a page in reStructuredText by their headings, of any level."""
    parts = re.split(r"^(\S.*)\n([=~^-])\2{2,}\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::3], parts[3::3]))
