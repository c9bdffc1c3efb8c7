# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creates the images of a region when one is used. moto creates all 1,300 with the first call of any kind.

That takes a tenth of a second and 3 MB in each region of each account, after each reset.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models.amis import AmiBackend
from moto.ec2.models.elastic_block_store import EBSBackend

HAS_IMAGES = "keyless_ec2_has_images"

# The ids of a region's images, once they were loaded
_IDS: dict[str, frozenset[str]] = {}


class _WithImages:
    """An attribute of EC2's backend that holds the images or depends on them."""

    def __init__(self, name: str, load: Any) -> None:
        self._name = name
        self._load = load

    def __get__(self, backend: Any, _kind: type) -> Any:
        known = vars(backend)
        if HAS_IMAGES in known and not known[HAS_IMAGES]:
            known[HAS_IMAGES] = True
            self._load(backend)
        return known[self._name]

    def __set__(self, backend: Any, value: Any) -> None:
        vars(backend)[self._name] = value


def find_image(backend: Any, image_id: str) -> Any:
    """Returns the image or None. For an unknown id, no images are created."""
    if not vars(backend)[HAS_IMAGES] and image_id not in _IDS.get(backend.region_name, {image_id}):
        return None
    return backend.amis.get(image_id)


def patch_images() -> None:
    """Creates images and their snapshots on demand."""
    load_images = AmiBackend._load_amis  # pylint: disable=protected-access

    def load(self: Any) -> None:
        load_images(self)
        _IDS.setdefault(self.region_name, frozenset(self.amis))

    def load_later(self: Any) -> None:
        vars(self)[HAS_IMAGES] = False

    AmiBackend._load_amis = load_later  # pylint: disable=protected-access
    AmiBackend.amis = _WithImages("amis", load)
    EBSBackend.snapshots = _WithImages("snapshots", load)
