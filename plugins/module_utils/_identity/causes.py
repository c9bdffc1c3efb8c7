# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The texts for everything that can be wrong with the identity of an instance.  Pure."""

from __future__ import annotations

from .._common.problem import Problem

ATTACH = "Run keyless.ec2.instance_profile_attach with instance_ids={instance_id} and the instance_profile that it should have"
OPTIONS = "Run keyless.ec2.instance_metadata_options with instance_ids={instance_id} and "
SEE_ATTACHMENT = "Run keyless.ec2.instance_profile_attach_info with instance_ids={instance_id}, which reports what is wrong."

# By cause.  Several causes can have the same problem code.
CAUSES = {
    "not_ec2": Problem(
        "imds_unreachable",
        "No instance metadata service answers, so this does not seem to be an EC2 instance. {unanswered}",
        "Run this on EC2 instances. If this is one, run keyless.ec2.instance_metadata_options with its id in instance_ids and http_endpoint=enabled.",
    ),
    "silent": Problem(
        "imds_unreachable",
        "This is an EC2 instance, but its metadata service does not answer. {unanswered}",
        OPTIONS + "http_endpoint=enabled, and check that no firewall or route on the host blocks its requests.",
    ),
    "interrupted": Problem(
        "imds_unreachable",
        "The metadata service returned a token, but then no valid answer. {unanswered}",
        "Run this again with wait=true. If that does not help, check what is between the host and the metadata service.",
    ),
    "turned_off": Problem(
        "imds_unreachable",
        "The metadata service refuses every request (HTTP 403). It is turned off, so the applications on the {instance} get no credentials.",
        OPTIONS + "http_endpoint=enabled.",
    ),
    "hop_limit_too_small": Problem(
        "hop_limit_too_small",
        "The metadata service of the {instance} answers, but its tokens do not arrive here. This happens in a container, "
        "which is one network hop further away than the hop limit of 1 allows.",
        OPTIONS + "http_put_response_hop_limit=2.",
    ),
    "no_profile": Problem(
        "no_profile",
        "The {instance} has no instance profile, so its applications get no credentials.",
        ATTACH + ".",
    ),
    "profile_not_found": Problem(
        "profile_not_found",
        "The instance profile of the {instance} was deleted, and perhaps recreated. EC2 still uses the old one, so the instance gets no credentials.",
        ATTACH + ", which renews the association.",
    ),
    "no_role": Problem(
        "no_credentials",
        "The {instance} has the instance profile {profile}, but no role from it, and so no credentials.",
        "Run keyless.ec2.iam_ec2_role with instance_profile_name={profile} and the name of the role that belongs in "
        "it. If the role is already in it, the instance still uses one that was deleted: run "
        "keyless.ec2.instance_profile_attach with instance_ids={instance_id}, instance_profile={profile} and renew=true.",
    ),
    "no_document": Problem(
        "no_credentials",
        "The {instance} has no credentials of the role {role}.",
        "Run this again with wait=true, because credentials take a while after a change. If that does not help: " + ATTACH + ".",
    ),
    "trust_refuses_ec2": Problem(
        "trust_refuses_ec2",
        "The trust policy of the role {role} does not allow EC2 to assume it, so the {instance} gets no credentials.",
        "Run keyless.ec2.iam_ec2_role with name={role} and trusted_entities that include the service ec2.amazonaws.com "
        "and everything else that the role should trust.",
    ),
    "not_success": Problem(
        "no_credentials",
        "The {instance} has no credentials of the role {role}. AWS returned {code}{detail}.",
        SEE_ATTACHMENT,
    ),
    "expired": Problem(
        "no_credentials",
        "The credentials of the role {role} on the {instance} expired at {expiration}, and there are no newer ones.",
        SEE_ATTACHMENT,
    ),
    "unexpected_role": Problem(
        "unexpected_role",
        "The {instance} has the role {role}, not {expected_role}.",
        "Run keyless.ec2.instance_profile_attach with instance_ids={instance_id} and the instance_profile that "
        "contains the role {expected_role}. If that is {profile}, the instance still has the role that was in it before: "
        "also set renew=true.",
    ),
    "clock_wrong": Problem(
        "clock_wrong",
        "The clock of the host is {difference} AWS's. AWS refuses requests whose time is off by more than 5 minutes.",
        "Synchronize the clock with the Amazon Time Sync Service (with chrony: server 169.254.169.123 prefer iburst).",
    ),
    "containers_without_tokens": Problem(
        "hop_limit_too_small",
        "The {instance} runs containers, and the hop limit keeps the metadata service's tokens from them. Once tokens are required, they get no "
        "credentials.",
        OPTIONS + "http_put_response_hop_limit=2.",
    ),
    "sdk_too_old": Problem(
        "sdk_too_old",
        "SDKs on the {instance} are too old for IMDSv2, and get no credentials of the role once tokens are required: {old_sdks}.",
        "Update or remove them. AWS lists the versions that can use IMDSv2 under Use a supported AWS SDK, in the EC2 User Guide.",
    ),
    "imdsv1_allowed": Problem(
        "imdsv1_allowed",
        "The metadata service of the {instance} also answers without a token (IMDSv1). An attacker who makes an "
        "application fetch a URL (SSRF) gets the role's credentials.",
        "Run the role keyless.ec2.require_imdsv2 with require_imdsv2_instance_ids={instance_id}. It leaves the instance as it is if that still "
        "uses IMDSv1.",
    ),
}

# These can go away by themselves, because IAM, EC2 and the metadata service are eventually consistent.
TEMPORARY = frozenset(
    {
        "silent",
        "interrupted",
        "no_profile",
        "profile_not_found",
        "no_role",
        "no_document",
        "trust_refuses_ec2",
        "not_success",
        "expired",
        "unexpected_role",
    }
)
