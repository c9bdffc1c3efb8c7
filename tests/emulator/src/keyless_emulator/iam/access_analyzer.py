# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IAM Access Analyzer's policy validation. It returns the findings that it was given. moto lacks it."""

from __future__ import annotations

import json
from dataclasses import MISSING, asdict, dataclass, field, fields
from threading import Lock
from typing import Any

from ..server.errors import AwsError
from ..server.http_messages import ACCESS_ANALYZER, Answer, Request, parameters_of, service_of
from ..server.value_checks import as_list, is_whole_number

KINDS = ("ERROR", "SECURITY_WARNING", "SUGGESTION", "WARNING")
POLICY_TYPES = ("IDENTITY_POLICY", "RESOURCE_POLICY", "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")
PAGE = 100
LINK = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html"
NOWHERE = {"line": 1, "column": 0, "offset": 0}


@dataclass(kw_only=True)
class Finding:
    """A finding, for policies of one type, or of all types if null. Raises ValueError."""

    type: str
    code: str
    details: str
    path: list[Any] = field(default_factory=list)
    policy_type: str | None = None

    def __post_init__(self) -> None:
        self._require(self.type in KINDS, "type", f"one of {', '.join(KINDS)}")
        self._require(isinstance(self.code, str), "code", "a text")
        self._require(isinstance(self.details, str), "details", "a text")
        self._require(all(isinstance(each, dict) for each in as_list(self.path)), "path", "a list of objects")
        self._require(self.policy_type in (None, *POLICY_TYPES), "policy_type", f"null or one of {', '.join(POLICY_TYPES)}")

    def _require(self, condition: bool, name: str, wanted: str) -> None:
        if not condition:
            raise ValueError(f"Finding: {name} must be {wanted}.")

    def described(self) -> dict[str, Any]:
        """Returns the finding as AWS describes it."""
        return {
            "findingType": self.type,
            "issueCode": self.code,
            "findingDetails": self.details,
            "learnMoreLink": LINK,
            "locations": [{"path": self.path, "span": {"start": NOWHERE, "end": NOWHERE}}],
        }


class AccessAnalyzer:
    """The service, and the list of the findings that it returns."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []
        self._lock = Lock()

    def add(self, described: Any) -> None:
        """Adds one or a list. Raises ValueError if one is invalid, and adds none then."""
        added = [_finding_of(row) for row in as_list(described)]
        with self._lock:
            self._findings += added

    def show(self) -> list[dict[str, Any]]:
        """Returns the findings."""
        with self._lock:
            return [asdict(each) for each in self._findings]

    def clear(self) -> None:
        """Removes all findings."""
        with self._lock:
            self._findings.clear()

    @staticmethod
    def is_for(request: Request) -> bool:
        """Tells whether the request is for this service."""
        return service_of(request) == ACCESS_ANALYZER

    def answer(self, request: Request) -> Answer:
        """Returns a page of findings. Raises AwsError."""
        if (request.method, request.path) != ("POST", "/policy/validation"):
            raise AwsError("NotImplemented", f"There is no {request.method} {request.path} of Access Analyzer here.", 501)
        given = parameters_of(request)
        _require_document(given)
        with self._lock:
            found = [each.described() for each in self._findings if each.policy_type in (None, given["policyType"])]
        start, size = int(given.get("nextToken", 0)), int(given.get("maxResults", PAGE))
        page: dict[str, Any] = {"findings": found[start : start + size]}
        if start + size < len(found):
            page["nextToken"] = str(start + size)
        return Answer(200, [("Content-Type", "application/json")], json.dumps(page).encode())


def _require_document(given: dict[str, Any]) -> None:
    """Checks the policy, its type and the page size."""
    if given.get("policyType") not in POLICY_TYPES:
        raise _invalid(f"policyType must be one of {', '.join(POLICY_TYPES)}")
    if not is_whole_number(int(given.get("maxResults", PAGE)), 1, 1000):
        raise _invalid("maxResults must be between 1 and 1000")
    try:
        json.loads(given.get("policyDocument", ""))
    except ValueError as error:
        raise _invalid("The policy document is not valid JSON.") from error


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message)


def _finding_of(row: Any) -> Finding:
    names = {member.name: member.default is MISSING and member.default_factory is MISSING for member in fields(Finding)}
    if not isinstance(row, dict) or not set(row) <= names.keys():
        raise ValueError(f"Finding: must be an object with {', '.join(names)}.")
    missing = [name for name, required in names.items() if required and name not in row]
    if missing:
        raise ValueError(f"Finding: needs {', '.join(missing)}.")
    return Finding(**row)
