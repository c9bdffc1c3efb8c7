# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files with keys of agents, which send logs and metrics or deploy software: path, kind and template."""

from __future__ import annotations

FILES = (
    ("/etc/ecs/ecs.config", "agent", "ECS_CLUSTER=main\nAWS_ACCESS_KEY_ID=@ID@\nAWS_SECRET_ACCESS_KEY=@SECRET@\n"),
    (
        "/etc/awslogs/awscli.conf",
        "agent",
        "[plugins]\ncwlogs = cwlogs\n[default]\nregion = us-east-1\naws_access_key_id = @ID@\naws_secret_access_key = @SECRET@\n",
    ),
    ("/var/awslogs/etc/aws.conf", "agent", "[default]\naws_access_key_id=@ID@\naws_secret_access_key=@SECRET@\n"),
    (
        "/etc/codedeploy-agent/conf/codedeploy.onpremises.yml",
        "agent",
        "---\nregion: us-east-1\naws_access_key_id: @ID@\naws_secret_access_key: @SECRET@\niam_user_arn: arn:aws:iam::1:user/d\n",
    ),
    ("/etc/td-agent/td-agent.conf", "agent", "<match s3.**>\n  @type s3\n  aws_key_id @ID@\n  aws_sec_key @SECRET@\n  s3_bucket logs\n</match>\n"),
    (
        "/etc/fluent/fluent.conf",
        "agent",
        '<match kinesis>\n  <assume_role_credentials>\n  </assume_role_credentials>\n  aws_key_id "@ID@"\n  aws_sec_key "@SECRET@"\n</match>\n',
    ),
    (
        "/etc/fluent-bit/fluent-bit.conf",
        "agent",
        "[SERVICE]\n    Flush 1\n@SET AWS_ACCESS_KEY_ID=@ID@\n@SET AWS_SECRET_ACCESS_KEY=@SECRET@\n[OUTPUT]\n    Name s3\n",
    ),
    (
        "/etc/logstash/conf.d/s3.conf",
        "agent",
        'output {\n  s3 {\n    access_key_id => "@ID@"\n    secret_access_key => "@SECRET@"\n    bucket => "logs"\n  }\n}\n',
    ),
    ("/etc/filebeat/filebeat.yml", "agent", "filebeat.inputs:\n- type: aws-s3\n  access_key_id: '@ID@'\n  secret_access_key: '@SECRET@'\n"),
    ("/etc/telegraf/telegraf.conf", "agent", '[[outputs.cloudwatch]]\n  region = "us-east-1"\n  access_key = "@ID@"\n  secret_key = "@SECRET@"\n'),
    ("/etc/vector/vector.toml", "agent", '[sinks.s3]\ntype = "aws_s3"\nauth.access_key_id = "@ID@"\nauth.secret_access_key = "@SECRET@"\n'),
    ("/etc/kubernetes/cloud.conf", "kubernetes", "[Global]\nAccessKeyID = @ID@\nSecretAccessKey = @SECRET@\n"),
    (
        "/etc/rancher/k3s/config.yaml",
        "kubernetes",
        "etcd-s3: true\netcd-s3-access-key: @ID@\netcd-s3-secret-key: @SECRET@\netcd-s3-bucket: snapshots\n",
    ),
)
