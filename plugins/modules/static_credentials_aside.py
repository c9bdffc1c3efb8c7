#!/usr/bin/python
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: static_credentials_aside
version_added: 1.0.0
short_description: Set files with AWS access keys aside, and put them back
description:
  - Takes the AWS access keys out of files of a host, so that applications use the role of the instance, and puts them
    back if they have to. Nothing is ever deleted.
  - The original is renamed in its folder, so it keeps contents, owner, permissions and times. If it has other settings
    too, a file without the credential lines takes its place, with the same owner, group and permissions.
  - A credential line sets an access key id, its secret or its session token. Of an C(Environment=) of systemd only
    those assignments go.
  - It may be interrupted at any moment. The original is never lost, and the next run, with either O(state), goes on.
  - It runs on the host itself and needs nothing there but a Python that your ansible-core supports on hosts; the
    oldest that was tried is 3.7. It calls nothing of AWS.
author:
  - The keyless.ec2 authors (@keyless-ec2)
options:
  paths:
    description:
      - The files, as RV(keyless.ec2.static_credentials_info#module:credentials[].path) tells them.
      - Of a link, the file that it leads to is set aside, and the link stays. A link that belongs neither to root nor
        to the owner of what it leads to is not followed.
      - Nothing in them is expanded, neither C(~) nor C($NAME). A path that was returned as C(escaped:...) is taken as
        such.
    type: list
    elements: str
    required: true
  exclude:
    description:
      - Files and folders that stay as they are, with absolute paths. C(*), C(?) and C([...]) stand for characters of
        one name, and what stands for a folder stands for all that is below it.
      - A link is excluded too where what it leads to is.
    type: list
    elements: str
    default: []
  root:
    description:
      - The folder below which the host's files are, such as a mounted volume.
      - All paths are as seen from there, and no link leads out of it.
    type: path
    default: /
  state:
    description:
      - V(aside) sets the files aside.
      - V(restored) puts the originals back, unless somebody has changed what took their place.
    type: str
    choices: [aside, restored]
    default: aside
  suffix:
    description:
      - What is added to the name of a file that is set aside.
      - C(.keyless.) is put before the name too. So cron does not run the file, and C(EnvironmentFile=/etc/web/*) and
        other globs do not read it, unless they begin with a dot themselves.
      - Files that were set aside by earlier versions, without that prefix, are found and restored all the same.
      - M(keyless.ec2.static_credentials_info) leaves only the default out of what it looks at.
    type: str
    default: .keyless-aside
  timeout:
    description:
      - How long to work, in seconds, in all. What was not come to in time is left.
    type: int
    default: 60
attributes:
  check_mode:
    support: full
    description:
      - Plans the same as a real run, and moves nothing.
  diff_mode:
    support: full
    description:
      - Shows which files change, and nothing of what is in them.
  idempotent:
    support: full
    description:
      - Run again, it finds nothing to do.
seealso:
  - module: keyless.ec2.static_credentials_info
notes:
  - An application that has read its keys already goes on using them until it is started again.
  - The keys are still on the host. When nothing misses them, deactivate them in IAM and remove the files that are set
    aside.
  - A file with nothing but credentials, comments, blank lines and headers of sections is gone when it is set aside.
    Files that something else names, and may not start without, stay, such as environment files of containers and of
    units of systemd, and the configurations of agents, web servers and applications.
  - A key that can't be cut out safely is left where it is, and RV(files[].msg) says why. Such is one in JSON, in a URL,
    in a command, or beside other settings in one line, and one in a file in UTF-16, gzip or base64.
  - One file with which something is wrong does not stop the others. With O(state=aside) the task fails, when all are
    done, only for files that are V(failed); for those that are V(left) it does not, because users could stop it with
    any file of theirs. With O(state=restored) it fails too for each file that is V(left), unless that is a process.
  - Each name of a file counts as a file of its own. Where a file has more names (hard links) than are in O(paths), a
    warning tells so, because the key stays under them.
  - Nothing below C(/proc), C(/sys) and C(/dev) is ever opened.
"""

EXAMPLES = r"""
- name: Find the access keys on the host
  keyless.ec2.static_credentials_info:
    scan_processes: false
  become: true
  register: found

- name: Set them aside
  keyless.ec2.static_credentials_aside:
    paths: "{{ found.credentials | map(attribute='path') | unique }}"
  become: true
  register: aside

- name: Tell what has to be done by hand
  ansible.builtin.debug:
    msg: "{{ item.path }}: {{ item.msg }}"
  loop: "{{ aside.files | selectattr('action', 'eq', 'left') }}"
  loop_control:
    label: "{{ item.path }}"

- name: Put back what was set aside just now
  keyless.ec2.static_credentials_aside:
    paths: "{{ aside.files | selectattr('action', 'in', ['aside', 'trimmed']) | map(attribute='real_path') }}"
    state: restored
  become: true

- name: Set aside all but the files of one application
  keyless.ec2.static_credentials_aside:
    paths: "{{ found.credentials | map(attribute='path') | unique }}"
    exclude:
      - /opt/legacy
      - /home/*/.s3cfg
  become: true
"""

RETURN = r"""
files:
  description: What was done with each file, in the order of O(paths).
  returned: when the options can be used
  type: list
  elements: dict
  contains:
    path:
      description:
        - The file, as it was given.
        - A path that has characters which can't be printed, such as a newline, or what is not UTF-8, is C(escaped:) and
          the path, in which each byte of those and each backslash is C(\xNN). Both modules take it so.
      returned: always
      type: str
      sample: /home/app/.aws/credentials
    real_path:
      description:
        - The same file without the links on the way, or null where that is not known. Given as O(paths), it is restored
          even if somebody has changed the links since.
      returned: always
      type: str
      sample: /home/app/.aws/credentials
    action:
      description:
        - V(aside) is a file that was set aside, V(trimmed) one in whose place there is now a file without the
          credentials, and V(restored) one that is back.
        - V(unchanged) is one with which there was nothing to do, V(left) one with which it can't be done safely, and
          V(failed) one with which it did not work.
      returned: always
      type: str
      sample: aside
    aside_path:
      description: Where the original is, or would be, while it is set aside. It is null where there is no such path.
      returned: always
      type: str
      sample: /home/app/.aws/.keyless.credentials.keyless-aside
    reason:
      description:
        - Why nothing was done, or null.
        - Of V(unchanged) one of V(not_found), V(no_access_key), V(already_aside), V(not_aside), V(same_file) and
          V(excluded).
        - Of V(left) for what is in the file, V(in_json), V(in_url), V(in_command), V(unclear), V(encoded),
          V(binary) and V(too_large), which is more than 16 MiB or 100000 lines.
        - Of V(left) for what it is, V(process), V(not_regular), V(link), which is one that is not followed or leads
          in a circle, V(aside_exists), which is a file that has a key again, V(immutable), V(mount), V(read_only),
          V(no_access), V(limit), which is the length of a name, the number of links or a quota, and V(in_the_way).
        - Of V(left) for what happened, V(timeout) and V(busy), which is a file that somebody was changing.
        - Of V(left) with O(state=restored) also V(changed_meanwhile), which is a file that somebody has changed since
          it was trimmed, and V(other_owner), where what is set aside belongs to another user or group.
        - Of V(failed) it is V(error), which is any other error, such as of the disk.
      returned: always
      type: str
      sample: in_url
    msg:
      description: The same as a sentence, and what to do about it.
      returned: always
      type: str
      sample: Line 4 is in a URL. Take the key out by hand.
msg:
  description: What was done, as a sentence.
  returned: always
  type: str
  sample: 2 set aside, 1 left.
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.keyless.ec2.plugins.module_utils._common.run import run, without_actions
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.job import AsideJob

ARGUMENT_SPEC = {
    "paths": {"type": "list", "elements": "str", "required": True},
    "exclude": {"type": "list", "elements": "str", "default": []},
    "root": {"type": "path", "default": "/"},
    "state": {"type": "str", "choices": ["aside", "restored"], "default": "aside"},
    "suffix": {"type": "str", "default": ".keyless-aside"},
    "timeout": {"type": "int", "default": 60},
}


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    run(module, lambda: AsideJob(module.params), without_actions)


if __name__ == "__main__":
    main()
