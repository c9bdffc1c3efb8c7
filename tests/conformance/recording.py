# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recording of a run on AWS: a file without account ids, ARNs, addresses and tokens that people can send to the project."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import boto3
import yaml

from .probe import PROBES, Probe
from .redaction import redact_answer, redact_text
from .run import Result

FOLDER = Path(__file__).with_name("recordings")
HEAD = """\
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""


class Recording:
    """Records the calls of a run, and AWS's responses."""

    def __init__(self) -> None:
        self._thread = threading.local()
        self._probes: dict[str, dict[str, Any]] = {}

    def watch(self, client: Any) -> Any:
        """Records the client's calls from now on, and returns the client."""
        client.meta.events.register("after-call", self._note)
        return client

    def _note(self, http_response: Any, parsed: dict[str, Any], model: Any, **_others: Any) -> None:
        call = {"call": f"{model.service_model.service_name}:{model.name}", "status": http_response.status_code, **_answer(parsed, model)}
        calls = self._calls_of_thread()
        last = calls[-1] if calls else {}
        if {**last, "times": 0} == {**call, "times": 0}:
            last["times"] = last.get("times", 1) + 1
        else:
            calls.append(call)

    def _calls_of_thread(self) -> list[dict[str, Any]]:
        return self._thread.__dict__.setdefault("calls", [])

    def end(self, result: Result) -> None:
        """Assigns to this probe the calls of this thread since its last probe."""
        row = {"outcome": result.outcome, "seconds": result.seconds}
        observed = {"observed": redact_text(result.observed)[:400]} if result.observed else {}
        self._probes[result.probe.name] = {**row, **observed, "calls": self._calls_of_thread()}
        self._thread.calls = []

    def document(self, region: str, today: datetime.date) -> dict[str, Any]:
        return {
            "date": today.isoformat(),
            "region": region,
            "boto3": boto3.__version__,
            "probes": {name: self._probes[name] for name in PROBES if name in self._probes},
        }


def _answer(parsed: dict[str, Any], model: Any) -> dict[str, Any]:
    error = parsed.get("Error")
    if error:
        return {"error": error.get("Code", ""), "message": redact_text(error.get("Message", ""))}
    return {"answer": redact_answer(parsed, model.output_shape)}


class _Indented(yaml.SafeDumper):
    """Indents lists, as this project's linter requires, and writes no aliases."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: object) -> bool:
        return True


class Secret(Exception):
    """The recording would contain something that identifies the account, so it is not written."""


def write(document: dict[str, Any], path: Path, secrets: Iterable[str]) -> None:
    """Writes the recording. Raises Secret if it contains one of ``secrets`` after all."""
    text = yaml.dump(document, Dumper=_Indented, sort_keys=False, width=140, allow_unicode=True)
    found = [len(secret) for secret in secrets if secret and secret in text]
    if found:
        raise Secret("The recording has something of your account in it and was not written. Please report that.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{HEAD}---\n{text}", encoding="utf-8")


def seen(probes: Iterable[Probe], folder: Path = FOLDER) -> dict[str, tuple[str, str]]:
    """The outcome and the date of the newest recording of each probe that was made on AWS."""
    newest: dict[str, tuple[str, str]] = {}
    names = {probe.name for probe in probes}
    for document in sorted((yaml.safe_load(path.read_text(encoding="utf-8")) for path in folder.glob("*.yml")), key=lambda each: each["date"]):
        for name, row in document["probes"].items():
            if name in names and row["outcome"] != "not made":
                newest[name] = (row["outcome"], document["date"])
    return newest
