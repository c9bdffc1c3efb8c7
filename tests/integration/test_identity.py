# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""instance_identity_info on instances in every condition."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from email.utils import formatdate

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.support.aws import EC2_TRUST, wait_until
from ansible_collections.keyless.ec2.tests.integration.test_examples import examples_of
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._identity import imds_answers
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._identity.imds import fake_imds

MODULE = "instance_identity_info"
QUALIFIED = f"keyless.ec2.{MODULE}"
HOUR = 3600  # seconds
ENDPOINT = "AWS_EC2_METADATA_SERVICE_ENDPOINT"
LAMBDA = json.dumps(EC2_TRUST).replace("ec2.amazonaws.com", "lambda.amazonaws.com")


@pytest.fixture(scope="module", name="arn", autouse=True)
def _arn(aws):
    """The ARN of the profile web."""
    return aws.make_profile("web")


@pytest.fixture(autouse=True)
def _reset(aws):
    """Resets the emulator after each test."""
    yield
    aws.clear_conditions()
    aws.let_time_pass(0)


def base(aws, instance, hops=1):
    """The endpoint of an instance's metadata service, as seen from so many hops away."""
    return f"{aws.endpoint}/imds/{instance}" + (f";hops={hops}" if hops > 1 else "")


def run_instance(aws, profile=None, **options):
    """An instance without problems, except those caused by its profile and options."""
    (instance,) = aws.run_instances(profile=profile)
    aws.ec2.modify_instance_metadata_options(InstanceId=instance, **(options or {"HttpTokens": "required"}))
    return instance


def codes(result):
    return [problem["code"] for problem in result["problems"]]


def result_of(run):
    """The result of a run that changes nothing and makes no AWS calls."""
    assert run.succeeded().calls == []
    assert run.last["changed"] is False
    return run.last


def test_a_role_that_was_just_attached_is_returned(aws, controller, arn):
    instance = run_instance(aws)
    options = {"endpoint": base(aws, instance), "expected_role": "web"}
    attach = {"instance_ids": [instance], "instance_profile": "web"}
    tasks = [
        {"name": "before", QUALIFIED: options},
        {"name": "attach", "keyless.ec2.instance_profile_attach": attach},
        {"name": "after", QUALIFIED: options},
    ]
    run = controller.play(tasks).succeeded()
    assert codes(run.of("before")) == ["no_profile"]
    found = run.of("after")
    identity, profile_id = found["identity"], aws.association_of(instance)["IamInstanceProfile"]["Id"]
    credentials = identity.pop("credentials")
    assert identity == {
        "instance_id": instance,
        "region": "eu-central-1",
        "account_id": "123456789012",
        "role_name": "web",
        "instance_profile_arn": arn,
        "instance_profile_id": profile_id,
        "imdsv1_allowed": None,
    }
    assert (credentials["code"], credentials["type"]) == ("Success", "AWS-HMAC")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", credentials["expiration"])
    assert 21000 < credentials["seconds_left"] <= 21600
    assert found["problems"] == []
    assert re.fullmatch(rf"{instance} acts as role web \(credentials for another (6 h 0|5 h 5\d) min\)\.", found["msg"])


class Relay(fake_imds.FakeImds):
    """Forwards requests to a metadata service and records them; its clock is this machine's."""

    def __init__(self, service):
        super().__init__()
        self.service, self.date = service, formatdate(usegmt=True)

    def answer(self, handler):
        headers = {name: value for name, value in handler.headers.items() if name != "Host"}  # which is the relay's
        request = urllib.request.Request(self.service + handler.path, method=handler.command, headers=headers)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, ""
        finally:
            self.asked.append(handler.path)


def test_it_waits_while_the_profile_is_associated(aws, controller):
    instance = run_instance(aws)
    aws.set_transitions(associating=HOUR)
    aws.ec2.associate_iam_instance_profile(InstanceId=instance, IamInstanceProfile={"Name": "web"})
    assert codes(result_of(controller.module(MODULE, endpoint=base(aws, instance)))) == ["no_profile"]
    with Relay(base(aws, instance)).running() as relay, ThreadPoolExecutor(1) as pool:
        wait = {"endpoint": relay.url, "expected_role": "web", "wait": True, "wait_timeout": HOUR}
        waiting = pool.submit(controller.module, MODULE, **wait)
        wait_until(lambda: imds_answers.ROLES in relay.asked, waiting)
        aws.let_time_pass(HOUR)
        found = result_of(waiting.result())
    assert codes(found) == []
    assert found["identity"]["role_name"] == "web"
    assert relay.asked.count(imds_answers.ROLES) > 1


