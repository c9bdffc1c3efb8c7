# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that a fork server can run: Ansible's own, and modules."""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import importlib
import inspect
import os
import runpy
import shlex
import sys
import tempfile
import warnings
from pathlib import Path
from typing import NoReturn

import protocol
from fork_server import Request, Run, take_over
from imports import COLLECTIONS, OF_ANSIBLE, OF_PLAYS, PLUGINS
from local import pass_on_modules
from rehearsal import rehearse
from sdk import read_models, share_among_clients
from templates import keep_compiled

HERE = Path(__file__).resolve().parent
# The commands of Ansible, and the files of ansible.cli that implement them
ANSIBLE = {"ansible": "adhoc", "ansible-config": "config", "ansible-doc": "doc", "ansible-inventory": "inventory", "ansible-playbook": "playbook"}
SERVICES = ("ec2", "iam", "sts", "autoscaling", "cloudtrail", "organizations", "accessanalyzer", "s3", "ssm", "cloudwatch")
# Folders of a job of ansible-runner. Ansible reads the one of its cache when it loads the plugin.
OF_RUNNER = ("ANSIBLE_CACHE_PLUGIN_CONNECTION", "AWX_", "RUNNER_")
# Variables that differ from run to run and are not settings of Ansible
NO_SETTING = ("AWS_", "BOTO", "CONTROLLER_", "KEYLESS_", "MAKE", "MFLAGS", "MOLECULE_", "OLDPWD", "PATH", "PWD", "PYTEST_", "SHLVL", "_", *OF_RUNNER)


def write_scripts(folder: Path, real: Path) -> None:
    """Writes a script for each command. It asks the server at FOLDER/socket, and knows the path of the real command in `real`."""
    scripts = folder / "bin"
    scripts.mkdir()
    for name in (*ANSIBLE, protocol.PYTHON):
        words = (str(real / protocol.PYTHON), "-IS", str(HERE / "client.py"), str(folder / "socket"), str(real / name), name)
        script = scripts / name
        script.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n', encoding="utf-8")
        script.chmod(0o755)


def import_libraries() -> None:
    """Imports what every command of Ansible needs and no setting changes."""
    for name in OF_ANSIBLE:
        importlib.import_module(name)


# --- Ansible's commands ----------------------------------------------------------------------------------------------


def settings_of(request: Request) -> tuple:
    """Returns everything that Ansible may read during its imports. Each different value costs an import of Ansible, of half a second."""
    environment = {name: value for name, value in request.environment.items() if not name.startswith(NO_SETTING)}
    home = environment.get("HOME", "/")
    # Ansible's own folders are then not in HOME.
    if "ANSIBLE_HOME" in environment:
        environment.pop("HOME", None)
    files = (environment.get("ANSIBLE_CONFIG"), f"{request.folder}/ansible.cfg", f"{home}/.ansible.cfg", "/etc/ansible/ansible.cfg")
    configured = tuple(_content(file) for file in files)
    # Paths in variables may be relative. In a configuration they are relative to its folder, if they do not say otherwise.
    depends = any(b"CWD" in content for _file, content in filter(None, configured)) or any(map(_is_relative, environment.items()))
    return request.folder if depends else "", tuple(sorted(environment.items())), configured


def _is_relative(variable: tuple[str, str]) -> bool:
    """Tells whether a variable of Ansible may have a relative path."""
    name, value = variable
    return name.startswith("ANSIBLE_") and "PATH" in name and not all(part.startswith(("/", "~")) for part in value.split(os.pathsep))


def _content(file: str | None) -> tuple[str, bytes] | None:
    """Returns the path of a configuration and what is in it: Molecule writes the same one again for every playbook."""
    try:
        return (file, Path(file).read_bytes()) if file else None
    except OSError:
        return None


def prepare_ansible(request: Request, folder: Path) -> Run:
    """Imports Ansible with the settings of this request."""
    take_over(request)
    sys.argv = ["ansible-playbook"]
    importlib.import_module("ansible.cli.playbook")
    from ansible import constants

    # ansible-playbook checks a thousand times a second whether a task has ended. That slows down other runs on the same machine.
    constants.DEFAULT_INTERNAL_POLL_INTERVAL = 0.01
    if constants.DEFAULT_LOG_PATH:
        sys.exit()  # The import opens the log file, and each run has its own. So the client runs the real command.
    for name in OF_PLAYS:
        with contextlib.suppress(ImportError):
            importlib.import_module(f"ansible.{name}")
    _load_plugins()
    _read_type_hints()
    keep_compiled(Path(tempfile.mkdtemp(prefix="templates-", dir=folder)))
    with contextlib.suppress(Exception):  # Other versions of Ansible run their tasks differently, and are only slower without it.
        rehearse()
    pass_on_modules(str(folder / "socket"), str(folder / "bin" / protocol.PYTHON))
    inspect.stack()  # Each skipped task finds the source files of all modules, and this remembers them.
    # Building a module's archive takes longer than running it, and depends only on the collections.
    collections = request.environment.get("ANSIBLE_COLLECTIONS_PATH", "")
    archives = folder / "archives" / hashlib.sha256(collections.encode()).hexdigest()
    archives.mkdir(parents=True, exist_ok=True)
    return lambda each: _run_ansible(each, archives)


