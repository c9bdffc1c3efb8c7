#!/usr/bin/python
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: static_credentials_info
version_added: 0.1.0
short_description: Find AWS access keys that lie on a host
description:
  - Looks for AWS access keys in the files of a host where they usually are, and in the environments of its processes.
  - Tells where each one is, its access key id, and who can read it. Secret access keys and session tokens are never
    returned, logged or kept.
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
  - An access key id is C(AKIA), or C(ASIA) for temporary credentials, and 16 characters of A to Z and 2 to 7. Those of
    documentation, which end in C(EXAMPLE) or repeat one character, are left out.
  - Where it looks in the homes of all users of C(/etc/passwd), in C(/home/*) and C(/root) - C(.aws/credentials),
    C(.aws/config), start-up files of shells, C(.config/environment.d), C(.boto), C(.s3cfg), C(rclone.conf),
    C(.passwd-s3fs), and systemd user units.
  - Where it looks besides - C(/etc/environment), C(/etc/environment.d), C(/etc/profile), C(/etc/profile.d),
    C(/etc/bash.bashrc), C(/etc/bashrc), C(/etc/boto.cfg), C(/etc/s3cfg), C(/etc/passwd-s3fs), the crontabs, the units
    of systemd and the environment files that they name, C(/etc/default) and C(/etc/sysconfig).
  - C(.env), C(*.env), C(.env.*), C(compose*.yml) and C(docker-compose*.yml) are looked for in homes, C(/opt), C(/srv)
    and C(/etc/docker), up to 4 folders deep.
  - Left out are binary files, and folders named C(node_modules), C(.git) and C(.cache). A file that is named in
    O(paths) is looked at whatever its name.
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
    - Each access key in each place, by path and line, those of processes last.
    - A file that is reached in several ways, by symbolic links for example, is told once.
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
        - V(process_environment) is the environment of a running process.
        - V(other) is any other file that O(paths) leads to.
      returned: always
      type: str
      sample: shared_credentials
    access_key_id:
      description: The access key id.
      returned: always
      type: str
      sample: AKIAIOSFODNN7EXAMPLE
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
aside:
  description:
    - The access keys in files that M(keyless.ec2.static_credentials_aside) has set aside.
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
  sample: 2 access keys in 3 places.
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
