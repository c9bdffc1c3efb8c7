# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Redacting a text: the lines with credentials are removed and no others, or there is an error."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.text.access_keys import has_key_id
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.text.redact import (
    NotRedactable,
    has_no_settings,
    without_credentials,
)

KEY = "AKIAQ3EGTZ2ZK7Q4RVWX"
TEMPORARY = "ASIAQ3EGTZ2ZK7Q4RVWX"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCY3aQzT5hV8c"

# Kind and contents; the lines to remove end in a mark.
MARK = "\x07"
TRIMMED = [
    (
        "shared_credentials",
        f"[default]\nregion = eu-central-1\naws_access_key_id = {KEY}{MARK}\n"
        f"aws_secret_access_key={SECRET}{MARK}\naws_session_token = abc=={MARK}\n\n[minio]\naws_access_key_id = minio\n"
        f"aws_secret_access_key = {SECRET}\n",
    ),
    (
        "config",
        f"[profile b]\r\nrole_arn = arn:aws:iam::1:role/b\r\naws_access_key_id = {KEY}{MARK}\r\naws_secret_access_key = {SECRET}{MARK}\r\n",
    ),
    ("environment_file", f'PATH=/bin\nAWS_ACCESS_KEY_ID={KEY}{MARK}\nAWS_SECRET_ACCESS_KEY="{SECRET}"{MARK}\nTZ=UTC'),
    ("environment_file", f"caf\xe9=\xff\x85x\nAWS_ACCESS_KEY_ID={TEMPORARY}{MARK}\nAWS_SECURITY_TOKEN=t{MARK}\n"),
    (
        "profile_script",
        f"umask 22\nexport AWS_ACCESS_KEY_ID='{KEY}' # mine{MARK}\n# old: {KEY}{MARK}\n# keep\n"
        f"export AWS_SECRET_ACCESS_KEY={SECRET};{MARK}\nexport AWS_DEFAULT_REGION=x\n",
    ),
    (
        "profile_script",
        f"AWS_ACCESS_KEY_ID={KEY}; export AWS_ACCESS_KEY_ID{MARK}\nexport EDITOR=vi\n"
        f'export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY{MARK}\nexport EDITOR AWS_SESSION_TOKEN\nexport X="$(date)"\n',
    ),
    (
        "profile_script",
        f"export AWS_ACCESS_KEY_ID={KEY} AWS_SECRET_ACCESS_KEY={SECRET} && export A=1\n".replace(" && export A=1", MARK)
        + 'if [ -z "$AWS_SECRET_ACCESS_KEY" ]; then echo no; fi\nunset AWS_ACCESS_KEY_ID\n',
    ),
    ("profile_script", f"set -gx AWS_ACCESS_KEY_ID {KEY}{MARK}\nset -gx EDITOR vi\n"),
    ("profile_script", f"setenv AWS_SECRET_KEY {SECRET}{MARK}\nsetenv A b\nsetenv AWS_ACCESS_KEY {KEY}{MARK}\n"),
    ("profile_script", f"if true; then\n  export AWS_ACCESS_KEY_ID={KEY}{MARK}\n  export A=1\nfi\n"),
    ("systemd_environment_file", f"AWS_ACCESS_KEY_ID={KEY}{MARK}\nAWS_SECRET_ACCESS_KEY={SECRET}{MARK}\n"),
    ("container_environment", f"SECRET_KEY=django\nACCESS_TOKEN=other\nAWS_ACCESS_KEY_ID={KEY}{MARK}\n"),
    (
        "application_config",
        f"<?php\nreturn [\n    'region' => 'eu-central-1',\n    'aws_access_key_id' => '{KEY}',{MARK}\n"
        f"    'aws_secret_access_key' => \"{SECRET}\", // of ann{MARK}\n    'bucket' => env('B'),\n];\n",
    ),
    (
        "application_config",
        f"<?php\n$disks = array(\n  'driver' => 's3',\n  'key' => '{KEY}',{MARK}\n  'secret' => '{SECRET}'{MARK}\n);\n"
        "$mail = [\n  'key' => 'mine',\n  'secret' => 'other',\n];\n",
    ),
    ("cron", f'MAILTO=root\nAWS_ACCESS_KEY_ID = {KEY}{MARK}\nAWS_SECRET_ACCESS_KEY = "{SECRET}"{MARK}\n@daily a b\n'),
    (
        "compose",
        f'x:\n  web:\n    image: a\n    environment:\n      A: b\n      AWS_ACCESS_KEY_ID: "{KEY}"{MARK}\n'
        f'      "AWS_SECRET_ACCESS_KEY": {SECRET}{MARK}\n',
    ),
    (
        "compose",
        f"x:\n  web:\n    image: a\n    environment:{MARK}\n      AWS_ACCESS_KEY_ID: {KEY}{MARK}\n"
        f"      AWS_SECRET_ACCESS_KEY: ${{SECRET}}{MARK}\n    ports: []\n",
    ),
    (
        "compose",
        f"x:\n  web:\n    image: a\n    environment:{MARK}\n    - AWS_ACCESS_KEY_ID={KEY}{MARK}\n"
        f"    - 'AWS_SECRET_ACCESS_KEY={SECRET}'{MARK}\n    ports: []\n",
    ),
    (
        "boto",
        f"[Credentials]\naws_access_key_id = {KEY}{MARK}\naws_secret_access_key = {SECRET}{MARK}\ngs_access_key_id = GOOG\n[Boto]\ndebug = 0\n",
    ),
    ("s3cfg", f"[default]\naccess_key = {KEY}{MARK}\naccess_token = abc{MARK}\nsecret_key = {SECRET}{MARK}\nuse_https = True\n"),
    (
        "rclone",
        f"[s3]\naccess_key_id = {KEY}{MARK}\nsecret_access_key = {SECRET}{MARK}\nsession_token = t{MARK}\n"
        f"type = s3\n[minio]\naccess_key_id = minio\nsecret_access_key = {SECRET}\n",
    ),
    ("s3fs", f"{KEY}:{SECRET}{MARK}\nminio:minio123\nbucket:{KEY}:{SECRET}{MARK}\n"),
    ("other", f"a=1\nTF_VAR_aws_secret_access_key={SECRET}{MARK}\nRCLONE_CONFIG_S3_ACCESS_KEY_ID={KEY}{MARK}\n"),
]
# Only comments, blank lines and headers remain.
GONE = [
    ("shared_credentials", f"# mine\n[default]\naws_access_key_id={KEY}\n\naws_secret_access_key={SECRET}"),
    ("profile_script", f"#!/bin/sh\nexport AWS_ACCESS_KEY_ID={KEY}\nexport AWS_SECRET_ACCESS_KEY={SECRET}\n"),
    ("systemd_unit", f"[Service]\nEnvironment=AWS_ACCESS_KEY_ID={KEY}\nEnvironment=AWS_SECRET_ACCESS_KEY={SECRET}\n"),
    ("systemd_config", f"[Manager]\nDefaultEnvironment=AWS_ACCESS_KEY_ID={KEY} AWS_SECRET_ACCESS_KEY={SECRET}\n"),
    ("s3fs", f"{KEY}:{SECRET}\n"),
    ("other", f"; {KEY}\n"),
    ("other", ""),
]
NOT_REDACTABLE = [
    ("in_json", 2, f'{{"a": 1,\n"AccessKeyId": "{KEY}", "SecretAccessKey": "{SECRET}"}}\n'),
    ("in_url", 2, f"A=1\nURL=https://{KEY}:{SECRET}@host/\n"),
    ("in_command", 1, f"AWS_ACCESS_KEY_ID={KEY} AWS_SECRET_ACCESS_KEY={SECRET} aws s3 ls\n"),
    ("in_command", 1, f"@daily root s3cmd --access_key={KEY} --secret_key={SECRET}\n"),
    ("in_command", 1, f"export AWS_ACCESS_KEY_ID=$(echo {KEY})\n"),
    ("in_command", 2, f"AWS_ACCESS_KEY_ID={KEY}\nexport AWS_SECRET_ACCESS_KEY=`echo {SECRET}`\n"),
    ("in_command", 1, f'  "AccessKeyId": "{KEY}",\n'),
    ("in_command", 1, f"environment: {{AWS_ACCESS_KEY_ID: {KEY}, AWS_SECRET_ACCESS_KEY: {SECRET}}}\n"),
    ("in_command", 1, f"- AWS_ACCESS_KEY_ID: {KEY}\n  A: b\n"),
    ("unclear", 2, f"A=1\nMY_KEY={KEY}\nMY_SECRET={SECRET}\n"),
    ("unclear", 3, f"AWS_ACCESS_KEY_ID={KEY}\nA=1\nMY_SECRET={SECRET}\n"),
    ("unclear", 1, f"export AWS_ACCESS_KEY_ID={KEY} EDITOR=vi\n"),
    ("unclear", 2, f"AWS_ACCESS_KEY_ID={KEY}\nexport AWS_SESSION_TOKEN=short EDITOR=vi\n"),
    ("unclear", 2, f"export A=b \\\n  AWS_ACCESS_KEY_ID={KEY}\n"),
    ("in_command", 1, f"Environment=AWS_ACCESS_KEY_ID={KEY} \\\n  AWS_SECRET_ACCESS_KEY={SECRET}\n"),
    ("unclear", 3, f"[a]\naws_access_key_id = {KEY}\naws_secret_access_key =\n    {SECRET}\n"),
    ("unclear", 2, f"a:\n  AWS_ACCESS_KEY_ID: {KEY}\nb: c\n"),
    ("unclear", 2, f"if true; then\n  export AWS_ACCESS_KEY_ID={KEY}\nfi\n"),
    ("unclear", 3, f"f() {{\n  # why\n  export AWS_ACCESS_KEY_ID={KEY}\n}}\n"),
    ("unclear", 2, f"AWS_ACCESS_KEY_ID={KEY}\nMINIO_AWS_ACCESS_KEY_ID=minio\n"),
    # SDKs refuse an empty array of credentials.
    ("unclear", 3, f"<?php\nreturn ['credentials' => [\n  'key' => '{KEY}',\n  'secret' => '{SECRET}',\n]];\n"),
    ("unclear", 2, f"<?php\n'key' => '{KEY}',\n'name' => 'x',\n'secret' => '{SECRET}',\n"),
    ("unclear", 3, f"<?php\n'aws_access_key_id' => '{KEY}',\n'secret' => '{SECRET}',\n"),
    ("in_command", 2, f"<?php\n$s3 = ['key' => '{KEY}', 'secret' => '{SECRET}'];\n"),
]


