# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions, access keys, permissions, regions, and what was used."""

from __future__ import annotations

import json
from datetime import timedelta
from email.utils import parsedate_to_datetime

from ..aws import Aws
from ..cleanup import TAG
from ..probe import NotApplicable, documented, expect, probe, refused, reported, same
from ..resources import NOTHING
from ..waiting import eventually, once_seen

ASSUME = "AWS STS API Reference: AssumeRole"
QUOTAS = "IAM User Guide: IAM and AWS STS quotas"


@probe(
    "GetCallerIdentity is always allowed, even if a policy denies everything.",
    documented("AWS STS API Reference: GetCallerIdentity"),
    "_identity/actions/calls.py",
)
def caller_identity_is_always_allowed(aws: Aws) -> None:
    role = aws.resources.role_of_account(NOTHING)
    identity = aws.client_with(aws.as_role(role), "sts").get_caller_identity()
    expect(f":assumed-role/{role}/" in identity["Arn"] and identity["Account"] == aws.account, "another identity")


@probe(
    "Each answer of EC2, IAM, STS and Auto Scaling has AWS's time in the header Date, and it does not go back.",
    documented("AWS SDK for Rust: Clock skew test cases of aws-runtime"),
    "_aws/clock.py",
)
def date_of_answers(aws: Aws) -> None:
    calls = (aws.sts.get_caller_identity, aws.ec2.describe_regions, aws.iam.get_account_summary, aws.autoscaling.describe_auto_scaling_groups)
    times = []
    for call in calls:
        text = call()["ResponseMetadata"]["HTTPHeaders"].get("date", "")
        expect(text.endswith(" GMT"), f"the time {text!r}")
        times.append(parsedate_to_datetime(text))
    # Several machines answer, and the header has whole seconds.
    backwards = [(later - earlier).total_seconds() for earlier, later in zip(times, times[1:]) if later < earlier - timedelta(seconds=2)]
    expect(not backwards, f"{backwards} seconds after the answer before")


@probe("The keys of a session begin with ASIA.", documented("IAM User Guide: IAM identifiers"), "_static_credentials/text/access_keys.py")
def session_keys_begin_with_asia(aws: Aws) -> None:
    made = aws.as_role(aws.resources.role_of_account())
    expect(made["AccessKeyId"].startswith("ASIA") and made["SessionToken"], made["AccessKeyId"][:4])


@probe("A role that does not trust the caller can't be assumed: AccessDenied, 403.", documented(ASSUME), "_aws/clients.py")
def role_that_trusts_nobody_here(aws: Aws) -> None:
    role = aws.resources.role()
    arn = aws.arn_of(role)
    with refused("AccessDenied", "sts:AssumeRole", status=403):
        aws.sts.assume_role(RoleArn=arn, RoleSessionName="probe")


@probe(
    "A role with the condition sts:ExternalId can be assumed only with this external ID.",
    documented("IAM User Guide: Access to AWS accounts owned by third parties"),
    "_aws/clients.py",
    "_policy/trusted_entities.py",
)
def external_id(aws: Aws) -> None:
    condition = {"StringEquals": {"sts:ExternalId": "probe"}}
    role = aws.resources.role_of_account(Condition=condition)
    arn = aws.arn_of(role)
    aws.as_role(role, ExternalId="probe")
    for options in ({}, {"ExternalId": "other"}):
        with refused("AccessDenied", status=403):
            aws.sts.assume_role(RoleArn=arn, RoleSessionName="probe", **options)


@probe(
    "EC2 denies a call with UnauthorizedOperation, 403, and an encoded message.",
    documented("EC2 API Reference: Troubleshooting API request errors", text="IAM User Guide: Troubleshoot access denied error messages"),
    "_aws/denials.py",
)
def ec2_refuses(aws: Aws) -> None:
    client = aws.client_with(aws.as_role(aws.resources.role_of_account(NOTHING)), "ec2")
    with refused("UnauthorizedOperation", "not authorized to perform", status=403):
        client.describe_instances()


@probe(
    "IAM denies a call with AccessDenied, 403, and the text names the caller, the action and the resource.",
    documented("IAM User Guide: Troubleshoot access denied error messages", text="IAM User Guide: Troubleshoot access denied error messages"),
    "_aws/denials.py",
)
def iam_refuses(aws: Aws) -> None:
    role = aws.resources.role_of_account({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]})
    client = aws.client_with(aws.as_role(role), "iam")
    with refused("AccessDenied", f"assumed-role/{role}/", "is not authorized to perform: iam:GetRole", "no identity-based policy allows", status=403):
        client.get_role(RoleName=role)


