# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builders of policy documents, and a helper for checks that reject one."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError

READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
OLD = "2008-10-17"


def permissions(**statement):
    return {"Version": "2012-10-17", "Statement": [{**READ, **statement}]}


def trust(**statement):
    return {"Version": "2012-10-17", "Statement": [{**TRUST, **statement}]}


def when(**condition):
    return permissions(Condition={operator.replace("_", ":"): keys for operator, keys in condition.items()})


def without(document, *keys):
    statement = {key: value for key, value in document["Statement"][0].items() if key not in keys}
    return {**document, "Statement": [statement]}


def rejected(check, document):
    with pytest.raises(OptionError) as error:
        check("p", document)
    assert str(error.value).startswith(f"{error.value.option}: ")
    return error.value
