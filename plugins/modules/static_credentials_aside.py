#!/usr/bin/python
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: static_credentials_aside
version_added: 1.0.0
short_description: Set aside files that contain AWS access keys, and put them back
description:
  - Takes AWS access keys out of files on a host, so that applications use the role of the instance. Can put the keys back. Nothing is ever
    deleted.
  - The original file is renamed within its directory. It keeps its contents, owner, permissions and times. If it has other settings too, a
    copy without the credential lines takes its place, with the same owner, group and permissions.
  - A credential line sets an access key id, its secret or its session token. In an C(Environment=) line of systemd, only these assignments
    are removed.
  - The module can be interrupted at any moment. The original is never lost, and the next run continues, with either O(state).
  - The module runs on the host itself. It needs nothing there but a Python version that your ansible-core supports on managed hosts. The
    oldest tested version is 3.7. It makes no AWS calls.
author:
  - The keyless.ec2 authors (@keyless-ec2)
options:
  paths:
    description:
      - The files, as in RV(keyless.ec2.static_credentials_info#module:credentials[].path).
      - If a path is a symbolic link, the file that it points to is set aside, and the link stays. A link is only followed if it belongs to
        root, to the user who runs the module, or to the owner of what it points to.
      - C(~) and C($NAME) are not expanded. Paths that were returned as C(escaped:...) are accepted.
    type: list
    elements: str
    required: true
  exclude:
    description:
      - Files and directories to leave alone, as absolute paths. C(*), C(?) and C([...]) match characters within one name. A pattern that
        matches a directory also covers everything in it.
      - A link is also excluded if its target is.
    type: list
    elements: str
    default: []
  root:
    description:
      - The directory that contains the host's files, such as a mounted volume.
      - All paths are interpreted inside this directory, and no link leads out of it.
    type: path
    default: /
  state:
    description:
      - V(aside) sets the files aside.
      - V(restored) puts the originals back, unless the files that took their places have been changed.
    type: str
    choices: [aside, restored]
    default: aside
  suffix:
    description:
      - What to append to the name of a file that is set aside.
      - The name also gets the prefix C(.keyless.). So cron does not run the file, and globs such as C(EnvironmentFile=/etc/web/*) do not
        match it, unless they begin with a dot themselves.
      - A file that web servers run because of the ending of its name, such as C(.php), keeps the ending behind the suffix. Otherwise they would hand
        out its text.
      - M(keyless.ec2.static_credentials_info) only recognizes the default suffix.
    type: str
    default: .keyless-aside
  timeout:
    description:
      - The time limit for the whole run, in seconds. Files that are not done in time are left as they are.
      - The time is shared. The files of each owner get an equal share of the time that is left, beginning with root and those who have the
        fewest bytes.
      - All ids that a user has from C(/etc/subuid) count as that user, and all ids that nobody knows as one user. Files in a file system in user
        space (FUSE) belong to the user who has mounted it, whatever they show.
      - A file system that does not respond uses up only the time for what is on it.
      - Up to half of it is spent on waiting for another run of this module on the host.
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
      - Shows which files change, but none of their contents.
  idempotent:
    support: full
    description:
      - A second run finds nothing to do.
seealso:
  - module: keyless.ec2.static_credentials_info
notes:
  - An application that has already read its keys keeps using them until it is restarted.
  - The keys are still on the host. Once nothing needs them any more, deactivate them in IAM and delete the files that were set aside.
  - If a file has nothing but credentials, comments, blank lines and section headers, no file takes its place. The exception is files that
    something else refers to and may not start without, such as environment files of containers and systemd units, and the configuration of
    agents, web servers and applications, other files in C(/etc), and files of profiles with section headers. In their case a file stays. An SDK
    refuses a profile that is in no file, but uses the role for an empty one.
  - A key that can't be removed safely is left where it is, and RV(files[].msg) says why. This applies to keys in JSON, in a URL, in a
    command, or on a line with other settings, and to keys in files in UTF-16, gzip or base64.
  - A problem with one file, whatever it is, concerns only that file. With O(state=aside), the task does not fail for files that are V(left),
    because then any user could stop it with a file of their own. With O(state=restored), it fails at the end if a file is V(left), unless that
    is the environment of a process.
  - Only one run at a time changes the files of a host. Another one waits for it. If it waits too long, it changes nothing and fails, with
    either O(state), and RV(files[].msg) names the process of the other run. A run that is killed keeps nobody waiting. Check mode does not wait.
  - The lock for that is in C(/run/keyless-ec2) for root, and in C(.keyless-ec2) in the home of any other user who runs the module. If that can't
    be written, or if others can enter it, the module changes nothing and fails. Runs of different users, and those in containers that share files
    but not C(/run), do not wait for each other. Do not start them at the same time for the same files.
  - Each hard link counts as a file of its own. If a file has more names than are in O(paths), there is a warning, because the key is still
    there under the other names.
  - Nothing in C(/proc), C(/sys) and C(/dev) is ever opened.
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

- name: Show what has to be done by hand
  ansible.builtin.debug:
    msg: "{{ item.path }}: {{ item.msg }}"
  loop: "{{ aside.files | selectattr('action', 'eq', 'left') }}"
  loop_control:
    label: "{{ item.path }}"

- name: Restore the files that were just set aside
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
  returned: when the options are valid
  type: list
  elements: dict
  contains:
    path:
      description:
        - The path of the file, as it was given.
        - A path with invisible characters, such as a newline, or with bytes that are not UTF-8, is returned as C(escaped:) followed by
          the path. In it, each such byte and each backslash is written as C(\xNN). Both modules accept this form.
      returned: always
      type: str
      sample: /home/app/.aws/credentials
    real_path:
      description:
        - The path of the file with all links resolved, or null if that is unknown. Use it in O(paths) to restore the file even if the links
          have changed since.
      returned: always
      type: str
      sample: /home/app/.aws/credentials
    action:
      description:
        - V(aside) if the file was set aside, V(trimmed) if a file without the credentials took its place, and V(restored) if the original
          is back.
        - V(unchanged) if there was nothing to do, and V(left) if it can't be done safely or did not work.
      returned: always
      type: str
      sample: aside
    aside_path:
      description: Where the original is while it is set aside, or where it would be. Null if there is no such path.
      returned: always
      type: str
      sample: /home/app/.aws/.keyless.credentials.keyless-aside
    reason:
      description:
        - Why nothing was done, or null.
        - For V(unchanged), V(not_found), V(no_access_key), V(already_aside), V(not_aside), V(same_file) or V(excluded).
        - For V(left) because of its contents, V(in_json), V(in_url), V(in_command), V(unclear), V(encoded), V(binary) or V(too_large) (more
          than 4 MiB or 100000 lines, or all files of its owner together more than 64 MiB).
        - For V(left) because of what it is, V(backup) (the path of a file that was set aside), V(process), V(not_regular), V(link) (a link that
          is not followed or leads in a circle), V(aside_exists) (the file has a key again), V(immutable), V(mount), V(read_only), V(no_access),
          V(limit) (the length of a name, the number of links, or a quota) or V(in_the_way).
        - For V(left) because of what happened, V(timeout), V(busy) (another process was changing the file), V(locked) (another process has a
          lease on it), V(no_response) (the file system stopped responding, so the file may have been moved, and counts as changed),
          V(no_space) (the file system is full) or V(error) (any other error, for example of the disk).
        - For V(left) because nothing on the host could be moved, V(other_run) (another run of this module is changing files) or V(no_lock) (the
          lock that keeps other runs out can't be used). These fail the task.
        - For V(left) with O(state=restored), also V(changed_meanwhile) (the file was changed after it was trimmed) or V(other_owner) (the
          file that is set aside belongs to another user or group).
      returned: always
      type: str
      sample: in_url
    only_root:
      description:
        - Whether nobody but root, or the user who runs the module, can change the file, its directory or a directory above it. Everybody else
          who can may also keep the file from being moved, with any RV(files[].reason). False if this is unknown.
      returned: always
      type: bool
      sample: true
    errno:
      description: The name of the system's error that kept the file from being moved, or null.
      returned: always
      type: str
      sample: ENOSPC
    msg:
      description: What happened, as a sentence, and what to do about it.
      returned: always
      type: str
      sample: Line 4 is in a URL. Remove the key by hand.
msg:
  description: The plan in one sentence in check mode, and otherwise what was done. It names at most three failures.
  returned: always
  type: str
  sample: 2 set aside, 1 left.
"""

from functools import partial

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.keyless.ec2.plugins.module_utils._common.detached import call_detached
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
    run(module, lambda: AsideJob(module.params), without_actions, partial(call_detached, seconds=module.params["timeout"]))


if __name__ == "__main__":
    main()
