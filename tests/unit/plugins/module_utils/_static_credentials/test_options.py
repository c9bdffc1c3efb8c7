# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Invalid options and their errors."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.host.tree import check_root
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.options import check_aside, check_scan

SCAN = {"paths": [], "scan_processes": True, "max_file_size": 1, "timeout": 1, "exclude": []}
ASIDE = {"paths": ["/a"], "state": "aside", "suffix": ".keyless-aside", "exclude": [], "timeout": 1}


@pytest.mark.parametrize(
    "options, message",
    [
        ({"timeout": 0}, "timeout: 0"),
        ({"max_file_size": -1}, "max_file_size: -1"),
        ({"paths": ["etc"]}, "paths: etc is not an absolute path"),
        ({"exclude": ["~/x"]}, "exclude: ~/x is not an absolute path"),
        ({"exclude": ["escaped:/a\\"]}, "exclude: .* has a backslash"),
        ({"timeout": 99_999_999_999}, "timeout: 99999999999 is out of range. Use 1 to 31536000."),
        ({"max_file_size": 10**30}, "max_file_size: 10+ is out of range."),
    ],
)
def test_an_invalid_option_of_the_scan_is_named(options, message):
    check_scan(SCAN)
    with pytest.raises(OptionError, match=message):
        check_scan({**SCAN, **options})


@pytest.mark.parametrize(
    "options, message",
    [
        ({"suffix": "a/b"}, "suffix: 'a/b'"),
        ({"suffix": ""}, "suffix: ''"),
        ({"paths": ["a"]}, "paths: a is not an absolute path"),
        ({"paths": ["/a\0b"]}, r"paths: /a\\x00b is not an absolute path"),
        ({"paths": ["escaped:a"]}, "paths: escaped:a is not an absolute path"),
        ({"paths": ["escaped:/a\\x00"]}, "is not an absolute path"),
        ({"exclude": ["*.env"]}, r"exclude: \*.env is not an absolute path"),
        ({"timeout": 0}, "timeout: 0 is out of range"),
        ({"timeout": 99_999_999_999}, "timeout: 99999999999 is out of range. Use 1 to 31536000."),
    ],
)
def test_an_invalid_option_of_the_aside_module_is_named(options, message):
    check_aside(ASIDE)
    with pytest.raises(OptionError, match=message):
        check_aside({**ASIDE, **options})


def test_the_root_must_be_a_folder(tmp_path):
    check_root(str(tmp_path))
    (tmp_path / "file").touch()
    for root in ("/nowhere", str(tmp_path / "file")):
        with pytest.raises(OptionError, match=f"root: {root} is not a directory"):
            check_root(root)
