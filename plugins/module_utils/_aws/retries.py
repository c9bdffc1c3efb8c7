# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How often botocore repeats a call: throttling and server errors patiently, connection errors briefly, errors of configuration never."""

from __future__ import annotations

import os
from functools import partial
from typing import Any, Mapping, Optional

try:
    from botocore.exceptions import ConnectionError as BrokenConnection
    from botocore.exceptions import HTTPClientError, InvalidProxiesConfigError
except ImportError:
    pass  # AnsibleAWSModule says which library is missing.

# With this mode throttling costs time but causes no failures: botocore adapts the pace of the calls.
MODE = "adaptive"
ATTEMPTS = 12
CONNECTION_ATTEMPTS = 3
CONNECT_TIMEOUT = 10  # seconds; with botocore's 60, a firewall that drops packets would hold up a task for minutes
BAD_CERTIFICATE = "CERTIFICATE_VERIFY_FAILED"


def configured(session: Any, variable: str, name: str) -> Optional[str]:
    """The user's own setting, from the environment variable or the profile; ``session`` is botocore's."""
    found: Optional[str] = os.environ.get(variable) or session.get_scoped_config().get(name)
    return found


def default_retries(session: Any) -> dict[str, Any]:
    """botocore's setting ``retries``.  The user's AWS_RETRY_MODE and AWS_MAX_ATTEMPTS, also in the profile, come first."""
    mode = configured(session, "AWS_RETRY_MODE", "retry_mode")
    return {"mode": mode or MODE, "total_max_attempts": session.get_config_variable("max_attempts") or ATTEMPTS}


def limit_retries(client: Any, session: Any, aws_config: Mapping[str, Any]) -> None:
    """Stops retries that can't help.  Whoever sets the number of attempts also gets so many for connection errors."""
    is_set = "retries" in aws_config or session.get_config_variable("max_attempts")
    client.meta.events.register_first("needs-retry", partial(_stop, None if is_set else CONNECTION_ATTEMPTS))


def _stop(most: Optional[int], attempts: int, caught_exception: Optional[Exception], **_event: Any) -> None:
    """Raises the error again if there should be no retry; a handler can prevent one in no other way."""
    if caught_exception is None:
        return
    is_last = most is not None and attempts >= most and isinstance(caught_exception, (BrokenConnection, HTTPClientError))
    if is_last or _is_configuration(caught_exception):
        raise caught_exception


def _is_configuration(error: Exception) -> bool:
    """Whether the certificate, the CA bundle or the proxy's URL is wrong, so that the next attempt fails in the same way."""
    if isinstance(error, InvalidProxiesConfigError) or BAD_CERTIFICATE in str(error):
        return True
    return isinstance(error, HTTPClientError) and isinstance(error.kwargs.get("error"), (FileNotFoundError, PermissionError))
