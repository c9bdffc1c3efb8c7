# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the manifests that the variables of the role attach give or name, and returns errors as texts."""

from __future__ import annotations

import json
import os
from typing import Any, Collection, Mapping

from .manifest import Existing, Manifest, SeveralPlaces, given_manifest, read_manifest
from .names import Names
from .private_files import NotPrivate, check_directories, read_private

CHECK = "Others could have chosen what an undo attaches."
WITH_E = (
    "{in_file}: is not a variable of this role. To undo what a manifest says, give its path with -e {variable}=PATH, and not the file with "
    "-e @PATH: Ansible would run the templates that the names of resources in it may contain."
)
SEVERAL = (
    "{variable}: has the manifests of hosts that worked in several accounts or regions, among them {place}. Undo them one by one: give one of the "
    "JSON documents at a time."
)
WHAT = "{variable}: is neither the path of a manifest that {role}_undo_file wrote, nor a manifest."


def manifest_to_undo(names: Names, given: Any, known: Collection[str], start: str) -> tuple[Manifest, str]:
    """The manifest that the variable gives or names, and an error or an empty text.

    ``known`` are the names of the variables that are set: the value of one that came with -e is not even looked at.  A relative path begins at
    ``start``.
    """
    if names.in_file in known:
        return {}, WITH_E.format(in_file=names.in_file, variable=names.manifest)
    if not given:
        return {}, ""
    try:
        if not isinstance(given, str) or given.lstrip().startswith("{"):
            # Plain values: Ansible would run the templates in its own.
            return json.loads(json.dumps(given_manifest(given, names.in_file))), ""
        return _in_file(names, os.path.join(start, os.path.expanduser(given)))
    except SeveralPlaces as error:
        return {}, SEVERAL.format(variable=names.manifest, place=error)
    except ValueError:
        return {}, WHAT.format(variable=names.manifest, role=names.role)


def _in_file(names: Names, path: str) -> tuple[Manifest, str]:
    existing = _read(path, names.manifest)
    if existing.error:
        return {}, existing.error
    if existing.content is None:
        return {}, f"{names.manifest}: the file {path} does not exist. Give the path of a manifest on the control node."
    return read_manifest(existing.content, names.in_file), ""


def manifest_to_continue(request: Mapping[str, Any]) -> Existing:
    """What is in the file that the request names for the manifest."""
    path = request["undo_file"]
    return _read(path, f"{request['role']}_undo_file", creates=True) if path else Existing()


def _read(path: str, variable: str, creates: bool = False) -> Existing:
    try:
        content = read_private(path)
        if content is None and creates:
            check_directories(path, creates=True)
        return Existing(content)
    except NotPrivate as error:
        return Existing(error=f"{variable}: {error} {CHECK}")
    except OSError as error:
        return Existing(error=f"{variable}: {path}: {error.strerror}. Give the path of a file in a directory that exists on the control node.")
    except UnicodeDecodeError:
        return Existing("")  # no manifest