@probe(
    "If a Deny statement is the reason for a denial, the text says so.",
    documented("IAM User Guide: Troubleshoot access denied error messages", text="IAM User Guide: Troubleshoot access denied error messages"),
    "_aws/denials.py",
)
def explicit_deny(aws: Aws) -> None:
    role = aws.resources.role_of_account(NOTHING)
    with refused("AccessDenied", "with an explicit deny in an identity-based policy", status=403):
        aws.client_with(aws.as_role(role), "iam").get_role(RoleName=role)


@probe(
    "Associate needs iam:PassRole for the role in the profile.",
    documented("IAM User Guide: Grant a user permissions to pass a role to an AWS service", "EC2 User Guide: Attach an IAM role to an instance"),
    "_common/suggestions.py",
    "_aws/denials.py",
)
def pass_role_to_associate(aws: Aws) -> None:
    allowed = {"Effect": "Allow", "Action": ["ec2:AssociateIamInstanceProfile", "ec2:Describe*"], "Resource": "*"}
    role = aws.resources.role_of_account({"Version": "2012-10-17", "Statement": [allowed]})
    client = aws.client_with(aws.as_role(role), "ec2")
    profile = {"Name": aws.resources.shared_profile["InstanceProfileName"]}
    aws.resources.free(aws.resources.shared_instance)
    with refused("UnauthorizedOperation", "iam:PassRole", status=403):
        client.associate_iam_instance_profile(InstanceId=aws.resources.shared_instance, IamInstanceProfile=profile)


@probe(
    "AddRoleToInstanceProfile needs iam:PassRole for the role.",
    documented("IAM API Reference: AddRoleToInstanceProfile"),
    "_common/suggestions.py",
)
def pass_role_to_add(aws: Aws) -> None:
    allowed = {"Effect": "Allow", "Action": "iam:AddRoleToInstanceProfile", "Resource": "*"}
    operator = aws.resources.role_of_account({"Version": "2012-10-17", "Statement": [allowed]})
    role, profile = aws.resources.role(), aws.resources.bare_profile()
    client = aws.client_with(aws.as_role(operator), "iam")
    with refused("AccessDenied", "iam:PassRole", status=403):
        client.add_role_to_instance_profile(InstanceProfileName=profile["InstanceProfileName"], RoleName=role)


@probe(
    "A launch template can name a role that its author may not pass, and tags limit who may write a version: UnauthorizedOperation, 403.",
    documented("EC2 User Guide: IAM permissions required for Amazon EC2 launch templates"),
    "_policy/operator_policy.py",
    "_policy/escalations.py",
)
def launch_template_passes_no_role(aws: Aws) -> None:
    condition = {"StringEquals": {f"aws:ResourceTag/{TAG}": aws.resources.run}}
    allowed = {"Effect": "Allow", "Action": "ec2:CreateLaunchTemplateVersion", "Resource": "*", "Condition": condition}
    template = aws.resources.template()
    bare = aws.resources.template()
    aws.ec2.delete_tags(Resources=[bare], Tags=[{"Key": TAG}])
    client = aws.client_with(aws.as_role(aws.resources.role_of_account({"Version": "2012-10-17", "Statement": [allowed]})), "ec2")
    data = aws.resources.template_data(IamInstanceProfile={"Name": aws.resources.shared_profile["InstanceProfileName"]})
    try:
        with refused("UnauthorizedOperation", "ec2:CreateLaunchTemplateVersion", status=403):
            client.create_launch_template_version(LaunchTemplateId=bare, LaunchTemplateData=data)
    finally:
        aws.ec2.create_tags(Resources=[bare], Tags=[{"Key": TAG, "Value": aws.resources.run}])
    client.create_launch_template_version(LaunchTemplateId=template, LaunchTemplateData=data)


@probe(
    "The condition key iam:PermissionsBoundary is the boundary that the role has, and limits who may write its inline policies: AccessDenied, 403.",
    documented("IAM User Guide: IAM and AWS STS condition context keys"),
    "_policy/operator_policy.py",
)
def boundary_is_required(aws: Aws) -> None:
    boundary = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    condition = {"ArnLike": {"iam:PermissionsBoundary": boundary}}
    allowed = {"Effect": "Allow", "Action": "iam:PutRolePolicy", "Resource": "*", "Condition": condition}
    client = aws.client_with(aws.as_role(aws.resources.role_of_account({"Version": "2012-10-17", "Statement": [allowed]})), "iam")
    bounded, free = aws.resources.role(PermissionsBoundary=boundary), aws.resources.role()
    put = {"PolicyName": "probe", "PolicyDocument": json.dumps(NOTHING)}
    once_seen(lambda: client.put_role_policy(RoleName=bounded, **put), codes=("NoSuchEntity",))
    with refused("AccessDenied", "iam:PutRolePolicy", status=403):
        client.put_role_policy(RoleName=free, **put)


