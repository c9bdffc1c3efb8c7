# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Invalid options and their errors."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._identity.imds.endpoints import ENDPOINT
from ansible_collections.keyless.ec2.plugins.module_utils._identity.options import check_endpoint, check_options

INVALID_OPTIONS = [
    ({"endpoint": "nonsense"}, "^endpoint: 'nonsense' is not"),
    ({"expected_role": ""}, "^expected_role: '' is not a valid role name"),
    ({"expected_role": "arn:aws:iam::123456789012:role/web"}, "^expected_role: 'arn:.*/web' is not a valid role name"),
    ({"expected_role": "x" * 65}, "^expected_role: "),
    ({"expected_role": " web"}, "^expected_role: "),
    ({"wait_timeout": -1}, "^wait_timeout: -1 is out of range"),
]


@pytest.mark.parametrize(("options", "text"), INVALID_OPTIONS)
def test_invalid_options_are_named(options, text):
    usual = {"endpoint": "http://127.0.0.1:1", "expected_role": None, "wait": False, "wait_timeout": 1}
    with pytest.raises(OptionError, match=text):
        check_options({**usual, **options}, {})


INVALID_URLS = [
    "",
    "169.254.169.254",
    "ftp://169.254.169.254",
    "http://",
    "http:///latest",
    "http://localhost:port",
    "http://localhost:0",
    "http://localhost:99999",
    "http://[::1",
    "http://a b/",
    "http://localhost/a b",
    "http://localhost/\r\nInjected: yes",
    "http://user:password@localhost",
    "http://localhost/?query",
    "http://localhost/#fragment",
    f"http://{'a' * 70}.com",
    "http://b\u00fccher/",
]


@pytest.mark.parametrize("url", INVALID_URLS)
def test_an_invalid_endpoint_is_rejected(url):
    with pytest.raises(OptionError, match="endpoint: .* is not the URL of a service. Give a URL such as http://") as caught:
        check_endpoint(url, {})
    assert "password" not in str(caught.value)


def test_an_invalid_endpoint_of_the_environment_is_named_with_its_variable():
    with pytest.raises(OptionError, match=f"^endpoint: 'nonsense' of the environment variable {ENDPOINT} is not"):
        check_endpoint(None, {ENDPOINT: "nonsense"})