def _load_plugins() -> None:
    """Reads the metadata of collections, and the options of the plugins that every play uses."""
    from ansible.plugins import loader

    loader.init_plugin_loader()
    # Each run calls it again, which then has no effect.
    warnings.filterwarnings("ignore", message="AnsibleCollectionFinder has already been configured")
    for name in COLLECTIONS:
        with contextlib.suppress(ImportError):
            importlib.import_module(f"ansible_collections.{name}")
    for kind, names in PLUGINS.items():
        for name in names:
            getattr(loader, f"{kind}_loader").get(name, class_only=True)
    # Ansible compiles the collection's Python again in every task that uses a filter.
    for file in sorted((HERE.parents[1] / "plugins" / "filter").glob("*.py")):
        with contextlib.suppress(ImportError, KeyError):
            loader.filter_loader.get(f"keyless.ec2.{file.stem}")


def _read_type_hints() -> None:
    """Reads the fields of a task's result, as each task does once."""
    with contextlib.suppress(ImportError, AttributeError):
        from ansible._internal._task import UnifiedTaskResult

        for is_module in (False, True):
            UnifiedTaskResult.get_result_key_to_resolved_field_mapping(source_is_module=is_module)


def _run_ansible(request: Request, archives: Path) -> NoReturn:
    from ansible import constants
    from ansible.utils.path import cleanup_tmp_file

    atexit.unregister(cleanup_tmp_file)
    own = tempfile.mkdtemp(prefix=f"ansible-local-{os.getpid()}", dir=os.path.dirname(constants.DEFAULT_LOCAL_TMP))
    atexit.register(cleanup_tmp_file, own, warn=True)
    constants.DEFAULT_LOCAL_TMP = own
    os.symlink(archives, os.path.join(own, "ansiballz_cache"))
    # Becomes ansible_playbook_python, so that modules also use the fork server.
    scripts = archives.parents[1] / "bin"
    sys.executable = str(scripts / protocol.PYTHON)
    sys.argv = [str(scripts / request.program), *request.arguments]
    importlib.import_module(f"ansible.cli.{ANSIBLE[request.program]}").main()
    sys.exit(0)


# --- Modules ---------------------------------------------------------------------------------------------------------


def is_module(request: Request) -> bool:
    """Tells whether the request is for a module, and not for a command of Ansible."""
    return request.program == protocol.PYTHON


def prepare_modules() -> Run:
    """Imports what modules import, and reads the service descriptions of the AWS SDK."""
    for name in ("ansible.module_utils.basic", "ansible.module_utils.urls", "ansible.module_utils._internal._ansiballz._loader", "boto3"):
        importlib.import_module(name)
    for file in sorted((HERE.parents[1] / "plugins" / "modules").glob("*.py")):
        importlib.import_module(f"ansible_collections.keyless.ec2.plugins.modules.{file.stem}")
    share_among_clients()
    read_models(SERVICES)
    return _run_module


def _run_module(request: Request) -> NoReturn:
    """Runs what Ansible passes to Python, as a file or on standard input, or one of our modules with a file of arguments."""
    first = request.arguments[0] if request.arguments else ""
    sys.argv = request.arguments or [""]
    if not first:
        code, names = _without_archive(sys.stdin.read())
        exec(compile(code, "<stdin>", "exec"), {"__name__": "__main__", **names})
    elif os.path.basename(first).startswith(protocol.MODULE):
        runpy.run_path(first, run_name="__main__")
    else:
        importlib.import_module(first).main()
    sys.exit(0)


def _without_archive(code: str) -> tuple[str, dict[str, str]]:
    """Replaces the archive, which is most of the code, by a variable: its literal takes long to compile. Returns the code and the variable."""
    before, begin, rest = code.rpartition("\nzip_data='")
    archive, end, after = rest.partition("',\n")
    return (f"{before}\nzip_data=ARCHIVE,\n{after}", {"ARCHIVE": archive}) if begin and end else (code, {})
