# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the named steps, or all of them, and ends with the line `N passed, N failed`.

Usage: .venv/bin/python tools/check.py [STEP…]

Each pytest test and each Molecule scenario counts as one, and so does every other step. A step that finds nothing to
test has failed. With steps named their output is shown as it comes, otherwise only that of failed ones.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

from environment import CHECKOUT, VENV, isolated, site_packages

FLOOR_VENV = CHECKOUT / ".venv-floor"
PYTHON_VERSION = "{}.{}".format(*sys.version_info)

# ansible-core 2.21 has 24.
LEAST_SANITY_TESTS = 20

# A file's tests stay together, so that what they share is made once.
WORKERS = ("-n", "2", "--dist", "loadscope")

# What ansible-doc can be asked for, and where it lies
DOCUMENTED = {"module": "plugins/modules/*.py", "filter": "plugins/filter/*.*", "role": "roles/*"}

# Long enough for a slow machine; a step that takes longer hangs.
STEP_TIMEOUT_SECONDS = 1200


@dataclass(frozen=True)
class Result:
    returncode: int
    output: str


@dataclass(frozen=True)
class Tally:
    passed: int
    failed: int
    output: str
    skipped: int = 0


class Shell:
    """Runs commands one after the other; `live` shows their output as it comes."""

    def __init__(self, live: bool) -> None:
        self.live = live

    def run(self, *command: str | Path, cwd: Path = CHECKOUT, env: dict[str, str] | None = None) -> Result:
        process = subprocess.Popen(
            command, cwd=cwd, env=env or isolated(), text=True, errors="replace", start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        lines: list[str] = []
        # A thread, so that a process left behind with its end of the pipe open cannot hold up the run.
        reader = threading.Thread(target=self._read, args=(process.stdout, lines), daemon=True)
        reader.start()
        try:
            process.wait(timeout=STEP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            lines.append(f"Stopped after {STEP_TIMEOUT_SECONDS} seconds: {command}\n")
        finally:
            stop(process)
        reader.join(timeout=5)
        return Result(process.returncode, "".join(lines))

    def _read(self, stream, lines: list[str]) -> None:
        for line in stream:
            lines.append(line)
            if self.live:
                print(line, end="", flush=True)


def stop(process: subprocess.Popen) -> None:
    """Ends what is left of the process group that we started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


# --- The steps -------------------------------------------------------------------------------------------------------


def unit(shell: Shell) -> Tally:
    return pytest(shell, VENV, *WORKERS, "tests/unit")


def integration(shell: Shell) -> Tally:
    return pytest(shell, VENV, *WORKERS, "tests/integration")


def floor(shell: Shell) -> Tally:
    return pytest(shell, FLOOR_VENV, *WORKERS, "-m", "not exhaustive", "tests/unit", "tests/integration")


def ansible_lint(shell: Shell) -> Tally:
    return one(shell.run("ansible-lint", "--strict"))


def yamllint(shell: Shell) -> Tally:
    return one(shell.run("yamllint", "--strict", "."))


def docs(shell: Shell) -> Tally:
    return one(shell.run("antsibull-docs", "lint-collection-docs", "--plugin-docs", "--validate-collection-refs", "all", "."))


def changelog(shell: Shell) -> Tally:
    return one(shell.run("antsibull-changelog", "lint"))


def sanity(shell: Shell) -> Tally:
    with clean_copy() as copy:
        provide_get_pip()
        result = shell.run("ansible-test", "sanity", "--color", "no", "--python", PYTHON_VERSION, cwd=copy)
    # In a tree that it does not take for a collection ansible-test skips every test and exits 0.
    if result.output.count("Running sanity test") < LEAST_SANITY_TESTS:
        print("ansible-test skipped its tests")
        return Tally(0, 1, result.output)
    return one(result)


def artifact(shell: Shell) -> Tally:
    """Builds the artifact, installs it into an empty place and asks there for each plugin, role and playbook."""
    with clean_copy() as copy, tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        env = isolated() | {"ANSIBLE_COLLECTIONS_PATH": folder, "ANSIBLE_COLLECTIONS_SCAN_SYS_PATH": "false"}
        built = shell.run("ansible-galaxy", "collection", "build", "--output-path", place, cwd=copy, env=env)
        if built.returncode:
            return one(built)
        [archive] = place.glob("keyless-ec2-*.tar.gz")
        installed = shell.run("ansible-galaxy", "collection", "install", "--offline", "--no-deps", archive, cwd=place, env=env)
        if installed.returncode:
            return one(installed)
        link_amazon(place / "ansible_collections")
        return one(ask_installed(shell, place, env))


def molecule(shell: Shell) -> Tally:
    with tempfile.TemporaryDirectory() as folder:
        # A state of its own, so that what a killed run left is not taken for this one's; the emulator ends with this process.
        own = {"MOLECULE_EPHEMERAL_DIRECTORY": folder, "KEYLESS_EMULATOR_PARENT_PID": str(os.getpid())}
        command = ("molecule", "test", "--all", "--workers", "2", "--continue-on-failure", "--report")
        result = shell.run(*command, env=isolated() | own)
    scenarios = {path.parent.name for path in CHECKOUT.glob("extensions/molecule/*/molecule.yml")}
    passed = scenarios & read_succeeded_scenarios(result.output)
    failed = len(scenarios - passed)
    if failed == 0 and (result.returncode or not passed):
        failed = 1
    return Tally(len(passed), failed, result.output)


STEPS: dict[str, Callable[[Shell], Tally]] = {
    "unit": unit,
    "ansible-lint": ansible_lint,
    "yamllint": yamllint,
    "docs": docs,
    "changelog": changelog,
    "artifact": artifact,
    "sanity": sanity,
    "integration": integration,
    "floor": floor,
    "molecule": molecule,
}


# --- What the steps are made of --------------------------------------------------------------------------------------


def one(result: Result) -> Tally:
    """The tally of a command that counts as one check."""
    return Tally(1, 0, result.output) if result.returncode == 0 else Tally(0, 1, result.output)


def pytest(shell: Shell, venv: Path, *arguments: str) -> Tally:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        result = shell.run(venv / "bin" / "python", "-m", "pytest", f"--junitxml={report}", *arguments, env=isolated(venv))
        counts = read_counts(report)
    skipped = counts["skipped"]
    failed = counts["failures"] + counts["errors"]
    passed = counts["tests"] - failed - skipped
    # No test at all, a crash, or a set-up that never came to the tests
    if failed == 0 and (result.returncode or passed == 0):
        failed = 1
    return Tally(passed, failed, result.output, skipped)


def read_counts(report: Path) -> dict[str, int]:
    """What pytest's report counts: tests, failures, errors, skipped. All are 0 where pytest came to no report."""
    names = ("tests", "failures", "errors", "skipped")
    suites = list(ElementTree.parse(report).iter("testsuite")) if report.exists() else []
    return {name: sum(int(suite.get(name, 0)) for suite in suites) for name in names}


def read_succeeded_scenarios(output: str) -> set[str]:
    """The scenarios whose every line in Molecule's recap tells of success; the shared one has two lines."""
    lines = re.findall(r"^(\S+) +: actions=(\d+) +successful=(\d+)", output, flags=re.MULTILINE)
    failed = {name for name, actions, successful in lines if actions != successful}
    return {name for name, _actions, _successful in lines} - failed


@contextlib.contextmanager
def clean_copy() -> Iterator[Path]:
    """Yields a copy of what git tracks or would track, at a path that ansible-test takes for a collection."""
    with tempfile.TemporaryDirectory() as folder:
        collections = Path(folder) / "ansible_collections"
        copy = collections / "keyless" / "ec2"
        for name in list_files():
            target = copy / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, target, follow_symlinks=False)
        link_amazon(collections)
        # ansible-test lists the files with git.
        subprocess.run(["git", "init", "--quiet"], cwd=copy, env=isolated(), check=True)
        subprocess.run(["git", "add", "--all"], cwd=copy, env=isolated(), check=True)
        yield copy


def list_files() -> list[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=CHECKOUT, env=isolated(), check=True, capture_output=True, text=True).stdout
    return [name for name in listed.split("\0") if name and (CHECKOUT / name).is_file()]


def link_amazon(collections: Path) -> None:
    (collections / "amazon").symlink_to(site_packages(VENV) / "ansible_collections" / "amazon", target_is_directory=True)


def provide_get_pip() -> None:
    """Spares ansible-test the download of its pip bootstrap script: Python brings a pip of its own."""
    from ansible_test._internal.python_requirements import get_venv_packages

    version = get_venv_packages(SimpleNamespace(version=PYTHON_VERSION))["pip"].replace(".", "_")
    script = VENV / "home" / ".ansible" / "test" / "cache" / f"get_pip_{version}.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text("import ensurepip\n\nensurepip.bootstrap(upgrade=True, default_pip=True)\n")


def ask_installed(shell: Shell, place: Path, env: dict[str, str]) -> Result:
    """Loads each playbook, module, filter and role of the collection that is installed at `place`."""
    installed = place / "ansible_collections" / "keyless" / "ec2"
    results = [shell.run("ansible-playbook", "--syntax-check", *list_names(installed, "playbooks/*.yml"), cwd=place, env=env)]
    for kind, pattern in DOCUMENTED.items():
        names = list_names(installed, pattern)
        results.append(ask_documentation(shell, kind, names, env))
    failed = [result for result in results if result.returncode]
    return Result(len(failed), "".join(result.output for result in failed))


def ask_documentation(shell: Shell, kind: str, names: list[str], env: dict[str, str]) -> Result:
    if not names:
        print(f"The artifact has no {kind}")
        return Result(1, "")
    result = shell.run("ansible-doc", "--json", "--type", kind, *names, env=env)
    # It leaves out what it does not find, and exits 0.
    lost = [name for name in names if f'"{name}": {{' not in result.output]
    if lost:
        print(f"ansible-doc finds no {kind} {', '.join(lost)}")
    return Result(result.returncode or len(lost), result.output)


def list_names(installed: Path, pattern: str) -> list[str]:
    return sorted({f"keyless.ec2.{path.stem}" for path in installed.glob(pattern)})


# --- The run ---------------------------------------------------------------------------------------------------------


def main(names: list[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Terminated"))
    shell = Shell(live=bool(names))
    tallies = [take(name, shell) for name in names or STEPS]
    passed = sum(tally.passed for tally in tallies)
    failed = sum(tally.failed for tally in tallies)
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed else 0


def take(name: str, shell: Shell) -> Tally:
    """Runs one step and reports it; a step that breaks is a failed one."""
    print(f"==> {name}", flush=True)
    begun = time.monotonic()
    try:
        tally = STEPS[name](shell)
    except Exception:
        traceback.print_exc(file=sys.stdout)
        tally = Tally(0, 1, "")
    if tally.failed and not shell.live:
        print(tally.output, flush=True)
    skipped = f", {tally.skipped} skipped" if tally.skipped else ""
    print(f"    {name}: {tally.passed} passed, {tally.failed} failed{skipped} ({time.monotonic() - begun:.0f} s)", flush=True)
    return tally


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
