# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The credentials of a module's clients: fetching them is an operation of its own, and its failure ends all later calls.

botocore fetches credentials inside whatever call needs them, at first and again before they expire, and a provider raises
whatever its command, file or server makes it raise.
"""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from typing import Any, Iterator, Optional, Tuple, Type

try:
    from botocore.exceptions import NoCredentialsError, PartialCredentialsError
except ImportError:
    WITHOUT_CREDENTIALS: Tuple[Type[Exception], ...] = ()  # AnsibleAWSModule says which library is missing.
else:
    WITHOUT_CREDENTIALS = (NoCredentialsError, PartialCredentialsError)

from .._common.error_suggestions import CREDENTIALS, LASTING
from .responses import error_text


class CredentialsFailed(Exception):
    """Credentials could not be fetched.  ``method`` is botocore's name of the provider, such as ``custom-process``."""

    def __init__(self, method: str, cause: Exception) -> None:
        super().__init__(f"{type(cause).__name__}: {cause}")
        self.method = method
        self.cause = cause


class NotSent(Exception):
    """A call that was not sent, because an earlier one failed with an error that no later call can survive."""

    def __init__(self, code: str, why: str, operation: Optional[str] = None) -> None:
        """``operation`` is that of the error, if it is not the call's own; ``why`` says what failed before."""
        super().__init__(f"the call was not sent, because an earlier one failed ({why})")
        self.code = code
        self.why = why
        self.operation = operation


@contextmanager
def _fetching(method: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # pylint: disable=broad-exception-caught  # a provider can raise anything
        raise CredentialsFailed(method, error) from error


class GuardedResolver:
    """botocore's chain of credential providers, whose errors become CredentialsFailed, also when credentials are refreshed."""

    def __init__(self, resolver: Any) -> None:
        self._resolver = resolver

    def __getattr__(self, name: str) -> Any:
        return getattr(self._resolver, name)

    def load_credentials(self) -> Any:
        """The first provider's credentials, or None."""
        for provider in self._resolver.providers:
            with _fetching(provider.METHOD):
                found = provider.load()
            if found is not None:
                return GuardedCredentials(found, provider.METHOD)
        return None


class GuardedCredentials:
    """A provider's credentials."""

    def __init__(self, credentials: Any, method: str) -> None:
        self._credentials = credentials
        self._method = method

    def __getattr__(self, name: str) -> Any:
        if name not in dir(self._credentials):
            raise AttributeError(name)  # asked for by hasattr, and no failure of the provider
        with _fetching(self._method):
            return getattr(self._credentials, name)

    def get_frozen_credentials(self) -> Any:
        """What botocore signs a call with; it refreshes them first if they are about to expire."""
        with _fetching(self._method):
            return self._credentials.get_frozen_credentials()


class Breaker:
    """Stops the calls of all clients that share it after an error that no later call can survive."""

    def __init__(self) -> None:
        self._changing = Lock()
        self._reason: Optional[NotSent] = None

    def watch(self, client: Any) -> None:
        """Stops the client's calls too.  The handlers come first, so that no call is counted that is not sent."""
        client.meta.events.register_first("before-call", self._refuse)
        client.meta.events.register("after-call", self._check)
        client.meta.events.register("after-call-error", self._check_exception)

    def _refuse(self, **_event: Any) -> None:
        if self._reason:
            raise NotSent(self._reason.code, self._reason.why, self._reason.operation)

    def _check(self, parsed: Any, model: Any, **_event: Any) -> None:
        error = parsed.get("Error") or {}
        if error.get("Code") in LASTING:
            self._stop(NotSent(error["Code"], f"{model.name}: {error.get('Message') or error['Code']}"))

    def _check_exception(self, exception: Exception, **_event: Any) -> None:
        if isinstance(exception, CredentialsFailed):
            code, message = error_text(exception.cause)
            self._stop(NotSent(code, f"{exception.method}: {message}", CREDENTIALS))
        elif isinstance(exception, WITHOUT_CREDENTIALS):
            self._stop(NotSent(*error_text(exception), CREDENTIALS))

    def _stop(self, reason: NotSent) -> None:
        with self._changing:
            self._reason = self._reason or reason
