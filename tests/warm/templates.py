# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps compiled templates, as Python keeps compiled modules.

Ansible runs each task in a process of its own, which compiles every template that it needs, and all of it is lost when the task ends. That takes a
quarter of the time of a play.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import tempfile
from collections.abc import Hashable
from pathlib import Path
from types import CodeType
from typing import Any

from jinja2 import environment, nodes


class Compiled:
    """Compiled code, one file for each template. All processes with the same settings of Ansible share them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, key: Hashable) -> CodeType | None:
        """Returns the code, or None if nobody has compiled this template yet."""
        try:
            return marshal.loads(self._path(key).read_bytes())
        except FileNotFoundError:
            return None

    def write(self, key: Hashable, code: CodeType) -> CodeType:
        """Keeps the code, and returns it. Another process may do the same at the same time."""
        file, name = tempfile.mkstemp(dir=self._folder)
        with os.fdopen(file, "wb") as opened:
            opened.write(marshal.dumps(code))
        os.rename(name, self._path(key))
        return code

    def _path(self, key: Hashable) -> Path:
        return self._folder / hashlib.sha256(repr(key).encode("utf-8", "surrogatepass")).hexdigest()


def keep_compiled(folder: Path) -> None:
    """From now on, keeps what Ansible compiles from strings: templates and expressions. Files of templates are compiled each time."""
    from ansible._internal._templating import _jinja_bits as bits

    compiled = Compiled(folder)
    ansible = bits.AnsibleEnvironment
    compile_anew, compile_expression_anew = ansible.compile, ansible.compile_expression
    # Jinja compiles an expression from what it has parsed, in which the text is missing.
    expressions: list[Hashable] = []

    def key_of(kind: str, env: environment.Environment, text: str) -> Hashable:
        """Everything that the code depends on, as far as it can differ among processes with the same settings of Ansible."""
        context = bits._TemplateCompileContext.current(optional=True)
        return kind, str(text), context and context.escape_backslashes, *(getattr(env, name) for name in bits._TEMPLATE_OVERRIDE_FIELD_NAMES)

    def compile_template(env: environment.Environment, source: str | nodes.Template, *names: Any, **options: Any) -> CodeType:
        if names or options or not (isinstance(source, str) or expressions):
            return compile_anew(env, source, *names, **options)
        key = key_of("template", env, source) if isinstance(source, str) else expressions.pop()
        return compiled.read(key) or compiled.write(key, compile_anew(env, source))

    def compile_expression(env: environment.Environment, source: str, *options: Any) -> environment.TemplateExpression:
        key = key_of("expression", env, source)
        code = compiled.read(key)
        if code is None:
            expressions[:] = [key]
            return compile_expression_anew(env, source, *options)
        return environment.TemplateExpression(env.template_class.from_code(env, code, env.make_globals(None)), *options)

    ansible.compile, ansible.compile_expression = compile_template, compile_expression
