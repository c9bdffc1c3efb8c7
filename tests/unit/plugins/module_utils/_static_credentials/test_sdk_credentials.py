# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the SDKs find for users, profiles and units before their keys are set aside and afterwards."""

from __future__ import annotations

import os
import threading

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials import sdk_credentials
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.job import AsideJob
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.corpus import KEY, PASSWD, SECRET, plant
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._static_credentials.test_info import find

KEYS = f"aws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n"
EXPORTS = f"export AWS_ACCESS_KEY_ID={KEY}\nexport AWS_SECRET_ACCESS_KEY={SECRET}\n"
UNIT = f"[Service]\nUser=a\nEnvironment=AWS_ACCESS_KEY_ID={KEY} AWS_SECRET_ACCESS_KEY={SECRET}\n"
ROLE = "role_arn = arn:aws:iam::123456789012:role/deploy\n"
CREDENTIALS, CONFIG = "/home/a/.aws/credentials", "/home/a/.aws/config"


@pytest.fixture(name="root")
def _root(tmp_path):
    plant(tmp_path, "/etc/passwd", PASSWD)
    tmp_path.chmod(0o755)
    return tmp_path


def rows(root):
    return {(row["type"], row["name"]): (row["now"], row["uses_role"], row["fix"]) for row in find(root)["sdk_credentials"]}


def planned(root):
    return {(row["type"], row["name"]): (row["without_keys"], row["uses_role"], row["fix"]) for row in find(root)["sdk_credentials"]}


def move(root):
    """Sets the files with keys aside, and returns the rows of a search afterwards, which are those that were planned."""
    expected = planned(root)
    paths = list(dict.fromkeys(row["path"] for row in find(root)["credentials"]))
    job = AsideJob({"paths": paths, "exclude": [], "root": str(root), "suffix": ".keyless-aside", "state": "aside", "timeout": 60})
    job.apply(job.plan(job.read(True)), lambda _row: None)
    assert rows(root) == expected == planned(root)
    return expected


def test_profiles_and_those_that_take_their_keys_from_them(root):
    plant(root, CREDENTIALS, f"[default]\n{KEYS}[prod]\n{KEYS}[other]\nregion = a\n")
    plant(root, CONFIG, f"[profile deploy]\n{ROLE}source_profile = default\n[profile new]\n{ROLE}credential_source = Ec2InstanceMetadata\n")
    assert {key: row[0] for key, row in rows(root).items()} == {
        ("user", "/home/a"): "shared_credentials",
        ("profile", "prod"): "shared_credentials",
        ("profile", "deploy"): "assume_role",
    }
    assert move(root) == {
        ("user", "/home/a"): ("instance_role", True, ""),
        ("profile", "prod"): ("instance_role", True, ""),
        ("profile", "deploy"): ("error", False, "In profile deploy, replace source_profile with credential_source = Ec2InstanceMetadata."),
    }
    assert (root / CREDENTIALS[1:]).read_text() == "[default]\n[prod]\n[other]\nregion = a\n"


@pytest.mark.parametrize(
    "files, source",
    [
        ({"/home/a/.profile": "export AWS_EC2_METADATA_DISABLED=true\n"}, "nothing"),
        ({"/etc/environment": "AWS_EC2_METADATA_DISABLED=true\n"}, "nothing"),
        ({"/home/a/.bashrc": "export AWS_PROFILE=prod\n", CREDENTIALS: f"[prod]\n{KEYS}"}, "instance_role"),
        ({CONFIG: "[default]\ncredential_process = /bin/keys\n"}, "credential_process"),
        ({"/home/a/.profile": "export AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1/x\n"}, "container"),
        ({"/home/a/.profile": "export AWS_WEB_IDENTITY_TOKEN_FILE=/t\nexport AWS_ROLE_ARN=arn:aws:iam::1:role/a\n"}, "web_identity"),
        ({"/home/a/.profile": "export AWS_CONFIG_FILE=~/own\n", "/home/a/own": "[default]\ncredential_process = /bin/keys\n"}, "credential_process"),
        ({}, "instance_role"),
    ],
)
def test_what_keeps_a_user_from_the_role(root, files, source):
    for path, text in {CREDENTIALS: f"[default]\n{KEYS}", "/home/a/.zshenv": EXPORTS, **files}.items():
        plant(root, path, text)
    found, role, fix = move(root)["user", "/home/a"]
    assert (found, role, bool(fix)) == (source, source == "instance_role", source != "instance_role")


