# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls of AWS that read no data, change nothing and cost nothing, each for an action.  Pure."""

from __future__ import annotations

import json
import re
from typing import Any, Callable, Mapping, NamedTuple, Optional
from urllib.parse import quote, urlencode

FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
# Of services that take forms: how they sign, and the version of their API
FORMS = {
    "autoscaling": ("autoscaling", "2011-01-01"),
    "cloudformation": ("cloudformation", "2010-05-15"),
    "cloudwatch": ("monitoring", "2010-08-01"),
    "ec2": ("ec2", "2016-11-15"),
    "rds": ("rds", "2014-10-31"),
    "sns": ("sns", "2010-03-31"),
    "sts": ("sts", "2011-06-15"),
}
# Of services that take JSON: what comes before the operation's name, and the version of JSON
TARGETS = {
    "dynamodb": ("DynamoDB_20120810", "1.0"),
    "ecr": ("AmazonEC2ContainerRegistry_V20150921", "1.1"),
    "kms": ("TrentService", "1.1"),
    "logs": ("Logs_20140328", "1.1"),
    "secretsmanager": ("secretsmanager", "1.1"),
    "sqs": ("AmazonSQS", "1.0"),
    "ssm": ("AmazonSSM", "1.1"),
}
# The parameters that make an answer short, of actions that need no resource
LISTS: Mapping[str, Mapping[str, Any]] = {
    "autoscaling:DescribeAutoScalingGroups": {"MaxRecords": "1"},
    "cloudformation:ListStacks": {},
    "cloudwatch:ListMetrics": {},
    "dynamodb:ListTables": {"Limit": 1},
    "ecr:DescribeRepositories": {"maxResults": 1},
    "kms:ListKeys": {"Limit": 1},
    "logs:DescribeLogGroups": {"limit": 1},
    "rds:DescribeDBInstances": {"MaxRecords": "20"},
    "secretsmanager:ListSecrets": {"MaxResults": 1},
    "sns:ListTopics": {},
    "sqs:ListQueues": {"MaxResults": 1},
    "ssm:DescribeParameters": {"MaxResults": 1},
    "sts:GetCallerIdentity": {},
}
# The parameter that the resource goes into, and whether it is the whole ARN or the name at its end
OF_RESOURCES = {
    "dynamodb:DescribeTable": ("TableName", True),
    "kms:DescribeKey": ("KeyId", True),
    "secretsmanager:DescribeSecret": ("SecretId", True),
}
EC2_ACTION = re.compile(r"ec2:Describe\w+")
BUCKET = re.compile(r"arn:aws[\w-]*:s3:::(?P<bucket>[^/*?]+)(?:/(?P<key>[^*?]+))?")


class Call(NamedTuple):
    """A call: the service as it signs, the request without its host, and whether EC2 is only asked if it would do it."""

    service: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    dry_run: bool = False


def call_for(action: str, resource: Optional[str]) -> Optional[Call]:
    """The call for the action; None where there is none, or where it needs a resource and has none."""
    service, _colon, name = action.partition(":")
    if EC2_ACTION.fullmatch(action):
        return _form(service, name, {"DryRun": "true"}, dry_run=True)
    if action in LISTS:
        return _make(service, name, LISTS[action])
    if action in OF_RESOURCES and resource:
        member, whole = OF_RESOURCES[action]
        return _make(service, name, {member: resource if whole else resource.rsplit("/", 1)[-1]})
    maker = _OTHERS.get(action)
    return maker(resource or "") if maker else None


def known_actions() -> list[str]:
    """The actions that there are calls for, without those of EC2 that describe something."""
    return sorted([*LISTS, *OF_RESOURCES, *_OTHERS, "ec2:DescribeInstances"])


def needs_resource(action: str) -> bool:
    """Whether there is no call for the action without a resource."""
    return action in OF_RESOURCES or action in ("s3:ListBucket", "s3:GetBucketLocation", "s3:GetObject")


def given_call(described: Mapping[str, Any]) -> Call:
    """The call that a user has described."""
    body = described.get("body")
    text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    return Call(
        service=described["service"],
        method=described.get("method") or "GET",
        path=described.get("path") or "/",
        query={key: str(value) for key, value in (described.get("query") or {}).items()},
        headers={key: str(value) for key, value in (described.get("headers") or {}).items()},
        body=text.encode(),
    )


def _make(service: str, name: str, parameters: Mapping[str, Any]) -> Call:
    return _form(service, name, parameters) if service in FORMS else _json(service, name, parameters)


def _form(service: str, name: str, parameters: Mapping[str, Any], dry_run: bool = False) -> Call:
    signed, version = FORMS[service]
    body = urlencode({"Action": name, "Version": version, **parameters}).encode()
    return Call(signed, "POST", "/", {}, FORM, body, dry_run)


def _json(service: str, name: str, parameters: Mapping[str, Any]) -> Call:
    prefix, version = TARGETS[service]
    headers = {"content-type": "application/x-amz-json-" + version, "x-amz-target": "%s.%s" % (prefix, name)}
    return Call(service, "POST", "/", {}, headers, json.dumps(parameters).encode())


def _buckets(_resource: str) -> Call:
    return Call("s3", "GET", "/", {}, {}, b"")


def _bucket(query: Mapping[str, str]) -> Callable[[str], Optional[Call]]:
    def make(resource: str) -> Optional[Call]:
        found = BUCKET.fullmatch(resource)
        return Call("s3", "GET", "/" + found["bucket"], query, {}, b"") if found else None

    return make


def _object(resource: str) -> Optional[Call]:
    """Of an object only its headers are asked for."""
    found = BUCKET.fullmatch(resource)
    return Call("s3", "HEAD", "/%s/%s" % (found["bucket"], quote(found["key"])), {}, {}, b"") if found and found["key"] else None


def _functions(_resource: str) -> Call:
    return Call("lambda", "GET", "/2015-03-31/functions/", {"MaxItems": "1"}, {}, b"")


_OTHERS: dict[str, Callable[[str], Optional[Call]]] = {
    "lambda:ListFunctions": _functions,
    "s3:GetBucketLocation": _bucket({"location": ""}),
    "s3:GetObject": _object,
    "s3:ListAllMyBuckets": _buckets,
    "s3:ListBucket": _bucket({"list-type": "2", "max-keys": "0"}),
}