@pytest.mark.parametrize("tokens", ["optional", "required"])
def test_a_default_run_does_not_count_in_the_imdsv1_metric(aws, controller, tokens):
    instance = run_instance(aws, "web", HttpTokens=tokens)
    options = {"endpoint": base(aws, instance), "wait": True}
    assert result_of(controller.module(MODULE, **options))["identity"]["imdsv1_allowed"] is None
    assert aws.requests_without_token(instance) == 0
    probed = result_of(controller.module(MODULE, probe_imdsv1=True, **options))
    assert probed["identity"]["imdsv1_allowed"] is (tokens == "optional")
    assert aws.requests_without_token(instance) == 1


@pytest.mark.parametrize("limit, arrive", [(1, False), (2, True)])
def test_the_hop_limit_is_measured_on_the_host(aws, controller, limit, arrive):
    instance = run_instance(aws, "web", HttpPutResponseHopLimit=limit)
    found = result_of(controller.module(MODULE, endpoint=base(aws, instance), probe_hop_limit=True))
    assert found["containers"]["tokens_arrive"] is arrive and found["containers"]["measured_from"]
    assert not [each for each in found["incomplete"] if each["target"] == "containers.tokens_arrive"]
    assert aws.requests_without_token(instance) == 0


def recreated(aws):
    aws.make_profile("again")
    instance = run_instance(aws, "again")
    aws.recreate_profile("again", "again")
    return base(aws, instance)


def distrusted(aws):
    aws.make_profile("distrusted")
    aws.iam.update_assume_role_policy(RoleName="distrusted", PolicyDocument=LAMBDA)
    return base(aws, run_instance(aws, "distrusted"))


def without_role(aws):
    aws.make_profile("emptied")
    instance = run_instance(aws, "emptied")
    aws.iam.remove_role_from_instance_profile(InstanceProfileName="emptied", RoleName="emptied")
    return base(aws, instance)


def stopped(aws):
    instance = run_instance(aws, "web")
    aws.stop(instance)
    return base(aws, instance)


def container(aws, **options):
    return base(aws, run_instance(aws, "web", **options), hops=2)


def usual(aws, **options):
    return base(aws, run_instance(aws, "web", **options))


CONDITIONS = {
    "good": (usual, {}, []),
    "no-profile": (lambda aws: base(aws, run_instance(aws)), {}, ["no_profile"]),
    "recreated": (recreated, {}, ["profile_not_found"]),
    "distrusted": (distrusted, {}, ["trust_refuses_ec2"]),
    "without-role": (without_role, {}, ["no_credentials"]),
    "other-role": (usual, {"expected_role": "api"}, ["unexpected_role"]),
    "imdsv1": (lambda aws: usual(aws, HttpTokens="optional"), {"probe_imdsv1": True}, ["imdsv1_allowed"]),
    "imdsv1-not-asked": (lambda aws: usual(aws, HttpTokens="optional"), {}, []),
    "turned-off": (lambda aws: usual(aws, HttpEndpoint="disabled"), {}, ["imds_unreachable"]),
    "stopped": (stopped, {}, ["imds_unreachable"]),
    "no-service": (lambda aws: f"http://127.0.0.1:{fake_imds.closed_port()}", {}, ["imds_unreachable"]),
    "container": (container, {}, ["hop_limit_too_small"]),
    "container-imdsv1": (
        lambda aws: container(aws, HttpTokens="optional"),
        {"probe_imdsv1": True},
        ["hop_limit_too_small", "imdsv1_allowed"],
    ),
    "container-with-limit": (lambda aws: container(aws, HttpPutResponseHopLimit=2), {}, []),
}


@pytest.fixture(scope="module", name="results")
def _results(aws, controller):
    """One run on hosts in all conditions."""
    hosts = {name: {"endpoint": make(aws), **more} for name, (make, more, expected) in CONDITIONS.items()}
    optional = {name: f"{{{{ {name} | default(omit) }}}}" for name in ("expected_role", "probe_imdsv1")}
    options = {"endpoint": "{{ endpoint }}", **optional}
    return controller.play([{"name": "identify", QUALIFIED: options}], "--forks", "4", hosts=hosts).succeeded()


@pytest.mark.parametrize("name", CONDITIONS)
def test_each_condition_is_reported_and_does_not_fail(results, name):
    found = results.of("identify", name)
    assert codes(found) == CONDITIONS[name][2]
    assert found["msg"]
    assert found["changed"] is False


