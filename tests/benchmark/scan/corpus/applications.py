# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files with keys of applications in /opt, /srv and /var/www: path, kind and template."""

from __future__ import annotations

FILES = (
    ("/opt/shop/.env", "container_environment", "AWS_KEY=@ID@\nAWS_SECRET=@SECRET@\nAWS_REGION=us-east-1\n"),
    (
        "/opt/shop/docker-compose.yml",
        "compose",
        'services:\n  web:\n    image: shop\n    environment:\n      AWS_ACCESS_KEY_ID: @ID@\n      AWS_SECRET_ACCESS_KEY: "@SECRET@"\n',
    ),
    (
        "/srv/stack/compose.prod.yaml",
        "compose",
        "services:\n  app:\n    environment:\n      - AWS_ACCESS_KEY_ID=@ID@\n      - AWS_SECRET_ACCESS_KEY=@SECRET@\n",
    ),
    (
        "/opt/api/config/application.yml",
        "application_config",
        "cloud:\n  aws:\n    credentials:\n      accessKey: @ID@\n      secretKey: @SECRET@\n    region:\n      static: eu-west-1\n",
    ),
    (
        "/opt/api/application-prod.properties",
        "application_config",
        "spring.application.name=api\naws.accessKeyId=@ID@\naws.secretKey=@SECRET@\nserver.port=8080\n",
    ),
    ("/opt/api/bootstrap.yml", "application_config", "aws: {access-key: @ID@, secret-key: @SECRET@}\n"),
    (
        "/srv/net/appsettings.json",
        "application_config",
        '{"AWS": {"Region": "eu-west-1", "AccessKey": "@ID@", "SecretKey": "@SECRET@"}, "Logging": {"LogLevel": "Warning"}}',
    ),
    (
        "/srv/net/appsettings.Production.json",
        "application_config",
        '{\n  "S3": {\n    "AccessKeyId": "@ID@",\n    "SecretAccessKey": "@SECRET@"\n  }\n}\n',
    ),
    (
        "/var/www/blog/wp-config.php",
        "application_config",
        "<?php\ndefine('DB_NAME', 'blog');\ndefine( 'AS3CF_SETTINGS', serialize( array(\n    'provider' => 'aws',\n"
        "    'access-key-id' => '@ID@',\n    'secret-access-key' => '@SECRET@',\n) ) );\n",
    ),
    (
        "/var/www/shop/config/filesystems.php",
        "application_config",
        "<?php\nreturn ['disks' => ['s3' => ['driver' => 's3', 'key' => '@ID@', 'secret' => '@SECRET@', 'region' => 'x']]];\n",
    ),
    (
        "/var/www/drupal/sites/default/settings.php",
        "application_config",
        "<?php\n$settings['s3fs.access_key'] = '@ID@';\n$settings['s3fs.secret_key'] = '@SECRET@';\n",
    ),
    (
        "/srv/rails/config/storage.yml",
        "application_config",
        "amazon:\n  service: S3\n  access_key_id: @ID@\n  secret_access_key: @SECRET@\n  bucket: b\n",
    ),
    (
        "/srv/rails/config/initializers/aws.rb",
        "application_config",
        "Aws.config.update(\n  credentials: Aws::Credentials.new('@ID@', '@SECRET@')\n)\n",
    ),
    (
        "/srv/rails/config/secrets.yml",
        "application_config",
        "production:\n  secret_key_base: 3b7cd727ee24e8444053437c36cc66c4\n  aws_id: @ID@\n  aws_secret: @SECRET@\n",
    ),
    (
        "/srv/django/shop/settings.py",
        "application_config",
        "DEBUG = False\nAWS_ACCESS_KEY_ID = '@ID@'\nAWS_SECRET_ACCESS_KEY = '@SECRET@'\nAWS_STORAGE_BUCKET_NAME = 'media'\n",
    ),
    ("/opt/k8s/aws-secret.yaml", "kubernetes", "kind: Secret\nstringData:\n  accessKey: @ID@\n  secretKey: @SECRET@\n"),
    ("/opt/infra/prod.auto.tfvars.json", "terraform", '{"access_key": "@ID@", "secret_key": "@SECRET@"}'),
    (
        "/opt/tools/upload.py",
        "other",
        "import boto3\ns3 = boto3.client(\n    's3',\n    aws_access_key_id='@ID@',\n    aws_secret_access_key='@SECRET@',\n)\n",
    ),
    ("/opt/tools/upload.js", "other", "const s3 = new S3({ credentials: { accessKeyId: '@ID@', secretAccessKey: '@SECRET@' } });\n"),
    ("/opt/tools/Upload.java", "other", 'class Upload {\n  AWSCredentials c = new BasicAWSCredentials(\n      "@ID@",\n      "@SECRET@");\n}\n'),
    ("/opt/tools/upload.go", "other", 'creds := credentials.NewStaticCredentials("@ID@", "@SECRET@", "")\n'),
    ("/opt/tools/upload.sh", "other", '#!/bin/sh\nid=@ID@\nsecret=@SECRET@\nexec curl -u "$id:$secret" https://x/\n'),
    ("/opt/tools/upload.pl", "other", "my $s3 = Net::Amazon::S3->new(aws_access_key_id => '@ID@', aws_secret_access_key => '@SECRET@');\n"),
    (
        "/srv/hadoop/core-site.xml",
        "other",
        "<configuration>\n<property>\n<name>fs.s3a.access.key</name>\n<value>@ID@</value>\n</property>\n<property>\n"
        "<name>fs.s3a.secret.key</name>\n<value>@SECRET@</value>\n</property>\n</configuration>\n",
    ),
    ("/srv/tomcat/context.xml", "other", '<Context><Parameter name="s3" accessKey="@ID@" secretKey="@SECRET@"/></Context>\n'),
    ("/srv/spark/spark-defaults.conf", "other", "spark.hadoop.fs.s3a.access.key @ID@\nspark.hadoop.fs.s3a.secret.key @SECRET@\n"),
    ("/srv/app/config.toml", "other", '[storage.s3]\naccess_key_id = "@ID@"\nbucket = "b"\nsecret_access_key = "@SECRET@"\n'),
    ("/srv/app/settings.ini", "other", "[aws]\nkey = @ID@\nsecret = @SECRET@\n"),
    ("/srv/app/config.json", "other", '{"name": "app", "s3": {"secret": "@SECRET@", "key": "@ID@"}}'),
    ("/srv/celery/broker", "other", "broker_url = sqs://@ID@:@SECRET@@\n"),
    (
        "/srv/ecs/task-definition.json",
        "other",
        '{"containerDefinitions": [{"environment": [{"name": "AWS_ACCESS_KEY_ID", "value": "@ID@"}, '
        '{"name": "AWS_SECRET_ACCESS_KEY", "value": "@SECRET@"}]}]}',
    ),
    ("/opt/migrate/rootkey.csv", "other", "AWSAccessKeyId=@ID@\nAWSSecretKey=@SECRET@\n"),
    (
        "/opt/migrate/new_user_credentials.csv",
        "other",
        "User name,Password,Access key ID,Secret access key,Console login link\nci,,@ID@,@SECRET@,https://1.signin.aws/\n",
    ),
    ("/opt/migrate/keys.txt", "other", "prod: @ID@/@SECRET@\ntest: @ID2@ / @SECRET2@\n"),
    ("/opt/migrate/README.md", "other", "## Access\n\n| | |\n|---|---|\n| Access key ID | `@ID@` |\n| Secret access key | `@SECRET@` |\n"),
    (
        "/opt/migrate/create.log",
        "other",
        '{"AccessKey": {"UserName": "ci", "AccessKeyId": "@ID@", "Status": "Active", "SecretAccessKey": "@SECRET@", '
        '"CreateDate": "2025-02-01T00:00:00Z"}}\n',
    ),
    ("/var/www/html/deploy/.htaccess", "other", "SetEnv AWS_ACCESS_KEY_ID @ID@\nSetEnv AWS_SECRET_ACCESS_KEY @SECRET@\n"),
    ("/var/www/html/config.inc", "other", '$awsAccessKey = "@ID@"; $awsSecretKey = "@SECRET@";\n'),
)
