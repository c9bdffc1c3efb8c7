# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files with all kinds of access keys, and look-alikes."""

from __future__ import annotations

import base64
import hashlib
import random
import uuid
from pathlib import Path

KEY = "AKIAQ3EGTZ2ZK7Q4RVWX"
SECRET = "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"
PAIR = f"{KEY}:{SECRET}"
PASSWD = "root:x:0:0:root:/root:/bin/sh\na:x:1000:1000::/home/a:/bin/sh\nsvc:x:990:990::/var/lib/svc:/bin/false\n"
INI = "[default]\nregion = eu-central-1\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n"
EXPORTS = "# for the backup\nexport AWS_ACCESS_KEY_ID='{key}'\nexport AWS_SECRET_ACCESS_KEY='{secret}'\n"
UNIT = '[Service]\nExecStart=/usr/bin/app\nEnvironment="A=b c" "AWS_ACCESS_KEY_ID={key}" AWS_SECRET_ACCESS_KEY={secret}\n'
PLAIN = "TZ=UTC\nAWS_ACCESS_KEY_ID={key}\nAWS_SECRET_ACCESS_KEY={secret}\n"
CRON = "AWS_ACCESS_KEY_ID={key}\n@daily root AWS_ACCESS_KEY_ID={key} AWS_SECRET_ACCESS_KEY={secret} backup\n"
MAP = 'services:\n  web:\n    environment:\n      AWS_ACCESS_KEY_ID: "{key}"\n      AWS_SECRET_ACCESS_KEY: {secret}\n'
LIST = "services:\n  web:\n    environment:\n      - AWS_ACCESS_KEY_ID={key}\n      - AWS_SECRET_ACCESS_KEY={secret}\n"
S3CFG = "[default]\naccess_key = {key}\nsecret_key = {secret}\n"
RCLONE = "[s3]\ntype = s3\naccess_key_id = {key}\nsecret_access_key = {secret}\n"

