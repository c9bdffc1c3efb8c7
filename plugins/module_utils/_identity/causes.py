# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong with the identity of an instance: sentences for people.  Pure."""

from __future__ import annotations

from .._common.problem import Problem

ATTACH = "Run keyless.ec2.instance_profile_attach with instance_ids={instance_id} and the instance_profile that it is to have"
OPTIONS = "Run aws ec2 modify-instance-metadata-options --instance-id {instance_id} "

# By cause; several causes are the same problem to a program.
CAUSES = {
    "not_ec2": Problem(
        "imds_unreachable",
        "No instance metadata service answers, so this does not seem to be an EC2 instance. {unanswered}",
        "Run this on EC2 instances. If this is one, run aws ec2 modify-instance-metadata-options --instance-id "
        "{instance_id} --http-endpoint enabled.",
    ),
    "silent": Problem(
        "imds_unreachable",
        "This is an EC2 instance, but its metadata service does not answer. {unanswered}",
        OPTIONS + "--http-endpoint enabled, and see that no firewall or route on the host keeps requests from it.",
    ),
    "interrupted": Problem(
        "imds_unreachable",
        "The metadata service gave a token, and then did not answer as that of EC2 does. {unanswered}",
        "Run this again with wait=true. If that does not help, see what stands between the host and the metadata service.",
    ),
    "turned_off": Problem(
        "imds_unreachable",
        "The metadata service refuses every request (HTTP 403): it is turned off, so the applications on the {instance} get no credentials.",
        OPTIONS + "--http-endpoint enabled.",
    ),
    "hop_limit_too_small": Problem(
        "hop_limit_too_small",
        "The metadata service of the {instance} answers, but its tokens do not get here. That is so in a container, "
        "which is one network hop further away than the hop limit of 1 allows.",
        OPTIONS + "--http-put-response-hop-limit 2.",
    ),
    "no_profile": Problem(
        "no_profile",
        "The {instance} has no instance profile, so its applications get no credentials.",
        ATTACH + ".",
    ),
    "profile_not_found": Problem(
        "profile_not_found",
        "The instance profile of the {instance} was deleted, and perhaps made again. EC2 still goes by the old one, so "
        "the instance gets no credentials.",
        ATTACH + ", which renews the association.",
    ),
    "no_role": Problem(
        "no_credentials",
        "The {instance} has the instance profile {profile}, but gets no role from it, and so no credentials.",
        "Run keyless.ec2.iam_ec2_role with instance_profile_name={profile} and the name of the role that belongs in "
        "it. If it is in it, the instance keeps another one that was deleted: run keyless.ec2.instance_profile_attach "
        "with instance_ids={instance_id}, instance_profile={profile} and renew=true.",
    ),
    "no_document": Problem(
        "no_credentials",
        "There are no credentials of the role {role} on the {instance}.",
        "Run this again with wait=true; they take a while after a change. If that does not help: " + ATTACH + ".",
    ),
    "trust_refuses_ec2": Problem(
        "trust_refuses_ec2",
        "The trust policy of the role {role} does not let EC2 assume it, so the {instance} gets no credentials.",
        "Run keyless.ec2.iam_ec2_role with name={role} and trusted_entities that name the service ec2.amazonaws.com "
        "besides all that the role is to trust.",
    ),
    "not_success": Problem(
        "no_credentials",
        "There are no credentials of the role {role} on the {instance}: AWS says {code}{said}.",
        "Run keyless.ec2.instance_profile_attach_info with instance_ids={instance_id}, which tells what is wrong.",
    ),
    "expired": Problem(
        "no_credentials",
        "The credentials of the role {role} on the {instance} expired at {expiration}, and there are no newer ones.",
        "Run keyless.ec2.instance_profile_attach_info with instance_ids={instance_id}, which tells what is wrong.",
    ),
    "unexpected_role": Problem(
        "unexpected_role",
        "The {instance} has the role {role}, not {expected_role}.",
        "Run keyless.ec2.instance_profile_attach with instance_ids={instance_id} and the instance_profile that the "
        "role {expected_role} is in. If that is {profile}, the instance keeps the role that was in it before: set "
        "renew=true too.",
    ),
    "clock_wrong": Problem(
        "clock_wrong",
        "The clock of the host is {difference} that of AWS, which refuses requests whose time is more than 5 minutes off.",
        "Let the host's clock be set by the time service of EC2 (with chrony: server 169.254.169.123 prefer iburst).",
    ),
    # Not amazon.aws.ec2_instance: it sets the hop limit to 1 with that, which cuts containers off.
    "imdsv1_allowed": Problem(
        "imdsv1_allowed",
        "The metadata service of the {instance} answers without a token too (IMDSv1), so an application that can be "
        "made to fetch a URL gives the role's credentials away.",
        OPTIONS + "--http-tokens required, when nothing on the instance uses IMDSv1 any more.",
    ),
}

# IAM, EC2 and the metadata service take a while to see what was changed.
HEALED_BY_TIME = frozenset(
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
