#!/usr/bin/python
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: static_credentials_info
version_added: 1.0.0
short_description: Find AWS access keys that lie on a host
description:
  - Looks for AWS access keys in the files of a host where they usually are, and in the environments of its processes.
  - Tells where each one is, its access key id, and who can read it. Secret access keys and session tokens are never
    returned, logged or kept.
  - Only an access key id that stands together with its secret is a key. An id alone, as in a log, a ticket or a
    presigned URL, opens nothing, and is told apart in RV(ids_only).
  - It runs on the host itself and needs nothing there but a Python that your ansible-core supports on hosts; the
    oldest that was tried is 3.7. It calls nothing of AWS.
author:
  - The keyless.ec2 authors (@keyless-ec2)
options:
  paths:
    description:
      - More files or folders to look at, with absolute paths. Folders are gone through, up to 16 folders deep.
      - A path that does not exist is told in RV(incomplete).
      - Nothing in them is expanded, neither C(~) nor C($NAME). A path that was returned as C(escaped:...) is taken as
        such.
    type: list
    elements: str
    default: []
  exclude:
    description:
      - Files and folders that are not looked at, with absolute paths. C(*), C(?) and C([...]) stand for characters of
        one name, and what stands for a folder stands for all that is below it.
      - A link is excluded too where what it leads to is. The environments of processes are C(/proc/<pid>/environ).
    type: list
    elements: str
    default: []
  root:
    description:
      - The folder below which the host's files are, such as a mounted volume.
      - All paths, those of O(paths) and those returned, are as seen from there, and no link leads out of it.
    type: path
    default: /
  scan_processes:
    description:
      - Whether to look at the environments of the running processes. Those of other users take O(ignore:become=true).
      - The processes that run the module itself are left out.
    type: bool
    default: true
  max_file_size:
    description:
      - How much of each file to look at, in bytes. That a file is larger is told in RV(incomplete).
    type: int
    default: 1048576
  timeout:
    description:
      - How long to look, in seconds, in all. What was not looked at in time is told in RV(incomplete).
      - It is shared out. Processes, each place of the system, root's home, each of O(paths) and each other home have,
        in this order, an equal share of what is left, and those that are not done then share the rest.
    type: int
    default: 30
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
extends_documentation_fragment:
  - keyless.ec2.attributes.reads
seealso:
  - module: keyless.ec2.static_credentials_aside
  - name: AWS security credentials
    description: What access keys are, and why roles are better.
    link: https://docs.aws.amazon.com/IAM/latest/UserGuide/security-creds.html