@pytest.mark.parametrize("kind, marked", TRIMMED)
def test_only_credential_lines_are_removed(kind, marked):
    expected = re.sub(rf"[^\n]*{MARK}\r?\n?", "", marked)
    assert without_credentials(marked.replace(MARK, ""), kind) == expected


@pytest.mark.parametrize("kind, text", GONE)
def test_comments_blanks_and_headers_are_not_settings(kind, text):
    assert has_no_settings(without_credentials(text, kind))


@pytest.mark.parametrize("kind, marked", TRIMMED)
def test_other_settings_are_recognized(kind, marked):
    assert has_no_settings(without_credentials(marked.replace(MARK, ""), kind)) == (kind == "systemd_environment_file")


@pytest.mark.parametrize("reason, line, text", NOT_REDACTABLE)
def test_an_error_names_the_line_but_not_the_secret(reason, line, text):
    with pytest.raises(NotRedactable) as error:
        without_credentials(text, "other")
    assert (error.value.reason, str(error.value).split()[1]) == (reason, str(line))
    assert SECRET not in str(error.value) and KEY not in str(error.value)


@pytest.mark.parametrize(
    "before, after",
    [
        (f'Environment="A=b c" "AWS_ACCESS_KEY_ID={KEY}" AWS_SECRET_ACCESS_KEY={SECRET} D=e\n', 'Environment="A=b c" D=e\n'),
        (f"Environment = A='b c'  AWS_ACCESS_KEY_ID='{KEY}'\r\n", "Environment = A='b c'\r\n"),
        (f'Environment=AWS_ACCESS_KEY_ID={KEY} "AWS_SESSION_TOKEN=x y"\n', ""),
        (f"Environment=A=\\x20b AWS_ACCESS_KEY_ID={KEY}", "Environment=A=\\x20b"),
    ],
)
def test_only_the_credentials_of_an_environment_line_are_removed(before, after):
    unit = "[Service]\nExecStart=/bin/app\n"
    assert without_credentials(unit + before, "systemd_unit") == unit + after