@probe(
    "A message that EC2 did not encode can't be decoded: InvalidAuthorizationMessageException.",
    documented("AWS STS API Reference: DecodeAuthorizationMessage"),
    "_aws/denials.py",
)
def decode_nonsense(aws: Aws) -> None:
    with refused("InvalidAuthorizationMessageException", status=400):
        aws.sts.decode_authorization_message(EncodedMessage="nonsense")


@probe(
    "A user has at most two access keys: LimitExceeded, which names the quota AccessKeysPerUser.",
    documented(QUOTAS, text="simonw/s3-credentials#64"),
    "_aws/access_keys.py",
)
def third_access_key(aws: Aws) -> None:
    user = aws.resources.user()
    for _ in range(2):
        once_seen(lambda: aws.iam.create_access_key(UserName=user), codes=("NoSuchEntity",))
    with refused("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2", status=409):
        aws.iam.create_access_key(UserName=user)


@probe(
    "A new key of a user begins with AKIA, is active, and can be deactivated.",
    documented("IAM User Guide: IAM identifiers", "IAM API Reference: UpdateAccessKey"),
    "_access_key/info.py",
)
def access_key_is_deactivated(aws: Aws) -> None:
    user = aws.resources.user()
    key = once_seen(lambda: aws.iam.create_access_key(UserName=user), codes=("NoSuchEntity",))["AccessKey"]
    expect(key["AccessKeyId"].startswith("AKIA") and key["Status"] == "Active", key["Status"])
    once_seen(lambda: aws.iam.update_access_key(UserName=user, AccessKeyId=key["AccessKeyId"], Status="Inactive"), codes=("NoSuchEntity",))

    def status():
        return [each["Status"] for each in aws.iam.list_access_keys(UserName=user)["AccessKeyMetadata"]]

    eventually(status, lambda shown: shown == ["Inactive"], 60)


@probe("A key that was never used has no date of last use.", documented("IAM API Reference: AccessKeyLastUsed"), "_access_key/info.py")
def access_key_was_never_used(aws: Aws) -> None:
    user = aws.resources.user()
    key = once_seen(lambda: aws.iam.create_access_key(UserName=user), codes=("NoSuchEntity",))["AccessKey"]
    used = once_seen(lambda: aws.iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"]), codes=("NoSuchEntity", "AccessDenied"))
    expect("LastUsedDate" not in used["AccessKeyLastUsed"], "a date")
    same(used["UserName"], user)


@probe(
    "GenerateServiceLastAccessedDetails starts a job, which soon completes and lists the services that the role may use.",
    documented("IAM API Reference: GenerateServiceLastAccessedDetails"),
    "_aws/last_accessed.py",
)
def last_accessed_services(aws: Aws) -> None:
    role = aws.resources.role_of_account({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]})
    arn = aws.arn_of(role)
    job = once_seen(lambda: aws.iam.generate_service_last_accessed_details(Arn=arn), codes=("NoSuchEntity",))["JobId"]
    report = eventually(lambda: aws.iam.get_service_last_accessed_details(JobId=job), lambda answer: answer["JobStatus"] != "IN_PROGRESS")
    same(report["JobStatus"], "COMPLETED")
    services = {each["ServiceNamespace"]: each for each in report["ServicesLastAccessed"]}
    # A policy that was put just now may not be known yet.
    expect(not services.get("sqs", {}).get("LastAuthenticated"), services.get("sqs"))


@probe("LookupEvents returns at most 50 events per page.", documented("AWS CloudTrail API Reference: LookupEvents"), "_aws/cloudtrail.py")
def page_of_events(aws: Aws) -> None:
    client = aws.client("cloudtrail")
    expect(len(client.lookup_events(MaxResults=1)["Events"]) <= 1, "more than one event")
    with refused("InvalidMaxResultsException", status=400):
        client.lookup_events(MaxResults=51)


@probe(
    "Outside an organization, DescribeOrganization fails with AWSOrganizationsNotInUseException.",
    documented("AWS Organizations API Reference: DescribeOrganization"),
    "_aws/accounts.py",
)
def no_organization(aws: Aws) -> None:
    client = aws.client("organizations", "us-east-1")
    try:
        client.describe_organization()
    except client.exceptions.AWSOrganizationsNotInUseException:
        return
    raise NotApplicable("the account is in an organization")


