# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""boto3 clients, made from amazon.aws's connection options.

All clients of a module share one boto3 session.  AnsibleAWSModule creates a session for each client, which reads the service
descriptions and the credentials again: that takes 0.1 to 0.3 s per client instead of 0.02 s.
"""

from __future__ import annotations

from functools import lru_cache, partial
from threading import Lock
from typing import TYPE_CHECKING, Any, Mapping, NoReturn, Optional, Protocol

try:
    from boto3.session import Session as BotoSession
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, NoRegionError
    from botocore.session import get_session
except ImportError:
    pass  # AnsibleAWSModule says which library is missing.

from ansible_collections.amazon.aws.plugins.module_utils.botocore import get_aws_connection_info

from .denials import explain_denials
from .timestamps import parse_timestamp

if TYPE_CHECKING:
    from .._common.run import Module

    class AwsModule(Module, Protocol):
        """The part of AnsibleAWSModule that is used here; it has no type annotations."""

        def fail_json_aws(self, exception: Exception, msg: str) -> NoReturn: ...


# With this mode throttling costs time but causes no failures: botocore adapts the pace of the calls.
RETRIES = {"mode": "adaptive", "total_max_attempts": 12}
USER_AGENT = "Ansible keyless.ec2"  # part of the user agent, which CloudTrail records


class Session:
    """Credentials, as boto3's ``client`` takes them, and a count of the calls made with them.

    Without credentials, the module's own are used.  botocore's retries count as calls.
    """

    def __init__(self, credentials: Optional[Mapping[str, str]] = None) -> None:
        self.credentials = credentials or {}
        self._counting = Lock()
        self._sent = 0

    @property
    def calls(self) -> int:
        """How many calls were made."""
        return self._sent

    def count(self, **_event: Any) -> None:
        """Counts a call.  This is a handler for botocore's event before-send."""
        with self._counting:
            self._sent += 1


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
    own_region, endpoint_url, options = get_aws_connection_info(module)
    settings = {"retries": RETRIES, "max_pool_connections": concurrency, "user_agent_extra": USER_AGENT, **settings}
    config = Config(**settings)
    config = config.merge(options.pop("aws_config", None) or Config())
    where = {"region_name": region or own_region, "endpoint_url": endpoint_url}
    try:
        with _making:
            boto_session = _boto_session(module, options.pop("profile_name", None))
            own = session.credentials if session else {}
            made = boto_session.client(service, config=config, **where, **{**options, **own})
    except (ValueError, BotoCoreError) as error:
        _fail(module, error)
    if service == "ec2":
        explain_denials(made, lambda: client(module, "sts", region=region, session=session))
    if session:
        made.meta.events.register("before-send", session.count)
    if module.params.get("debug_botocore_endpoint_logs"):
        made.meta.events.register("before-call", partial(_log_call, module.logger))
    return made


def _log_call(logger: Any, model: Any, **_others: Any) -> None:
    """Logs the call as AnsibleAWSModule expects for ``resource_actions``: it searches botocore's log for calls with an AWS address."""
    logger.debug("OperationModel(name=%s) https://%s.", model.name, model.service_model.signing_name)


def client_anywhere(module: Any, service: str, region: Optional[str] = None, **settings: Any) -> Any:
    """A client for services that are the same in every region: in the given region, else the module's own, else us-east-1."""
    return client(module, service, region=region or module.region or "us-east-1", **settings)


@lru_cache(maxsize=1)
def _boto_session(_module: Any, profile: Optional[str]) -> BotoSession:
    """The module's boto3 session, with the fast parser for timestamps."""
    session = get_session()
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=parse_timestamp)
    return BotoSession(botocore_session=session, profile_name=profile)


def _fail(module: AwsModule, error: Exception) -> NoReturn:
    if isinstance(error, NoRegionError):
        module.fail_json(msg="No AWS region is set. Set it with the option region or the environment variable AWS_REGION.")
    module.fail_json_aws(error, msg="Couldn't connect to AWS")
