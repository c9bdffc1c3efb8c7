# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files with text that only looks like an access key: path, what it is, and template."""

from __future__ import annotations

import base64
import hashlib
import random
import uuid

_DICE = random.Random(11)
_BLOB = base64.b64encode(bytes(_DICE.getrandbits(8) for _each in range(3000))).decode()
_LINES = "\n".join(_BLOB[at : at + 76] for at in range(0, len(_BLOB), 76))
_FORTY = "Zk3vQ8pLw2YxN7RbT5mJc9HdF1sGa6UeKi0oVt4B"
_EXAMPLE = "AKIA" + "IOSFODNN7EXAMPLE"
_ITS_SECRET = "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY"


def _pair(own: str, secret: str) -> str:
    return f"[default]\naws_access_key_id = AKIA{own}\naws_secret_access_key = {secret}\n"


_PLACEHOLDERS = (
    "X" * 16,
    "YOURACCESSKEYID2",
    "ABCDEFGHIJKLMNOP",
    "QWERTYUIOPASDFGH",
    "FAKEFAKEFAKEFAKE",
    "DUMMYKEYFORTESTS",
    "EXAMPLEEXAMPLE22",
    "AABBCCDDEEFFGGHH",
    "ABCABCABCABCABCA",
    "2345672345672345",
    "INSERTKEYHERE222",
    "REPLACEMEPLEASE2",
    "ZYXWVUTSRQPONMLK",
    "THISISNOTREALKEY",
    "TESTTESTTESTTEST",
    "XXXXXXXXXXXXABCD",
    "LOCALSTACKLOCAL2",
    "MYSECRETACCESS22",
)
_OTHERS = (
    ("/opt/docs/README.md", f"export AWS_ACCESS_KEY_ID={_EXAMPLE}\nexport AWS_SECRET_ACCESS_KEY={_ITS_SECRET}\n"),
    ("/opt/docs/guide.html", f"<code>{_EXAMPLE}</code>:<code>{_ITS_SECRET}</code>\n"),
    ("/home/ann/.aws/credentials.bak", f"[default]\naws_access_key_id={_EXAMPLE}\naws_secret_access_key={_ITS_SECRET}\n"),
    ("/opt/docs/variables.md", "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are read from the environment.\n"),
    ("/opt/blob/short.txt", _BLOB[:400]),
    ("/opt/blob/lines.txt", _LINES),
    ("/opt/blob/with-id.txt", _BLOB[:500] + "@ID@" + _BLOB[500:900]),
    ("/opt/blob/cert.pem", f"-----BEGIN CERTIFICATE-----\n{_LINES}\n-----END CERTIFICATE-----\n"),
    ("/opt/blob/id_rsa.pub", f"ssh-rsa AAAAB3NzaC1yc2E{_BLOB[:300]} ann@host\n"),
    ("/opt/blob/image.svg", f'<image href="data:image/png;base64,{_BLOB}"/>'),
    ("/opt/blob/sri.html", f'<script integrity="sha384-{_BLOB[:64]}"></script>\n'),
    ("/opt/blob/lock.json", "".join(f'"integrity": "sha512-{_BLOB[at : at + 86]}=="\n' for at in range(0, 900, 9))),
    ("/opt/hash/sha1.txt", "".join(hashlib.sha1(b"%d" % each).hexdigest() + f"  file{each}\n" for each in range(80))),
    ("/opt/hash/SHA256.txt", "".join(hashlib.sha256(b"%d" % each).hexdigest().upper() + "\n" for each in range(80))),
    ("/opt/hash/md5.txt", "".join(hashlib.md5(b"%d" % each).hexdigest() + "\n" for each in range(80))),
    ("/opt/hash/uuid.txt", "".join(f"{uuid.UUID(int=_DICE.getrandbits(128))}\n".upper() for each in range(80))),
    ("/opt/hash/base32.txt", base64.b32encode(_BLOB[:900].encode()).decode()),
    ("/opt/hash/totp.txt", "otpauth://totp/x?secret=" + base64.b32encode(_BLOB[:20].encode()).decode() + "\n"),
    ("/opt/ids/roles.json", '{"RoleId": "AROA' + "Q3EGTZ2ZK7Q4RVWX" + '", "secret": "' + _FORTY + '"}'),
    ("/opt/ids/users.json", '{"UserId": "AIDA' + "Q3EGTZ2ZK7Q4RVWX" + '", "secret": "' + _FORTY + '"}'),
    ("/opt/ids/profile.txt", "AIPA" + "Q3EGTZ2ZK7Q4RVWX" + " ANPA" + "Q3EGTZ2ZK7Q4RVWX" + " " + _FORTY + "\n"),
    ("/opt/ids/lower.txt", "akia" + "q3egtz2zk7q4rvwx" + ":" + _FORTY + "\n"),
    ("/opt/ids/short.txt", "AKIA" + "Q3EGTZ2ZK7Q4RVW" + ":" + _FORTY + "\n"),
    ("/opt/ids/long.txt", "AKIA" + "Q3EGTZ2ZK7Q4RVWXYZ" + ":" + _FORTY + "\n"),
    ("/opt/ids/digits.txt", "AKIA" + "0189Q3EGTZ2ZK7Q4" + ":" + _FORTY + "\n"),
    ("/opt/ids/words.txt", "ASIANPACIFICTRADEZONE AKIAHABARAELECTRICTOWN " + _FORTY + "\n"),
    ("/opt/others/github.env", f"GITHUB_CLIENT_ID=Iv1.8a61f9b3a7aba766\nGITHUB_CLIENT_SECRET={'5d672d79' * 5}\n"),
    ("/opt/others/gcp.json", '{"type": "service_account", "private_key_id": "' + "9b8f7e6d" * 5 + '", "client_id": "1"}'),
    ("/opt/others/azure.env", f"AZURE_STORAGE_KEY={_BLOB[:86]}==\n"),
    ("/opt/others/minio.env", f"MINIO_ACCESS_KEY=minio\nMINIO_SECRET_KEY={_FORTY}\nAWS_ACCESS_KEY_ID=minio\n"),
    ("/opt/others/jwt.env", f"JWT_SECRET={_FORTY}\nSESSION_SECRET={_FORTY[::-1]}\n"),
    ("/opt/others/wrong.env", "AWS_ACCESS_KEY_ID=changeme\nAWS_SECRET_ACCESS_KEY=changeme\n"),
    ("/home/ben/.s3cfg", f"[default]\naccess_key = garage\nsecret_key = {_FORTY}\n"),
    ("/root/.config/rclone/rclone.conf", f"[b2]\ntype = b2\naccount = 0012\nkey = {_FORTY}\n"),
    ("/etc/crontab.dpkg-old", "17 * * * * root cd / && run-parts --report /etc/cron.hourly\n"),
    ("/etc/environment.d/10-role.conf", "AWS_ROLE_ARN=arn:aws:iam::123456789012:role/web\nAWS_REGION=eu-west-1\n"),
    ("/etc/profile.d/unset.sh", "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY\n"),
    ("/etc/systemd/system/role.service", "[Service]\nEnvironment=AWS_PROFILE=web AWS_REGION=eu-west-1\n"),
    ("/etc/ecs/ecs.config", "ECS_CLUSTER=main\nECS_ENGINE_AUTH_TYPE=docker\n"),
    ("/etc/td-agent/td-agent.conf", "<match s3.**>\n  aws_key_id \"#{ENV['AWS_ACCESS_KEY_ID']}\"\n</match>\n"),
    ("/opt/k8s/role-secret.yml", "kind: Secret\ndata:\n  token: " + base64.b64encode(_FORTY.encode()).decode() + "\n"),
    ("/var/lib/cloud/instance-data/user-data.txt", "#!/bin/sh\naws s3 cp s3://b/install . # by the role\n"),
)
FILES = (
    *((f"/opt/placeholders/{number}.ini", "placeholder", _pair(own, _FORTY)) for number, own in enumerate(_PLACEHOLDERS)),
    *((path, "look_alike", text) for path, text in _OTHERS),
)
