# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The metadata options of instances: how the instance metadata service answers.  Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Optional, Union

Value = Union[str, int]

# The options of our modules, and AWS's names for them
AWS_NAMES = {
    "http_tokens": "HttpTokens",
    "http_endpoint": "HttpEndpoint",
    "http_put_response_hop_limit": "HttpPutResponseHopLimit",
    "http_protocol_ipv6": "HttpProtocolIpv6",
    "instance_metadata_tags": "InstanceMetadataTags",
}
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceMetadataOptions.html
CHOICES = {
    "http_tokens": ("optional", "required"),
    "http_endpoint": ("disabled", "enabled"),
    "http_protocol_ipv6": ("disabled", "enabled"),
    "instance_metadata_tags": ("disabled", "enabled"),
}
HOP_LIMITS = range(1, 65)
PENDING = "pending"  # the state of options that the instance does not follow yet


@dataclass(frozen=True)
class MetadataOptions:
    """The metadata options of an instance; None for one that EC2 does not return.

    ``state`` is ``pending`` until the instance follows the options, which a stopped one does when it starts, and then ``applied``.
    """

    http_tokens: Optional[str] = None
    http_endpoint: Optional[str] = None
    http_put_response_hop_limit: Optional[int] = None
    http_protocol_ipv6: Optional[str] = None
    instance_metadata_tags: Optional[str] = None
    state: Optional[str] = None

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> MetadataOptions:
        """The options as EC2 describes them."""
        return cls(state=described.get("State"), **{name: described.get(aws) for name, aws in AWS_NAMES.items()})

    def value(self, name: str) -> Optional[Value]:
        """The value of one option."""
        found: Optional[Value] = getattr(self, name)
        return found

    @property
    def answers_imdsv1(self) -> bool:
        """Whether the service answers requests without a token, as far as EC2 returns it."""
        return self.http_tokens != "required" and self.http_endpoint != "disabled"


def as_parameters(values: Mapping[str, Value]) -> dict[str, Value]:
    """The values by AWS's names."""
    return {AWS_NAMES[name]: value for name, value in values.items()}
