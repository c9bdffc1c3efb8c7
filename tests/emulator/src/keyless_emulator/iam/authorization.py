# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EC2's authorization errors, if IAM is enforced in moto (POST /moto-api/reset-auth)."""

from __future__ import annotations

from typing import Any

from moto.core.exceptions import AccessDeniedError
from moto.core.responses import ActionResult
from moto.iam.access_control import IAMRequest
from moto.sts.responses import TokenResponse

from ..server.denial_messages import decoded_denial, encoded_denial
from ..server.errors import AwsError


class UnauthorizedOperation(AccessDeniedError):
    """EC2's error, with a message that only sts:DecodeAuthorizationMessage decodes on AWS."""

    def __init__(self, user_arn: str, action: str) -> None:
        # AccessDeniedError.__init__ would set IAM's code and message.
        super(AccessDeniedError, self).__init__(
            "UnauthorizedOperation",
            f"You are not authorized to perform this operation. User: {user_arn} is not authorized to "
            f"perform: {action} because no identity-based policy allows the {action} action. "
            f"Encoded authorization failure message: {encoded_denial(action, principal=user_arn)}",
        )


def patch_access_denied() -> None:
    """Makes EC2 answer UnauthorizedOperation. In moto it answers AccessDenied, as IAM does."""
    original = IAMRequest._raise_access_denied  # pylint: disable=protected-access

    def raise_access_denied(self: Any) -> None:
        service, _mark, _operation = self._action.partition(":")  # pylint: disable=protected-access
        if service == "ec2":
            # pylint: disable-next=protected-access
            raise UnauthorizedOperation(self._access_key.arn, self._action)
        original(self)

    IAMRequest._raise_access_denied = raise_access_denied  # pylint: disable=protected-access


def patch_decode() -> None:
    """Adds sts:DecodeAuthorizationMessage, which moto lacks."""

    def decode_authorization_message(self: Any) -> ActionResult:
        try:
            # pylint: disable-next=protected-access
            return ActionResult({"DecodedMessage": decoded_denial(self._get_param("EncodedMessage"))})
        except ValueError as error:
            text = "Message cannot be decoded."
            raise AwsError("InvalidAuthorizationMessageException", text) from error

    TokenResponse.decode_authorization_message = decode_authorization_message
