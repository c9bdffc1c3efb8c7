# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts with access keys: folders with an emulated metadata service each."""

from __future__ import annotations

from pathlib import Path

PLAYBOOK = "keyless.ec2.migrate_keys"
LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}


class Host:
    """A folder that stands for an instance's file system, with keys in several of its files."""

    def __init__(self, aws, root: Path, name: str, keys: list[dict]) -> None:
        self.aws, self.root, self.name = aws, root, name
        (self.instance_id,) = aws.run_instances()
        own, *others = keys
        self.write("etc/passwd", "app:x:1000:1000::/home/app:/bin/sh\n", 0o644)
        self.write("home/app/.aws/credentials", ini(own), 0o600)
        for number, key in enumerate(others):
            self.write(f"etc/profile.d/keys{number}.sh", f"umask 022\n{exports(key)}", 0o644)

    def write(self, path: str, text: str, mode: int) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)

    @property
    def variables(self) -> dict:
        return {
            "instance_id": self.instance_id,
            "migrate_keys_root": str(self.root),
            "migrate_keys_endpoint": f"{self.aws.endpoint}/imds/{self.instance_id}",
        }

    def snapshot(self) -> dict:
        """The host's files with their attributes, and the profile of its instance."""
        files = sorted(path for path in self.root.rglob("*") if path.is_file())
        facts = {str(path.relative_to(self.root)): (path.read_bytes(), *stats(path)) for path in files}
        return {"files": facts, "profile": self.aws.profile_of(self.instance_id)}

    def names(self) -> set[str]:
        return {str(path.relative_to(self.root)) for path in self.root.rglob("*") if path.is_file()} - {"etc/passwd"}


def stats(path: Path) -> tuple:
    found = path.stat()
    return found.st_mode, found.st_uid, found.st_gid, found.st_mtime_ns, found.st_ino


def ini(key: dict) -> str:
    return f"[default]\naws_access_key_id = {key['AccessKeyId']}\naws_secret_access_key = {key['SecretAccessKey']}\n"


def exports(key: dict) -> str:
    return f"export AWS_ACCESS_KEY_ID={key['AccessKeyId']}\nexport AWS_SECRET_ACCESS_KEY={key['SecretAccessKey']}\n"


def ids(*keys: dict) -> list[str]:
    return [key["AccessKeyId"] for key in keys]
