# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A harmless call for each action: it reads no data, changes nothing and costs nothing.  Pure."""

from __future__ import annotations

import json
import re
from typing import Any, Callable, Mapping, NamedTuple, Optional
from urllib.parse import quote, urlencode

ALLOWED, DENIED, UNKNOWN = "allowed", "denied", "unknown"  # the answers to a call

FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
# Services with form parameters: the name for signing, and the API version
FORM_SERVICES = {
    "autoscaling": ("autoscaling", "2011-01-01"),
    "cloudformation": ("cloudformation", "2010-05-15"),
    "cloudwatch": ("monitoring", "2010-08-01"),
    "ec2": ("ec2", "2016-11-15"),
    "rds": ("rds", "2014-10-31"),
    "sns": ("sns", "2010-03-31"),
    "sts": ("sts", "2011-06-15"),
}
# Services with JSON parameters: the prefix of the operation's name, and the JSON version
JSON_SERVICES = {
    "dynamodb": ("DynamoDB_20120810", "1.0"),
    "ecr": ("AmazonEC2ContainerRegistry_V20150921", "1.1"),
    "kms": ("TrentService", "1.1"),
    "logs": ("Logs_20140328", "1.1"),
    "secretsmanager": ("secretsmanager", "1.1"),
    "sqs": ("AmazonSQS", "1.0"),
    "ssm": ("AmazonSSM", "1.1"),
}
# Actions without a resource: parameters that keep the answer short
LIST_ACTIONS: Mapping[str, Mapping[str, Any]] = {
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
# Actions on a resource, and its parameter, which takes the ARN
RESOURCE_ACTIONS = {
    "dynamodb:DescribeTable": "TableName",
    "kms:DescribeKey": "KeyId",
    "secretsmanager:DescribeSecret": "SecretId",
}
EC2_ACTION = re.compile(r"ec2:Describe\w+")
BUCKET = re.compile(r"arn:aws[\w-]*:s3:::(?P<bucket>[^/*?]+)(?:/(?P<key>[^*?]+))?")


class Call(NamedTuple):
    """A request without its host; ``service`` is its name for signing.

    ``listing`` is a call whose success shows that the answer 403 means denied, and not that the object is missing.
    """

    service: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    listing: Optional[Call] = None


def call_for(action: str, resource: Optional[str]) -> Optional[Call]:
    """The harmless call for an action; None if there is none, or if it needs a resource."""
    service, _colon, name = action.partition(":")
    if EC2_ACTION.fullmatch(action):
        return _form(service, name, {"DryRun": "true"})
    if action in LIST_ACTIONS:
        return _make(service, name, LIST_ACTIONS[action])
    if action in RESOURCE_ACTIONS and resource:
        return _make(service, name, {RESOURCE_ACTIONS[action]: resource})
    maker = _REST_CALLS.get(action)
    return maker(resource or "") if maker else None


def known_actions() -> list[str]:
    """The actions with a built-in call; ec2:DescribeInstances stands for all ec2:Describe actions."""
    return sorted([*LIST_ACTIONS, *RESOURCE_ACTIONS, *_REST_CALLS, "ec2:DescribeInstances"])


def needs_resource(action: str) -> bool:
    """Whether the call for the action needs a resource."""
    return action in RESOURCE_ACTIONS or action in ("s3:ListBucket", "s3:GetBucketLocation", "s3:GetObject")


def custom_call(described: Mapping[str, Any]) -> Call:
    """The call that the user describes."""
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
    return _form(service, name, parameters) if service in FORM_SERVICES else _json(service, name, parameters)


def _form(service: str, name: str, parameters: Mapping[str, Any]) -> Call:
    signing_name, version = FORM_SERVICES[service]
    body = urlencode({"Action": name, "Version": version, **parameters}).encode()
    return Call(signing_name, "POST", "/", {}, FORM, body)


def _json(service: str, name: str, parameters: Mapping[str, Any]) -> Call:
    prefix, version = JSON_SERVICES[service]
    headers = {"content-type": "application/x-amz-json-" + version, "x-amz-target": "%s.%s" % (prefix, name)}
    return Call(service, "POST", "/", {}, headers, json.dumps(parameters).encode())


def _list_buckets(_resource: str) -> Call:
    return Call("s3", "GET", "/", {}, {}, b"")


def _bucket_call(query: Mapping[str, str]) -> Callable[[str], Optional[Call]]:
    def make(resource: str) -> Optional[Call]:
        found = BUCKET.fullmatch(resource)
        return Call("s3", "GET", "/" + found["bucket"], query, {}, b"") if found else None

    return make


def _object_call(resource: str) -> Optional[Call]:
    """Requests only the headers of an object."""
    found = BUCKET.fullmatch(resource)
    if not found or not found["key"]:
        return None
    listing = Call("s3", "GET", "/" + found["bucket"], {"list-type": "2", "max-keys": "0", "prefix": found["key"]}, {}, b"")
    return Call("s3", "HEAD", "/%s/%s" % (found["bucket"], quote(found["key"])), {}, {}, b"", listing)


def _list_functions(_resource: str) -> Call:
    return Call("lambda", "GET", "/2015-03-31/functions/", {"MaxItems": "1"}, {}, b"")


_REST_CALLS: dict[str, Callable[[str], Optional[Call]]] = {
    "lambda:ListFunctions": _list_functions,
    "s3:GetBucketLocation": _bucket_call({"location": ""}),
    "s3:GetObject": _object_call,
    "s3:ListAllMyBuckets": _list_buckets,
    "s3:ListBucket": _bucket_call({"list-type": "2", "max-keys": "0"}),
}
