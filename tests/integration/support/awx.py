# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of AWX's HTTP API that creates job templates and workflows, as strict as AWX."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

TOKEN = "token-of-the-tests"
API = "/api/v2/"
KINDS = ("organizations", "credentials", "projects", "inventories", "hosts", "labels", "execution_environments")
TEMPLATES = ("job_templates", "workflow_job_templates")
NODES = "workflow_job_template_nodes"
# The fields of each kind that name another object
REFERENCES = {"organization": "organizations", "project": "projects", "inventory": "inventories", "workflow_job_template": "workflow_job_templates"}
# What a node may ask a job template for only if that asks for it at launch
PROMPTS = {"job_type": "ask_job_type_on_launch", "diff_mode": "ask_diff_mode_on_launch"}
SURVEY_TYPES = {"text": str, "textarea": str, "password": str, "multiplechoice": str, "multiselect": str, "integer": int, "float": float}


class Refused(Exception):
    """The answer is 400, with these errors."""


class FakeAwx:
    """The objects by kind, and the calls that changed them."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[int, dict]] = {kind: {} for kind in (*KINDS, *TEMPLATES, NODES, "workflow_approval_templates")}
        self.surveys: dict[str, dict] = {}
        self.associated: dict[str, list[int]] = {}
        self.writes: list[tuple[str, str]] = []
        self._ids = itertools.count(1)

    def named(self, kind: str, name: str) -> dict:
        (found,) = [each for each in self.objects[kind].values() if each["name"] == name]
        return found

    def add(self, kind: str, /, **fields: Any) -> dict:
        for field, other in REFERENCES.items():
            if fields.get(field) is not None and fields[field] not in self.objects[other]:
                raise Refused({field: f"Invalid pk {fields[field]}"})
        number = next(self._ids)
        url = f"{API}{kind}/{number}/"
        related = {"survey_spec": f"{url}survey_spec/"} if kind in TEMPLATES else {}
        made = {
            "kind": "",
            **fields,
            "id": number,
            "url": url,
            "type": kind.rstrip("s"),
            "related": related,
            "summary_fields": {},
            "scm_revision": "",
        }
        self.objects[kind][number] = made
        return made

    def answer(self, method: str, path: str, query: dict, body: dict) -> tuple[int, Any]:
        if method != "GET":
            self.writes.append((method, path))
        kind, *rest = path.removeprefix(API).strip("/").split("/")
        if not rest:
            return self._list(kind, query) if method == "GET" else (201, self._create(kind, body))
        found = self.objects[kind][int(rest[0])]
        if rest[1:]:
            return self._below(method, path, found, rest[1], body)
        if method == "PATCH":
            found.update(body)
        return 200, found

    def _list(self, kind: str, query: dict) -> tuple[int, dict]:
        kinds = (*TEMPLATES, "projects") if kind == "unified_job_templates" else (kind,)
        every = [each for one in kinds for each in self.objects[one].values()]
        found = [each for each in every if all(str(each.get(field)) == value for field, value in query.items())]
        return 200, {"count": len(found), "next": None, "results": found}

    def _create(self, kind: str, body: dict) -> dict:
        if kind == NODES:
            self._check_prompts(body)
        return self.add(kind, **body)

    def _check_prompts(self, node: dict) -> None:
        template = self.objects["job_templates"].get(node.get("unified_job_template"), {})
        for field, prompt in PROMPTS.items():
            if field in node and not template.get(prompt):
                raise Refused({field: "Field is not configured to prompt on launch."})

    def _below(self, method: str, path: str, found: dict, name: str, body: dict) -> tuple[int, Any]:
        if name == "survey_spec":
            if method == "POST":
                check_survey(body)
                self.surveys[path] = body
            return 200, self.surveys.get(path, {})
        if name == "create_approval_template":
            template = self.add("workflow_approval_templates", name=body["name"], description=body["description"], timeout=body["timeout"])
            found["unified_job_template"], found["related"]["unified_job_template"] = template["id"], template["url"]
            return 201, template
        ids = self.associated.setdefault(path, [])
        if method == "POST":
            ids.append(body["id"])
            return 204, None
        return 200, {"count": len(ids), "next": None, "results": [{"id": number} for number in ids]}


def check_survey(survey: dict) -> None:
    """Checks a survey as AWX does."""
    if not {"name", "description", "spec"} <= survey.keys():
        raise Refused({"error": "'name', 'description' or 'spec' missing from survey spec."})
    for question in survey["spec"]:
        missing = {"type", "question_name", "variable", "required"} - question.keys()
        expected = SURVEY_TYPES[question["type"]]
        if missing or ("default" in question and not isinstance(question["default"], expected)):
            raise Refused({"error": f"Question {question} is invalid."})
        if "multi" in question["type"] and "choices" not in question:
            raise Refused({"error": f"Question {question} must have choices."})


@contextmanager
def serving(awx: FakeAwx) -> Iterator[str]:
    """Serves at a free port; yields the URL."""

    class Handler(BaseHTTPRequestHandler):
        def _respond(self) -> None:
            url = urlsplit(self.path)
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "{}")
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                return self._send(401, {"detail": "Authentication credentials were not provided."})
            try:
                return self._send(*awx.answer(self.command, url.path, dict(parse_qsl(url.query)), body))
            except Refused as refused:
                return self._send(400, refused.args[0])
            except KeyError:
                return self._send(404, {"detail": "Not found."})

        do_GET = do_POST = do_PATCH = _respond

        def _send(self, status: int, answer: Any) -> None:
            content = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
