# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""boto3 clients, made from amazon.aws's connection options.

All clients of a run are of one session.  A session of its own for each, as AnsibleAWSModule makes them, would read the
descriptions of AWS's services and ask for the credentials each time: a client then takes 0.1 to 0.3 s instead of 0.02 s.
"""

from __future__ import annotations

from functools import lru_cache, partial
from threading import Lock
from typing import TYPE_CHECKING, Any, Mapping, NoReturn, Optional, Protocol

try:
    from boto3.session import Session
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
        """What is needed of AnsibleAWSModule to end it, which has no types."""

        def fail_json_aws(self, exception: Exception, msg: str) -> NoReturn: ...


# Throttling then costs time and not a failure: botocore paces the calls to what AWS lets through.
RETRIES = {"mode": "adaptive", "total_max_attempts": 12}
NAME = "Ansible keyless.ec2"  # in CloudTrail, in the user agent


class Account:
    """Whose a client's calls are: credentials, as boto3's client takes them, and how many calls were sent.

    Without credentials it is that of the module's own.  A call that botocore tries again counts each time.
    """

    def __init__(self, credentials: Optional[Mapping[str, str]] = None) -> None:
        self.credentials = credentials or {}
        self._counting = Lock()
        self._sent = 0

    @property
    def calls(self) -> int:
        """How many calls were sent."""
        return self._sent

    def count(self, **_event: Any) -> None:
        """Counts a call: a handler of botocore's event before-send."""
        with self._counting:
            self._sent += 1


_making = Lock()  # a session is not for several threads; its clients are


def client(
    module: Any,
    service: str,
    concurrency: int = 10,
    region: Optional[str] = None,
    account: Optional[Account] = None,
    **settings: Any,
) -> Any:
    """A boto3 client made from amazon.aws's connection options, for so many calls at a time; of another region if given.

    For an ``account`` it has that account's credentials, and its calls are counted there.
    ``settings`` are those of botocore's Config in which it is to differ from the others.
    """
    own_region, endpoint_url, options = get_aws_connection_info(module)
    settings = {"retries": RETRIES, "max_pool_connections": concurrency, "user_agent_extra": NAME, **settings}
    config = Config(**settings)
    config = config.merge(options.pop("aws_config", None) or Config())
    where = {"region_name": region or own_region, "endpoint_url": endpoint_url}
    try:
        with _making:
            session = _session(module, options.pop("profile_name", None))
            own = account.credentials if account else {}
            made = session.client(service, config=config, **where, **{**options, **own})
    except (ValueError, BotoCoreError) as error:
        _fail(module, error)
    if service == "ec2":
        explain_denials(made, lambda: client(module, "sts", region=region, account=account))
    if account:
        made.meta.events.register("before-send", account.count)
    if module.params.get("debug_botocore_endpoint_logs"):
        made.meta.events.register("before-call", partial(_note, module.logger))
    return made


def _note(logger: Any, model: Any, **_others: Any) -> None:
    """Lets AnsibleAWSModule's ``resource_actions`` have the call, which it looks for in botocore's log by an address of AWS."""
    logger.debug("OperationModel(name=%s) https://%s.", model.name, model.service_model.signing_name)


def client_anywhere(module: Any, service: str, region: Optional[str] = None, **settings: Any) -> Any:
    """A client of the region, or of any that answers for all: the module's own, else that of AWS's first."""
    return client(module, service, region=region or module.region or "us-east-1", **settings)


@lru_cache(maxsize=1)
def _session(_module: Any, profile: Optional[str]) -> Session:
    """The module's session, whose clients parse timestamps fast."""
    session = get_session()
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=parse_timestamp)
    return Session(botocore_session=session, profile_name=profile)


def _fail(module: AwsModule, error: Exception) -> NoReturn:
    if isinstance(error, NoRegionError):
        module.fail_json(msg="There is no AWS region: name it with the option region or the environment variable AWS_REGION.")
    module.fail_json_aws(error, msg="Couldn't connect to AWS")
