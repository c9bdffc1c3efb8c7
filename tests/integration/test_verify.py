# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role verify on an inventory: a line for each host, a table, and a failure for each host that can't act as its role."""

from __future__ import annotations

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.support.tables import table

LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}


@pytest.fixture(scope="module", name="endpoints")
def _endpoints(aws):
    """The endpoint of each host's metadata service."""
    for name in ("web", "gone"):
        aws.make_profile(name)
    profiles = {"well": "web", "bare": None, "stale": "gone"}
    ids = {host: aws.run_instances(profile=profile)[0] for host, profile in profiles.items()}
    aws.recreate_profile("gone", "gone")
    return {host: f"{aws.endpoint}/imds/{instance}" for host, instance in ids.items()}


@pytest.fixture(name="verify")
def _verify(controller, endpoints, tmp_path):
    def verify(*hosts, own=None, **variables):
        rows = {host: {"verify_endpoint": endpoints[host], **(own or {}).get(host, {})} for host in hosts}
        inventory = tmp_path / "inventory.yml"
        inventory.write_text(yaml.safe_dump({"all": {"hosts": rows, "vars": LOCAL}}, sort_keys=False), encoding="utf-8")
        return controller.run("-i", str(inventory), "keyless.ec2.verify", variables=variables)

    return verify


def failed(run):
    return {each["host"] for each in run.results if each["status"] == "failed"}


def table_of(run):
    return next(each["result"]["msg"] for each in run.results if each["task"] == "keyless.ec2.verify : Show the table of all hosts")


def test_only_hosts_that_cannot_act_as_their_role_fail(verify, aws, endpoints):
    run = verify("well", "bare", "stale", own={"well": {"verify_expected_role": "web"}})
    assert run.returncode == 2 and not run.changed
    assert failed(run) == {"bare", "stale"}
    assert run.calls == []
    table = table_of(run)
    assert [line.split()[0] for line in table[:-1]] == ["HOST", "well", "bare", "stale"]
    assert table[-1] == "1 host verified, 2 hosts failed. bare: no_profile; stale: profile_not_found."
    assert "no_profile" in table[2]
    assert "profile_not_found" in table[3]
    assert "acts as role web" in run.of("keyless.ec2.verify : Show the result", "well")["msg"][0]
    assert aws.requests_without_token(endpoints["well"].rsplit("/", 1)[-1]) == 0


@pytest.mark.exhaustive
def test_each_host_can_have_a_role_of_its_own(verify):
    run = verify("well", own={"well": {"verify_expected_role": "another"}})
    assert failed(run) == {"well"}
    assert "another" in run.output


@pytest.mark.exhaustive
def test_a_host_that_cannot_be_reached_is_in_the_table(verify):
    own = {"bare": {"ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1}}
    run = verify("well", "bare", own=own)
    assert table_of(run)[2].endswith("not asked"), run.output


@pytest.mark.exhaustive
def test_tolerated_problems_do_not_fail_a_host(verify):
    assert failed(verify("well", verify_tolerated=[], verify_probe_imdsv1=True)) == {"well"}
    verify("bare", verify_tolerated=["imdsv1_allowed", "no_profile"]).succeeded()


BOTH = {"serial": 1, "strategy": "free"}


@pytest.mark.parametrize("keywords", table([{"strategy": "free"}, {"serial": 1}, BOTH], [BOTH]))
def test_the_table_is_shown_once_for_all_hosts(controller, endpoints, tmp_path, keywords):
    """Each host waits for the one before it, so that they end at different times."""
    ends = [str(tmp_path / f"{number}") for number in range(4)]
    hosts = {f"well{number}": {"verify_endpoint": endpoints["well"], "after": ends[number - 1 : number], "end": ends[number]} for number in range(4)}
    inventory, play = tmp_path / "inventory.yml", tmp_path / "play.yml"
    inventory.write_text(yaml.safe_dump({"all": {"hosts": hosts, "vars": LOCAL}}, sort_keys=False), encoding="utf-8")
    content = {
        "name": "Verify",
        "hosts": "all",
        "gather_facts": False,
        **keywords,
        "pre_tasks": [{"ansible.builtin.wait_for": {"path": "{{ item }}"}, "loop": "{{ after }}"}],
        "roles": [{"role": "keyless.ec2.verify"}],
        "post_tasks": [{"ansible.builtin.file": {"path": "{{ end }}", "state": "touch"}}],
    }
    play.write_text(yaml.safe_dump([content]), encoding="utf-8")
    run = controller.run("-i", str(inventory), str(play))
    assert run.returncode == 0, run.output
    shown = [each for each in run.results if each["task"] == "keyless.ec2.verify : Show the table of all hosts" and each["result"].get("msg")]
    # The last line counts the hosts.
    assert [[line.split()[0] for line in each["result"]["msg"][:-1]] for each in shown] == [["HOST", *hosts]]
