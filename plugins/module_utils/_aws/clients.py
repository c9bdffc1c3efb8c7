# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""boto3 clients, made from amazon.aws's connection options.

All clients of a module share one boto3 session.  AnsibleAWSModule creates a session for each client, which reads the service
descriptions and the credentials again: that takes 0.1 to 0.3 s per client instead of 0.02 s.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache, partial
from threading import Lock
from typing import Any, Iterator, Mapping, NamedTuple, Optional

try:
    import botocore
    from boto3.session import Session as BotoSession
    from botocore.config import Config
    from botocore.exceptions import NoRegionError
    from botocore.session import get_session
except ImportError:
    pass  # AnsibleAWSModule says which library is missing.

from ansible_collections.amazon.aws.plugins.module_utils.botocore import get_aws_connection_info

from .._common.errors import AwsError, OptionError
from .answers import time_answers
from .call_errors import as_aws_error
from .credentials import Breaker, GuardedResolver
from .denials import explain_denials
from .responses import error_text, without_secrets
from .retries import CONNECT_TIMEOUT, configured, default_retries, limit_retries
from .timestamps import parse_timestamp
from .unparsed import mark_unparsed

USER_AGENT = "Ansible keyless.ec2"  # part of the user agent, which CloudTrail records


class Session:
    """Credentials, as boto3's ``client`` takes them, and a count of the calls made with them.

    Without credentials, the module's own are used.  botocore's retries count as calls.
    """

    def __init__(self, credentials: Optional[Mapping[str, str]] = None) -> None:
        self.credentials = credentials or {}
        self._counting = Lock()
        self._sent = 0
        self.breaker = Breaker()

    @property
    def calls(self) -> int:
        """How many calls were made."""
        return self._sent

    def count(self, **_event: Any) -> None:
        """Counts a call.  This is a handler for botocore's event before-send."""
        with self._counting:
            self._sent += 1


def botocore_version() -> str:
    """The installed version."""
    return str(botocore.__version__)


_making = Lock()  # boto3's sessions are not thread-safe; its clients are


def client(
    module: Any,
    service: str,
    concurrency: int = 10,
    region: Optional[str] = None,
    session: Optional[Session] = None,
    **settings: Any,
) -> Any:
    """A boto3 client made from amazon.aws's connection options.

    ``concurrency`` is the number of parallel calls, ``region`` overrides the module's own.  With a ``session``, the client uses
    its credentials and counts its calls there.  ``settings`` override the defaults of botocore's Config.
    """
    own_region, endpoint_url, options = _connection_options(module)
    own = session.credentials if session else {}
    with _connecting(service), _making:
        shared = _shared(module, options.pop("profile_name", None))
        aws_config = options.pop("aws_config", None) or Config()
        config = Config(**{**_defaults(shared.core), "max_pool_connections": concurrency, **settings}).merge(aws_config)
        where = {"region_name": region or own_region, "endpoint_url": endpoint_url}
        made = shared.session.client(service, config=config, **where, **{**options, **own})
        limit_retries(made, shared.core, module.params.get("aws_config") or {})
    if service == "ec2":
        explain_denials(made, lambda: client(module, "sts", region=region, session=session))
    mark_unparsed(made)
    if session:
        made.meta.events.register("before-send", session.count)
    if module.params.get("debug_botocore_endpoint_logs"):
        made.meta.events.register("before-call", partial(_log_call, module.logger))
    (session.breaker if session and own else shared.breaker).watch(made)
    return made


def _connection_options(module: Any) -> tuple[Optional[str], Optional[str], dict[str, Any]]:
    """The region, the endpoint, and the other options as botocore takes them."""
    try:
        connection: tuple[Optional[str], Optional[str], dict[str, Any]] = get_aws_connection_info(module)
    except Exception as error:  # pylint: disable=broad-exception-caught  # botocore raises several types for its settings
        raise OptionError("aws_config", f"{without_secrets(str(error))}.", "See botocore's documentation of Config for valid settings.") from error
    return connection


def _defaults(core: Any) -> dict[str, Any]:
    return {"retries": default_retries(core), "connect_timeout": CONNECT_TIMEOUT, "user_agent_extra": USER_AGENT}


@contextmanager
def _connecting(service: str) -> Iterator[None]:
    """Turns every exception inside into AwsError or OptionError."""
    operation, doing = f"{service}:*", "connect to AWS"
    try:
        yield
    except NoRegionError as error:
        raise OptionError("region", "no AWS region is set.", "Set it with this option or the environment variable AWS_REGION.") from error
    except ValueError as error:  # about a URL or a setting
        raise AwsError(operation, "*", doing, *error_text(error)) from error
    except Exception as error:  # pylint: disable=broad-exception-caught  # a provider of credentials can raise anything
        raise as_aws_error(error, operation, "*", doing) from error


def _log_call(logger: Any, model: Any, **_others: Any) -> None:
    """Logs the call as AnsibleAWSModule expects for ``resource_actions``: it searches botocore's log for calls with an AWS address."""
    logger.debug("OperationModel(name=%s) https://%s.", model.name, model.service_model.signing_name)


def client_anywhere(module: Any, service: str, region: Optional[str] = None, **settings: Any) -> Any:
    """A client for services that are the same in every region: in the given region, else the module's own, else us-east-1."""
    return client(module, service, region=region or module.region or "us-east-1", **settings)


class Shared(NamedTuple):
    """What the clients of a module share: a session of boto3, its core of botocore, and what stops all calls once credentials fail."""

    session: BotoSession
    core: Any
    breaker: Breaker


@lru_cache(maxsize=1)
def _shared(_module: Any, profile: Optional[str]) -> Shared:
    """A session with guarded credentials, the fast parser for timestamps, and regional endpoints of STS."""
    core = get_session()
    core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=parse_timestamp)
    time_answers(core)
    session = BotoSession(botocore_session=core, profile_name=profile)
    core.register_component("credential_provider", GuardedResolver(core.get_component("credential_provider")))
    # Regions that an account must enable refuse the tokens of STS's global endpoint, which botocore before 1.40 uses.
    if not configured(core, "AWS_STS_REGIONAL_ENDPOINTS", "sts_regional_endpoints"):
        core.set_config_variable("sts_regional_endpoints", "regional")
    return Shared(session, core, Breaker())