def test_an_environment_line_without_keys_is_not_changed():
    text = "Environment=A=b   C=d\nEnvironment=\n"
    assert without_credentials(text, "systemd_unit") == text


def test_long_and_nested_lines_are_fast():
    text = f"{'[' * 99999}\nA={KEY}{' ' * 99999}x\n{'A=$' * 30000}\nEnvironment=a{' ' * 99999}'\n{'aws_' * 30000}\n"
    with pytest.raises(NotRedactable):
        without_credentials(text, "other")


QUOTES = ("{}", "'{}'", '"{}"')
NEWLINES = ("\n", "\r\n")
SYNTAXES = {
    "shared_credentials": ("{} = {}", "{}={}"),
    "environment_file": ("{}={}", "export {}={}", "{}={} # x"),
    "profile_script": ("export {}={}", "{}={};", "set -gx {} {}", "declare -x {}={}"),
    "compose": ("      {}: {}",),
    "cron": ("{} = {}", "{}={}"),
}
OTHERS = {
    "shared_credentials": ("region = x", "# note", "", "[profile b]", "output=json", "caf\xe9 = \xff\x85"),
    "environment_file": ("A=b", "# caf\xe9", "", "SECRET_KEY=other", "LONG='a b'"),
    "profile_script": ("umask 22", "# note", "", "export A=b", 'PATH="$PATH:/x"', "ls | wc"),
    "compose": ("      A: b", "      # note", "      B: 'c'"),
    "cron": ("MAILTO=root", "@daily root /bin/true", "# note", ""),
}


