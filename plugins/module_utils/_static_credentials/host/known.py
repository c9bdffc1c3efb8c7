# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The paths at which access keys lie on hosts, and the kind of file at each.  Pure.

A path that ends in ``/*`` is every file of a folder, in ``/**`` of the folders below it too; in ``/**/name`` those of
that name.
"""

from __future__ import annotations

UNIT = "systemd_unit"
UNIT_ENVIRONMENT = "systemd_environment_file"
CONTAINER_ENVIRONMENT = "container_environment"
CRON = "cron"
PROCESS = "process_environment"
OTHER = "other"

# Somebody else names these files, and may refuse to start without them.
MUST_EXIST = (
    CONTAINER_ENVIRONMENT, UNIT_ENVIRONMENT, "agent", "ansible", "application_config", "docker", "kubernetes",
    "php_fpm", "supervisor", "terraform", "web_server",
)

IN_HOMES = (
    ("shared_credentials", ".aws/credentials"),
    ("config", ".aws/config"),
    ("profile_script", ".bashrc"),
    ("profile_script", ".bash_profile"),
    ("profile_script", ".bash_login"),
    ("profile_script", ".profile"),
    ("profile_script", ".zshrc"),
    ("profile_script", ".zprofile"),
    ("profile_script", ".zshenv"),
    ("profile_script", ".zlogin"),
    ("profile_script", ".kshrc"),
    ("profile_script", ".cshrc"),
    ("profile_script", ".tcshrc"),
    ("profile_script", ".bash_aliases"),
    ("profile_script", ".config/fish/config.fish"),
    ("profile_script", ".config/fish/conf.d/*"),
    ("environment_file", ".pam_environment"),
    ("environment_file", ".ssh/environment"),
    ("environment_file", ".config/environment.d/*"),
    ("boto", ".boto"),
    ("s3cfg", ".s3cfg"),
    ("rclone", ".config/rclone/rclone.conf"),
    ("rclone", ".rclone.conf"),
    ("s3fs", ".passwd-s3fs"),
    (UNIT, ".config/systemd/user/**"),
    (UNIT, ".local/share/systemd/user/**"),
    ("shell_history", ".bash_history"),
    ("shell_history", ".zsh_history"),
    ("shell_history", ".sh_history"),
    ("shell_history", ".ash_history"),
    ("shell_history", ".ksh_history"),
    ("shell_history", ".history"),
    ("shell_history", ".histfile"),
    ("shell_history", ".python_history"),
    ("shell_history", ".local/share/fish/fish_history"),
    ("cli_cache", ".aws/cli/cache/*"),
    ("cli_cache", ".aws/boto/cache/*"),
    ("kubernetes", ".kube/*"),
    ("jenkins", "credentials.xml"),
)
IN_SYSTEM = (
    ("environment_file", "/etc/environment"),
    ("environment_file", "/etc/environment.d/*"),
    ("profile_script", "/etc/profile"),
    ("profile_script", "/etc/profile.d/*"),
    ("profile_script", "/etc/bash.bashrc"),
    ("profile_script", "/etc/bashrc"),
    ("profile_script", "/etc/zshrc"),
    ("profile_script", "/etc/zshenv"),
    ("profile_script", "/etc/zsh/*"),
    ("profile_script", "/etc/csh.cshrc"),
    ("profile_script", "/etc/csh.login"),
    ("boto", "/etc/boto.cfg"),
    ("s3cfg", "/etc/s3cfg"),
    ("s3fs", "/etc/passwd-s3fs"),
    (UNIT, "/etc/systemd/system/**"),
    (UNIT, "/etc/systemd/user/**"),
    (UNIT, "/run/systemd/system/**"),
    (UNIT, "/usr/lib/systemd/system/**"),
    (UNIT, "/lib/systemd/system/**"),
    (UNIT_ENVIRONMENT, "/etc/default/*"),
    (UNIT_ENVIRONMENT, "/etc/sysconfig/*"),
    (CRON, "/etc/crontab"),
    (CRON, "/etc/anacrontab"),
    (CRON, "/etc/cron.d/*"),
    (CRON, "/etc/cron.hourly/*"),
    (CRON, "/etc/cron.daily/*"),
    (CRON, "/etc/cron.weekly/*"),
    (CRON, "/etc/cron.monthly/*"),
    (CRON, "/var/spool/cron/**"),
    ("systemd_config", "/etc/systemd/system.conf"),
    ("systemd_config", "/etc/systemd/user.conf"),
    ("systemd_config", "/etc/systemd/system.conf.d/*"),
    ("systemd_config", "/etc/systemd/user.conf.d/*"),
    ("cloud_init", "/var/lib/cloud/**"),
    ("cloud_init", "/etc/cloud/**"),
    ("agent", "/etc/ecs/*"),
    ("agent", "/var/lib/ecs/**"),
    ("agent", "/etc/awslogs/*"),
    ("agent", "/var/awslogs/etc/*"),
    ("agent", "/etc/codedeploy-agent/**"),
    ("agent", "/etc/amazon/**"),
    ("agent", "/etc/td-agent/**"),
    ("agent", "/etc/td-agent-bit/**"),
    ("agent", "/etc/fluent/**"),
    ("agent", "/etc/fluentd/**"),
    ("agent", "/etc/fluent-bit/**"),
    ("agent", "/etc/logstash/**"),
    ("agent", "/etc/filebeat/**"),
    ("agent", "/etc/telegraf/**"),
    ("agent", "/etc/vector/**"),
    ("supervisor", "/etc/supervisord.conf"),
    ("supervisor", "/etc/supervisord.d/*"),
    ("supervisor", "/etc/supervisor/**"),
    ("php_fpm", "/etc/php-fpm.conf"),
    ("php_fpm", "/etc/php-fpm.d/*"),
    ("php_fpm", "/etc/php/**"),
    ("web_server", "/etc/apache2/**"),
    ("web_server", "/etc/httpd/**"),
    ("web_server", "/etc/nginx/**"),
    ("docker", "/var/lib/docker/containers/**/config.v2.json"),
    ("jenkins", "/var/lib/jenkins/credentials.xml"),
    ("kubernetes", "/etc/kubernetes/**"),
    ("kubernetes", "/var/lib/rancher/k3s/server/manifests/**"),
    ("kubernetes", "/etc/rancher/**"),
    ("ansible", "/etc/ansible/**"),
)
# By the end of the path; what has no slash is the name of a file in any folder.
OF_PROJECTS = (
    (CONTAINER_ENVIRONMENT, ".env"),
    (CONTAINER_ENVIRONMENT, ".env.*"),
    (CONTAINER_ENVIRONMENT, "*.env"),
    ("compose", "docker-compose*.y*ml"),
    ("compose", "compose*.y*ml"),
    ("terraform", "*.tf"),
    ("terraform", "*.tfvars"),
    ("terraform", "*.tfvars.json"),
    ("terraform", "*.tfstate"),
    ("terraform", "*.tfstate.*"),
    ("ansible", "group_vars/**"),
    ("ansible", "host_vars/**"),
    ("ansible", "vars/*.y*ml"),
    ("ansible", "defaults/main.y*ml"),
    ("ansible", "*vars.y*ml"),
    ("application_config", "application*.y*ml"),
    ("application_config", "application*.properties"),
    ("application_config", "bootstrap*.y*ml"),
    ("application_config", "appsettings*.json"),
    ("application_config", "local.settings.json"),
    ("application_config", "*config*.php"),
    ("application_config", "*settings*.php"),
    ("application_config", "config/*.php"),
    ("application_config", "config/*.rb"),
    ("application_config", "initializers/*.rb"),
    ("application_config", "environments/*.rb"),
    ("application_config", "config/*.y*ml"),
    ("application_config", "*settings*.py"),
    ("application_config", "parameters.y*ml"),
    ("application_config", "secrets.y*ml"),
    ("kubernetes", "*secret*.y*ml"),
)
# The names of files that are looked at in folders that are not wholly looked at
NAMES_IN_PROJECTS = (
    ".env", ".env.*", "*.env", "*.y*ml", "*.tf", "*.tfvars", "*.tfvars.json", "*.tfstate", "*.tfstate.*",
    "*.properties", "*.json", "*.php", "*.rb", "*.py", "*.js", "*.sh", "*.ini", "*.cfg", "*.conf", "*.toml", "*.csv",
    "settings*.xml", "all",
)
# Where applications are put, wherever in it their keys are
OF_APPLICATIONS = ("/opt", "/srv", "/var/www")
PROJECTS = ("/etc/docker",)
# What is no text by its name is not opened there.
NO_TEXT = (
    ".7z", ".a", ".avi", ".bmp", ".bz2", ".class", ".db", ".deb", ".dll", ".eot", ".exe", ".gif", ".gpg", ".ico",
    ".iso", ".jar", ".jpeg", ".jpg", ".mo", ".mov", ".mp3", ".mp4", ".o", ".otf", ".pdf", ".png", ".pyc", ".rar",
    ".rpm", ".so", ".sqlite", ".tgz", ".tif", ".tiff", ".ttf", ".war", ".wasm", ".webm", ".webp", ".whl", ".woff",
    ".woff2", ".xz", ".zip", ".zst",
)
