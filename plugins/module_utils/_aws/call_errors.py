# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every exception of a call to AWS as one type, AwsError."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Iterator

try:
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    UNPARSED = (ResponseParserError, ValueError, LookupError, TypeError, AttributeError)
except ImportError:
    pass  # AnsibleAWSModule says which library is missing.

from .._common.error_suggestions import CREDENTIALS, READ_TIMEOUT, UNEXPECTED_ANSWER
from .._common.errors import AwsError
from .answers import SlowAnswer
from .credentials import WITHOUT_CREDENTIALS, CredentialsFailed, NotSent
from .denials import denial_in
from .responses import error_text, parse_problem
from .unknown_regions import explain_region, region_of

WITHOUT = frozenset({"NoCredentials", "PartialCredentials"})


class EndlessPages(Exception):
    """The pages of a response do not end."""


@contextmanager
def aws_errors(operation: str, target: str, doing: str, client: Any = None) -> Iterator[None]:
    """Turns every exception inside into AwsError; the arguments are AwsError's, and the client that makes the call.

    Put only botocore's own calls inside: its parsers raise any built-in exception for a response that AWS did not send.
    """
    try:
        yield
    except Exception as error:  # pylint: disable=broad-exception-caught  # a call that failed must never hide those that did not
        raise explain_region(as_aws_error(error, operation, target, doing), region_of(client)) from error


def as_aws_error(error: Exception, operation: str, target: str, doing: str) -> AwsError:
    """The error of the call that raised this; the other arguments are AwsError's."""
    if isinstance(error, AwsError):
        return error
    if isinstance(error, NotSent):
        # Without credentials, no call is sent, so no earlier one is to blame.
        return AwsError(error.operation or operation, target, doing, error.code, error.why if error.code in WITHOUT else str(error))
    if isinstance(error, CredentialsFailed):
        code, message = error_text(error.cause)
        return AwsError(CREDENTIALS, target, f"fetch AWS credentials to {doing}", code, f"{error.method}: {message}")
    code, message = error_text(error)
    if isinstance(error, WITHOUT_CREDENTIALS):
        return AwsError(CREDENTIALS, target, doing, code, message)
    denial = denial_in(error.response.get("Error", {})) if isinstance(error, ClientError) else None
    if isinstance(error, SlowAnswer):
        code = READ_TIMEOUT
    elif isinstance(error, EndlessPages):
        code = UNEXPECTED_ANSWER
    elif isinstance(error, UNPARSED) and not isinstance(error, BotoCoreError):
        code, message = UNEXPECTED_ANSWER, parse_problem(error)
    return AwsError(operation, target, doing, code, message, denial)
