# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The environment in which all tools and tests run."""

from __future__ import annotations

import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
VENV = CHECKOUT / ".venv"
RELEASE_VENV = CHECKOUT / ".venv-release"
# The tools of the benchmark that need other versions of the same packages
BENCH_VENV = CHECKOUT / ".venv-bench"

# Variables that could change an outcome: settings of Ansible and its tools, an AWS account, the repository whose hook runs this, another Python
# environment.
FOREIGN_PREFIXES = ("ANSIBLE_", "AWS_", "GIT_", "MOLECULE_", "PYTEST_", "PYTHON", "VIRTUAL_ENV", "XDG_")


def isolated(venv: Path = VENV) -> dict[str, str]:
    """Returns environment variables that bind commands to `venv` and ignore the user's configuration.

    The separate home folder hides ~/.ansible.cfg, ~/.ansible/collections and the keys in ~/.aws.
    """
    home = venv / "home"
    home.mkdir(exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN_PREFIXES)}
    return kept | {
        "HOME": str(home),
        "PATH": f"{venv / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "VIRTUAL_ENV": str(venv),
        "ANSIBLE_COLLECTIONS_PATH": str(site_packages(venv)),
        # Ansible refuses to start if the encoding is not UTF-8.
        "LC_ALL": "C.UTF-8",
        "NO_COLOR": "1",
        "PY_COLORS": "0",
        "PYTHONUNBUFFERED": "1",
    }


def site_packages(venv: Path) -> Path:
    """Returns the folder that contains ansible_collections, with amazon.aws and the link to the checkout."""
    [found] = venv.glob("lib/python3.*/site-packages")
    return found