notes:
  - An access key id is C(AKIA), or C(ASIA) for temporary credentials, and 16 characters of A to Z and 2 to 7. It may
    have words before it, as in C(prod_AKIA...). Placeholders are left out - those with words in them such as
    C(EXAMPLE), with repeated characters, or with the alphabet.
  - Its secret is 40 characters of base64, with capital and small letters, in the same section and nearest to it. It
    may be some way off if it has a name as AWS's secrets have, less far if it is only called a secret or a password;
    without a name it has to be the next word after the id. What is a token, a signature or a hash by its name is none.
    In the environment of a process the secret may be anywhere.
  - Where it looks in the homes of all users of C(/etc/passwd), in C(/home/*) and C(/root) - C(.aws/credentials),
    C(.aws/config), C(.aws/cli/cache), start-up files and histories of shells, C(.pam_environment),
    C(.ssh/environment), C(.config/environment.d), C(.boto), C(.s3cfg), C(rclone.conf), C(.passwd-s3fs), C(.kube),
    C(credentials.xml) of Jenkins, and systemd user units.
  - Where it looks besides - C(/etc/environment), C(/etc/environment.d), start-up files of shells in C(/etc),
    C(/etc/boto.cfg), C(/etc/s3cfg), C(/etc/passwd-s3fs), the crontabs, the units of systemd and the environment files
    that they name, C(/etc/default), C(/etc/sysconfig), C(system.conf) and C(user.conf) of systemd; C(/var/lib/cloud)
    and C(/etc/cloud); the configurations of the ECS agent, C(awslogs), CodeDeploy, the SSM agent, td-agent, Fluentd,
    Fluent Bit, Logstash, Filebeat, Telegraf and Vector; supervisor, PHP, Apache and nginx; C(/etc/kubernetes),
    C(/etc/rancher) and the manifests of k3s; C(/etc/ansible); C(config.v2.json) of Docker's containers.
  - All text files in C(/opt), C(/srv) and C(/var/www), up to 16 folders deep.
  - In homes and C(/etc/docker), up to 6 folders deep, files with these names - C(.env), C(*.env), C(.env.*), YAML
    (compose files, C(application.yml), Ansible variables, Kubernetes secrets), C(*.tf), C(*.tfvars), C(*.tfstate),
    C(*.properties), C(*.json), C(*.ini), C(*.cfg), C(*.conf), C(*.toml), C(*.csv), C(settings*.xml), C(*.sh), C(*.py),
    C(*.php), C(*.rb) and C(*.js).
  - How it reads - plain text, UTF-16 with and without a mark, gzip, of which no more than O(max_file_size) is
    unpacked, and values and whole files in base64, as in Kubernetes secrets.
  - Not looked at, by place - every other folder, such as C(/tmp), C(/mnt), C(/data), C(/usr/local), C(/var/log) and the
    rest of C(/var/lib), with the file systems of containers; other files of homes, and those that lie deeper; folders
    named C(node_modules), C(.git) and C(.cache); C(/proc), C(/sys) and C(/dev) but for the environments of processes;
    the memory and arguments of processes; the user data that the metadata service has. O(paths) adds places.
  - Not looked at, by kind - binary files; archives and packages (C(.zip), C(.tar), C(.jar), C(.deb)); other
    compressions than gzip; databases, key rings and key stores; images and documents. Files that have such a name are
    not even opened, unless in O(paths). What is encrypted is not seen, but for the keys of Jenkins, which lie beside
    what opens them. A secret that is in another file than its id, in base64 that is broken into lines, or put together
    by a program, is not found either.
  - A tree of 100,000 files of 2 KiB takes some 30 seconds and less than 100 MiB of memory. R(What was
    measured,ansible_collections.keyless.ec2.docsite.scan), and how much is found next to other tools, is in the collection's documentation.
  - Files that M(keyless.ec2.static_credentials_aside) has set aside, whose names end in C(.keyless-aside), are told in
    RV(aside), not in RV(credentials). Those without the prefix C(.keyless.) are from earlier versions.
  - A link that belongs neither to root nor to the owner of what it leads to is not followed, and is told in
    RV(incomplete). Of the environment files that a user's own unit names only those are looked at that are his.
  - Each name of a file (hard link) is told as a file of its own.
  - Nothing below C(/proc), C(/sys) and C(/dev) is ever opened but what C(/proc) tells of processes.
  - Without O(ignore:become=true) only what the user may read is looked at; the rest is told in RV(incomplete).
  - A path that has characters which can't be printed, such as a newline, or what is not UTF-8, is returned as
    C(escaped:) and the path, in which each byte of those and each backslash is C(\xNN). O(paths), O(exclude) and
    O(keyless.ec2.static_credentials_aside#module:paths) take it so. In the names of users and commands they are
    escaped too.
"""

EXAMPLES = r"""
- name: Find the access keys on the host
  keyless.ec2.static_credentials_info:
  become: true
  register: found

- name: Tell where they are
  ansible.builtin.debug:
    msg: "{{ item.access_key_id }} in {{ item.path }}, line {{ item.line }}"
  loop: "{{ found.credentials }}"
  loop_control:
    label: "{{ item.path }}"

- name: Look below the application's folder too, but not at processes
  keyless.ec2.static_credentials_info:
    paths:
      - /var/lib/app
    scan_processes: false
  become: true

- name: Leave the folders of one application out
  keyless.ec2.static_credentials_info:
    exclude:
      - /opt/legacy
      - /home/*/legacy
  become: true

- name: Look at the volume of another instance
  keyless.ec2.static_credentials_info:
    root: /mnt
  become: true

- name: Fail where anybody on the host can read a key
  keyless.ec2.static_credentials_info:
  become: true
  register: found
  failed_when: found.credentials | selectattr('world_readable') | length > 0
"""

RETURN = r"""
credentials:
  description:
    - Each access key that stands with its secret, in each place, by path and line, those of processes last.
    - A file that is reached in several ways, by symbolic links for example, is told once. Of one file no more than
      1000 lines are told.
  returned: always
  type: list
  elements: dict
  contains:
    path:
      description: The file, as seen from O(root), or V(/proc/<pid>/environ) of a process.
      returned: always
      type: str
      sample: /home/app/.aws/credentials
    real_path:
      description: The same file without the links on the way.
      returned: always
      type: str
      sample: /home/app/.aws/credentials
    line:
      description: The line of the access key id, from 1. It is null for a process.
      returned: always
      type: int
      sample: 2
    kind:
      description:
        - What it is. V(shared_credentials) and V(config) are the files of the AWS CLI and SDKs.
        - V(environment_file) is C(/etc/environment) or in an C(environment.d), V(profile_script) a start-up file of a
          shell.
        - V(systemd_unit) is a unit or a drop-in, V(systemd_environment_file) an environment file that a unit names, or
          one in C(/etc/default) or C(/etc/sysconfig).
        - V(cron) is a crontab or in a folder of cron, V(container_environment) a C(.env) file, V(compose) a compose
          file.
        - V(boto), V(s3cfg), V(rclone) and V(s3fs) are the configurations of these.
        - V(cli_cache) is what the AWS CLI keeps of the roles that it has assumed. These are temporary credentials, with
          ids that begin with C(ASIA), which expire within hours.
        - V(shell_history) is what was typed into a shell or Python.
        - V(kubernetes) is a kubeconfig, a manifest of a secret, or a configuration of Kubernetes; V(terraform) a
          configuration, variables or a state of Terraform; V(ansible) variables or an inventory of Ansible.
        - V(application_config) is the configuration of an application, such as C(application.yml),
          C(appsettings.json), C(wp-config.php) and what is in C(config/) of Rails.
        - V(cloud_init) is the user data of the instance, or what cloud-init has made of it.
        - V(agent) is the configuration of an agent for logs, metrics, deployments or containers, such as
          C(/etc/ecs/ecs.config).
        - V(supervisor), V(php_fpm) and V(web_server) are the configurations of supervisor, of PHP, and of Apache or
          nginx; V(systemd_config) is C(system.conf) or C(user.conf) of systemd.
        - V(docker) is what Docker keeps of a container, V(jenkins) the C(credentials.xml) of Jenkins.
        - V(process_environment) is the environment of a running process.
        - V(other) is any other file in C(/opt), C(/srv) or C(/var/www), or that O(paths) leads to.
      returned: always
      type: str
      sample: shared_credentials
    access_key_id:
      description: The access key id.
      returned: always
      type: str
      sample: AKIAIOSFODNN7EXAMPLE
    has_secret:
      description:
        - Whether its secret is in the same place. Always V(true) in RV(credentials), always V(false) in RV(ids_only).
      returned: always
      type: bool
      sample: true
    encoding:
      description:
        - What had to be decoded to see it, one of V(utf-16), V(gzip) and V(base64), or null for plain text.
        - Such a file M(keyless.ec2.static_credentials_aside) leaves as it is.
      returned: always
      type: str
      sample: null
    owner:
      description: The user who owns the file or runs the process, or the number where it has no name.
      returned: always
      type: str
      sample: app
    group:
      description: The group of the file, likewise.
      returned: always
      type: str
      sample: app
    mode:
      description: The permissions of the file.
      returned: always
      type: str
      sample: "0600"
    world_readable:
      description:
        - Whether everybody on the host can read it, that is, others may read the file and pass through all folders
          above it. Access control lists are not considered.
      returned: always
      type: bool
      sample: false
    pid:
      description: The id of the process, or null for a file.
      returned: always
      type: int
      sample: 4711
    command:
      description: What the process is called, without its arguments, or null for a file.
      returned: always
      type: str
      sample: /usr/bin/python3
ids_only:
  description:
    - The access key ids without a secret, each with what RV(credentials) have.
    - There is nothing to set aside. Who knows such an id knows the account that it is of, and no more.
  returned: always
  type: list
  elements: dict
  sample: []
aside:
  description:
    - The access keys and the ids without a secret in files that M(keyless.ec2.static_credentials_aside) has set aside.
    - Each has what RV(credentials) have, with the paths that the file had before in C(path) and C(real_path), and
      C(aside_path), which is where it is now.
  returned: always
  type: list
  elements: dict
  sample: []
incomplete:
  description: What was not looked at, or not wholly, by path.
  returned: always
  type: list
  elements: dict
  contains:
    path:
      description: The file or folder.
      returned: always
      type: str
      sample: /home/other/.aws/credentials
    reason:
      description: Why.
      returned: always
      type: str
      sample: Permission denied
msg:
  description: What was found, as a sentence.
  returned: always
  type: str
  sample: 2 access keys in 3 places, and 1 id in 1 place without a secret.
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.keyless.ec2.plugins.module_utils._common.run import report
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.info import look

ARGUMENT_SPEC = {
    "paths": {"type": "list", "elements": "str", "default": []},
    "exclude": {"type": "list", "elements": "str", "default": []},
    "root": {"type": "path", "default": "/"},
    "scan_processes": {"type": "bool", "default": True},
    "max_file_size": {"type": "int", "default": 1048576},
    "timeout": {"type": "int", "default": 30},
}


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    report(module, lambda: look(module.params))


if __name__ == "__main__":
    main()
