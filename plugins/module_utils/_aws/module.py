# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The class of our modules that call AWS."""

from __future__ import annotations

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule


class AwsModule(AnsibleAWSModule):
    """AnsibleAWSModule, whose warnings are not followed by one about themselves.

    It repeats them in the result's ``warnings``, which ansible-core 2.19 and newer adds itself and reports as deprecated.
    """

    def warn(self, warning: str) -> None:
        self._module.warn(warning)
