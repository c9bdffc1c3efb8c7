# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user can do about an error of AWS, by the operation that failed and the cause: one table.  Pure."""

from __future__ import annotations

import re
from typing import FrozenSet, NamedTuple, Optional

CREDENTIALS = "credentials"  # the operation of fetching credentials, which happens inside other calls

NO_CREDENTIALS = frozenset({"NoCredentials", "CredentialRetrieval"})
EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException"})
# After these errors, every later call fails too.
LASTING = EXPIRED | {"RequestExpired"}
# Of all reasons for these, an account that has not enabled the region is the one that people look for last.
NOT_ACCEPTED = frozenset({"AuthFailure", "InvalidClientTokenId", "UnrecognizedClientException"})
BAD_SIGNATURE = frozenset({"SignatureDoesNotMatch", "InvalidSignatureException"})
SKEWED = frozenset({"RequestTimeTooSkewed"})
PROFILE_ERRORS = frozenset({"ConfigParse", "InfiniteLoopConfig", "InvalidConfig", "UnknownCredential"})
SSO_ERRORS = frozenset({"SSOTokenLoad", "TokenRetrieval", "UnauthorizedSSOToken"})
CERTIFICATE_ERRORS = frozenset({"SSL"})
PROXY_ERRORS = frozenset({"InvalidProxiesConfig", "ProxyConnection"})
READ_TIMEOUT = "ReadTimeout"
UNREACHED = frozenset(
    {
        *("EndpointConnection", "ConnectTimeout", READ_TIMEOUT, "ConnectionClosed", "HTTPClient", "Connection"),
        *("IncompleteRead", "ResponseStreaming"),
    }
)
UNREACHABLE = UNREACHED | CERTIFICATE_ERRORS | PROXY_ERRORS
# The response did not come from AWS or is incomplete: a proxy's page, an empty body, or XML with elements missing.
UNEXPECTED_ANSWER = "UnexpectedAnswer"

RUN_AGAIN_THROTTLED = "AWS is limiting the rate of calls: run again. Finished changes are kept."
WRONG_CLOCK = "The clock of the machine that runs this task is wrong: synchronize it with a time service."


class Cause(NamedTuple):
    """A suggestion for errors with one of these codes, and a message and an operation that match; an empty value matches all."""

    codes: FrozenSet[str]
    suggestion: str
    message: str = ""  # a regular expression
    operation: str = ""

    def matches(self, operation: str, code: str, message: str) -> bool:
        """Whether the error has this cause."""
        is_operation = self.operation in ("", operation)
        return is_operation and (not self.codes or code in self.codes) and re.search(self.message, message) is not None


def _codes(*codes: str) -> FrozenSet[str]:
    return frozenset(codes)


