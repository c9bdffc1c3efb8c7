# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds out how an ordinary user can run a command as root: in a user namespace with a range of ids, or with sudo if it asks for no password."""

from __future__ import annotations

import subprocess
import sys

# Root of a new namespace owns only what the user may use anyway. newuidmap adds the ids of /etc/subuid.
NAMESPACE = ("unshare", "--user", "--mount", "--map-root-user", "--map-auto")
SUDO = ("sudo", "-n")
# sudo drops the environment.
KEPT = ("ANSIBLE_COLLECTIONS_PATH", "HOME", "LC_ALL", "NO_COLOR", "PATH", "PY_COLORS", "PYTHONUNBUFFERED", "TMPDIR", "VIRTUAL_ENV")
# Only root can do this. Root of a namespace can do it only if it has other ids than its own.
PROBE = "import os, tempfile\nwith tempfile.TemporaryFile() as file: os.chown(file.fileno(), 1234, 4321)"


def find_prefix(env: dict[str, str]) -> tuple[str, ...] | None:
    """Returns the command prefix that makes a command run as root, or None if no way works."""
    ways = [NAMESPACE, (*SUDO, "env", *(f"{name}={env[name]}" for name in KEPT if name in env))]
    # Only the real root can make files immutable. On a developer's machine, the tests do without.
    if env.get("CI"):
        ways.reverse()
    return next((way for way in ways if works(way, env)), None)


def works(prefix: tuple[str, ...], env: dict[str, str]) -> bool:
    try:
        return (
            subprocess.run([*prefix, sys.executable, "-c", PROBE], env=env, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode
            == 0
        )
    except FileNotFoundError:
        return False
