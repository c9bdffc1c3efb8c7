# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files with and without access keys, to measure what tools find.

The keys are not real. They are generated from numbers when needed, and never written down.
"""

from __future__ import annotations

import base64
import hashlib
from itertools import count
from pathlib import Path
from typing import Iterator, NamedTuple, Union

from . import agents, applications, encoded, homes, ids_alone, look_alikes, system

PASSWD = (
    "root:x:0:0:root:/root:/bin/bash\nann:x:1000:1000::/home/ann:/bin/bash\nben:x:1001:1001::/home/ben:/bin/zsh\n"
    "www-data:x:33:33::/var/www:/usr/sbin/nologin\njenkins:x:112:118::/var/lib/jenkins:/bin/sh\n"
)
WITH_KEYS = (*homes.FILES, *system.FILES, *agents.FILES, *applications.FILES, *encoded.FILES)
WITHOUT_KEYS = (*ids_alone.FILES, *look_alikes.FILES)

_NUMBERS_IN_TEMPLATES = range(1, 5)


class Sample(NamedTuple):
    """A file. ``keys`` are the ids of its keys, and ``secrets`` are their secrets."""

    path: str
    kind: str
    data: bytes
    keys: tuple[str, ...]
    secrets: tuple[str, ...]


def samples(templates: tuple, first: int = 0) -> Iterator[Sample]:
    """Returns the files of a table, each with its own keys, numbered from a start."""
    numbers = count(first)
    for path, kind, template in templates:
        yield _sample(path, kind, template, [next(numbers) for _each in _NUMBERS_IN_TEMPLATES])


def with_keys() -> list[Sample]:
    return list(samples(WITH_KEYS))


def without_keys() -> list[Sample]:
    return list(samples(WITHOUT_KEYS, 100_000))


def plant(root: Path, planted: list[Sample]) -> None:
    """Writes the files into a folder, with a host's users."""
    for path, data in [("/etc/passwd", PASSWD.encode()), *((each.path, each.data) for each in planted)]:
        file = Path(f"{root}{path}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)


def key_id(number: int, prefix: str = "AKIA") -> str:
    """Returns an access key id in AWS's form, a different one for each number."""
    return prefix + base64.b32encode(hashlib.sha256(b"id %d" % number).digest()).decode()[:16]


def secret(number: int) -> str:
    return base64.b64encode(hashlib.sha512(b"secret %d" % number).digest()).decode()[:40]


def _sample(path: str, kind: str, template: Union[str, tuple], numbers: list[int]) -> Sample:
    """Fills a template: @ID@, @ASIA@ and @SECRET@ become those of the first key, @ID2@ that of the second, and so on."""
    text, encode = template if isinstance(template, tuple) else (template, str.encode)
    keys, secrets = [], []
    for place, number in zip(("", "2", "3", "4"), numbers):
        for name, prefix in (("ID", "AKIA"), ("ASIA", "ASIA")):
            if f"@{name}{place}@" in text:
                keys.append(key_id(number, prefix))
        secrets += [secret(number)] if f"@SECRET{place}@" in text else []
        text = text.replace(f"@ID{place}@", key_id(number)).replace(f"@ASIA{place}@", key_id(number, "ASIA"))
        text = text.replace(f"@SECRET{place}@", secret(number))
    return Sample(path, kind, encode(text), tuple(keys), tuple(secrets))
