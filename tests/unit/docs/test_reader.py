# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reader of the documentation: what it leaves to the reader of another page, and which playbooks share a run."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.keyless.ec2.tests.integration.support import elsewhere, reader
from ansible_collections.keyless.ec2.tests.integration.support.pages import Block
from ansible_collections.keyless.ec2.tests.integration.support.together import Playbooks, playbooks_of

ONE, TWO = "ansible-playbook one.yml", "ansible-playbook keyless.ec2.two -e two_name=web"
PAGES = {
    "first": [Block("first", 1, "shell", f"{ONE}\n{TWO}\n")],
    "second": [Block("second", 5, "shell", "ansible-playbook keyless.ec2.two \\\n  -e two_name=web\n")],
}


@pytest.fixture(name="ran")
def _ran(monkeypatch, tmp_path):
    """A reader that only records the commands, and the list of them."""
    for module in (elsewhere, reader):
        monkeypatch.setattr(module, "blocks_of", PAGES.__getitem__)
    monkeypatch.setitem(elsewhere.ELSEWHERE, "first", {"ansible-playbook keyless.ec2.two": elsewhere.OnPage("second")})
    controller = SimpleNamespace(folder=tmp_path, aws=SimpleNamespace(endpoint=""), environment=lambda *_key: {"AWS_EC2_METADATA_DISABLED": "true"})
    me, commands = reader.Reader(controller), []
    monkeypatch.setattr(me, "run", lambda text, *_where, **_options: (me.finish(), commands.append(text)))
    return me, commands


def test_a_command_that_is_run_elsewhere_is_skipped(ran):
    me, commands = ran
    me.follow("first")
    assert commands == [ONE]


def test_it_is_run_on_the_other_page(ran):
    me, commands = ran
    me.follow("second")
    assert commands == [TWO]


@pytest.mark.parametrize("instead", [lambda block: None, lambda block: "ansible-playbook other.yml"])
def test_a_page_that_no_longer_runs_the_command_fails(ran, instead):
    me, _commands = ran
    with pytest.raises(AssertionError, match="Other pages leave this to the reader of second, who does not run it: .*keyless.ec2.two"):
        me.follow("second", {"ansible-playbook": instead})


@pytest.mark.parametrize(
    "command, found",
    [
        ("ansible-playbook a.yml", Playbooks(("a.yml",), "", "here")),
        ("ansible-playbook -i hosts a.yml b.yml -e x=1 -e @y.json", Playbooks(("a.yml", "b.yml"), "", "here", "hosts", ("x=1", "@y.json"))),
        ("ansible-playbook a.yml -e '{\"x\": [1]}'", Playbooks(("a.yml",), "", "here", "", ('{"x": [1]}',))),
        ("ansible-playbook a.yml --check", None),
        ("ansible-playbook a.yml | grep changed", None),
        ("ansible-playbook a.yml > out", None),
        ("ansible-playbook $PLAYBOOK", None),
        ("ansible localhost -m ping", None),
    ],
)
def test_only_plain_commands_share_a_run(tmp_path, command, found):
    assert playbooks_of(command, tmp_path, "here") == found


def playbooks(*names, text="", inventory="", values=()):
    return Playbooks(names, text, "here", inventory, values)


@pytest.mark.parametrize(
    "one, other, command",
    [
        (playbooks("a"), playbooks("b", inventory="hosts"), "ansible-playbook -i hosts a b"),
        (playbooks("a", values=("x=1", "z=1")), playbooks("b", values=("z=1", "y=2")), "ansible-playbook a b -e x=1 -e z=1 -e y=2"),
        (playbooks("a", inventory="hosts"), playbooks("b", inventory="others"), None),
        (playbooks("a"), playbooks("a"), None),
        (playbooks("a", values=("x=1",)), playbooks("b", values=("x=2",)), None),
        (playbooks("a", values=('{"x": 1}',)), playbooks("b", text="{{ x }}"), None),
        (playbooks("a", text="{{ x }}"), playbooks("b", values=("x=1",)), None),
        (playbooks("a", text="register: found"), playbooks("b", text="{{ found }}"), None),
        (playbooks("a", text="set_fact:"), playbooks("b"), None),
    ],
)
def test_playbooks_share_a_run_if_their_variables_do_not_clash(one, other, command):
    together = one.together_with(other)
    assert (together and together.command()) == command
