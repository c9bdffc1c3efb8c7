# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wiring of the modules: options match the documentation, and reach the right place."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from ansible_collections.keyless.ec2.plugins.module_utils._common.detached import call_detached
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._common.run import without_actions
from ansible_collections.keyless.ec2.plugins.module_utils._role.absent import AbsentRole
from ansible_collections.keyless.ec2.plugins.module_utils._role.present import PresentRole

PACKAGE = "ansible_collections.keyless.ec2.plugins.modules"
FRAGMENTS = "ansible_collections.keyless.ec2.plugins.doc_fragments"
FOLDER = Path(__file__).resolve().parents[4] / "plugins" / "modules"
NAMES = sorted(path.stem for path in FOLDER.glob("*.py"))


def module_of(name):
    return importlib.import_module(f"{PACKAGE}.{name}")


# Options


def options_of(module):
    """The documented options, with those of the collection's own fragments."""
    documentation = yaml.load(module.DOCUMENTATION, Loader=yaml.CSafeLoader)
    options = dict(documentation.get("options") or {})
    for fragment in documentation.get("extends_documentation_fragment") or ():
        if fragment.startswith("keyless.ec2."):
            name, _dot, variant = fragment.removeprefix("keyless.ec2.").partition(".")
            found = importlib.import_module(f"{FRAGMENTS}.{name}").ModuleDocFragment
            shared = yaml.load(getattr(found, variant.upper() or "DOCUMENTATION"), Loader=yaml.CSafeLoader)["options"]
            assert not shared.keys() & options.keys(), f"{name} documents options twice"
            options.update(shared)
    return options


def documented(options):
    """The argument spec for these documented options."""
    return {name: described(option) for name, option in options.items()}


def described(option):
    found = {key: option[key] for key in ("type", "elements", "default", "choices", "aliases", "required") if key in option}
    return {**found, **({"options": documented(option["suboptions"])} if "suboptions" in option else {})}


def specified(spec):
    """The argument spec without no_log."""
    others = {name: {key: value for key, value in option.items() if key != "no_log"} for name, option in spec.items()}
    return {name: {**option, **({"options": specified(option["options"])} if "options" in option else {})} for name, option in others.items()}


@pytest.mark.parametrize("name", NAMES)
def test_options_match_the_documentation(name):
    module = module_of(name)
    assert specified(module.ARGUMENT_SPEC) == documented(options_of(module))


@pytest.mark.parametrize("name, option", [("access_key_info", "access_key_ids"), ("access_key_usage_info", "access_key_ids")])
def test_key_ids_are_not_secret(name, option):
    assert module_of(name).ARGUMENT_SPEC[option]["no_log"] is False


# Wiring


class Module:
    """Replaces AwsModule; records its arguments."""

    made: dict

    def __init__(self, **made):
        Module.made = made
        self.params = {name: option.get("default") for name, option in made["argument_spec"].items()}
        self.params.update(Module.given)
        self.region = "eu-central-1"
        self.warned = []

    def warn(self, text):
        self.warned.append(("warn", text))

    def log(self, text):
        self.warned.append(("log", text))


class Called:
    """Replaces a class or function; records its arguments."""

    def __init__(self, name):
        self.name = name
        self.meta = SimpleNamespace(partition="aws-cn", region_name="eu-central-1", events=SimpleNamespace(register=lambda *_given: None))

    def __repr__(self):
        return self.name


@pytest.fixture(name="start")
def _start(monkeypatch):
    """Starts a module with these options; returns its namespace, the module object, and the arguments of run."""

    def start(name, /, **options):
        found = module_of(name)
        Module.given = options
        kind = "AwsModule" if hasattr(found, "AwsModule") else "AnsibleModule"
        monkeypatch.setattr(found, kind, Module)
        handed = []
        loop = "run" if hasattr(found, "run") else "run_info"
        monkeypatch.setattr(found, loop, lambda *given: handed.append(given))
        for client in ("client", "client_anywhere"):
            if hasattr(found, client):
                monkeypatch.setattr(
                    found, client, lambda module, service, *given, kind=client, **named: Called(f"{kind} {service} {given or ''}{named or ''}")
                )
        found.main()
        ((module, make, *others),) = handed
        return SimpleNamespace(
            space=found, module=module, make=make, others=others, replace=lambda key, value: monkeypatch.setattr(found, key, value)
        )

    return start


