# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that always returns another page, each with a new token: reading ends with an error."""

from __future__ import annotations

import itertools

import pytest
from botocore.awsrequest import AWSResponse

from ansible_collections.keyless.ec2.plugins.module_utils._aws import calls
from ansible_collections.keyless.ec2.plugins.module_utils._aws.clients import client
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._aws.test_clients import Module, Raw

ARGUMENTS = ("ec2:DescribeInstances", "*", "list the instances")


def endless(most=None):
    """A client whose responses have so many pages, and the requests that it has sent."""
    made, tokens, sent = client(Module(), "ec2"), itertools.count(1), []

    def answer(request, **_event):
        sent.append(request)
        number = next(tokens)
        token = f"<nextToken>{number}</nextToken>" if number != most else ""
        return AWSResponse("https://ec2/", 200, {}, Raw(f"<R><reservationSet/>{token}</R>".encode()))

    made.meta.events.register("before-send", answer)
    return made, sent


@pytest.mark.parametrize(
    ("limit", "read"),
    [("MAX_PAGES", lambda made: calls.read(made, *ARGUMENTS)), ("MAX_PAGES_OF_LONG_LISTS", lambda made: list(calls.read_pages(made, *ARGUMENTS)))],
)
def test_pages_without_an_end(monkeypatch, limit, read):
    monkeypatch.setattr(calls, limit, 5)
    made, sent = endless()
    with pytest.raises(AwsError) as caught:
        read(made)
    assert (caught.value.code, caught.value.message, len(sent)) == ("UnexpectedAnswer", "there are more than 5 pages", 6)
    read(endless(5)[0])