@st.composite
def files(draw):
    """Kind, lines and whether each is part of a key, newline, and whether the last line has one."""
    kind = draw(st.sampled_from(sorted(SYNTAXES)))
    secret = draw(st.text("abcXYZ0123456789+/", min_size=40, max_size=40))
    values = {"aws_access_key_id": KEY, "aws_secret_access_key": "aZ0" + secret[3:], "aws_session_token": "t" * 90}
    count = draw(st.integers(1, 3))
    lines = [(each, False) for each in draw(st.lists(st.sampled_from(OTHERS[kind]), max_size=6))]
    for name, value in list(values.items())[:count]:
        name = name if kind == "shared_credentials" else name.upper()
        line = draw(st.sampled_from(SYNTAXES[kind])).format(name, draw(st.sampled_from(QUOTES)).format(value))
        lines.insert(draw(st.integers(0, len(lines))), (line, True))
    if kind == "compose":
        lines.insert(0, ("x: {}", False))
    return kind, lines, draw(st.sampled_from(NEWLINES)), draw(st.booleans()), values["aws_secret_access_key"]


@given(files())
def test_no_key_remains_and_no_other_line_changes(file):
    kind, lines, newline, ended, secret = file
    text = newline.join(line for line, is_key in lines) + (newline if ended else "")
    try:
        rest = without_credentials(text, kind)
    except NotRedactable as error:
        assert secret not in str(error)
        # A key on a line of its own is only left if a line next to it is deeper, as in YAML.
        assert kind == "compose"
        return
    kept = [line for line, is_key in lines if not is_key]
    assert not has_key_id(rest) and secret not in rest
    assert rest.split(newline)[: len(kept)] == kept or rest == newline.join(kept)