# The first cause that matches counts.  Fetching credentials has the more special ones, so it comes first.
CAUSES = (
    Cause(SKEWED, WRONG_CLOCK),
    Cause(BAD_SIGNATURE | NOT_ACCEPTED, WRONG_CLOCK, r"Signature expired|Signature not yet current|is now (?:earlier|later) than"),
    Cause(
        CERTIFICATE_ERRORS,
        "Check the certificate. If a proxy or a private endpoint has one of your own authority, name that authority's file with the option "
        "aws_ca_bundle or the environment variable AWS_CA_BUNDLE.",
    ),
    Cause(PROXY_ERRORS, "Check the proxy: HTTPS_PROXY, HTTP_PROXY and NO_PROXY in the environment, and proxies in the option aws_config."),
    Cause(UNREACHED, "Check the network, the option region, and the option endpoint_url if it is set."),
    Cause(
        EXPIRED,
        "The credentials that the profile starts from have expired: renew them, and run again. Finished changes are kept.",
        operation=CREDENTIALS,
    ),
    Cause(
        _codes("EOF"),
        "A task can't ask for an MFA code: get temporary credentials first, for example with aws sts get-session-token, and set them in the "
        "environment.",
        operation=CREDENTIALS,
    ),
    Cause(SSO_ERRORS, "Run aws sso login for the profile, and run again.", operation=CREDENTIALS),
    Cause(
        _codes(),
        "Check credential_process in the profile: the command must exist, exit with 0, and print nothing but JSON with Version 1, AccessKeyId "
        "and SecretAccessKey.",
        r"\bcustom-process\b",
        CREDENTIALS,
    ),
    Cause(
        _codes(),
        "Check that the token file exists and is current (AWS_WEB_IDENTITY_TOKEN_FILE, or web_identity_token_file in the profile), and that the "
        "role's trust policy trusts its issuer.",
        r"\bassume-role-with-web-identity\b",
        CREDENTIALS,
    ),
    Cause(
        _codes(),
        "Check AWS_CONTAINER_CREDENTIALS_FULL_URI or AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, and the file of AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE.",
        r"\bcontainer-role\b",
        CREDENTIALS,
    ),
    Cause(
        _codes("ProfileNotFound"),
        "Check the option profile and the environment variable AWS_PROFILE against the profiles in ~/.aws/config, or in the file that "
        "AWS_CONFIG_FILE names.",
    ),
    Cause(PROFILE_ERRORS, "Correct the profile in ~/.aws/config, or in the file that AWS_CONFIG_FILE names."),
    Cause(
        _codes("PartialCredentials"),
        "Only half of an access key is set: give both halves in one place, which is the environment (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY), "
        "the options access_key and secret_key, or a section of ~/.aws/credentials. Or remove the half, and use a profile.",
    ),
    Cause(
        NO_CREDENTIALS,
        "Give the task AWS credentials: the environment (AWS_PROFILE, or AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY), the options profile or access_key and secret_key, "
        "or the role of the machine that runs it.",
    ),
    Cause(_codes(), "Check the profile: aws sts get-caller-identity with the same profile meets the same error.", operation=CREDENTIALS),
    Cause(
        _codes("RequestExpired"),
        "The clock of the machine that runs this task is wrong, or its temporary credentials have expired: synchronize the clock, or renew them. "
        "Finished changes are kept.",
    ),
    Cause(EXPIRED, "The temporary credentials have expired: renew them, and run again. Finished changes are kept."),
    Cause(
        NOT_ACCEPTED,
        "AWS does not accept the credentials in use: renew them, or choose others with the option profile. Also check the option region: the account "
        "may not have enabled that region, or it is misspelled.",
    ),
    Cause(BAD_SIGNATURE, "AWS does not accept the credentials in use: renew them, or choose others with the option profile."),
    Cause(
        _codes(UNEXPECTED_ANSWER),
        "A proxy between this machine and AWS may have sent this response: check the proxy (HTTPS_PROXY), the option "
        "endpoint_url if it is set, and https://health.aws.amazon.com, and run again.",
    ),
    Cause(_codes("NoRegion"), "Set the AWS region, with the option region or the environment variable AWS_REGION."),
    Cause(
        _codes("InvalidRegion"),
        "Check the option region and the environment variable AWS_REGION: a region is written like eu-central-1.",
    ),
    Cause(
        _codes("InvalidParameterValue"),
        "Check the names in the option filters: AWS's page about the call lists those that exist.",
        r"^The filter '.*' is invalid$",
    ),
    Cause(_codes("ConcurrentModification"), "Another client is changing the same resource: run again."),
    Cause(_codes("EntityTemporarilyUnmodifiable"), "IAM is still busy with an earlier change: run again in a minute."),
    Cause(
        _codes("EntityAlreadyExists"),
        "It was created in the meantime, or a name that differs only in upper and lower case exists. Run again, or choose another name.",
    ),
    Cause(_codes("NoSuchEntity"), "It does not exist, or was deleted in the meantime: check the name, or run again."),
    Cause(_codes("DeleteConflict"), "Something was added in the meantime: run again."),
    Cause(_codes("MalformedPolicyDocument"), "Check the policy. Every principal in it must exist."),
    Cause(_codes("LimitExceeded"), "Remove what is not needed, or ask AWS for a higher quota (Service Quotas, IAM)."),
    Cause(_codes("UnmodifiableEntity"), "This is a service-linked role: only the service that owns it can change it."),
    Cause(_codes("Throttling", "RequestLimitExceeded"), RUN_AGAIN_THROTTLED),
)


def suggestion_by_cause(operation: str, code: str, message: str) -> Optional[str]:
    """The suggestion for an error other than a denial, or None if its cause is unknown."""
    return next((each.suggestion for each in CAUSES if each.matches(operation, code, message)), None)
