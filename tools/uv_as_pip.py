# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stands in for pip in the nine environments of ansible-test: uv installs their packages in a tenth of the time.

ansible-test runs this file in place of its script that installs pip. It puts a copy of itself there as pip, which passes everything to uv.
"""

from __future__ import annotations

import ensurepip
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

# With this variable, ansible-test names its script.
SCRIPT = "GET_PIP"
# uv has no such option.
WITHOUT = "--disable-pip-version-check"


def stand_in() -> None:
    """Puts the copy in the place of pip."""
    package = Path(sysconfig.get_path("purelib")) / "pip"
    package.mkdir()
    (package / "__init__.py").touch()
    shutil.copyfile(os.environ[SCRIPT], package / "__main__.py")


def run(arguments: list[str]) -> int:
    """Runs the command with uv, or with pip if uv fails: uv ignores pip's configuration (mirrors, certificates)."""
    uv = ("uv", "pip", *(each for each in arguments if each != WITHOUT), "--quiet", "--system-certs", "--python", sys.executable)
    if subprocess.run(uv, check=False).returncode == 0:
        return 0
    print("uv failed; trying pip", file=sys.stderr, flush=True)
    shutil.rmtree(Path(__file__).parent)
    ensurepip.bootstrap(default_pip=True)
    return subprocess.run((sys.executable, "-m", "pip", *arguments), check=False).returncode


if __name__ == "__main__":
    if SCRIPT in os.environ:
        stand_in()
    else:
        sys.exit(run(sys.argv[1:]))
