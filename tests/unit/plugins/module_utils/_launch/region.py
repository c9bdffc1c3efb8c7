# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The launch sources of a region in memory, behind the gateways of launch_profile_attach."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

from ansible_collections.keyless.ec2.plugins.module_utils._aws.usable_profiles import Place
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError
from ansible_collections.keyless.ec2.plugins.module_utils._common.origin import Origin
from ansible_collections.keyless.ec2.plugins.module_utils._values.launch import Version
from ansible_collections.keyless.ec2.tests.unit import factories
from ansible_collections.keyless.ec2.tests.unit.plugins.module_utils._attachment.memory_ec2 import OLD, WEB, MemoryEc2

HERE = Origin("123456789012", "eu-central-1")
PROFILES = {each.name: each for each in (WEB, OLD, replace(WEB, name="empty", roles=()))}


def data(profile, image="ami-1"):
    """The data of a version that launches an image with the profile."""
    return factories.template_data(profile, ImageId=image)


def template(template_id="lt-1", profiles=("old",), default=1, name=None):
    """A launch template with a version for each of the profiles."""
    datas = (data(each, f"ami-{number}") for number, each in enumerate(profiles, 1))
    return factories.template(*datas, default=default, template_id=template_id, name=name or f"name-of-{template_id}")


class Region:
    """All gateways in one.

    ``calls`` has the operations that were made with their targets, ``asked`` what was read.  ``refuse`` maps an operation and
    a target to the code with which AWS refuses it; ``numbers`` has what AWS adds to the numbers of versions, one for each that
    is made; ``spoilt`` is what a version has when it is read back, in the place of what it was given.
    """

    def __init__(self, clock=None, groups=(), templates=(), fleets=(), configurations=None, warm=None, instances=()):
        self.groups = {each.name: each for each in groups}
        self.templates = {each.template_id: each for each in templates}
        self.fleets = list(fleets)
        self.configurations = configurations or {}
        self.warm = warm or {}
        self.ec2 = MemoryEc2(clock, dict.fromkeys(instances, "running"), current=instances)
        self.calls = []
        self.asked = []
        self.refuse = {}
        self.numbers = []
        self.spoilt = None

    @property
    def clients(self):
        """The gateways of the region."""
        iam = SimpleNamespace(instance_profiles=self, permissions_of=None)
        gateways = {
            "auto_scaling": _Gateway(self, "autoscaling"),
            "launch_templates": _Templates(self, "ec2"),
            "fleets": _Gateway(self, "ec2"),
            "ec2": self.ec2,
        }
        return SimpleNamespace(**gateways, iam=iam, region=HERE.region, account=lambda: HERE.account, place=Place("aws", lambda: HERE.account))

    # Auto Scaling

    def list_groups(self, filters=None):
        self.asked.append(("groups", filters))
        return [each for each in self.groups.values() if not filters or each.tags.get("team") == filters[0]["Values"][0]]

    def launch_configurations(self, names):
        names = list(names)
        self.asked.append(("configurations", names))
        return {name: self.configurations[name] for name in names}

    def warm_instance_ids(self, name):
        self.asked.append(("warm", name))
        return self.warm[name]

    # Fleets

    def list(self):
        self.asked.append(("fleets", None))
        return self.fleets

    # Launch templates

    def read(self, wanted):
        self.asked.append(("templates", {key: sorted(versions) for key, versions in wanted.items()}))
        by_name = {each.name: each for each in self.templates.values()}
        found = {key: self.templates.get(key) or by_name.get(key) for key in wanted}
        return {key: self._as_read(each, wanted[key]) for key, each in found.items() if each}

    @staticmethod
    def _as_read(of, versions):
        """With the default, the latest, and the requested versions."""
        numbers = {of.default, of.newest, *map(of.number_of, versions)}
        return replace(of, versions={number: each for number, each in of.versions.items() if number in numbers})

    def read_since(self, of, number):
        self.asked.append(("since", of.template_id, number))
        return {each: version for each, version in self.templates[of.template_id].versions.items() if each >= number}

    def read_back(self, template_id, number):
        found = self.templates[template_id].versions[number]
        return found if self.spoilt is None else Version(number, self.spoilt)

    def make(self, change):
        self.call(change)
        if change.operation == "CreateLaunchTemplateVersion":
            return {"LaunchTemplateVersion": {"VersionNumber": self._add_version(change.parameters)}}
        if change.operation == "CreateLaunchTemplate":
            return {"LaunchTemplate": {"LaunchTemplateId": f"lt-of-{change.parameters['LaunchTemplateName']}"}}
        if change.operation == "ModifyLaunchTemplate":
            key = change.parameters["LaunchTemplateId"]
            self.templates[key] = replace(self.templates[key], default=int(change.parameters["DefaultVersion"]))
        return {}

    def _add_version(self, parameters):
        of = self.templates[parameters["LaunchTemplateId"]]
        number = of.newest + 1 + (self.numbers.pop(0) if self.numbers else 0)
        source = of.versions[int(parameters["SourceVersion"])].data if "SourceVersion" in parameters else {}
        version = Version(number, {**source, **parameters["LaunchTemplateData"]}, parameters["VersionDescription"])
        self.templates[of.template_id] = replace(of, newest=number, versions={**of.versions, number: version})
        return number

    # Instance profiles

    def find(self, name):
        self.asked.append(("profile", name))
        return PROFILES.get(name)

    def names_with_role(self, _name):
        return None

    def find_each(self, names):
        self.asked += [("profile", name) for name in names]
        return {name: PROFILES.get(name) for name in names}

    def call(self, change):
        self.calls.append((change.operation, change.target))
        if (change.operation, change.target) in self.refuse:
            raise AwsError(change.permission, change.target, change.summary, self.refuse[change.operation, change.target], "no")


class _Gateway:
    """The region as one of the gateways that update something; it accepts only changes of its own service."""

    def __init__(self, region, service):
        self._region, self._service = region, service

    def __getattr__(self, name):
        return getattr(self._region, name)

    def update(self, change):
        assert change.service == self._service
        self._region.call(change)


class _Templates(_Gateway):
    """The region as the gateway of launch templates."""

    def list(self):
        self._region.asked.append(("all templates", None))
        return self._region.templates
