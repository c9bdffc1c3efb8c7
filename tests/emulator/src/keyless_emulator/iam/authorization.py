# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How EC2 words a refusal, where IAM is enforced (POST /moto-api/reset-auth)."""

from __future__ import annotations

from typing import Any

from moto.core.exceptions import AccessDeniedError
from moto.core.responses import ActionResult
from moto.iam.access_control import IAMRequest
from moto.sts.responses import TokenResponse

from ..server.denials import decoded_denial, encoded_denial
from ..server.refusals import Refusal


class UnauthorizedOperation(AccessDeniedError):
    """EC2's own code, with a message that only sts:DecodeAuthorizationMessage opens on AWS."""

    def __init__(self, user_arn: str, action: str) -> None:
        # AccessDeniedError's own __init__ would set IAM's code and text.
        super(AccessDeniedError, self).__init__(
            "UnauthorizedOperation",
            f"You are not authorized to perform this operation. User: {user_arn} is not authorized to "
            f"perform: {action} because no identity-based policy allows the {action} action. "
            f"Encoded authorization failure message: {encoded_denial(action, principal=user_arn)}",
        )


def patch_access_denied() -> None:
    """EC2 says UnauthorizedOperation; moto lets it say AccessDenied, as IAM does."""
    original = IAMRequest._raise_access_denied  # pylint: disable=protected-access

    def raise_access_denied(self: Any) -> None:
        service, _mark, _operation = self._action.partition(":")  # pylint: disable=protected-access
        if service == "ec2":
            # pylint: disable-next=protected-access
            raise UnauthorizedOperation(self._access_key.arn, self._action)
        original(self)

    IAMRequest._raise_access_denied = raise_access_denied  # pylint: disable=protected-access


def patch_decode() -> None:
    """STS opens the message; moto lacks the operation."""

    def decode_authorization_message(self: Any) -> ActionResult:
        try:
            # pylint: disable-next=protected-access
            return ActionResult({"DecodedMessage": decoded_denial(self._get_param("EncodedMessage"))})
        except ValueError as error:
            text = "Message cannot be decoded."
            raise Refusal("InvalidAuthorizationMessageException", text) from error

    TokenResponse.decode_authorization_message = decode_authorization_message
