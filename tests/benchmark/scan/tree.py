# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tree like that of a large host: a hundred thousand files, few of them with keys."""

from __future__ import annotations

from pathlib import Path

from .corpus import PASSWD, key_id, secret

FILES = 100_000
IN_A_FOLDER = 100
KEYS = 100

_TEXT = "".join(f"setting_{number} = value of setting {number}, as long as a line is\n" for number in range(30))


def plant_tree(root: Path, files: int = FILES) -> int:
    """Writes the tree to /srv. Returns how many files have a key."""
    users = root / "etc" / "passwd"
    users.parent.mkdir(parents=True)
    users.write_text(PASSWD, encoding="utf-8")
    every = max(1, files // KEYS)
    for number in range(files):
        folder = root / "srv" / f"app{number // IN_A_FOLDER // 10}" / f"part{number // IN_A_FOLDER}"
        if number % IN_A_FOLDER == 0:
            folder.mkdir(parents=True)
        text = f"{_TEXT}key = {key_id(number)}\nsecret = {secret(number)}\n" if number % every == 0 else _TEXT
        (folder / f"{number}.conf").write_text(text, encoding="utf-8")
    return len(range(0, files, every))
