# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Launch sources for tests."""

from __future__ import annotations

from ansible_collections.keyless.ec2.plugins.module_utils._launch_sources.source import GROUP, Launch, LaunchSource


def launches(*profile_names):
    """What launches instances with these profiles, without a launch template."""
    return tuple(Launch({"IamInstanceProfile": {"Name": each}} if each else {}) for each in profile_names)


def source(*profile_names, kind=GROUP, name="shop", **others):
    """A source that may launch instances with these profiles."""
    return LaunchSource(kind, name, launches(*profile_names), **others)
