# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files with access key ids without secrets: path, where the id is, and template."""

from __future__ import annotations

TOKEN = "Zk3vQ8pLw2YxN7RbT5mJc9HdF1sGa6UeKi0oVt4B"  # as long as a secret, but something else

FILES = (
    (
        "/opt/audit/cloudtrail.json",
        "cloudtrail",
        '{"Records":[{"userIdentity":{"type":"IAMUser","userName":"ci","accessKeyId":"@ID@"},"eventName":"ListBuckets",'
        '"requestID":"8A1C","additionalEventData":{"x-amz-id-2":"' + TOKEN + '"}}]}',
    ),
    (
        "/opt/audit/cloudtrail-lines.log",
        "cloudtrail",
        '{"userIdentity":{"accessKeyId":"@ID@"},"sharedEventID":"' + TOKEN + '"}\n{"userIdentity":{"accessKeyId":"@ASIA2@"}}\n',
    ),
    (
        "/opt/audit/create-access-key.json",
        "cloudtrail",
        '{"eventName":"CreateAccessKey","responseElements":{"accessKey":{"accessKeyId":"@ID@","status":"Active"}}}',
    ),
    (
        "/opt/audit/credential-report.csv",
        "report",
        "user,arn,access_key_1_active,access_key_1_id\nci,arn:aws:iam::123456789012:user/ci,true,@ID@\nann,arn,false,@ID2@\n",
    ),
    (
        "/opt/audit/list-access-keys.json",
        "report",
        '{"AccessKeyMetadata": [{"UserName": "ci", "AccessKeyId": "@ID@", "Status": "Active", "CreateDate": "2025-01-01"}]}',
    ),
    ("/opt/audit/list-access-keys.txt", "report", "ACCESSKEYMETADATA\t@ID@\t2025-01-01T00:00:00Z\tActive\tci\n"),
    ("/opt/audit/keys.csv", "report", "id,owner,age\n@ID@,ann,90\n@ID2@,ben,12\n"),
    ("/opt/audit/vault-leases.txt", "report", "lease aws/creds/deploy/" + TOKEN + "\naccess_key @ID@\n"),
    ("/opt/tickets/OPS-12.txt", "ticket", "Please rotate @ID@ by Friday. The secret is in the safe; I changed the password for the console too.\n"),
    ("/opt/tickets/OPS-13.md", "ticket", "Key `@ID@` is *inactive* since May.\n\nChecksum of the report: `" + TOKEN + "`\n"),
    (
        "/opt/tickets/OPS-14.eml",
        "ticket",
        "From: abuse@example.com\nMessage-ID: <" + TOKEN + "@mail>\nSubject: your key\n\nWe have seen @ID@ in a public place.\n",
    ),
    ("/srv/logs/app.log", "log", "2026-01-01 ERROR InvalidAccessKeyId: @ID@ does not exist in our records\n"),
    ("/srv/logs/access.log", "log", '10.0.0.1 - - "GET /x?AWSAccessKeyId=@ID@&Signature=' + TOKEN + '&Expires=1735689600" 200\n'),
    (
        "/srv/logs/boto.log",
        "log",
        "DEBUG botocore.auth Authorization: AWS4-HMAC-SHA256 Credential=@ID@/20260101/us-east-1/s3/aws4_request, "
        "SignedHeaders=host, Signature=" + "5d672d79" * 8 + "\n",
    ),
    ("/srv/logs/s3-access.log", "log", '79a5 bucket [06/Feb/2026] 10.0.0.1 @ID@ 3E57427F REST.GET "GET /b" 200 - ' + TOKEN + "\n"),
    ("/srv/logs/error.log", "log", "SignatureDoesNotMatch\nAWSAccessKeyId: @ID@\nStringToSign: GET\nSignatureProvided: " + TOKEN[:27] + "=\n"),
    ("/srv/logs/sts.log", "log", "AssumedRole AccessKeyId=@ASIA@ Expiration=2026-01-01T00:00:00Z session=" + TOKEN + "\n"),
    ("/srv/logs/cursor.log", "log", '{"access_key_id": "@ID@", "next_token": "' + TOKEN + '", "etag": "' + TOKEN + '"}\n'),
    (
        "/var/www/html/link.html",
        "presigned",
        '<a href="https://b.s3.amazonaws.com/x.zip?AWSAccessKeyId=@ID@&amp;Expires=1767225600&amp;Signature=' + TOKEN + '">x</a>\n',
    ),
    (
        "/var/www/html/link4.html",
        "presigned",
        "https://b.s3.amazonaws.com/x?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=@ID@%2F20260101%2Fus-east-1%2Fs3%2F"
        "aws4_request&X-Amz-Security-Token=" + TOKEN + "&X-Amz-Signature=" + "5d672d79" * 8 + "\n",
    ),
    ("/home/ann/.bash_history", "history", "aws iam update-access-key --access-key-id @ID@ --status Inactive\ncd\n"),
    ("/home/ben/.zsh_history", "history", ": 1735689600:0;aws iam get-access-key-last-used --access-key-id @ID@\n"),
    ("/root/.bash_history", "history", "aws iam delete-access-key --user-name ci --access-key-id @ID@\necho " + TOKEN + "\n"),
    ("/home/ann/.aws/credentials", "no_secret", "[default]\naws_access_key_id = @ID@\naws_secret_access_key =\n"),
    (
        "/home/ben/.aws/credentials",
        "no_secret",
        "[default]\naws_access_key_id = @ID@\naws_secret_access_key = ****************************************\n",
    ),
    ("/root/.aws/credentials", "no_secret", "[a]\naws_access_key_id = @ID@\n[b]\nrole_arn = arn:aws:iam::123456789012:role/b\n"),
    ("/home/ann/.aws/config", "no_secret", "[default]\n# the key was @ID@\ncredential_process = /usr/bin/vault-aws\n"),
    ("/etc/environment", "no_secret", "AWS_ACCESS_KEY_ID=@ID@\nAWS_SECRET_ACCESS_KEY=${SECRET}\n"),
    ("/opt/shop/.env", "no_secret", "AWS_ACCESS_KEY_ID=@ID@\nAWS_SECRET_ACCESS_KEY=\nSESSION_TOKEN=" + TOKEN + "\n"),
    ("/opt/shop/.env.template", "no_secret", "AWS_ACCESS_KEY_ID=@ID@\nAWS_SECRET_ACCESS_KEY=<your secret here>\n"),
    (
        "/opt/shop/docker-compose.yml",
        "no_secret",
        "services:\n  web:\n    environment:\n      AWS_ACCESS_KEY_ID: @ID@\n    secrets: [aws_secret_access_key]\n",
    ),
    (
        "/home/ben/play/group_vars/all",
        "no_secret",
        "s3_key: @ID@\ns3_secret: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  " + "3361653030313539" * 5 + "\n",
    ),
    ("/home/ben/play/host_vars/web1.yml", "no_secret", "s3_key: @ID@\ns3_secret: \"{{ lookup('env', 'S3_SECRET') }}\"\n"),
    ("/home/ann/infra/main.tf", "no_secret", 'provider "aws" {\n  access_key = "@ID@"\n  secret_key = var.secret_key\n}\n'),
    ("/srv/net/appsettings.json", "no_secret", '{"AWS": {"AccessKey": "@ID@", "SecretKey": "#{SecretKey}#"}}'),
    ("/opt/api/application.yml", "no_secret", "accessKey: @ID@\nsecretKey: ENC(G6N718UuyPE5bHyWKyuLQSm02auQPUtm)\n"),
    ("/etc/crontab", "no_secret", "# the key of the backup is @ID@\n0 1 * * * root backup\n"),
    ("/opt/code/test.py", "no_secret", "assert rotate('@ID@') is None  # " + TOKEN[:20] + "\nNONCE = '" + TOKEN + "'\n"),
    ("/opt/code/blocklist.txt", "no_secret", "@ID@\n@ID2@\n@ID3@\n@ID4@\n"),
    ("/etc/fluent-bit/fluent-bit.conf", "no_secret", "[OUTPUT]\n    # once with @ID@\n    Name s3\n"),
)
