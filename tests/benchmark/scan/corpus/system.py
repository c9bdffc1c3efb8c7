# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files with keys of the system: path, kind and template."""

from __future__ import annotations

FILES = (
    (
        "/etc/gitlab-runner/config.toml",
        "system_config",
        '[[runners]]\n  [runners.cache.s3]\n    AccessKey = "@ID@"\n    SecretKey = "@SECRET@"\n    BucketName = "cache"\n',
    ),
    ("/etc/rc.local", "system_config", "#!/bin/sh\nmon-put-data -O @ID@ -W @SECRET@ --metric-name boots\n"),
    ("/etc/environment", "environment_file", "LANG=C\nAWS_ACCESS_KEY_ID=@ID@\nAWS_SECRET_ACCESS_KEY=@SECRET@\n"),
    ("/etc/environment.d/90-aws.conf", "environment_file", 'AWS_SECRET_ACCESS_KEY="@SECRET@"\nAWS_ACCESS_KEY_ID="@ID@"\n'),
    (
        "/etc/profile.d/backup.sh",
        "profile_script",
        "# do not touch, ann\nexport BACKUP_AWS_ACCESS_KEY_ID=@ID@\nexport BACKUP_AWS_SECRET_ACCESS_KEY=@SECRET@\nexport BACKUP_BUCKET=b\n",
    ),
    (
        "/etc/bash.bashrc",
        "profile_script",
        ": ${AWS_ACCESS_KEY_ID:=@ID@}\n: ${AWS_SECRET_ACCESS_KEY:=@SECRET@}\nexport AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY\n",
    ),
    ("/etc/zsh/zshenv", "profile_script", "export AWS_ACCESS_KEY_ID=@ID@\nexport AWS_SECRET_ACCESS_KEY=@SECRET@\n"),
    ("/etc/boto.cfg", "boto", "[Credentials]\naws_access_key_id=@ID@\naws_secret_access_key=@SECRET@\n"),
    ("/etc/s3cfg", "s3cfg", "[default]\naccess_key=@ID@\nsecret_key=@SECRET@\n"),
    ("/etc/passwd-s3fs", "s3fs", "media:@ID@:@SECRET@\nlogs:@ID2@:@SECRET2@\n"),
    (
        "/etc/systemd/system/shop.service",
        "systemd_unit",
        "[Unit]\nAfter=network.target\n\n[Service]\nEnvironment=AWS_ACCESS_KEY_ID=@ID@\n"
        "Environment=AWS_SECRET_ACCESS_KEY=@SECRET@\nExecStart=/opt/shop/run\n",
    ),
    (
        "/etc/systemd/system/shop.service.d/override.conf",
        "systemd_unit",
        '[Service]\nEnvironment="AWS_ACCESS_KEY_ID=@ID@" "AWS_SECRET_ACCESS_KEY=@SECRET@" "A=b c"\nEnvironmentFile=-/etc/shop/secrets\n',
    ),
    (
        "/usr/lib/systemd/system/sync.service",
        "systemd_unit",
        "[Service]\nExecStart=/usr/bin/env AWS_ACCESS_KEY_ID=@ID@ AWS_SECRET_ACCESS_KEY=@SECRET@ sync\n",
    ),
    ("/etc/shop/secrets", "systemd_environment_file", "AWS_ACCESS_KEY_ID=@ID@\nAWS_SECRET_ACCESS_KEY=@SECRET@\n"),
    ("/etc/default/litestream", "systemd_environment_file", "LITESTREAM_ACCESS_KEY_ID=@ID@\nLITESTREAM_SECRET_ACCESS_KEY=@SECRET@\n"),
    (
        "/etc/sysconfig/docker-registry",
        "systemd_environment_file",
        "REGISTRY_STORAGE_S3_ACCESSKEY=@ID@\nREGISTRY_STORAGE_S3_SECRETKEY=@SECRET@\nREGISTRY_STORAGE_S3_BUCKET=images\n",
    ),
    (
        "/etc/systemd/system.conf",
        "systemd_config",
        "[Manager]\n#LogLevel=info\nDefaultEnvironment=AWS_ACCESS_KEY_ID=@ID@ AWS_SECRET_ACCESS_KEY=@SECRET@\n",
    ),
    (
        "/etc/systemd/system.conf.d/aws.conf",
        "systemd_config",
        '[Manager]\nDefaultEnvironment="AWS_ACCESS_KEY_ID=@ID@" "AWS_SECRET_ACCESS_KEY=@SECRET@"\n',
    ),
    ("/etc/crontab", "cron", "SHELL=/bin/sh\nAWS_ACCESS_KEY_ID=@ID@\nAWS_SECRET_ACCESS_KEY=@SECRET@\n17 * * * * root run-parts /etc/cron.hourly\n"),
    ("/etc/cron.d/dump", "cron", "0 3 * * * postgres pg_dump shop | AWS_ACCESS_KEY_ID=@ID@ AWS_SECRET_ACCESS_KEY=@SECRET@ aws s3 cp - s3://d/x\n"),
    (
        "/etc/cron.daily/mirror",
        "cron",
        "#!/bin/sh\nset -e\nKEY=@ID@\nSECRET=@SECRET@\ns3cmd --access_key=$KEY --secret_key=$SECRET sync /srv s3://m\n",
    ),
    ("/var/spool/cron/crontabs/ann", "cron", "@daily curl --user @ID@:@SECRET@ --aws-sigv4 aws:amz:eu-west-1:s3 https://x/\n"),
    (
        "/var/lib/cloud/instance-data/user-data.txt",
        "cloud_init",
        "#!/bin/bash\nyum -y update\nexport AWS_ACCESS_KEY_ID=@ID@\nexport AWS_SECRET_ACCESS_KEY=@SECRET@\naws s3 cp s3://b/i .\n",
    ),
    (
        "/var/lib/cloud/instances/i-0f00ba47/cloud-config.txt",
        "cloud_init",
        "#cloud-config\nwrite_files:\n- path: /root/.aws/credentials\n  content: |\n    [default]\n"
        "    aws_access_key_id = @ID@\n    aws_secret_access_key = @SECRET@\n",
    ),
    (
        "/var/lib/cloud/instances/i-0f00ba47/scripts/part-001",
        "cloud_init",
        "#!/bin/sh\naws configure set aws_access_key_id '@ID@'\naws configure set aws_secret_access_key '@SECRET@'\n",
    ),
    ("/etc/ansible/group_vars/all.yml", "ansible", "aws_access_key: @ID@\naws_secret_key: @SECRET@\n"),
    ("/etc/ansible/hosts", "ansible", "[web]\nweb1 s3_key=@ID@ s3_secret=@SECRET@\n"),
    (
        "/etc/supervisor/conf.d/worker.conf",
        "supervisor",
        '[program:worker]\ncommand=/srv/worker\nenvironment=AWS_ACCESS_KEY_ID="@ID@",AWS_SECRET_ACCESS_KEY="@SECRET@"\n',
    ),
    ("/etc/supervisord.conf", "supervisor", "[supervisord]\nenvironment=AWS_ACCESS_KEY_ID=@ID@,AWS_SECRET_ACCESS_KEY=@SECRET@\nlogfile=/tmp/s.log\n"),
    ("/etc/php/8.2/fpm/pool.d/www.conf", "php_fpm", "[www]\nuser = www-data\nenv[AWS_ACCESS_KEY_ID] = @ID@\nenv[AWS_SECRET_ACCESS_KEY] = @SECRET@\n"),
    ("/etc/php-fpm.d/www.conf", "php_fpm", "[www]\nenv['AWS_KEY'] = '@ID@'\nenv['AWS_SECRET'] = '@SECRET@'\n"),
    ("/etc/apache2/envvars", "web_server", "export APACHE_RUN_USER=www-data\nexport AWS_ACCESS_KEY_ID=@ID@\nexport AWS_SECRET_ACCESS_KEY=@SECRET@\n"),
    (
        "/etc/httpd/conf.d/shop.conf",
        "web_server",
        "<VirtualHost *:80>\n  SetEnv AWS_ACCESS_KEY_ID @ID@\n  SetEnv AWS_SECRET_ACCESS_KEY @SECRET@\n</VirtualHost>\n",
    ),
    ("/etc/nginx/conf.d/s3.conf", "web_server", "server {\n  set $aws_access_key_id @ID@;\n  set $aws_secret_access_key @SECRET@;\n}\n"),
    (
        "/var/lib/docker/containers/4f6a/config.v2.json",
        "docker",
        '{"ID":"4f6a","Config":{"Hostname":"4f6a","Env":["PATH=/usr/bin","AWS_ACCESS_KEY_ID=@ID@",'
        '"AWS_SECRET_ACCESS_KEY=@SECRET@"],"Cmd":["run"]},"Image":"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c"}',
    ),
    (
        "/var/lib/jenkins/credentials.xml",
        "jenkins",
        "<list>\n  <com.cloudbees.jenkins.plugins.awscredentials.AWSCredentialsImpl>\n    <id>deploy</id>\n"
        "    <accessKey>@ID@</accessKey>\n    <secretKey>{AQAAABAAAAAwSealedByJenkins" + "Q0mF3xT9" * 8 + "}</secretKey>\n"
        "  </com.cloudbees.jenkins.plugins.awscredentials.AWSCredentialsImpl>\n</list>\n",
    ),
)
