# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests, plans and rows for the tests of _rollout."""

from __future__ import annotations

from ansible_collections.keyless.ec2.plugins.plugin_utils._rollout.manifest import Existing
from ansible_collections.keyless.ec2.plugins.plugin_utils._rollout.plan import plan_of
from ansible_collections.keyless.ec2.plugins.plugin_utils._rollout.request import Variables, request_of

WEB = "arn:aws:iam::123456789012:instance-profile/web"
HERE = {"account": "123456789012", "region": "eu-central-1", "collection_version": "1.0.0"}
HOSTS = {"i-1": {"name": "one", "endpoint": None, "connection": "ssh", "python": "auto"}}


def row(instance_id, action="associated", after=WEB, msg="web is associated"):
    return {"instance_id": instance_id, "changed": action not in ("failed", "unchanged"), "action": action, "after": after, "msg": msg}


def failed(instance_id, msg="denied"):
    return row(instance_id, "failed", msg=msg)


def result(*rows, **more):
    """A result of instance_profile_attach."""
    return {"instances": list(rows), "undo": {**HERE, "instances": {each["instance_id"]: None for each in rows if each["changed"]}}, **more}


def request(sizes=("1",), selection=None, **variables):
    selected = {"attach_instance_ids": ["i-1"]} if selection is None else selection
    return request_of(Variables(selected, sizes, **variables), lambda path: True)


def plan(*rows, launch=None, hosts=None, earlier=None, instances=None, started=0, **variables):
    return plan_of(request(**variables), launch or {}, instances or result(*rows), Existing(earlier), hosts, started)
