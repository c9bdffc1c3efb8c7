# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which access key ids have their secret with them, and which are placeholders."""

from __future__ import annotations

import random
import string
import sys

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.text.access_keys import is_secret
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.text.findings import (
    MAX_FINDINGS,
    findings,
    findings_in_environment,
)
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.text.placeholders import is_placeholder

KEY, OTHER = "AKIAQ3EGTZ2ZK7Q4RVWX", "AKIAXP4UJ2HWN6LQ7DZC"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCY3aQzT5hV8c"
SECOND = "h9Tq3LmZ+Vb7RkXy2NcWdE4uJgPs8oAf/1HiKe6M"
INI = f"[a]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n"
LETTERS = "nonNGlWhzcwgAjtthiUUPeuPqfcIVOzusikdLeXD"  # A secret can have no digit, but most words without digits are not secrets.
FAR_OFF = "other_setting = 1\n" * 100

WITH_SECRET = [
    INI,
    f"[a]\naws_secret_access_key = {SECRET}\n{FAR_OFF}aws_access_key_id = {KEY}\n",
    f"{KEY}:{SECRET}",
    f"{KEY}/{SECRET}\n",
    f"{KEY} {SECRET}",
    f"{KEY},{SECRET}",
    f"{KEY}\n{SECRET}\n",
    f"x = ('{KEY}',\n     '{SECRET}')",
    f"f(\n  '{KEY}',  # of the backup\n  '{SECRET}'\n)",
    f"key: {KEY}\nsecret: {SECRET}\n",
    f"login {KEY} password {SECRET}",
    f"Secret Access Key: {SECRET}, id: {KEY}",
    f"prod_{KEY}\nprod_secret={SECRET}",
    f"url: s3://{KEY}:{SECRET.replace('/', '%2F').replace('+', '%2b')}@b/x",
    '{"key": "%s", "secret": "%s"}' % (KEY, SECRET.replace("/", "\\/")),
    '{"AccessKey": "%s", "SecretKey": "%s"}' % (KEY, SECRET.replace("+", "\\u002B")),
    f"<string>{KEY}</string><key>SecretKey</key>\n<string>{SECRET}</string>",
    '[{"name": "AWS_ACCESS_KEY_ID", "value": "%s"}, {"name": "AWS_SECRET_ACCESS_KEY", "value": "%s"}]' % (KEY, SECRET),
    f'variable id {{ default = "{KEY}" }}\nvariable "secret_key" {{\n  type = string\n  default = "{SECRET}"\n}}\n',
    f"User name,Access key ID,Status,Secret access key\nann,{KEY},Active,{SECRET}\n",
    f"define('ID', '{KEY}');\ndefine('AWS_SECRET', '{SECRET}');",
    f"key: {KEY}\nsecret: {LETTERS}\n",
    f"{KEY}/{LETTERS}",
    f"aws:\n  id: {KEY}\n  key: {SECRET}\n",
    f"user: {KEY}\npass: {SECRET}\n",
    f"printf '{KEY}\\n{SECRET}\\n'",
    f"id: &i {KEY}\nsecret: &s {SECRET}\n",
    f'lines: "[a]\\naws_access_key_id = {KEY}\\naws_secret_access_key = {SECRET}"',
    f"AWS_SECRET_KEY={SECRET}\nSESSION=abc\nAWS_ACCESS_KEY={KEY}\n",
    f"ec2-describe-instances -O {KEY} -W {SECRET} --region us-east-1",
    f"ec2-describe-instances -O {KEY} \\\n  --region us-east-1 \\\n  -W '{SECRET}'",
    f"mon-put-data -O{KEY} -W{SECRET}",
    f"backup -s {SECRET} -a {KEY}",
    f"backup -a={KEY} -s={SECRET}",
    f'command: ["backup", "-a", "{KEY}", "-s", "{SECRET}"]',
    f"args:\n  - -a\n  - {KEY}\n  - -s\n  - {SECRET}\n",
]
ID_ALONE = [
    KEY,
    f"key of the backup: {KEY}, secret in the safe",
    f"{KEY}\n{KEY}\n",
    f"[a]\naws_access_key_id = {KEY}\n[b]\naws_secret_access_key = {SECRET}\n",
    f"a: {KEY}\n---\naws_secret_access_key: {SECRET}\n",
    f"aws_access_key_id = {KEY}\naws_secret_access_key = {'x' * 40}\n",
    f"aws_access_key_id = {KEY}\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n",
    f"aws_access_key_id = {KEY}\naws_secret_access_key = ${{SECRET}}\n",
    f"aws_access_key_id = {KEY}\naws_secret_access_key = {'0123456789abcdef' * 2}01234567\n",
    f"aws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}A\n",
    '{"accessKeyId": "%s", "requestID": "%s"}' % (KEY, SECRET),
    f"id={KEY}\nsession_token={SECRET}\n",
    f"id={KEY} signature={SECRET}",
    f"{KEY} GET /x {SECRET}",
    f"https://b.s3.amazonaws.com/x?AWSAccessKeyId={KEY}&Signature={SECRET}",
    f"https://b.s3.amazonaws.com/x?X-Amz-Credential={KEY}%2F20260101%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=1",
    f"Authorization: AWS4-HMAC-SHA256 Credential={KEY}/20260101/us-east-1/s3/aws4_request, SignedHeaders=host",
    f"secret = {SECRET}\n{FAR_OFF}id = {KEY}\n",
    f"{KEY}\n{LETTERS}\n",
    f"backup -a {KEY} -k /etc/key --checksum {SECRET}",
    f"backup -a {KEY}\n{FAR_OFF}restore -s {SECRET}\n",
]


