# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A secret that is written where a path or a name is expected is in no message."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.text.shown import HIDDEN, shown_name, shown_path
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.corpus import KEY, PASSWD, SECRET, plant
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.test_info import find

KEYS = f"aws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n"
ROLE = "[default]\nrole_arn = arn:aws:iam::123456789012:role/x\n"
PASSWORD = "correct-horse"


@pytest.fixture(name="root")
def _root(tmp_path):
    plant(tmp_path, "/etc/passwd", PASSWD)
    tmp_path.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize("value", ["/etc/aws", "$CREDENTIALS/web-1", "${DIR:-/etc}/aws", "%h/.aws/x", "~/a_b.c", "é"])
def test_a_path_is_shown(value):
    assert shown_path(value) == value


@pytest.mark.parametrize("value", ["default", "web 1", "eu/a@b.c", "a", "a" * 64])
def test_a_name_is_shown(value):
    assert shown_name(value) == value


@pytest.mark.parametrize(
    "value",
    [
        "",
        " a",
        "a ",
        "a\nb",
        "a\tb",
        "a=b",
        "a'b",
        'a"b',
        "$(a)",
        "`a`",
        "a;b",
        "a" * 201,
        KEY,
        SECRET,
        f"/{SECRET}",
        f"{SECRET}/x",
        f"x/{SECRET}",
        "a\n",
    ],
)
def test_anything_else_is_hidden(value):
    assert shown_path(value) == shown_name(value) == HIDDEN


@pytest.mark.parametrize(
    "path, text",
    [
        (
            "/etc/cron.d/backup",
            f'@daily root docker run -e "AWS_CONFIG_FILE=" -e AWS_SECRET_ACCESS_KEY={SECRET} -e "AWS_ACCESS_KEY_ID={KEY}" backup\n',
        ),
        ("/etc/cron.d/backup", f'@daily root docker run -e "AWS_CONFIG_FILE=" -e PASSWORD={PASSWORD} -e "AWS_ACCESS_KEY_ID={KEY}" backup\n'),
        ("/etc/systemd/system/b.service", f'[Service]\nEnvironment="AWS_CONFIG_FILE=" AWS_SECRET_ACCESS_KEY={SECRET} "AWS_ACCESS_KEY_ID={KEY}"\n'),
        ("/home/a/.bashrc", f'export AWS_SHARED_CREDENTIALS_FILE="$(mkcreds {KEY} {SECRET})"\n'),
        ("/home/a/.bashrc", f'export AWS_SHARED_CREDENTIALS_FILE="$(open-vault {PASSWORD})"\n'),
    ],
)
def test_what_stands_where_a_credentials_file_is_named_is_not_shown(root, path, text):
    plant(root, path, text)
    found = find(root)
    (row,) = [each for each in found["incomplete"] if each["reason"] == "unknown_path"]
    assert HIDDEN in row["message"]
    assert SECRET not in str(found) and PASSWORD not in str(found)


@pytest.mark.parametrize(
    "text",
    [
        f"{ROLE}source_profile = base\n  aws_secret_access_key = {SECRET}\n",
        f"{ROLE}source_profile = base\n  password = {PASSWORD}\n",
        f"[default]\nsso_account_id = 1\nsso_session = base\n  aws_session_token = {SECRET * 3}\n",
        f"{ROLE}source_profile = {SECRET}\n",
    ],
)
def test_what_a_setting_has_on_further_lines_is_not_shown(root, text):
    plant(root, "/home/a/.aws/config", text)
    plant(root, "/home/a/.profile", f"export AWS_ACCESS_KEY_ID={KEY} AWS_SECRET_ACCESS_KEY={SECRET}\n")
    found = find(root)
    assert HIDDEN in str(found["sdk_credentials"])
    assert SECRET not in str(found) and PASSWORD not in str(found)


def test_a_secret_in_the_title_of_a_section_is_not_shown(root):
    plant(root, "/home/a/.aws/credentials", f"[default]\n{KEYS}[{SECRET}]\n{KEYS}")
    found = find(root)
    assert HIDDEN in [row["name"] for row in found["sdk_credentials"]]
    assert SECRET not in str(found)