@probe(
    "A region that is not enabled for the account rejects its keys: AuthFailure.",
    documented("AWS Account Management Reference Guide: Enable or disable AWS Regions in your account"),
    "_aws/region_clients.py",
    "_common/read_errors.py",
)
def region_that_is_not_enabled(aws: Aws) -> None:
    regions = aws.ec2.describe_regions(AllRegions=True)["Regions"]
    closed = [region["RegionName"] for region in regions if region["OptInStatus"] == "not-opted-in"]
    if not closed:
        raise NotApplicable("the account has enabled all regions")
    with refused("AuthFailure", status=401):
        aws.client("ec2", closed[0]).describe_instances()


@probe(
    "A dry run of a launch checks all permissions that the launch needs, including iam:PassRole.",
    reported("ansible-collections/community.aws#831"),
    "_aws/denials.py",
)
def pass_role_in_dry_run(aws: Aws) -> None:
    allowed = {"Effect": "Allow", "Action": ["ec2:*"], "Resource": "*"}
    role = aws.resources.role_of_account({"Version": "2012-10-17", "Statement": [allowed]})
    client = aws.client_with(aws.as_role(role), "ec2")
    given = {"ImageId": aws.image, "InstanceType": aws.place.instance_type, "MinCount": 1, "MaxCount": 1, "DryRun": True}
    given |= {"SubnetId": aws.place.subnet} if aws.place.subnet else {}
    with refused("UnauthorizedOperation", status=403):
        client.run_instances(**given, IamInstanceProfile={"Name": aws.resources.shared_profile["InstanceProfileName"]})


@probe(
    "A launch from a launch template with a profile needs iam:PassRole for its role.",
    documented("EC2 User Guide: IAM permissions required for Amazon EC2 launch templates"),
    "_common/errors.py",
)
def pass_role_of_a_template(aws: Aws) -> None:
    allowed = {"Effect": "Allow", "Action": ["ec2:*"], "Resource": "*"}
    role = aws.resources.role_of_account({"Version": "2012-10-17", "Statement": [allowed]})
    client = aws.client_with(aws.as_role(role), "ec2")
    template = aws.resources.template(IamInstanceProfile={"Name": aws.resources.shared_profile["InstanceProfileName"]})
    given = {"LaunchTemplate": {"LaunchTemplateId": template}, "MinCount": 1, "MaxCount": 1, "DryRun": True}
    given |= {"SubnetId": aws.place.subnet} if aws.place.subnet else {}
    with refused("UnauthorizedOperation", status=403):
        client.run_instances(**given)


@probe(
    "SimulatePrincipalPolicy respects a permissions boundary.",
    documented("IAM API Reference: SimulatePrincipalPolicy", "IAM User Guide: Permissions boundaries for IAM entities"),
    "_aws/simulator.py",
)
def simulated_boundary(aws: Aws) -> None:
    boundary = aws.resources.policy({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]})
    role = aws.resources.role(PermissionsBoundary=boundary)
    allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["sqs:*", "sns:*"], "Resource": "*"}]}
    once_seen(lambda: aws.iam.put_role_policy(RoleName=role, PolicyName="probe", PolicyDocument=json.dumps(allowed)), codes=("NoSuchEntity",))
    arn = aws.arn_of(role)

    def decisions() -> list[str]:
        answer = aws.iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=["sqs:SendMessage", "sns:Publish"])
        return [each["EvalDecision"] for each in answer["EvaluationResults"]]

    eventually(decisions, lambda seen: seen == ["allowed", "implicitDeny"], 60)


@probe(
    "Without the permission to launch instances, a group with a template can't be created: AccessDenied, without the missing action.",
    reported("ansible-collections/community.aws#831", "eksctl-io/eksctl#834"),
    "_aws/auto_scaling.py",
    "_common/suggestions.py",
)
def group_needs_permissions_of_launch(aws: Aws) -> None:
    allowed = {"Effect": "Allow", "Action": ["autoscaling:*", "ec2:Describe*"], "Resource": "*"}
    role = aws.resources.role_of_account({"Version": "2012-10-17", "Statement": [allowed]})
    client = aws.client_with(aws.as_role(role), "autoscaling")
    template = {"LaunchTemplateId": aws.resources.template(), "Version": "1"}
    place = {"VPCZoneIdentifier": aws.place.subnet} if aws.place.subnet else {"AvailabilityZones": aws.zones[:1]}
    tags = [{"Key": "keyless-conformance", "Value": aws.resources.run, "PropagateAtLaunch": True}]
    with refused("AccessDenied", "You are not authorized to use launch template", status=403):
        name = aws.resources.name()
        client.create_auto_scaling_group(AutoScalingGroupName=name, MinSize=0, MaxSize=0, LaunchTemplate=template, Tags=tags, **place)