@given(
    st.lists(
        st.sampled_from(
            [line for kind, text in TRIMMED for line in text.replace(MARK, "").split("\n")]
            + [line for reason, number, text in NOT_REDACTABLE for line in text.split("\n")]
        ),
        max_size=12,
    ),
    st.sampled_from(sorted({kind for kind, text in TRIMMED})),
)
def test_no_key_remains_of_any_mixture(lines, kind):
    text = "\n".join(lines)
    try:
        rest = without_credentials(text, kind)
    except NotRedactable:
        return
    assert not has_key_id(rest)
    assert SECRET not in rest or "minio" in rest
    assert set(rest.split("\n")) <= {*lines, ""}


@pytest.mark.parametrize("length, is_fine", [(32768, True), (32769, False)])
@pytest.mark.parametrize("start", [f"AWS_ACCESS_KEY_ID={KEY} # ", "AWS_SESSION_TOKEN=x # "])
def test_the_length_limit_of_a_line(length, is_fine, start):
    text = f"A=1\n{start.ljust(length, 'x')}"
    if is_fine:
        assert without_credentials(text, "environment_file") == "A=1\n"
    else:
        with pytest.raises(NotRedactable, match="^Line 2 has more than 32768 characters") as caught:
            without_credentials(text, "environment_file")
        assert caught.value.reason == "unclear"


def test_a_long_line_without_keys_stays():
    text = f"A={'x ' * 20000}\nAWS_ACCESS_KEY_ID={KEY}\n"
    assert without_credentials(text, "environment_file") == text.partition("\n")[0] + "\n"


@pytest.mark.parametrize("newlines, is_fine", [(100000, True), (100001, False)])
def test_the_number_of_lines_is_limited(newlines, is_fine):
    blank = "\n" * (newlines - 1)
    text = f"\nAWS_ACCESS_KEY_ID={KEY}{blank}"
    if is_fine:
        assert without_credentials(text, "environment_file") == "\n" + blank[1:]
    else:
        with pytest.raises(NotRedactable, match="^Line 2 is in a file of more than 100000 lines") as caught:
            without_credentials(text, "environment_file")
        assert caught.value.reason == "too_large"


@pytest.mark.parametrize(
    "text, rest",
    [
        # A line that opens a block is only removed together with the block's contents.
        (f"x:\n  environment:\n    AWS_ACCESS_KEY_ID: {KEY}\n    A: b\n", "x:\n  environment:\n    A: b\n"),
        (f"x:\n  environment:\n    AWS_ACCESS_KEY_ID: {KEY}\n", None),
        (f"x:\n  y: 1\n  environment:\n    AWS_ACCESS_KEY_ID: {KEY}\n", "x:\n  y: 1\n"),
        (f"x:\n  y: 1\n  environment:\n  - AWS_ACCESS_KEY_ID={KEY}\n  - A=b\n", "x:\n  y: 1\n  environment:\n  - A=b\n"),
        (f"x:\n  y: 1\n  environment: # why\n    AWS_ACCESS_KEY_ID: {KEY}\n  z: 2\n", "x:\n  y: 1\n  z: 2\n"),
        (f"A=1 ||\nAWS_ACCESS_KEY_ID={KEY}\n", None),
        (f"A=1 &&\nAWS_ACCESS_KEY_ID={KEY}\n", None),
        (f"# A=1 \\\nAWS_ACCESS_KEY_ID={KEY}\n", "# A=1 \\\n"),
        (f"AWS_ACCESS_KEY_ID={KEY}\n  deeper\n", None),
        (f"AWS_ACCESS_KEY_ID={KEY}\nsame\n", "same\n"),
        (f"  AWS_ACCESS_KEY_ID={KEY}\nless\n", "less\n"),
    ],
)
def test_the_lines_around_a_key(text, rest):
    if rest is None:
        with pytest.raises(NotRedactable) as caught:
            without_credentials(text, "compose")
        assert caught.value.reason == "unclear"
    else:
        assert without_credentials(text, "compose") == rest