def test_a_disabled_metadata_service_is_reported(results):
    assert "turned off" in results.of("identify", "turned-off")["msg"]


def test_a_slow_clock_is_reported(aws, controller):
    aws.let_time_pass(3600)
    found = result_of(controller.module(MODULE, endpoint=base(aws, run_instance(aws, "web"))))
    assert codes(found) == ["clock_wrong"]
    assert re.search("is (59 min|1 h 0 min) behind AWS's", found["problems"][0]["message"])


def test_check_mode_makes_no_difference(aws, controller):
    endpoint = base(aws, run_instance(aws, "web"))
    found = result_of(controller.module(MODULE, "--check", "--diff", endpoint=endpoint))
    assert codes(found) == []
    assert found["identity"]["role_name"] == "web"


def test_a_proxy_in_the_environment_has_no_effect(aws, controller):
    task = {"name": "identify", QUALIFIED: {}}
    nowhere = f"http://127.0.0.1:{fake_imds.closed_port()}"
    environment = {ENDPOINT: base(aws, run_instance(aws, "web")), "http_proxy": nowhere, "HTTP_PROXY": nowhere}
    assert codes(result_of(controller.play([task], **environment))) == []


INVALID_OPTIONS = [
    ({"endpoint": "169.254.169.254"}, "endpoint: '169.254.169.254' is not the URL of a service."),
    ({"expected_role": "role/web"}, "expected_role: 'role/web' is not a valid role name."),
    ({"wait_timeout": -1}, "wait_timeout: -1 is out of range."),
    ({"role": "web"}, "Unsupported parameters"),
]


def test_invalid_options_are_named(controller):
    nowhere = f"http://127.0.0.1:{fake_imds.closed_port()}"
    tasks = [
        {"name": f"task {number}", QUALIFIED: {"endpoint": nowhere, **options}, "ignore_errors": True}
        for number, (options, text) in enumerate(INVALID_OPTIONS)
    ]
    run = controller.play(tasks).succeeded()
    assert [each["status"] for each in run.results] == ["failed"] * len(INVALID_OPTIONS)
    for number, (_options, text) in enumerate(INVALID_OPTIONS):
        assert text in run.of(f"task {number}")["msg"]


def test_the_examples_run(aws, controller):
    tasks = yaml.safe_load(examples_of(MODULE))
    run = controller.play(tasks, **{ENDPOINT: base(aws, run_instance(aws, "web"))}).succeeded()
    assert len(run.results) == len(tasks)


def test_the_strict_example_fails_on_any_problem(aws, controller):
    tasks = {task.get("register"): task for task in yaml.safe_load(examples_of(MODULE))}
    strict, lenient = [tasks["strict"]], [tasks["lenient"]]
    environment = {ENDPOINT: base(aws, run_instance(aws, "web", HttpTokens="optional"))}
    assert controller.play(strict, **environment).returncode == 2
    controller.play(lenient, **environment).succeeded()


# The error for a truncated document must not contain it either.
DOCUMENTS = [json.dumps(imds_answers.DOCUMENT), json.dumps(imds_answers.DOCUMENT)[:-1]]


def test_no_secret_is_returned_logged_or_left_behind(controller, tmp_path):
    services = [fake_imds.FakeImds(imds_answers.pages(web=(200, document))) for document in DOCUMENTS]
    environment = {
        "ANSIBLE_LOG_PATH": str(tmp_path / "ansible.log"),
        "ANSIBLE_REMOTE_TMP": str(tmp_path / "remote"),
        "ANSIBLE_KEEP_REMOTE_FILES": "1",
        "ANSIBLE_DEBUG": "1",
    }
    with ExitStack() as running:
        urls = [running.enter_context(each.running()).url for each in services]
        tasks = [{"name": "identify", QUALIFIED: {"endpoint": url}} for url in urls]
        run = controller.play(tasks, "-vvvv", "--diff", is_warm=False, **environment).succeeded()
    assert [each["result"]["identity"]["role_name"] for each in run.results] == ["web"] * 2
    for imds in services:
        assert [path for method, path, headers in imds.asked].count(imds_answers.ROLES + "web") == 1
    files = [path for folder in (tmp_path, controller.folder) for path in folder.rglob("*") if path.is_file()]
    assert {"ansible.log", f"AnsiballZ_{MODULE}.py"} <= {path.name for path in files}
    outputs = [run.output.encode(), *(path.read_bytes() for path in files)]
    assert [secret for secret in imds_answers.SECRETS for text in outputs if secret.encode() in text] == []