DEFAULTS = ("http_tokens", "http_endpoint", "instance_metadata_tags", "http_tokens_enforced", "http_put_response_hop_limit")
EXCLUSIVE = {
    "access_key_usage_info": [("access_key_ids", "user_names")],
    "estate_info": [("accounts", "organization_role_name")],
    "iam_ec2_role": [("assume_role_policy_document", "trusted_entities")],
    "iam_ec2_role_info": [("names", "path_prefix")],
    "instance_metadata_defaults": [(each, "undo") for each in (*DEFAULTS, "regions")],
    "instance_metadata_options": [
        ("instance_ids", "filters"),
        *(("undo", each) for each in ("instance_ids", "filters", "launch_templates", "auto_scaling_groups")),
    ],
    "instance_profile_attach": [
        ("instance_ids", "filters", "attachments", "undo"),
        ("attachments", "instance_profile"),
        ("undo", "instance_profile"),
    ],
    "instance_profile_attach_info": [("instance_ids", "filters")],
    "launch_profile_attach": [(each, "undo") for each in ("auto_scaling_groups", "filters", "launch_templates", "instance_profile")],
    "launch_profile_attach_info": [("auto_scaling_groups", "filters")],
}
ONE_OF = {
    "access_key_usage_info": [("access_key_ids", "user_names")],
    "instance_metadata_defaults": [(*DEFAULTS, "undo")],
    "instance_metadata_options": [("instance_ids", "filters", "launch_templates", "auto_scaling_groups", "undo")],
    "instance_profile_attach": [("instance_ids", "filters", "attachments", "undo")],
    "launch_profile_attach": [("auto_scaling_groups", "filters", "launch_templates", "undo")],
}


@pytest.mark.parametrize("name", NAMES)
def test_each_module_supports_check_mode_and_rejects_conflicting_options(start, name):
    start(name)
    expected = {"mutually_exclusive": EXCLUSIVE.get(name), "required_one_of": ONE_OF.get(name)}
    given = {key: value for key, value in expected.items() if value}
    assert Module.made == {"argument_spec": module_of(name).ARGUMENT_SPEC, "supports_check_mode": True, **given}


def recorded(started, name=None):
    """The arguments of each call of a function of the module: the one that gathers its return values, unless another is named."""
    calls = []
    name = name or ("gather" if hasattr(started.space, "gather") else "look")
    started.replace(name, lambda *given, **named: calls.append((given, named)) or {"iam_roles": []})
    return calls


@pytest.mark.parametrize("name", ["instance_identity_info", "static_credentials_info"])
def test_modules_for_hosts_gather_with_their_options(start, name):
    started = start(name)
    calls = recorded(started)
    started.make()
    assert calls[0][0][0] is started.module.params


def test_files_are_set_aside_with_the_options_and_without_actions(start, tmp_path):
    started = start("static_credentials_aside", paths=["/x"], root=str(tmp_path), timeout=7)
    first, detached = started.others
    assert (first, detached.func, detached.keywords) == (without_actions, call_detached, {"seconds": 7})
    assert started.make().read(True)[0].path == "/x"


def test_keys_are_checked_and_gathered(start):
    started = start("access_key_info", access_key_ids=["AKIAIOSFODNN7EXAMPLE"])
    calls = recorded(started)
    started.make()
    assert calls[0][0][1] == ["AKIAIOSFODNN7EXAMPLE"] and "client iam" in repr(calls[0][0][0]._client)
    with pytest.raises(OptionError):
        start("access_key_info", access_key_ids=["x"]).make()


@pytest.mark.parametrize("regions, found", [(None, ["listed"]), (["eu-west-1"], ["eu-west-1"])])
def test_the_use_of_keys_is_gathered_in_the_regions(start, regions, found):
    started = start("access_key_usage_info", access_key_ids=["AKIAIOSFODNN7EXAMPLE"], regions=regions, role_name="web", days=7)
    calls = recorded(started)
    started.replace("enabled_regions", lambda connect: ["listed"] if connect("eu-west-3") else None)
    started.make()
    aws, ids, users, request, _reference = calls[0][0]
    assert (aws.regions(), ids, users, request.role_name, request.days) == (found, ["AKIAIOSFODNN7EXAMPLE"], (), "web", 7)
    assert aws.trail("eu-west-1") is aws.trail("eu-west-1") and "'region': 'eu-west-1'" in repr(aws.trail("eu-west-1")._client)


def test_the_use_of_users_keys_is_gathered(start):
    started = start("access_key_usage_info", user_names=["alice"])
    calls = recorded(started)
    started.make()
    assert (calls[0][0][1], calls[0][0][2]) == (None, ["alice"])
    with pytest.raises(OptionError):
        start("access_key_usage_info", user_names=["alice"], days=0).make()


@pytest.mark.parametrize("number, is_fine", [(0, False), (1, True), (257, False), (-1, False)])
def test_an_estate_needs_at_least_one_worker(start, number, is_fine):
    started = start("estate_info", max_concurrency=number)
    calls = recorded(started)
    if not is_fine:
        with pytest.raises(OptionError, match=f"max_concurrency: {number} is out of range. Use 1 to 256."):
            started.make()
        return
    started.make()
    _connections, spec, workers, warn, _reference = calls[0][0]
    assert (spec.own, workers) == (True, 1)
    warn("x")
    assert started.module.warned == [("warn", "x")]


# Roles


ROLE = {"name": "web", "regions": ["eu-west-1"]}


def test_a_role_is_created_with_a_finder_of_stale_sessions(start):
    started = start("iam_ec2_role", **ROLE)
    started.replace("profile_user_finder", lambda module, regions: f"finder in {regions}")
    job = started.make()
    assert isinstance(job, PresentRole) and job._finder == "finder in ['eu-west-1']" and job._spec.name == "web"
    assert job._iam.partition == "aws-cn" and job._warnings == ()
    job._principal_wait.report("text")
    assert started.module.warned == [("log", "text"), ("warn", "text")]


