# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The model of the SDKs' credential chain finds what botocore's own chain finds."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from types import SimpleNamespace
from unittest import mock
from urllib.parse import urlsplit

import botocore.exceptions
import botocore.session
import pytest
from botocore.httpsession import URLLib3Session
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.sdk.chain import ERROR, NOTHING, Inputs, find
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.sdk.profiles import Profiles, UnreadableProfiles

METHODS = {
    "env": "environment",
    "shared-credentials-file": "shared_credentials",
    "config-file": "config",
    "boto-config": "boto",
    "assume-role": "assume_role",
    "assume-role-with-web-identity": "web_identity",
    "sso": "sso",
    "custom-process": "credential_process",
    "container-role": "container",
    "iam-role": "instance_role",
}
EXPIRY = "2099-01-01T00:00:00Z"
ANSWER = {"AccessKeyId": "a", "SecretAccessKey": "b", "Token": "c", "Expiration": EXPIRY}
PROCESS = f"echo '{json.dumps({'Version': 1, **ANSWER})}'"
KEYS = "aws_access_key_id = a\naws_secret_access_key = b\n"


def in_botocore(variables, config, credentials, boto=False):
    """What botocore finds with these variables and files."""
    with tempfile.TemporaryDirectory() as home:
        for path, text in ((".aws/config", config), (".aws/credentials", credentials), (".boto", f"[Credentials]\n{KEYS}" if boto else None)):
            if text is not None:
                file = Path(home, path)
                file.parent.mkdir(exist_ok=True)
                file.write_text(text, encoding="utf-8")
        environment = {"HOME": home, "PATH": os.environ["PATH"], "BOTO_CONFIG": f"{home}/.boto", **variables}
        with mock.patch.dict(os.environ, environment, clear=True):
            return _found()


def _answer(_session, request):
    """What the metadata service of an instance, or that of a container, answers."""
    bodies = {"/latest/api/token": "t", "/latest/meta-data/iam/security-credentials/": "web"}
    body = bodies.get(urlsplit(request.url).path, json.dumps({"Code": "Success", "Type": "AWS-HMAC", **ANSWER}))
    return SimpleNamespace(status_code=200, text=body, content=body.encode(), url=request.url)


def _found():
    with mock.patch.object(URLLib3Session, "send", _answer):
        try:
            credentials = botocore.session.Session().get_credentials()
        except botocore.exceptions.BotoCoreError:
            return ERROR
    return METHODS[credentials.method] if credentials else NOTHING


def in_model(variables, config, credentials, boto=False):
    try:
        profiles = Profiles.parse(config, credentials)
    except UnreadableProfiles:
        return ERROR
    return find(Inputs(variables, profiles, boto)).source