@pytest.mark.parametrize("text", WITH_SECRET)
def test_an_id_with_its_secret_is_a_key(text):
    assert {(each.key_id, each.has_secret) for each in findings(text)} == {(KEY, True)}


@pytest.mark.parametrize("text", ID_ALONE)
def test_an_id_without_its_secret_is_not_a_key(text):
    assert {(each.key_id, each.has_secret) for each in findings(text)} == {(KEY, False)}


@pytest.mark.parametrize(
    "text, complete",
    [
        (f"{INI}# before: {OTHER}\n", {KEY}),
        (f"# {OTHER}\n{INI}", {KEY}),
        (f"A_KEY={KEY}\nB_KEY={OTHER}\nA_SECRET={SECRET}\n", {KEY}),
        (f"secret={SECRET}\nid={KEY}\nsecret={SECOND}\nid={OTHER}\n", {KEY, OTHER}),
        (f"A_ID={KEY}\nB_ID={OTHER}\nA_SECRET={SECRET}\nB_SECRET={SECOND}\n", {KEY, OTHER}),
        (f'[{{"id":"{KEY}","secret":"{SECRET}"}},{{"id":"{OTHER}"}}]', {KEY}),
    ],
)
def test_a_secret_belongs_to_one_id(text, complete):
    assert {each.key_id for each in findings(text) if each.has_secret} == complete


def test_each_line_with_the_key_is_found():
    assert [(each.line, each.has_secret) for each in findings(f"{INI}\n# {KEY}")] == [(2, True), (5, True)]


@pytest.mark.parametrize(
    "variables, has_secret",
    [
        (f"AWS_SECRET_ACCESS_KEY={SECRET}\0{'PAD=' + 'x' * 9000}\0AWS_ACCESS_KEY_ID={KEY}\0", True),
        (f"S3_PASSWORD={SECRET}\0{'PAD=' + 'x' * 9000}\0AWS_ACCESS_KEY_ID={KEY}\0", True),
        (f"REQUEST={SECRET}\0AWS_ACCESS_KEY_ID={KEY}\0X={KEY}\0", False),
    ],
)
def test_the_variables_of_a_process_belong_together(variables, has_secret):
    (found,) = findings_in_environment(variables)
    assert found == (None, KEY, has_secret, None)


@pytest.mark.parametrize(
    "own",
    [
        "IOSFODNN7EXAMPLE",
        "X" * 16,
        "XXXXXXXXXXXX7ABC",
        "ABCDEFGHIJKLMNOP",
        "ZYXWVUTSRQPONMLK",
        "QWERTYUIOPASDFGH",
        "AABBCCDDEEFFGGHH",
        "ABCABCABCABCABCA",
        "2345672345672345",
        "YOURACCESSKEYID2",
        "DUMMYKEYFORTESTS",
        "FAKEFAKEFAKEFAKE",
        "THISISNOTREALKEY",
        "TESTKEY234TESTKEY"[:16],
    ],
)
def test_placeholders_are_not_keys(own):
    assert is_placeholder(f"AKIA{own}")
    assert findings(f"aws_access_key_id = AKIA{own}\naws_secret_access_key = {SECRET}\n") == []


def test_random_keys_are_not_placeholders():
    dice = random.Random(7)
    keys = ["AKIA" + "".join(dice.choices(string.ascii_uppercase + "234567", k=16)) for _each in range(20000)]
    secrets = ["".join(dice.choices(string.ascii_letters + string.digits + "+/", k=40)) for _each in range(20000)]
    assert [key for key in keys if is_placeholder(key)] == []
    assert [secret for secret in secrets if not is_secret(secret)] == []


@pytest.mark.parametrize(
    "unit",
    [
        KEY,
        f"{KEY}\n",
        f"{KEY} ",
        f"{SECRET}\n",
        f"{SECRET} ",
        f"{INI}",
        "a-b_c" * 9,
        "A" * 40 + "/",
        "awsaws secret ",
        "[a\n",
        " ",
        f"x_{KEY} {SECRET} ",
        "Credential=AKIA",
        "\\u002B",
        "%2F",
    ],
)
def test_work_grows_no_faster_than_the_text(unit):
    """Counted in executed lines of Python.  A pattern that backtracks would not finish at all."""
    small, large = (_lines_run(unit * (size // len(unit))) for size in (40_000, 160_000))
    assert large < small * 5 + 1000
    assert len(findings(f"{unit}" * 50_000)) <= MAX_FINDINGS + 1


def _lines_run(text):
    count = 0

    def trace(frame, event, argument):
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        findings(text)
    finally:
        sys.settrace(before)
    return count
