# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page "How it works inside" matches the code."""

from __future__ import annotations

import re

from ansible_collections.keyless.ec2.tools.draw import CHECKOUT, PICTURE, UTILS, picture

PAGE = CHECKOUT / "docs" / "docsite" / "rst" / "guide_how_it_works.rst"
PATH = re.compile(r"`(_[a-z_]+/[a-z_/]*(?:\.py)?)`")


def test_the_picture_is_drawn_from_the_folders():
    assert picture() == PICTURE.read_text(encoding="utf-8"), "run .venv/bin/python tools/draw.py"


def test_every_folder_is_described_and_every_path_exists():
    told = set(PATH.findall(PAGE.read_text(encoding="utf-8")))
    assert {f"{path.name}/" for path in UTILS.iterdir() if path.is_dir() and path.name != "__pycache__"} <= told
    assert [path for path in told if not (UTILS / path).exists()] == []


def test_files_named_for_contributors_exist():
    text = (CHECKOUT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert [path for path in PATH.findall(text) if not (UTILS / path).exists()] == []


# What writes another language, or quotes for it, and the only files that may
WRITERS = {
    r"\bshlex\.(join|quote)\b": {"plugin_utils/_quoting/commands.py"},
    r"\byaml\.(safe_)?dump\b": {"plugin_utils/_quoting/ansible_yaml.py"},
    r"\bcsv\.writer\b|\bElementTree\.Element\b": {"plugin_utils/_report/tables.py"},
    r"\bMarkup\(": {"plugin_utils/_report/page.py"},
    r"\\\\u003c": {"plugin_utils/_quoting/html_data.py"},
    r"-e '": set(),
    r"\bisprintable\(|encode\(\"unicode_escape": {"module_utils/_common/visible.py", "module_utils/_common/quoting.py"},
}


def test_one_place_quotes_for_each_language():
    plugins = CHECKOUT / "plugins"
    code = {path.relative_to(plugins).as_posix(): path.read_text(encoding="utf-8") for path in plugins.rglob("*.py") if path.parent.name != "modules"}
    for pattern, places in WRITERS.items():
        assert {name for name, text in code.items() if re.search(pattern, text)} == places, pattern
    assert not list(CHECKOUT.glob("roles/*/templates/*")), "a template of Jinja quotes nothing"


# Who counts as the owner of a file. What compares two looks at one file, or copies its permissions, needs what the file shows.
OWNERS = {"module_utils/_common/mounts.py", "module_utils/_static_credentials/changes.py"}
# In directories of the system and in the user's own home, where nobody else can mount anything
OWN = {"module_utils/_static_credentials/run_lock.py"}
# Where the SDKs are, which are only listed
OTHERS = {"module_utils/_identity/sdk_versions.py"}


def test_one_place_says_whose_a_file_is():
    """A file system in user space shows any owner."""
    plugins = CHECKOUT / "plugins"
    having = {path.relative_to(plugins).as_posix() for path in plugins.rglob("*.py") if "st_uid" in path.read_text(encoding="utf-8")}
    assert having - OTHERS - OWN == OWNERS
