# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError, OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._role.principal_ids import with_arns

ROLE_ID, USER_ID, GONE = "AROAEXAMPLE4EXAMPLE4X", "AIDAEXAMPLE4EXAMPLE4X", "AROAEXAMPLE4EXAMPLEGO"
ARNS = {ROLE_ID: "arn:aws:iam::123456789012:role/deploy", USER_ID: "arn:aws:iam::123456789012:user/alice"}


def trusting(*principals):
    return {"Statement": [{"Principal": {"AWS": list(principals)}}, {"Principal": "*"}, {"Principal": {"Service": "ec2.amazonaws.com"}}]}


def resolved(document, current=None, error=None):
    def arns_by_id(_ids):
        if error:
            raise AwsError("iam:ListRoles", "role/*", "list the roles", error, "no")
        return ARNS

    return with_arns(SimpleNamespace(arns_by_id=arns_by_id), "trust", document, current or {})


def test_ids_become_arns():
    found = resolved(trusting(ROLE_ID, USER_ID, "111122223333"))
    assert found == trusting(ARNS[ROLE_ID], ARNS[USER_ID], "111122223333")


@pytest.mark.parametrize("current", [trusting(), trusting(GONE, "111122223333")])
def test_the_id_of_a_deleted_principal_is_refused(current):
    with pytest.raises(OptionError, match=f"^trust: names {GONE}"):
        resolved(trusting(ROLE_ID, GONE), current)


def test_nothing_is_read_if_nothing_changes():
    assert resolved(trusting(GONE), trusting(GONE), "Broken") == trusting(GONE)
    assert resolved(trusting("111122223333"), {}, "Broken") == trusting("111122223333")


def test_without_the_permission_the_ids_are_left():
    assert resolved(trusting(ROLE_ID), {}, "AccessDenied") == trusting(ROLE_ID)
    with pytest.raises(OptionError, match=GONE):
        resolved(trusting(GONE, ROLE_ID), trusting(GONE), "AccessDenied")
    with pytest.raises(AwsError):
        resolved(trusting(ROLE_ID), {}, "ServiceFailure")