# Path, kind, line numbers of the key, contents
CORPUS = [
    ("/home/a/.aws/credentials", "shared_credentials", [3], INI),
    ("/home/unlisted/.aws/credentials", "shared_credentials", [3], INI.replace("\n", "\r\n")),
    ("/var/lib/svc/.aws/credentials", "shared_credentials", [1], "aws_access_key_id={key}\naws_secret_access_key={secret}"),
    ("/root/.aws/config", "config", [3], INI.replace("default", "profile b")),
    ("/etc/environment", "environment_file", [2], PLAIN),
    ("/etc/environment.d/50-aws.conf", "environment_file", [2], PLAIN),
    ("/home/a/.config/environment.d/aws.conf", "environment_file", [2], PLAIN),
    ("/etc/profile", "profile_script", [2], EXPORTS),
    ("/etc/profile.d/aws.sh", "profile_script", [1], "export AWS_ACCESS_KEY_ID={key} AWS_SECRET_ACCESS_KEY={secret}\n"),
    ("/etc/bashrc", "profile_script", [1, 2], "A={key}; export A\n: ${{AWS_ACCESS_KEY_ID:-{key}}} ${{AWS_SECRET_KEY:-{secret}}}\n"),
    ("/root/.bashrc", "profile_script", [2], '# caf\xe9\nexport AWS_ACCESS_KEY_ID="{key}" # mine\nexport AWS_SECRET_ACCESS_KEY={secret}\n'),
    ("/home/a/.zshenv", "profile_script", [2], EXPORTS),
    ("/home/a/.config/fish/config.fish", "profile_script", [1], "set -gx AWS_ACCESS_KEY_ID {key}\nset -gx AWS_SECRET_ACCESS_KEY {secret}\n"),
    ("/etc/systemd/system/app.service", "systemd_unit", [3], UNIT),
    ("/etc/systemd/system/b.service.d/aws.conf", "systemd_unit", [3], UNIT + "EnvironmentFile=-/etc/app/aws\n"),
    ("/usr/lib/systemd/system/c.service", "systemd_unit", [3], UNIT + 'EnvironmentFile="/opt/c/%i-secrets"\n'),
    ("/run/systemd/system/d.service", "systemd_unit", [3], UNIT),
    ("/home/a/.config/systemd/user/e.service", "systemd_unit", [3], UNIT),
    ("/etc/app/aws", "systemd_environment_file", [2], PLAIN),
    ("/opt/c/web-secrets", "systemd_environment_file", [2], PLAIN),
    ("/etc/default/app", "systemd_environment_file", [2], PLAIN),
    ("/etc/sysconfig/app", "systemd_environment_file", [2], PLAIN),
    ("/etc/crontab", "cron", [1, 2], CRON),
    ("/etc/cron.d/backup", "cron", [1, 2], CRON),
    ("/etc/cron.daily/backup", "cron", [1, 1], "s3cmd --access_key={key} sync . s3://{key}:{secret}@b\n"),
    ("/var/spool/cron/crontabs/a", "cron", [1, 2], CRON),
    ("/opt/app/.env", "container_environment", [2], PLAIN),
    ("/srv/www/shop/prod.env", "container_environment", [2], PLAIN),
    ("/home/a/project/.env.local", "container_environment", [2], PLAIN),
    ("/opt/app/docker-compose.yml", "compose", [4], MAP),
    ("/srv/www/compose.prod.yaml", "compose", [4], LIST),
    ("/home/a/.boto", "boto", [2], "[Credentials]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n"),
    ("/etc/boto.cfg", "boto", [3], INI),
    ("/home/a/.s3cfg", "s3cfg", [2], S3CFG),
    ("/etc/s3cfg", "s3cfg", [2], S3CFG),
    ("/home/a/.config/rclone/rclone.conf", "rclone", [3], RCLONE),
    ("/root/.rclone.conf", "rclone", [3], RCLONE),
    ("/etc/passwd-s3fs", "s3fs", [1, 2], "{key}:{secret}\nbucket:{key}:{secret}\n"),
    ("/home/a/.passwd-s3fs", "s3fs", [1], "{key}:{secret}\n"),
    ("/data/settings.json", "other", [1, 2], '{{"AccessKeyId": "{key}",\n"url": "https://{key}:{secret}@host/"}}\n'),
]
CORPUS_PATHS = ["/data"]


def numbered_key(number, prefix="AKIA"):
    """A different access key id for each number."""
    return prefix + base64.b32encode(hashlib.sha256(str(number).encode()).digest()).decode()[:16]


def look_alikes():
    """Lines without an access key that look like one."""
    key, dice = numbered_key("look-alike"), random.Random(4)
    blob = base64.b64encode(dice.randbytes(6000)).decode()
    yield from (hashlib.sha256(str(number).encode()).hexdigest().upper() for number in range(50))
    yield from (hashlib.sha1(str(number).encode()).hexdigest().upper() for number in range(50))
    yield from (str(uuid.UUID(int=dice.getrandbits(128))).upper() for number in range(50))
    yield from (blob, blob[:100] + key + blob[100:], f"{blob[:75]}/{key}/{blob[:9]}==", f"x+{key}+x", f"ab_{key}")
    yield from (base64.b32encode(dice.randbytes(500)).decode(), f"{key}A", f"A{key}", f"{key}_OLD", f"OLD-{key}")
    yield from ("AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE", "AKIAABCDEFGHIEXAMPLE", "AKIA" + "X" * 16)
    yield from ("ASIA" + "2" * 16, key.lower(), key[:-1], key.replace("AKIA", "AIDA"), key.replace("AKIA", "AROA"))
    yield from (f"arn:aws:iam::123456789012:user/{key}", f"Credential={key}/20260101/eu-central-1/s3/aws4_request")
    yield from (f"X-Amz-Credential={key}%2F20260101", f"files.{key}.example.com", "AKIA0189" + "A" * 12)


def plant(root, path, text, mode=0o600):
    file = Path(f"{root}{path}")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode("latin-1"))
    file.chmod(mode)
    return file