@pytest.mark.parametrize("force, finder", [(False, "finder in ['eu-west-1']"), (True, None)])
def test_a_role_is_deleted_if_it_is_unused_unless_force(start, force, finder):
    started = start("iam_ec2_role", state="absent", force=force, **ROLE)
    started.replace("profile_user_finder", lambda module, regions: f"finder in {regions}")
    job = started.make()
    assert isinstance(job, AbsentRole) and job._finder == finder


@pytest.mark.parametrize("validate, warnings", [(True, ("A finding.",)), (False, ())])
def test_policies_are_validated_on_request(start, validate, warnings):
    started = start("iam_ec2_role", validate=validate, **ROLE)
    calls = []
    started.replace("validate_policies", lambda spec, analyzer: calls.append(repr(analyzer._client)) or ("A finding.",))
    assert started.make()._warnings == warnings
    assert bool(calls) == validate and all("client_anywhere accessanalyzer" in each and "connect_timeout" in each for each in calls)


def test_roles_are_gathered(start):
    started = start("iam_ec2_role_info", names=["web"], path_prefix="/x/")
    calls = recorded(started)
    started.make()
    (iam, *others), _named = calls[0]
    assert (iam.partition, others) == ("aws-cn", [["web"], "/x/", None, False, False, None, None])
    ((kind, warning),) = started.module.warned
    assert kind == "warn" and warning.startswith("There is no role web.")


def test_more_about_roles_is_gathered_on_request(start):
    wanted = {"include_instances": True, "include_tags": True, "include_trusting_roles": True, "include_usage": True, "usage_days": 7}
    started = start("iam_ec2_role_info", regions=["eu-west-1"], simulate=["s3:GetObject"], **wanted)
    calls = recorded(started)
    started.replace("profile_user_finder", lambda module, regions: f"finder in {regions}")
    asked = []
    found = SimpleNamespace(as_result=lambda: "decision")
    started.replace("Simulator", lambda client: SimpleNamespace(of=lambda arn, pairs: asked.append((arn, pairs)) or [found]))
    started.make()
    (_iam, names, path, finder, tags, trusting, reader, simulate), _named = calls[0]
    assert (names, path, finder, tags, trusting, reader.days) == (None, None, "finder in ['eu-west-1']", True, True, 7)
    assert reader.now.utcoffset().total_seconds() == 0
    assert (simulate("arn"), asked) == (["decision"], [("arn", [("s3:GetObject", None)])])
    with pytest.raises(OptionError):
        start("iam_ec2_role_info", usage_days=0).make()


# Instances and launch sources

ID = "i-0123456789abcdef0"


def test_new_instances_are_waited_for(start):
    started = start("instance_profile_attach", instance_ids=[ID], instance_profile="web", max_concurrency=3)
    started.replace("connect", lambda module, number, undo: f"connected {number}")
    job = started.make()
    assert (job._not_found_timeout, job._spec.filters, job._spec.profiles) == (10, None, {ID: "web"})
    assert job._clients == "connected 3"


def test_filters_are_converted_for_boto3(start):
    filters = {"tag:Name": ["web", "db"]}
    sent = [{"Name": "tag:Name", "Values": ["web", "db"]}]
    for name in ("instance_profile_attach_info", "launch_profile_attach_info"):
        started = start(name, filters=filters)
        calls = recorded(started)
        started.replace("connect", lambda module, number, undo=None: number)
        started.make()
        assert calls[0][0][2] == sent
    for name in ("instance_profile_attach", "launch_profile_attach"):
        started = start(name, filters=filters, instance_profile="web")
        started.replace("connect", lambda module, number, undo=None: number)
        assert started.make()._spec.filters == sent


def test_all_instances_are_read_without_filters(start):
    started = start("instance_profile_attach_info", instance_ids=[ID])
    calls = recorded(started)
    started.replace("connect", lambda module, number, undo=None: number)
    started.make()
    (concurrency, ids, filters, warn), _named = calls[0]
    assert (ids, filters) == ([ID], []) and concurrency > 1
    warn("x")
    assert started.module.warned == [("warn", "x")]
    with pytest.raises(OptionError):
        start("instance_profile_attach_info", filters={}).make()


@pytest.mark.parametrize("options, kind", [({"auto_scaling_groups": ["a"], "instance_profile": "web"}, "LaunchJob"), ({"undo": {}}, "UndoJob")])
def test_launch_sources_are_changed_or_restored(start, options, kind):
    started = start("launch_profile_attach", max_concurrency=5, **options)
    started.replace("connect", lambda module, number, undo: f"connected {number}")
    job = started.make()
    assert (type(job).__name__, job._clients, job._spec.filters) == (kind, "connected 5", None)


def test_all_launch_sources_are_gathered(start):
    started = start("launch_profile_attach_info", auto_scaling_groups=["a"])
    calls = recorded(started, "gather")
    started.replace("connect", lambda module, number: number > 1)
    started.make()
    assert calls[0][0] == (True, ["a"], None)
    with pytest.raises(OptionError):
        start("launch_profile_attach_info", filters={}).make()
