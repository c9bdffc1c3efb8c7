# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What moto works out again at each call, or for each member of each answer, is worked out once.

None of it changes an answer. A small call takes two thirds of the time, a description of many
instances little more than half.
"""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import uuid4

import xmltodict
from moto import backends
from moto.core import responses
from moto.core.serialize import AttributePicker, XFormedAttributePicker
from moto.core.utils import MISSING, get_value
from moto.ec2 import utils as ec2_utils


def patch_service_list() -> None:
    """moto reads its installation folder, twice for each call."""
    modules = tuple(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: modules


def patch_operation_names() -> None:
    """moto inspects the class of a service, hundreds of methods, for each call."""
    responses.method_names_from_class = cache(responses.method_names_from_class)


def patch_random_ids() -> None:
    """Each of EC2's 1,300 images gets two ids after a reset; one random number is enough for an id."""
    ec2_utils.random_resource_id = lambda size=8: uuid4().hex[:size]


def patch_xml_names() -> None:
    """The names of XML elements are few and were valid last time."""
    validate = xmltodict._validate_name  # pylint: disable=protected-access
    xmltodict._validate_name = cache(validate)  # pylint: disable=protected-access


def patch_answer_members() -> None:
    """Which attribute of which class holds a member, and what becomes of it, does not change."""
    find_keys = XFormedAttributePicker.get_possible_keys
    known_keys: dict[Any, tuple[str, ...]] = {}

    def get_possible_keys(self: Any, context: Any) -> tuple[str, ...]:
        where = (type(context.obj), context.shape, context.key)
        keys = known_keys.get(where)
        if keys is None:
            keys = known_keys[where] = tuple(dict.fromkeys(find_keys(self, context)))
        return keys

    def pick(self: Any, context: Any) -> Any:
        value = None
        for key in self.get_possible_keys(context):
            found = get_value(context.obj, key, MISSING)
            if found is not MISSING:
                value = found
                break
        transform = _transformer(self.response_transformers, f"{context.key_path}.{context.key}")
        return transform(value) if transform else value

    XFormedAttributePicker.get_possible_keys = get_possible_keys
    AttributePicker.__call__ = pick


_KNOWN_TRANSFORMERS: dict[tuple[int, int, str], str | None] = {}


def _transformer(transformers: dict[str, Any], path: str) -> Any:
    """Return the first transformer for a path, as moto finds it; entries may be added or exchanged."""
    if not transformers:
        return None
    where = (id(transformers), len(transformers), path)
    if where not in _KNOWN_TRANSFORMERS:
        _KNOWN_TRANSFORMERS[where] = next((end for end in transformers if path.endswith(end)), None)
    end = _KNOWN_TRANSFORMERS[where]
    return transformers[end] if end is not None else None
