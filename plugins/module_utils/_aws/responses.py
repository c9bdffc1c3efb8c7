# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS's responses, and what arrives in place of one: a proxy's page, nothing, XML with required elements missing.

For those, botocore raises whatever its parsers happen to raise, or returns an empty response.
"""

from __future__ import annotations

import re
from textwrap import shorten
from typing import Any, Callable, Mapping

try:  # noqa: SIM105  # Ansible's tests know only this form
    from botocore.exceptions import ClientError
except ImportError:
    pass  # AnsibleAWSModule says which library is missing.

from .._common.error_suggestions import UNEXPECTED_ANSWER
from .._common.errors import AwsError
from .._common.urls import without_user

# Policy documents, which botocore decodes.  Users wrote them, so no element is required.
DOCUMENTS = frozenset({"AssumeRolePolicyDocument", "PolicyDocument"})
# Where secrets can be in the text of an exception
BAD_HEADER = re.compile(r"(Invalid header value).*", re.DOTALL)
SECRET_ELEMENT = re.compile(r"(<(?:SecretAccessKey|SessionToken)>)[^<]*")
LONGEST_QUOTE = 200  # characters of a page that arrived instead of a response

Refuse = Callable[[str], AwsError]


class Response(dict[str, Any]):
    """A response or a part of it.  ``[]`` raises AwsError for a missing member; use ``get`` for optional members."""

    def __init__(self, members: Mapping[str, Any], refuse: Refuse) -> None:
        super().__init__(members)
        self._refuse = refuse

    def __missing__(self, member: str) -> Any:
        raise self._refuse(f"the response has no {member}")

    def __bool__(self) -> bool:
        """True even for an empty response: only None means that a resource does not exist."""
        return True

    def with_defaults(self, defaults: Mapping[str, Any]) -> Response:
        """The same, with missing members taken from ``defaults``."""
        return Response({**defaults, **self}, self._refuse)


def response_in(parsed: Mapping[str, Any], operation: str, target: str, doing: str) -> Response:
    """The response from what botocore parsed; the other arguments are AwsError's.  Raises AwsError."""
    response: Response = _part(parsed, lambda problem: AwsError(operation, target, doing, UNEXPECTED_ANSWER, problem))
    return response


def _part(parsed: Any, refuse: Refuse) -> Any:
    if isinstance(parsed, dict):
        return Response({member: _member(member, value, refuse) for member, value in parsed.items()}, refuse)
    if isinstance(parsed, list):
        return [_part(each, refuse) for each in parsed]
    return parsed


def _member(member: str, value: Any, refuse: Refuse) -> Any:
    if member not in DOCUMENTS:
        return _part(value, refuse)
    if not isinstance(value, dict):
        raise refuse(f"{member} in the response is not a policy document")
    return value


def plain(value: Any) -> Any:
    """The value as plain dicts and lists, for storing and returning what AWS sent."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


def parse_problem(error: Exception) -> str:
    """The message for a response that botocore could not parse."""
    return shorten(f"the response can't be read: {type(error).__name__}: {without_secrets(str(error))}", LONGEST_QUOTE, placeholder=" …")


def without_secrets(text: str) -> str:
    """The text of an exception without secrets: Python's HTTP client quotes a bad header, botocore URLs and a response that it can't parse."""
    without_header = BAD_HEADER.sub(r"\g<1> (not shown, because it can be a session token)", text)
    return without_user(SECRET_ELEMENT.sub(r"\g<1>…", without_header))


def error_text(error: Exception) -> tuple[str, str]:
    """A code and a message for what a call raised."""
    if isinstance(error, ClientError):
        return _code_and_message(error.response)
    code = type(error).__name__
    return code[: -len("Error")] if code.endswith("Error") else code, without_secrets(str(error)) or code


def _code_and_message(response: dict[str, Any]) -> tuple[str, str]:
    """The code and the message of AWS's error; a proxy's page has no code, or only an HTTP status."""
    error = response.get("Error", {})
    code = error.get("Code") or ""
    if code and not code.isdigit():
        return code, error.get("Message") or ""
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", code)
    return UNEXPECTED_ANSWER, f"the response has the HTTP status {status} and is not an AWS error message"
