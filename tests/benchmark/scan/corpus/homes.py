# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files with keys in users' homes: path, kind and template."""

from __future__ import annotations

FILES = (
    (
        "/home/ann/.aws/credentials",
        "shared_credentials",
        "[default]\naws_access_key_id = @ID@\naws_secret_access_key = @SECRET@\n\n"
        "[backup]\nregion=eu-west-1\naws_secret_access_key=@SECRET2@\naws_access_key_id=@ID2@\n",
    ),
    (
        "/root/.aws/credentials",
        "shared_credentials",
        "[default]\naws_access_key_id=@ASIA@\naws_secret_access_key=@SECRET@\naws_session_token=IQoJb3JpZ2luX2VjEHoaCXVz\n",
    ),
    (
        "/home/ben/.aws/credentials",
        "shared_credentials",
        "# of the old account\r\n[old]\r\naws_access_key_id = @ID@\r\naws_secret_access_key = @SECRET@\r\n",
    ),
    (
        "/home/ann/.aws/config",
        "config",
        "[profile deploy]\nregion = eu-central-1\noutput = json\naws_access_key_id = @ID@\naws_secret_access_key = @SECRET@\n",
    ),
    (
        "/home/ann/.aws/cli/cache/3f1d2a.json",
        "cli_cache",
        '{"Credentials": {"AccessKeyId": "@ASIA@", "SecretAccessKey": "@SECRET@", "SessionToken": "FwoGZXIvYXdzEBYaD", '
        '"Expiration": "2026-01-01T10:00:00Z"}, "AssumedRoleUser": {"Arn": "arn:aws:sts::123456789012:assumed-role/a/b"}}',
    ),
    (
        "/home/ann/.bashrc",
        "profile_script",
        "case $- in *i*) ;; *) return;; esac\nexport AWS_ACCESS_KEY_ID=@ID@\nexport AWS_SECRET_ACCESS_KEY=@SECRET@\nalias ll='ls -l'\n",
    ),
    ("/home/ben/.zshrc", "profile_script", "ZSH_THEME=robby\nplugins=(git aws)\nexport AWS_ACCESS_KEY_ID='@ID@' AWS_SECRET_ACCESS_KEY='@SECRET@'\n"),
    ("/home/ben/.zshenv", "profile_script", "typeset -x S3_KEY=@ID@\ntypeset -x S3_SECRET=@SECRET@\n"),
    (
        "/root/.profile",
        "profile_script",
        'if [ "$BASH" ]; then\n  AWS_ACCESS_KEY=@ID@; AWS_SECRET_KEY=@SECRET@\n  export AWS_ACCESS_KEY AWS_SECRET_KEY\nfi\n',
    ),
    ("/home/ann/.config/fish/config.fish", "profile_script", "set -gx AWS_ACCESS_KEY_ID @ID@\nset -gx AWS_SECRET_ACCESS_KEY @SECRET@\n"),
    ("/home/ann/.tcshrc", "profile_script", "setenv AWS_ACCESS_KEY_ID @ID@\nsetenv AWS_SECRET_ACCESS_KEY @SECRET@\n"),
    ("/home/ann/.pam_environment", "environment_file", "AWS_ACCESS_KEY_ID DEFAULT=@ID@\nAWS_SECRET_ACCESS_KEY DEFAULT=@SECRET@\n"),
    (
        "/home/ann/.config/environment.d/60-s3.conf",
        "environment_file",
        "PATH=/opt/bin:$PATH\nAWS_ACCESS_KEY_ID=@ID@\nAWS_SECRET_ACCESS_KEY=@SECRET@\n",
    ),
    (
        "/home/ann/.bash_history",
        "shell_history",
        "cd /tmp\nls\naws configure set aws_access_key_id @ID@\naws configure set aws_secret_access_key @SECRET@\naws s3 ls\n",
    ),
    (
        "/root/.bash_history",
        "shell_history",
        "#1735689600\nAWS_ACCESS_KEY_ID=@ID@ AWS_SECRET_ACCESS_KEY=@SECRET@ aws s3 cp a s3://b/\n#1735689611\nexit\n",
    ),
    (
        "/home/ben/.zsh_history",
        "shell_history",
        ": 1735689600:0;export AWS_ACCESS_KEY_ID=@ID@\n: 1735689604:0;export AWS_SECRET_ACCESS_KEY=@SECRET@\n",
    ),
    ("/home/ann/.local/share/fish/fish_history", "shell_history", "- cmd: s3cmd --access_key=@ID@ --secret_key=@SECRET@ ls\n  when: 1735689600\n"),
    (
        "/home/ben/.python_history",
        "shell_history",
        "import boto3\nboto3.client('s3', 'eu-west-1', aws_access_key_id='@ID@', aws_secret_access_key='@SECRET@')\n",
    ),
    ("/home/ann/.boto", "boto", "[Credentials]\naws_access_key_id = @ID@\naws_secret_access_key = @SECRET@\n\n[Boto]\n"),
    (
        "/home/ann/.s3cfg",
        "s3cfg",
        "[default]\naccess_key = @ID@\naccess_token = \nbucket_location = US\ncache_file = \ncheck_ssl_certificate = True\n"
        "cloudfront_host = cloudfront.amazonaws.com\ndefault_mime_type = binary/octet-stream\nencrypt = False\n"
        "gpg_command = /usr/bin/gpg\nhost_base = s3.amazonaws.com\nprogress_meter = True\nsecret_key = @SECRET@\n",
    ),
    (
        "/root/.config/rclone/rclone.conf",
        "rclone",
        "[minio]\ntype = s3\naccess_key_id = minioadmin\nsecret_access_key = minioadmin\n\n"
        "[aws]\ntype = s3\nprovider = AWS\naccess_key_id = @ID@\nsecret_access_key = @SECRET@\n",
    ),
    ("/home/ben/.passwd-s3fs", "s3fs", "@ID@:@SECRET@\n"),
    (
        "/home/ann/.kube/config",
        "kubernetes",
        "users:\n- name: eks\n  user:\n    exec:\n      command: aws-iam-authenticator\n      env:\n"
        "      - name: AWS_ACCESS_KEY_ID\n        value: @ID@\n      - name: AWS_SECRET_ACCESS_KEY\n        value: @SECRET@\n",
    ),
    ("/home/ann/infra/main.tf", "terraform", 'provider "aws" {\n  region     = "eu-west-1"\n  access_key = "@ID@"\n  secret_key = "@SECRET@"\n}\n'),
    ("/home/ann/infra/prod.tfvars", "terraform", 'region = "eu-west-1"\naws_access_key = "@ID@"\naws_secret_key = "@SECRET@"\n'),
    (
        "/home/ann/infra/variables.tf",
        "terraform",
        'variable "access_key" {\n  type    = string\n  default = "@ID@"\n}\n\nvariable "secret_key" {\n  type    = string\n'
        '  default = "@SECRET@"\n}\n',
    ),
    (
        "/home/ann/infra/terraform.tfstate",
        "terraform",
        '{"version": 4, "resources": [{"type": "aws_iam_access_key", "instances": [{"attributes": {"create_date": '
        '"2025-01-01", "encrypted_secret": null, "id": "@ID@", "pgp_key": null, "secret": "@SECRET@", '
        '"ses_smtp_password_v4": "BNpl0000", "status": "Active", "user": "ci"}}]}]}',
    ),
    (
        "/home/ben/shop/.env",
        "container_environment",
        "APP_ENV=production\nDB_PASSWORD=hunter2\nAWS_ACCESS_KEY_ID=@ID@\nAWS_SECRET_ACCESS_KEY=@SECRET@\nAWS_BUCKET=shop\n",
    ),
    ("/home/ben/shop/.env.local", "container_environment", 'S3_ACCESS_KEY_ID="@ID@"\nS3_SECRET_ACCESS_KEY="@SECRET@"\n'),
    ("/home/ben/play/group_vars/all", "ansible", "---\ns3_key: @ID@\ns3_secret: @SECRET@\nntp: pool.ntp.org\n"),
    ("/home/ben/play/host_vars/web1.yml", "ansible", "backup:\n  aws:\n    id: '@ID@'\n    secret: '@SECRET@'\n"),
    ("/home/ben/play/roles/s3/defaults/main.yml", "ansible", "s3_access_key: prod_@ID@\ns3_secret_key: @SECRET@\n"),
)
