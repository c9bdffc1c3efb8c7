# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys that conditions can compare, and their types.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from typing import Mapping, Optional

from .service_reference import ServiceReference
from .wildcards import matches

_STRING, _STRINGS, _BOOL, _DATE, _NUMBER, _ARN, _IP = (
    "String",
    "ArrayOfString",
    "Bool",
    "Date",
    "Numeric",
    "ARN",
    "IPAddress",
)
# Keys that do not belong to a service
GLOBAL_KEYS = {
    **{
        f"aws:{name}": _STRING
        for name in (
            "CalledViaFirst",
            "CalledViaLast",
            "Ec2InstanceSourcePrivateIPv4",
            "Ec2InstanceSourceVpc",
            "FederatedProvider",
            "PrincipalAccount",
            "PrincipalOrgID",
            "PrincipalOrgMasterAccountId",
            "PrincipalServiceName",
            "PrincipalTag/*",
            "PrincipalType",
            "Referer",
            "RequestedRegion",
            "RequestTag/*",
            "ResourceAccount",
            "ResourceOrgID",
            "ResourceTag/*",
            "SourceAccount",
            "SourceIdentity",
            "SourceOrgID",
            "SourceVpc",
            "SourceVpce",
            "UserAgent",
            "userid",
            "username",
            "VpceAccount",
            "VpceOrgID",
        )
    },
    **{
        f"aws:{name}": _STRINGS
        for name in (
            "CalledVia",
            "PrincipalOrgPaths",
            "PrincipalServiceNamesList",
            "ResourceOrgPaths",
            "SourceOrgPaths",
            "TagKeys",
            "VpceOrgPaths",
        )
    },
    **{
        f"aws:{name}": _BOOL
        for name in (
            "AssumedRoot",
            "IsMcpServiceAction",
            "MultiFactorAuthPresent",
            "PrincipalIsAWSService",
            "SecureTransport",
            "ViaAWSMCPService",
            "ViaAWSService",
        )
    },
    **{f"aws:{name}": _ARN for name in ("ChatbotSourceArn", "PrincipalArn", "SignInSessionArn", "SourceArn", "SourceVpcArn")},
    "aws:CurrentTime": _DATE,
    "aws:EpochTime": _DATE,
    "aws:TokenIssueTime": _DATE,
    "aws:MultiFactorAuthAge": _NUMBER,
    "aws:SourceIp": _IP,
    "aws:VpcSourceIp": _IP,
}


def known_keys(reference: ServiceReference, key: str) -> Mapping[str, str]:
    """The types of all keys with the same prefix, by pattern; empty if the prefix is unknown."""
    prefix = key.partition(":")[0].lower()
    return GLOBAL_KEYS if prefix == "aws" else reference.key_types(prefix)


def key_type(known: Mapping[str, str], key: str) -> Optional[str]:
    """The type of the key; None if the key is unknown."""
    return next((kind for pattern, kind in known.items() if matches(pattern, key)), None)
