# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Invalid options and their errors."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
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
        ({"root": "/nowhere"}, "root: /nowhere is not a folder"),
    ],
)
def test_an_invalid_option_of_the_scan_is_named(tmp_path, options, message):
    check_scan({**SCAN, "root": str(tmp_path)})
    with pytest.raises(OptionError, match=message):
        check_scan({**SCAN, "root": str(tmp_path), **options})


@pytest.mark.parametrize(
    "options, message",
    [
        ({"suffix": "a/b"}, "suffix: 'a/b'"),
        ({"suffix": ""}, "suffix: ''"),
        ({"paths": ["/home/a/.aws/credentials.keyless-aside"]}, "was set aside"),
        ({"paths": ["a"]}, "paths: a is not an absolute path"),
        ({"paths": ["/a\0b"]}, r"paths: /a\\x00b is not an absolute path"),
        ({"paths": ["escaped:a"]}, "paths: escaped:a is not an absolute path"),
        ({"paths": ["escaped:/a\\x00"]}, "is not an absolute path"),
        ({"exclude": ["*.env"]}, r"exclude: \*.env is not an absolute path"),
        ({"timeout": 0}, "timeout: 0 is not a positive number"),
        ({"root": "/nowhere"}, "root: /nowhere is not a folder"),
    ],
)
def test_an_invalid_option_of_the_aside_module_is_named(tmp_path, options, message):
    check_aside({**ASIDE, "root": str(tmp_path)})
    with pytest.raises(OptionError, match=message):
        check_aside({**ASIDE, "root": str(tmp_path), **options})
