#!/usr/bin/python
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: static_credentials_info
version_added: 1.0.0
short_description: Find AWS access keys on a host
description:
  - Searches the files of a host where AWS access keys usually are, and the environments of its processes.
  - Returns where each key is, its access key id, and who can read it. Secret access keys and session tokens are never returned, logged or stored.
  - Only an access key id together with its secret counts as a key. An id on its own, for example in a log, a ticket or a presigned URL, gives no
    access. Such ids are in RV(ids_only).
  - The module runs on the host itself. It needs nothing there but a Python version that your ansible-core supports on managed hosts. The oldest
    tested version is 3.7. It makes no AWS calls.
author:
  - The keyless.ec2 authors (@keyless-ec2)
options:
  paths:
    description:
      - Additional files or directories to search, as absolute paths. Directories are searched up to 16 levels deep.
      - A path that does not exist is listed in RV(incomplete).
      - C(~) and C($NAME) are not expanded. Paths that were returned as C(escaped:...) are accepted.
    type: list
    elements: str
    default: []
  exclude:
    description:
      - Files and directories to skip, as absolute paths. C(*), C(?) and C([...]) match characters within one name. A pattern that matches a
        directory also covers everything in it.
      - A link is also excluded if its target is. The environments of processes are C(/proc/<pid>/environ).
    type: list
    elements: str
    default: []
  root:
    description:
      - The directory that contains the host's files, such as a mounted volume.
      - All paths, in O(paths) and in the result, are interpreted inside this directory, and no link leads out of it.
    type: path
    default: /
  scan_processes:
    description:
      - Whether to search the environments of running processes. Those of other users require O(ignore:become=true).
      - The processes that run the module itself are skipped.
    type: bool
    default: true
  max_file_size:
    description:
      - How much of each file to search, in bytes.
      - The rest of a larger text file, up to 64 MiB, is only checked for what looks like an access key id. If it has one, or is not checked, the
        file is listed in RV(incomplete).
    type: int
    default: 1048576
  timeout:
    description:
      - The time limit for the whole run, in seconds. What is not searched in time is listed in RV(incomplete).
      - The time is shared. The processes of each user, each system location, root's home, each of O(paths) and each other home take turns in
        this order. Each gets an equal share of the time that is left. Those that are not done then share the rest, together with the folders of
        other users that were found in a location, for example in C(/var/www). Those of one user take turns as one.
      - All ids that a user has from C(/etc/subuid) count as that user, and all ids that nobody knows as one user. Files in a file system in user
        space (FUSE) belong to the user who has mounted it, whatever they show.
      - A file system that does not respond uses up only the time for what is on it.
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
  - An access key id is C(AKIA), or C(ASIA) for temporary credentials, followed by 16 characters of A to Z and 2 to 7. It can have words in front of
    it, as in C(prod_AKIA...). Placeholders are ignored. These are ids that contain words such as C(EXAMPLE), repeated characters, or the alphabet.
  - Its secret is the nearest string of 40 base64 characters in the same section, with uppercase and lowercase letters. It can be some distance away
    if it is named like an AWS secret. The distance must be shorter if it is only called a secret or a password. Without a name, it must be the next
    word after the id. Strings that are named as tokens, signatures or hashes are ignored. In the environment of a process, the secret can be
    anywhere.
  - Locations in the homes of all users of C(/etc/passwd), in C(/home/*) and in C(/root) - C(.aws/credentials), C(.aws/config), C(.aws/cli/cache),
    startup files and histories of shells, C(.pam_environment), C(.ssh/environment), C(.config/environment.d), C(.boto), C(.s3cfg), C(rclone.conf),
    C(.passwd-s3fs), C(.kube), C(credentials.xml) of Jenkins, and systemd user units.
  - System locations - C(/etc/environment), C(/etc/environment.d), startup files of shells in C(/etc), C(/etc/boto.cfg), C(/etc/s3cfg),
    C(/etc/passwd-s3fs), the crontabs, systemd units and the environment files that they name, C(/etc/default), C(/etc/sysconfig), C(system.conf) and
    C(user.conf) of systemd; C(/var/lib/cloud) and C(/etc/cloud); the configuration of the ECS agent, C(awslogs), CodeDeploy, the SSM agent,
    td-agent, Fluentd, Fluent Bit, Logstash, Filebeat, Telegraf and Vector; supervisor, PHP, Apache and nginx; C(/etc/kubernetes), C(/etc/rancher)
    and the manifests of k3s; C(/etc/ansible); C(config.v2.json) of Docker containers.
  - All text files in C(/etc), C(/usr/local), C(/opt), C(/srv) and C(/var/www), up to 16 levels deep.
  - The files that C(AWS_SHARED_CREDENTIALS_FILE) and C(AWS_CONFIG_FILE) name in a unit, a startup file, another file that sets variables, or the
    environment of a process.
  - In homes, up to 6 levels deep, files with these names - C(.env), C(*.env), C(.env.*), YAML (compose files, C(application.yml), Ansible variables,
    Kubernetes secrets), C(*.tf), C(*.tfvars), C(*.tfstate), C(*.properties), C(*.json), C(*.ini), C(*.cfg), C(*.conf), C(*.toml), C(*.csv),
    C(*.xml), C(*.txt), notebooks (C(*.ipynb), C(*.Rmd)), scripts and sources (C(*.sh), C(*.bash), C(*.zsh), C(*.fish), C(*.py), C(*.pl), C(*.ps1),
    C(*.bat), C(*.php), C(*.rb), C(*.js), C(*.ts), C(*.r), C(*.lua), C(*.tcl), C(*.groovy), C(*.go), C(*.java), C(*.kt), C(*.cs), C(*.scala),
    C(*.sql), C(*.hcl)), and names without a suffix, such as C(backup) and C(.envrc).
  - Formats - plain text, UTF-16 with and without a byte order mark, gzip (at most O(max_file_size) is unpacked), and values and whole files in
    base64, as in Kubernetes secrets.
  - Not searched, by location, and listed in RV(not_searched) - all other directories, such as C(/tmp), C(/mnt), C(/data), C(/var/log) and the rest
    of C(/var/lib), including the file systems of containers; other files in homes, and files deeper in them; directories named C(node_modules),
    C(.git) and C(.cache); C(/proc), C(/sys) and C(/dev), except the environments of processes; the memory and arguments of processes; the user
    data in the metadata service. Use O(paths) to add locations.
  - Not searched, by type - binary files; archives and packages (C(.zip), C(.tar), C(.jar), C(.deb)); compression other than gzip; databases,
    keyrings and keystores; images and documents. Files with such names are not even opened, unless they are in O(paths). Keys in encrypted data are
    not found, except those of Jenkins, which are stored next to what decrypts them. A secret is not found either if it is in another file than its
    id, in base64 with line breaks, or put together by a program.
  - A tree of 100,000 files of 2 KiB takes about 30 seconds and less than 100 MiB of memory.
    R(A comparison,ansible_collections.keyless.ec2.docsite.comparison_scanners) with other tools is in the collection's documentation.
  - Files that M(keyless.ec2.static_credentials_aside) has set aside, whose names begin with C(.keyless.) and end with C(.keyless-aside), or with
    C(.keyless-aside.php) or another such ending, are listed in RV(aside), not in RV(credentials).
  - A link is only followed if it belongs to root, to the user who runs the module, or to the owner of what it points to. Other links are listed in
    RV(incomplete). If a unit, startup file or process belongs to a user other than root, only those of the files that it names are searched that
    belong to the same user.
  - Each hard link is returned as a file of its own.
  - Nothing in C(/proc), C(/sys) and C(/dev) is ever opened, except what C(/proc) shows of processes.
  - Without O(ignore:become=true), only what the user can read is searched. The rest is listed in RV(incomplete).
  - A path with invisible characters, such as a newline, or with bytes that are not UTF-8, is returned as C(escaped:) followed by the path. In it,
    each such byte and each backslash is written as C(\xNN). O(paths), O(exclude) and O(keyless.ec2.static_credentials_aside#module:paths) accept
    this form. Such characters are also escaped in the names of users and commands.
"""

EXAMPLES = r"""
- name: Find the access keys on the host
  keyless.ec2.static_credentials_info:
  become: true
  register: found

- name: Show where they are
  ansible.builtin.debug:
    msg: "{{ item.access_key_id }} in {{ item.path }}, line {{ item.line }}"
  loop: "{{ found.credentials }}"
  loop_control:
    label: "{{ item.path }}"

- name: Search the application's directory too, but no processes
  keyless.ec2.static_credentials_info:
    paths:
      - /var/lib/app
    scan_processes: false
  become: true

- name: Exclude the directories of one application
  keyless.ec2.static_credentials_info:
    exclude:
      - /opt/legacy
      - /home/*/legacy
  become: true

- name: Search the volume of another instance
  keyless.ec2.static_credentials_info:
    root: /mnt
  become: true

- name: Fail if anybody on the host can read a key
  keyless.ec2.static_credentials_info:
  become: true
  register: found
  failed_when: found.credentials | selectattr('world_readable') | length > 0
"""

RETURN = r"""
credentials:
  description:
    - The access keys that were found with their secret, one row for each location, sorted by path and line. Processes come last.
    - A file that can be reached in several ways, for example by symbolic links, is returned once. At most 1000 lines of a file are returned.
  returned: always
  type: list
  elements: dict
  contains:
    path:
      description: The path of the file inside O(root), or V(/proc/<pid>/environ) for a process.
      returned: always
      type: str
      sample: /home/app/.aws/credentials
    real_path:
      description: The path of the file with all links resolved.
      returned: always
      type: str
      sample: /home/app/.aws/credentials
    line:
      description: The line of the access key id, counted from 1. Null for a process.
      returned: always
      type: int
      sample: 2
    kind:
      description:
        - What the file is. V(shared_credentials) and V(config) are the files of the AWS CLI and SDKs.
        - V(environment_file) is C(/etc/environment) or a file in an C(environment.d) directory, V(profile_script) a startup file of a shell.
        - V(systemd_unit) is a unit or a drop-in, V(systemd_environment_file) an environment file that a unit names, or a file in C(/etc/default) or
          C(/etc/sysconfig).
        - V(cron) is a crontab or a file in a cron directory, V(container_environment) a C(.env) file, V(compose) a compose file.
        - V(boto), V(s3cfg), V(rclone) and V(s3fs) are the configuration files of these tools.
        - V(cli_cache) is the AWS CLI's cache of roles that it has assumed. It has temporary credentials, with ids that begin with C(ASIA), which
          expire within hours.
        - V(shell_history) is what was typed into a shell or Python.
        - V(kubernetes) is a kubeconfig, a secret manifest, or a Kubernetes configuration file; V(terraform) a Terraform configuration, variables or
          state file; V(ansible) Ansible variables or an inventory.
        - V(application_config) is the configuration of an application, such as C(application.yml), C(appsettings.json), C(wp-config.php), or a file
          in the C(config/) directory of Rails.
        - V(cloud_init) is the user data of the instance, or what cloud-init has made of it.
        - V(agent) is the configuration of an agent for logs, metrics, deployments or containers, such as C(/etc/ecs/ecs.config).
        - V(supervisor), V(php_fpm) and V(web_server) are the configuration of supervisor, of PHP, and of Apache or nginx; V(systemd_config) is
          C(system.conf) or C(user.conf) of systemd.
        - V(docker) is Docker's configuration of a container, V(jenkins) the C(credentials.xml) of Jenkins.
        - V(system_config) is any other file in C(/etc).
        - V(process_environment) is the environment of a running process.
        - V(other) is any other file.
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
        - Whether a secret was found with it. Always V(true) in RV(credentials), always V(false) in RV(ids_only).
        - It is not verified that the secret belongs to the key. Every user of a host can write an id next to invented characters.
      returned: always
      type: bool
      sample: true
    encoding:
      description:
        - How the key is encoded, V(utf-16), V(gzip) or V(base64), or null for plain text.
        - M(keyless.ec2.static_credentials_aside) leaves encoded files as they are.
      returned: always
      type: str
      sample: null
    owner:
      description: The user who owns the file or runs the process. The numeric id if it has no name.
      returned: always
      type: str
      sample: app
    group:
      description: The group of the file. The numeric id if it has no name.
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
        - Whether everybody on the host can read it. That is, others can read the file and enter all directories above it. If the directories
          can't be read, only the file counts. Access control lists are not considered.
      returned: always
      type: bool
      sample: false
    pid:
      description: The id of the process, or null for a file.
      returned: always
      type: int
      sample: 4711
    command:
      description: The name of the process, without its arguments, or null for a file.
      returned: always
      type: str
      sample: /usr/bin/python3
ids_only:
  description:
    - The access key ids that were found without a secret. The rows are like those in RV(credentials).
    - There is nothing to set aside. Anyone who knows such an id knows the account it belongs to, and no more.
  returned: always
  type: list
  elements: dict
  sample: []
aside:
  description:
    - The access keys, and the ids without a secret, in files that M(keyless.ec2.static_credentials_aside) has set aside.
    - The rows are like those in RV(credentials). C(path) and C(real_path) are the paths that the file had before, and C(aside_path) is where it is
      now.
  returned: always
  type: list
  elements: dict
  sample: []
incomplete:
  description: What was not searched, or not completely, sorted by path.
  returned: always
  type: list
  elements: dict
  contains:
    target:
      description: The path of the file or directory.
      returned: always
      type: str
      sample: /home/other/.aws/credentials
    reason:
      description:
        - V(permission_denied) means that the user who runs the task may not read it.
        - V(too_large) means that only the first O(max_file_size) bytes of it were searched, and that the rest may have a key.
        - V(timeout) means that O(timeout) ended before it was searched completely, for example because its file system does not
          respond.
        - V(too_many_files) and V(too_deep) mean that the directory has more files of one user, or more levels of directories, than are searched,
          that the paths of the files or directories of one user are too long together, that files of one user name more than a thousand others,
          or that a home has more than a thousand systemd units with keys.
        - V(too_many_locations) counts the locations in a directory that have no row. The first hundred have one.
        - V(not_found) and V(not_regular) mean that O(paths) names something that does not exist, or that is not a file or directory.
        - V(link) means that a symbolic link leads in a circle or must not be followed.
        - V(other_owner) means that a file or process of one user names a file of another.
        - V(unknown_path) for a systemd unit means that the directory of one of its environment files is only known when the unit starts.
        - For other files and processes, V(unknown_path) means that C(AWS_SHARED_CREDENTIALS_FILE) or C(AWS_CONFIG_FILE) has a value that is only
          known at run time, or is set in a container, or in a process of which it is not known who has started it.
        - V(too_many_keys) means that the files of its owner together have more than a thousand keys, or a thousand ids without a secret. The rest are
          not listed. Of root, ten of each are listed of every file, because others decide what is in a log.
        - V(too_many_homes) means that a process has more than three values of C(HOME); credentials files in the others are not searched for.
        - V(unreadable) means that it could not be read for another reason, see RV(incomplete[].message).
      returned: always
      type: str
      sample: permission_denied
    message:
      description: The reason in words.
      returned: always
      type: str
      sample: Permission denied
searched:
  description:
    - What was searched of the files that exist, sorted by path. What was not searched completely is also in RV(incomplete).
    - What lies in a directory of which all text files were searched has no row of its own.
  returned: always
  type: list
  elements: dict
  contains:
    path:
      description: The path of the file or directory, or V(/proc).
      returned: always
      type: str
      sample: /etc
    scope:
      description:
        - V(all) means all text files in the directory, V(by_name) files with known names in it, and V(file) that it is a file.
        - V(environments) means the environments of processes.
      returned: always
      type: str
      sample: all
    levels:
      description: How many levels of directories were searched.
      returned: always
      type: int
      sample: 16
not_searched:
  description:
    - The directories of the host that are not searched by default, or only in part, down to their second level, and O(exclude).
    - That no key was found says nothing about these. Use O(paths) to search them.
  returned: always
  type: list
  elements: dict
  contains:
    target:
      description: The path of the directory.
      returned: always
      type: str
      sample: /var/lib
    message:
      description: What of it was not searched.
      returned: always
      type: str
      sample: "Only these were searched: /var/lib/cloud"
sdk_credentials:
  description:
    - What AWS's SDKs find for the users, profiles and systemd units that have a key, or had one that is set aside. At most 1000 rows.
    - The order of the sources is that of botocore and the AWS CLI. Other SDKs have the same sources in a similar order. Programs that read keys from
      their own configuration files are not listed.
    - The variables of a user are those in C(/etc/environment), C(/etc/profile), C(/etc/profile.d) and the startup files in the home. What a script
      computes is unknown, and every assignment in it counts.
  returned: always
  type: list
  elements: dict
  contains:
    type:
      description: V(user), V(profile) or V(unit). The row of a user is about the profile that is used unless another one is chosen.
      returned: always
      type: str
      sample: profile
    name:
      description: The home of the user, the name of the profile, or the name of the unit.
      returned: always
      type: str
      sample: deploy
    home:
      description: The home whose files count.
      returned: always
      type: str
      sample: /home/app
    before:
      description:
        - Where the credentials come from if all files that were set aside are in their places.
        - V(environment), V(shared_credentials), V(config), V(boto) and V(ec2_credential_file) are keys in a place of that kind. V(instance_role) is
          the role of the instance. V(assume_role), V(web_identity), V(sso), V(login), V(credential_process) and V(container) are other sources.
        - V(nothing) means that the SDK finds no credentials, V(error) that it refuses the configuration, and V(unknown) that there was no time to
          find out.
      returned: always
      type: str
      sample: assume_role
    now:
      description: Where they come from now. The values are those of RV(sdk_credentials[].before).
      returned: always
      type: str
      sample: assume_role
    without_keys:
      description:
        - Where they come from once M(keyless.ec2.static_credentials_aside) has set aside all files with keys that it can.
        - The values are those of RV(sdk_credentials[].before).
      returned: always
      type: str
      sample: error
    uses_role:
      description: Whether the instance's role is used then.
      returned: always
      type: bool
      sample: false
    message:
      description: Which setting decides that, if it is not obvious.
      returned: always
      type: str
      sample: The source_profile default of profile deploy has no credentials.
    fix:
      description: What to change, so that the SDK uses the instance's role. Empty if it does.
      returned: always
      type: str
      sample: In profile deploy, replace source_profile with credential_source = Ec2InstanceMetadata.
msg:
  description: A summary in one sentence.
  returned: always
  type: str
  sample: 2 access keys in 3 locations, and 1 id in 1 location without a secret.
"""

from functools import partial

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.keyless.ec2.plugins.module_utils._common.detached import call_detached
from ansible_collections.keyless.ec2.plugins.module_utils._common.run import run_info
from ansible_collections.keyless.ec2.plugins.module_utils._static_credentials.info import gather

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
    run_info(module, lambda: gather(module.params), partial(call_detached, seconds=module.params["timeout"]))


if __name__ == "__main__":
    main()