@pytest.mark.parametrize(
    "files, source",
    [
        ({}, "instance_role"),
        ({CONFIG: "[default]\ncredential_process = /bin/keys\n"}, "credential_process"),
        ({"/etc/systemd/system/app.service.d/x.conf": "[Service]\nEnvironment=AWS_EC2_METADATA_DISABLED=true\n"}, "nothing"),
        ({"/etc/systemd/system/app.service.d/x.conf": "[Service]\nEnvironmentFile=/etc/app.env\n", "/etc/app.env": "AWS_PROFILE=gone\n"}, "error"),
    ],
)
def test_units(root, files, source):
    for path, text in {"/etc/systemd/system/app.service": UNIT, **files}.items():
        plant(root, path, text)
    (root / "home/a").mkdir(parents=True, exist_ok=True)
    assert rows(root)["unit", "app.service"][0] == ("error" if source == "error" else "environment")
    assert move(root)["unit", "app.service"][:2] == (source, source == "instance_role")


def test_a_key_for_everybody_is_shown_for_each_home(root):
    plant(root, "/etc/profile.d/aws.sh", EXPORTS)
    for home in ("a", "b"):
        plant(root, f"/home/{home}/x", "")
    assert {key: row[0] for key, row in rows(root).items()} == {("user", "/home/a"): "environment", ("user", "/home/b"): "environment"}
    assert {row[0] for row in move(root).values()} == {"instance_role"}


@pytest.mark.parametrize("what", ["large", "loop", "folder"])
def test_what_cannot_be_read_is_unknown(root, what):
    plant(root, CREDENTIALS, f"[default]\n{KEYS}")
    if what == "large":
        plant(root, CONFIG, "#" * 300000)
    elif what == "loop":
        (root / CONFIG[1:]).symlink_to("config")
    else:
        (root / CONFIG[1:]).mkdir()
    (row,) = find(root)["sdk_credentials"]
    assert (row["now"], row["without_keys"]) == (("shared_credentials", "instance_role") if what == "folder" else ("unknown", "unknown"))
    assert (row["uses_role"], bool(row["message"])) == (what == "folder", what != "folder")


def test_a_template_of_units_has_the_environment_files_of_all_instances(root):
    plant(root, "/etc/systemd/system/app@.service", "[Service]\nEnvironmentFile=/opt/app/%i-keys\n")
    plant(root, "/opt/app/web-keys", EXPORTS.replace("export ", ""))
    assert rows(root)["unit", "app@.service"][0] == "environment"
    assert move(root)["unit", "app@.service"][0] == "instance_role"


def test_a_unit_that_cannot_be_read_is_unknown_and_affects_no_other(root):
    for name in ("a", "b"):
        plant(root, f"/etc/systemd/system/{name}.service", UNIT + ("EnvironmentFile=/etc/env\n" if name == "a" else ""))
    (root / "etc/env").symlink_to("env")
    assert {key: row[0] for key, row in rows(root).items()} == {("unit", "a.service"): "unknown", ("unit", "b.service"): "environment"}


def test_the_time_is_limited_within_a_file(root, monkeypatch):
    """Here, parsing a file never ends."""
    plant(root, "/home/a/.profile", EXPORTS)
    released = threading.Event()
    monkeypatch.setattr(sdk_credentials, "consumers_of_home", lambda *_: iter([released.wait(60)]))
    try:
        (row,) = find(root, timeout=1)["sdk_credentials"]
    finally:
        released.set()
    assert (row["now"], "timeout" in row["message"]) == ("unknown", True)


def test_a_host_without_keys_has_no_rows(root):
    plant(root, "/home/a/.profile", "export AWS_EC2_METADATA_DISABLED=true\n")
    assert find(root)["sdk_credentials"] == []


