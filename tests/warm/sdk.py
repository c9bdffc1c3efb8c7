# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Does once for all forks what the AWS SDK repeats for each session and client. That is more than half of the time of a short module."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


def share_among_clients() -> None:
    """From now on, computes once what depends only on a name, a function or a service."""
    from botocore import hooks
    from botocore.client import ClientCreator
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    aliaser = hooks.EventAliaser
    aliaser._alias_event_name = _once(aliaser._alias_event_name, lambda _aliaser, name: name)
    hooks.accepts_kwargs = _once(hooks.accepts_kwargs, lambda handler: getattr(handler, "__func__", handler))
    for name in ("_create_methods", "_create_name_mapping"):
        setattr(ClientCreator, name, _copied(_once(getattr(ClientCreator, name), _service)))
    for name in ("list_available_services", "list_api_versions"):
        setattr(Loader, name, _copied(_once(getattr(Loader, name), _search)))
    # A new client looks at every operation of the service, 800 for EC2. Its first error response makes it look at every shape, thousands for EC2.
    for name in ("endpoint_discovery_operation", "error_shapes"):
        find = getattr(ServiceModel, name)._fget
        setattr(ServiceModel, name, property(_once(find, lambda model: model.metadata["uid"])))


def _service(_creator: Any, model: Any) -> tuple:
    return model.service_name, *model.operation_names


def _search(loader: Any, *arguments: str, **others: str) -> tuple:
    return tuple(loader.search_paths), arguments, tuple(others.items())


def _once(function: Callable, key_of: Callable) -> Callable:
    """The function, which remembers its results by this key."""
    known: dict = {}

    def look_up(*arguments: Any, **others: Any) -> Any:
        key = key_of(*arguments, **others)
        if key not in known:
            known[key] = function(*arguments, **others)
        return known[key]

    return look_up


def _copied(function: Callable) -> Callable:
    """The function with results of their own for callers that change them."""
    return lambda *arguments, **others: function(*arguments, **others).copy()


def read_models(services: Iterable[str]) -> None:
    """Reads the service descriptions. A process gets each of them only once, because clients may change what they get."""
    import boto3
    from botocore.loaders import JSONFileLoader

    read, found = JSONFileLoader.load_file, {}

    def share(loader: JSONFileLoader, path: str) -> object:
        if path not in found:
            found[path] = read(loader, path)
        return found[path]

    def hand_out(loader: JSONFileLoader, path: str) -> object:
        return found.pop(path) if path in found else read(loader, path)

    JSONFileLoader.load_file = share
    for service in services:
        # A session keeps its clients' descriptions. This one ends here, and each fork has its own.
        client = boto3.Session("none", "none", region_name="us-east-1").client(service)
        client.can_paginate(next(iter(client.meta.method_to_api_mapping)))
        list(client.waiter_names)
        client.meta.service_model.error_shapes  # noqa: B018
    JSONFileLoader.load_file = hand_out
