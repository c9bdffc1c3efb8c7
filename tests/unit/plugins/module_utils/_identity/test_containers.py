# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Container engines by their sockets and processes; of the namespaces, only root's."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._identity.containers import container_engines, network_namespaces


def process(root, pid, name, user=0, real_user=None):
    folder = root / "proc" / str(pid)
    folder.mkdir(parents=True)
    users = "\t".join(map(str, (user if real_user is None else real_user, user, user, user)))
    status = f"Name:\t{name}\nUmask:\t0022\nState:\tS (sleeping)\nUid:\t{users}\nGid:\t0\t0\t0\t0\n"
    (folder / "status").write_text(status, encoding="utf-8")


@pytest.mark.parametrize(
    "sockets, running, engines",
    [
        ([], [], []),
        (["run/docker.sock"], [], ["docker"]),
        ([], ["kubelet", "containerd", "sshd"], ["containerd", "kubelet"]),
        (["run/containerd/containerd.sock"], ["containerd", "dockerd"], ["containerd", "docker"]),
        (["run/podman/podman.sock", "run/crio/crio.sock"], [], ["cri-o", "podman"]),
    ],
)
def test_engines(tmp_path, sockets, running, engines):
    process(tmp_path, 1, "systemd")
    for each in sockets:
        (tmp_path / each).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / each).touch()
    for pid, name in enumerate(running, 2):
        process(tmp_path, pid, name)
    assert container_engines(str(tmp_path)) == (engines, True)


@pytest.mark.parametrize("name", ["docker\\nUid:\\t0\\t0", "dockerd", "Uid:\t0\t0\t0\t0"])
def test_processes_of_other_users_do_not_count(tmp_path, name):
    process(tmp_path, 1, "systemd")
    process(tmp_path, 2, name, user=1000)
    assert container_engines(str(tmp_path)) == ([], True)


def test_a_program_with_the_set_user_id_bit_is_not_root_s(tmp_path):
    """Its user chooses its name, with a link."""
    process(tmp_path, 1, "systemd")
    process(tmp_path, 2, "dockerd", real_user=1000)
    assert container_engines(str(tmp_path)) == ([], True)


def test_hidden_processes_are_not_taken_for_none(tmp_path):
    process(tmp_path, 77, "sshd")
    assert container_engines(str(tmp_path)) == ([], False)
    assert container_engines(str(tmp_path / "nothing")) == ([], False)


def sleeper(*command):
    """A process that has started, and ends with its input."""
    program = "print(flush=True); input()"
    process = subprocess.Popen([*command, sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdout.readline()
    return process


def end(process):
    process.communicate(b"\n")


def own_inode():
    return os.stat("/proc/self/ns/net").st_ino


@pytest.mark.needs_root
@pytest.mark.parametrize("command, is_found", [(["unshare", "--net"], True), (["unshare", "--user", "--net"], False)])
def test_namespaces_of_other_users_do_not_count(command, is_found):
    """An ordinary user can only make a network namespace that belongs to a user namespace of their own."""
    try:
        inside = sleeper(*command)
    except OSError:
        pytest.skip("this user can't make namespaces")
    if inside.poll() is not None:
        pytest.skip("this user can't make namespaces")
    made = os.stat(f"/proc/{inside.pid}/ns/net").st_ino
    descriptors = list(network_namespaces())
    found = {os.fstat(each).st_ino for each in descriptors}
    for each in descriptors:
        os.close(each)
    end(inside)
    assert made != own_inode() and own_inode() not in found
    assert (made in found) is is_found
