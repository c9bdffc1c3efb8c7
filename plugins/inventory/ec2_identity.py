# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: ec2_identity
version_added: 1.0.0
short_description: Group the instances of an inventory by their IAM role and by problems with it
description:
  - For the hosts that P(amazon.aws.aws_ec2#inventory) has added to the inventory, finds out which instance profile and role each instance has,
    and what is wrong with them. C(aws_ec2) itself sees the instance profile at most.
  - Put it into the same inventory directory as C(aws_ec2), in a file that comes later. Like P(ansible.builtin.constructed#inventory), it only
    sees hosts that exist already, and Ansible reads the files of a directory in the order of their names.
  - The name of the file must end with C(ec2_identity.yml) or C(ec2_identity.yaml).
  - Each instance gets the variable C(ec2_identity), which is its row as returned by M(keyless.ec2.instance_profile_attach_info).
author:
  - The keyless.ec2 authors (@keyless-ec2)
options:
  plugin:
    description: The name of this plugin.
    required: true
    choices: [keyless.ec2.ec2_identity]
  instance_id:
    description: A Jinja2 expression that gives a host's instance id from its variables. Hosts for which it gives none are skipped.
    type: str
    default: instance_id
  instance_region:
    description: A Jinja2 expression that gives the region of the instance.
    type: str
    default: placement.region
  role_prefix:
    description:
      - Prefix for the names of the groups by role. With an empty string, there are no such groups.
      - Every character that a group's name can't have becomes an underscore. If roles with different names share a group, a warning says so.
        O(groups) can select by the exact name.
    type: str
    default: role
  problem_prefix:
    description: Prefix for the names of the groups by problem. With an empty string, there are no such groups.
    type: str
    default: problem
  strict_permissions:
    description:
      - Whether it is an error if a region can't be read. With V(false), there is a warning, and the instances of that region get no variable and
        no groups.
    type: bool
    default: true
extends_documentation_fragment:
  - inventory_cache
  - constructed
  - amazon.aws.boto3
  - amazon.aws.common.plugins
  - amazon.aws.region.plugins
  - amazon.aws.assume_role.plugins
notes:
  - In each region that the hosts are in, it requires the same permissions as M(keyless.ec2.instance_profile_attach_info), and makes as many
    calls.
  - If the instances belong to several accounts, use a file for each account, with O(assume_role_arn) or O(profile), and an O(instance_id) that
    gives an id only for hosts of that account.
"""

EXAMPLES = r"""
# In the directory inventory/ there are two files. The first, 1_aws_ec2.yml, finds the hosts:
#
#   plugin: amazon.aws.aws_ec2
#   regions: [eu-central-1]
#   filters: {instance-state-name: running}
#
# The second one, 2_ec2_identity.yml, groups them: role_web, problem_no_profile.
plugin: keyless.ec2.ec2_identity

# Hosts whose role is web, in a group of another name
# groups:
#   web_servers: ec2_identity.role_name == 'web'

# Only the hosts of one account, with the credentials of a role in it
# instance_id: instance_id if owner_id == '111122223333' else ''
# assume_role_arn: arn:aws:iam::111122223333:role/audit
"""

from functools import partial

from ansible_collections.amazon.aws.plugins.plugin_utils.inventory import AWSInventoryBase

from ansible_collections.keyless.ec2.plugins.module_utils._attachment.info import gather
from ansible_collections.keyless.ec2.plugins.module_utils._aws.region_clients import RegionClients
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError
from ansible_collections.keyless.ec2.plugins.module_utils._common.identifiers import INSTANCE_ID
from ansible_collections.keyless.ec2.plugins.module_utils._common.quoting import lines

VARIABLE = "ec2_identity"
CONCURRENCY = 8  # parallel reads


class InventoryModule(AWSInventoryBase):
    """The plugin, as Ansible loads it."""

    NAME = "keyless.ec2.ec2_identity"
    INVENTORY_FILE_SUFFIXES = ("ec2_identity.yml", "ec2_identity.yaml")

    def parse(self, inventory, loader, path, cache=True):
        """Adds variables and groups to the existing hosts."""
        super().parse(inventory, loader, path, cache=cache)
        instances = self._instances()
        was_cached, identities = self.get_cached_result(path, cache)
        if not was_cached:
            identities = self._read_identities(instances)
            self.update_cached_result(path, cache, identities)
        for host, (_region, instance_id) in instances.items():
            if instance_id in identities:
                self._update_host(host, identities[instance_id])
        self._warn_of_shared_groups(identities.values())

    def _instances(self):
        """The region and instance id of each host that has an instance id."""
        found = {}
        for name, host in self.inventory.hosts.items():
            variables = host.get_vars()
            instance_id = self._value("instance_id", variables)
            if INSTANCE_ID.fullmatch(instance_id):
                found[name] = (self._value("instance_region", variables) or self.region, instance_id)
        return found

    def _value(self, option, variables):
        """The value of the expression; empty if the host lacks a variable in it."""
        try:
            return str(self._compose(self.get_option(option), variables) or "")
        except Exception:  # Jinja2 and Ansible raise many types, and hosts of other plugins can have any variables.
            return ""

    def _read_identities(self, instances):
        """The rows of instance_profile_attach_info by instance id."""
        regions: dict[str, list[str]] = {}
        for region, instance_id in instances.values():
            regions.setdefault(region, []).append(instance_id)
        return {row["instance_id"]: row for region, ids in sorted(regions.items()) for row in self._read_region(region, ids)}

    def _read_region(self, region, instance_ids):
        clients = RegionClients(partial(self.client, region=region), CONCURRENCY)
        try:
            return gather(clients, sorted(instance_ids), [], lambda text: self.warn(lines(text)))["instances"]
        except AwsError as error:
            if self.get_option("strict_permissions"):
                self.fail_aws(lines(str(error)))
            self.warn(lines(f"{self.NAME}: the instances in {region} get no groups. {error}"))
            return []

    def _update_host(self, host, identity):
        strict = self.get_option("strict")
        self.inventory.set_variable(host, VARIABLE, identity)
        self._add_to_group(host, "role_prefix", identity["role_name"])
        for problem in identity["problems"]:
            self._add_to_group(host, "problem_prefix", problem["code"])
        variables = self.inventory.get_host(host).get_vars()
        self._set_composite_vars(self.get_option("compose"), variables, host, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, host, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, host, strict=strict)

    def _add_to_group(self, host, option, name):
        if self.get_option(option) and name:
            self.inventory.add_host(host, group=self.inventory.add_group(self._group_name(option, name)))

    def _group_name(self, option, name):
        return self._sanitize_group_name(f"{self.get_option(option)}_{name}")

    def _warn_of_shared_groups(self, identities):
        """Warns of roles that share a group, as a-b and a.b do: whoever may create the one would get what is meant for the other."""
        names = sorted({each["role_name"] for each in identities if each["role_name"]}) if self.get_option("role_prefix") else []
        groups: dict[str, list[str]] = {}
        for name in names:
            groups.setdefault(self._group_name("role_prefix", name), []).append(name)
        for group, roles in groups.items():
            if len(roles) > 1:
                self.warn(lines(f"{self.NAME}: the group {group} has hosts of several roles: {', '.join(roles)}. Select by ec2_identity.role_name."))
