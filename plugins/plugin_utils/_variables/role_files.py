# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the files of the roles say: the options of each, and the permissions that it needs."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROLES = Path(__file__).resolve().parents[3] / "roles"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's, if there is one: it is ten times as fast


@cache
def options_of(role: str) -> tuple[str, ...]:
    """The names of the options in the argument spec of a role."""
    return tuple(_read(ROLES / role / "meta" / "argument_specs.yml")["argument_specs"]["main"]["options"])


@cache
def permissions() -> dict[str, Any]:
    """The permissions that each role of this collection needs, by its name."""
    return {path.parents[1].name: _read(path) for path in sorted(ROLES.glob("*/files/permissions.yml"))}


def _read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)
