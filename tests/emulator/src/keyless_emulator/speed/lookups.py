# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Caches what moto computes or searches again with each call.

It changes no answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import xmltodict
from moto import backends
from moto.core import responses
from moto.ec2 import utils as ec2_utils
from moto.ec2.models.amis import AmiBackend
from moto.ec2.models.core import TaggedEC2Resource
from moto.ec2.models.elastic_block_store import EBSBackend
from moto.iam import models as iam_models

from .images import find_image

REQUEST_ID = re.compile("<RequestId>.*(?=</RequestId>)")


def patch_service_list() -> None:
    """Caches the list of services. moto reads its installation folder twice for each call."""
    modules = tuple(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: modules


def patch_operation_names() -> None:
    """Caches the operations of a service. moto inspects the hundreds of methods of a class for each call."""
    responses.method_names_from_class = cache(responses.method_names_from_class)


def patch_random_ids() -> None:
    """Takes an id from one random number. After a reset, EC2's 1,300 images need two ids each."""
    ec2_utils.random_resource_id = lambda size=8: uuid4().hex[:size]


def patch_xml_names() -> None:
    """Caches the validation of XML element names."""
    validate = xmltodict._validate_name  # pylint: disable=protected-access
    xmltodict._validate_name = cache(validate)  # pylint: disable=protected-access


def patch_quotes() -> None:
    """Caches the quoted text of policies. GetAccountAuthorizationDetails quotes the 1,300 of AWS each time."""
    iam_models.parse = SimpleNamespace(**{**vars(iam_models.parse), "quote": lru_cache(maxsize=4096)(iam_models.parse.quote)})


def patch_request_ids() -> None:
    """Finds the id in a response by its element. moto looks back from each character."""
    original = responses.BaseResponse._enrich_response  # pylint: disable=protected-access
    responses.BaseResponse._enrich_response = staticmethod(lambda headers, body: enriched(original, headers, body))  # pylint: disable=protected-access


def enriched(original: Callable, headers: dict[str, str], body: Any) -> tuple[dict[str, str], Any]:
    """Returns the headers and the body with a new request id."""
    headers, _empty = original(headers, "")
    return headers, REQUEST_ID.sub(f"<RequestId>{headers['x-amzn-requestid']}", body) if isinstance(body, str) else body


def patch_patterns() -> None:
    """Caches the patterns of filters. moto translates one for each instance."""
    ec2_utils.simple_aws_filter_to_re = lru_cache(maxsize=4096)(ec2_utils.simple_aws_filter_to_re)


def patch_image_search() -> None:
    """Looks up an image by id. A launch compares all 1,300 images for each new instance."""
    original = AmiBackend.describe_images

    def describe_images(self: Any, *args: Any, **kwargs: Any) -> Any:
        wanted = kwargs.get("filters", {}).get("image-id") if list(kwargs) == ["filters"] else None
        if args or not isinstance(wanted, str) or len(kwargs["filters"]) > 1 or set(wanted) & set("*?["):
            return original(self, *args, **kwargs)
        image = find_image(self, wanted)
        return [image] if image else []

    AmiBackend.describe_images = describe_images


def patch_volume_search() -> None:
    """Looks up a volume by id. A launch searches all volumes for each new one."""
    original = EBSBackend.describe_volumes

    def describe_volumes(self: Any, volume_ids: list[str] | None = None, filters: Any = None) -> Any:
        if filters or not volume_ids or len(volume_ids) > 1 or volume_ids[0] not in self.volumes:
            return original(self, volume_ids, filters)
        return [self.volumes[volume_ids[0]]]

    EBSBackend.describe_volumes = describe_volumes


def patch_tags_of_one() -> None:
    """Looks up the tags of one resource. A description searches all tags for each instance."""

    def get_tags(self: Any) -> list[dict[str, str]]:
        kind = ec2_utils.EC2_PREFIX_TO_RESOURCE.get(ec2_utils.get_prefix(self.id), "") if self.id else ""
        return [
            {"resource_id": self.id, "key": key, "value": value, "resource_type": kind}
            for key, value in self.ec2_backend.tags.get(self.id, {}).items()
        ]

    TaggedEC2Resource.get_tags = get_tags
