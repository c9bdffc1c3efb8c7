# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages of lists, in EC2's and in IAM's way."""

from __future__ import annotations

import copy
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import InvalidNextToken
from moto.iam.exceptions import ValidationError
from moto.iam.responses import IamResponse

EC2_PAGE = 1000  # the largest MaxResults; the default is not documented
IAM_PAGE = 100  # IAM's documented default for MaxItems


def ec2_page(items: Iterable[Any], matches: Callable[[Any], bool], max_results: int | None, token: str | None) -> tuple[list[Any], str | None]:
    """Returns a page of the matching items, and the next token or None.

    The items are in the order of their ``position``. The token names the last item, so that a deletion between two pages hides nothing. It looks at
    no more items than needed. Raises InvalidNextToken.
    """
    after = _position_in(token) if token else 0
    size = max_results or EC2_PAGE
    rest = (item for item in items if item.position > after and matches(item))
    page = list(islice(rest, size))
    is_last = next(rest, None) is None
    return page, None if is_last else _token_at(page[-1].position)


def listed_page(items: Sequence[Any], size: int, token: str | None) -> tuple[list[Any], str | None]:
    """Returns a page of a list without deletions, and the next token or None. Raises InvalidNextToken."""
    start = _position_in(token) if token else 0
    end = start + size
    return list(items[start:end]), _token_at(end) if end < len(items) else None


def in_order(items: Iterable[Any]) -> list[Any]:
    """Returns the items in the order of their positions, without duplicates."""
    by_position = {item.position: item for item in items}
    return [by_position[position] for position in sorted(by_position)]


def _token_at(position: int) -> str:
    return urlsafe_b64encode(str(position).encode()).decode()


def _position_in(token: str) -> int:
    try:
        return int(urlsafe_b64decode(token.encode()))
    except ValueError as error:
        raise InvalidNextToken(token) from error


def iam_page(response: Any, items: Sequence[Any]) -> dict[str, Any]:
    """Returns the page that Marker and MaxItems ask for: ``items``, and the members for paging."""
    marker = response._get_param("Marker") or "0"  # pylint: disable=protected-access
    size = int(response._get_param("MaxItems") or IAM_PAGE)  # pylint: disable=protected-access
    if not marker.isdigit():
        raise ValidationError(f"Invalid Marker: {marker}")
    start, end = int(marker), int(marker) + size
    page: dict[str, Any] = {"items": items[start:end], "IsTruncated": end < len(items)}
    if page["IsTruncated"]:
        page["Marker"] = str(end)
    return page


def patch_iam_lists() -> None:
    """Returns pages of these lists, without the tags of profiles. moto returns everything at once, and profiles of any path."""

    def list_role_policies(self: Any) -> ActionResult:
        names = self.backend.list_role_policies(self._get_param("RoleName"))
        return _listing(self, "PolicyNames", sorted(names))

    def list_instance_profiles(self: Any) -> ActionResult:
        prefix = self._get_param("PathPrefix", "/")
        profiles = [found for found in self.backend.get_instance_profiles() if found.path.startswith(prefix)]
        return _listing(self, "InstanceProfiles", _untagged(profiles))

    def list_instance_profiles_for_role(self: Any) -> ActionResult:
        role = self.backend.get_role(self._get_param("RoleName"))
        return _listing(self, "InstanceProfiles", _untagged(role.instance_profile_list))

    IamResponse.list_role_policies = list_role_policies
    IamResponse.list_instance_profiles = list_instance_profiles
    IamResponse.list_instance_profiles_for_role = list_instance_profiles_for_role


def _untagged(profiles: Sequence[Any]) -> list[Any]:
    """Returns copies without tags."""
    copies = [copy.copy(profile) for profile in profiles]
    for each in copies:
        del each.tags
    return copies


def _listing(response: Any, name: str, items: Sequence[Any]) -> ActionResult:
    page = iam_page(response, items)
    return ActionResult({name: page.pop("items"), **page})