def test_no_secret_is_returned(root):
    plant(root, CREDENTIALS, f"[default]\n{KEYS}{SECRET}\n")
    plant(root, CONFIG, f"{SECRET}\n")
    assert SECRET not in str(find(root))


def test_a_file_of_boto_that_is_not_valid_has_no_keys(root):
    plant(root, CREDENTIALS, f"[default]\n{KEYS}")
    expected = rows(root)
    plant(root, "/home/a/.boto", "aws_access_key_id = a\n[Credentials\n")
    assert rows(root) == expected and {row[0] for row in expected.values()} == {"shared_credentials"}


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root can give a file to another user")
@pytest.mark.parametrize(
    "named, mode, is_read",
    [
        ("/root/.gitconfig", 0o644, False),
        ("/home/a/../../root/.gitconfig", 0o600, False),
        ("/etc/aws", 0o640, False),
        ("/etc/aws", 0o644, True),
        ("/data/b", 0o600, False),
    ],
)
def test_a_user_can_not_have_the_sections_of_a_file_read_that_they_can_not_read(root, named, mode, is_read):
    """They would be in the results, which more people see, and a section of Git's configuration can have a token in its title."""
    plant(root, named, "[https://robot:token@github.com/]\ninsteadOf = https://github.com/\n")
    (root / named[1:]).chmod(mode)
    (root / "root").mkdir(exist_ok=True)
    (root / "root").chmod(0o700)
    plant(root, "/home/a/.profile", f"export AWS_SHARED_CREDENTIALS_FILE={named}\n")
    plant(root, "/home/a/.boto", f"[Credentials]\n{KEYS}")
    plant(root, "/root/.boto", f"[Credentials]\n{KEYS}")
    found = find(root)["sdk_credentials"]
    assert ("robot" in str(found)) is is_read
    assert {row["before"] for row in found if row["home"] == "/home/a"} == {"boto" if is_read else "unknown"}


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root can give a file to another user")
def test_a_home_inside_a_home_belongs_to_its_own_user(root):
    plant(root, "/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nouter:x:1000:1000::/srv/o:/bin/sh\ninner:x:1001:1001::/srv/o/i:/bin/sh\n")
    config = plant(root, "/srv/o/i/.aws/config", f"[default]\n{ROLE}source_profile = of-inner\n", 0o600)
    for path, user in ((config, 1001), (root / "srv/o/i", 1001), (root / "srv/o", 1000)):
        os.chown(path, user, user)
    plant(root, "/srv/o/.profile", f"{EXPORTS}export AWS_CONFIG_FILE=/srv/o/i/.aws/config\n")
    (row,) = find(root)["sdk_credentials"]
    assert (row["home"], row["before"]) == ("/srv/o", "unknown") and "of-inner" not in str(row)


@pytest.mark.needs_root
@pytest.mark.parametrize("user, folder", [("User=u1001\n", "/opt/app"), ("", "/srv/app")])
def test_a_unit_that_reads_the_files_of_a_user_takes_their_time(tmp_path, monkeypatch, user, folder):
    """Here, reading those never ends."""
    plant(tmp_path, "/etc/passwd", PASSWD + "u1001:x:1001:1001::/home/u1001:/bin/sh\n")
    for each in ("/home/u1001/x", "/srv/app/x"):
        os.chown(plant(tmp_path, each, "").parent, 1001, 1001)
    plant(tmp_path, "/etc/systemd/system/a.service", f"[Service]\n{user}EnvironmentFile={folder}/*.env\n" + UNIT.replace("User=a\n", ""))
    plant(tmp_path, "/etc/systemd/system/z.service", UNIT)
    released = threading.Event()
    matching = sdk_credentials.SdkCredentials._matching
    blocking = f"{folder}/*.env"
    monkeypatch.setattr(
        sdk_credentials.SdkCredentials, "_matching", lambda self, path: released.wait(60) if path == blocking else matching(self, path)
    )
    try:
        found = find(tmp_path, timeout=4)["sdk_credentials"]
    finally:
        released.set()
    assert {row["name"]: row["now"] for row in found if row["type"] == "unit"} == {"a.service": "unknown", "z.service": "environment"}