A_ROLE = "role_arn = arn:aws:iam::123456789012:role/a\n"
CASES = {
    "the role": ({}, None, None, "instance_role"),
    "keys in the environment": ({"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}, None, f"[default]\n{KEYS}", "environment"),
    "an id alone": ({"AWS_ACCESS_KEY_ID": "a"}, None, None, ERROR),
    "keys": ({}, None, f"[default]\n{KEYS}", "shared_credentials"),
    "keys in the config file": ({}, f"[default]\n{KEYS}", None, "config"),
    "an empty profile": ({"AWS_PROFILE": "prod"}, None, "[prod]\n", "instance_role"),
    "a profile that is gone": ({"AWS_PROFILE": "prod"}, "[default]\nregion = a\n", None, ERROR),
    "no profile": ({"AWS_PROFILE": ""}, None, None, ERROR),
    "another variable for the profile": ({"AWS_DEFAULT_PROFILE": "gone", "AWS_PROFILE": "prod"}, "[profile prod]\n", None, ERROR),
    "a source profile": ({"AWS_PROFILE": "d"}, f"[profile d]\n{A_ROLE}source_profile = default\n", f"[default]\n{KEYS}", "assume_role"),
    "a source profile that lost its keys": ({"AWS_PROFILE": "d"}, f"[profile d]\n{A_ROLE}source_profile = default\n", "[default]\n", ERROR),
    "a source profile that is gone": ({"AWS_PROFILE": "d"}, f"[profile d]\n{A_ROLE}source_profile = default\n", None, ERROR),
    "a source profile that is the profile itself": ({"AWS_PROFILE": "d"}, f"[profile d]\n{A_ROLE}source_profile = d\n", None, ERROR),
    "source profiles in a loop": (
        {"AWS_PROFILE": "d"},
        f"[profile d]\n{A_ROLE}source_profile = e\n[profile e]\n{A_ROLE}source_profile = d\n",
        None,
        ERROR,
    ),
    "the role as a source": ({"AWS_PROFILE": "d"}, f"[profile d]\n{A_ROLE}credential_source = Ec2InstanceMetadata\n", None, "assume_role"),
    "a container as a source": (
        {"AWS_PROFILE": "d", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1/x"},
        f"[profile d]\n{A_ROLE}credential_source = EcsContainer\n",
        None,
        "assume_role",
    ),
    "no container as a source": ({"AWS_PROFILE": "d"}, f"[profile d]\n{A_ROLE}credential_source = EcsContainer\n", None, ERROR),
    "a disabled service": ({"AWS_EC2_METADATA_DISABLED": "True"}, None, None, NOTHING),
    "a process": ({}, f"[default]\ncredential_process = {PROCESS}\n", None, "credential_process"),
    "a container": ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1/x"}, None, None, "container"),
    "a web identity": ({"AWS_WEB_IDENTITY_TOKEN_FILE": "/t", "AWS_ROLE_ARN": "arn:aws:iam::1:role/a"}, None, None, "web_identity"),
    "a file that is not valid": ({}, "region = a\n", None, ERROR),
    "a section twice": ({}, "[default]\n[default]\n", None, ERROR),
}


@pytest.mark.parametrize("variables, config, credentials, source", CASES.values(), ids=list(CASES))
def test_each_source(variables, config, credentials, source):
    assert (in_model(variables, config, credentials), in_botocore(variables, config, credentials)) == (source, source)


NAMES = ["default", "prod", "deploy"]
VARIABLES = {
    "AWS_ACCESS_KEY_ID": ["a", ""],
    "AWS_SECRET_ACCESS_KEY": ["b", ""],
    "AWS_PROFILE": NAMES,
    "AWS_DEFAULT_PROFILE": NAMES,
    "AWS_WEB_IDENTITY_TOKEN_FILE": ["/t", ""],
    "AWS_ROLE_ARN": ["arn:aws:iam::123456789012:role/a", ""],
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": ["http://127.0.0.1/x"],
    "AWS_EC2_METADATA_DISABLED": ["true", "false", "TRUE", ""],
}
SETTINGS = {
    "region": ["eu-west-1"],
    "aws_access_key_id": ["a"],
    "aws_secret_access_key": ["b"],
    "role_arn": ["arn:aws:iam::123456789012:role/a"],
    "source_profile": [*NAMES, "gone"],
    "credential_source": ["Ec2InstanceMetadata", "Environment", "EcsContainer", "Nothing"],
    "web_identity_token_file": ["/t", ""],
    "credential_process": [PROCESS],
    "sso_account_id": ["1"],
    "sso_role_name": ["a"],
    "sso_start_url": ["https://a"],
    "sso_region": ["eu-west-1"],
    "sso_session": ["s", "gone"],
}


def chosen(table):
    return st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in table.items()})


SECTIONS = st.dictionaries(st.sampled_from(NAMES), chosen(SETTINGS), max_size=3)


def written(sections, title):
    return "".join(f"[{title(name)}]\n{_lines(section)}" for name, section in sections.items())


def _lines(section):
    return "".join(f"{name} = {value}\n" for name, value in section.items())


@given(chosen(VARIABLES), SECTIONS, SECTIONS, st.booleans(), st.booleans())
def test_any_variables_and_profiles(variables, config, credentials, has_session, boto):
    session = "[sso-session s]\nsso_start_url = https://a\nsso_region = eu-west-1\n" if has_session else ""
    texts = (session + written(config, lambda name: "default" if name == "default" else f"profile {name}"), written(credentials, str))
    assert in_model(variables, *texts, boto) == in_botocore(variables, *texts, boto)
