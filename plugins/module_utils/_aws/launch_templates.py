# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to launch templates."""

from __future__ import annotations

from typing import Any, Iterable, List, Mapping, Optional

from .._common.change import Change
from .._common.errors import AwsError
from .._values.launch import DEFAULT, LATEST, Template, Use, Version
from .answers import plain
from .calls import each_in_parallel, perform, read, retry

WORKERS = 8  # reads side by side
# One template costs one call, and the list of all templates' default and latest versions one for each hundred of them.
FEW = 5
PAGE = 200  # the most that the description gives at once
ABSENT = frozenset(
    {
        "InvalidLaunchTemplateId.NotFound",
        "InvalidLaunchTemplateId.Malformed",
        "InvalidLaunchTemplateName.NotFoundException",
        "InvalidLaunchTemplateId.VersionNotFound",
    }
)


class LaunchTemplates:
    """The launch templates of a region through one boto3 client of EC2."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def read(self, wanted: Mapping[str, Iterable[str]]) -> dict[str, Template]:
        """The templates of these ids or names that exist, by what they were asked for, with the versions named.

        The default and the latest version always come along.  Few templates cost a call each; of many, those that need
        another version.
        """
        needed = {key: {DEFAULT, LATEST, *versions} for key, versions in wanted.items()}
        known = self.list() if len(needed) >= FEW else {}
        missing = [key for key, versions in needed.items() if not _has_all(known.get(key), versions)]
        read_now = dict(zip(missing, each_in_parallel(lambda key: self._find(key, needed[key]), missing, WORKERS)))
        found = {key: read_now[key] if key in read_now else known[key] for key in needed}
        return {key: template for key, template in found.items() if template}

    def with_used(self, listed: Mapping[str, Template], uses: Iterable[Use]) -> dict[str, Template]:
        """The templates by id: those of ``list``, and those that are used in a version which that does not have."""
        wanted: dict[str, set[str]] = {}
        for use in uses:
            template = listed.get(use.template_id)
            if template is None or template.number_of(use.version) not in template.versions:
                wanted.setdefault(use.template_id, set()).add(use.version)
        return {**listed, **(self.read(wanted) if wanted else {})}

    def read_since(self, template: Template, number: int) -> dict[int, Version]:
        """The template's versions from that number on."""
        doing = f"list the versions of the launch template {template.name}"
        rows = self._rows(template.template_id, doing, LaunchTemplateId=template.template_id, MinVersion=str(number))
        return {each["VersionNumber"]: version_in(each) for each in rows}

    def read_back(self, template_id: str, number: int) -> Version:
        """The version that was made just now, of which a description may hear a little later."""
        doing = f"read version {number} of the launch template {template_id}"
        options = {"LaunchTemplateId": template_id, "Versions": [str(number)]}
        (row,) = retry(lambda: self._rows(template_id, doing, **options), lambda error: error.code in ABSENT)
        return version_in(row)

    def make(self, change: Change) -> dict[str, Any]:
        """Makes the change of a launch template."""
        return perform(self._client, change)

    def _find(self, key: str, versions: set[str]) -> Optional[Template]:
        template = self._described(key, versions)
        if template is None or _has_all(template, versions):
            return template
        return self._described(key, {*versions, str(template.latest)})

    def _described(self, key: str, versions: set[str]) -> Optional[Template]:
        which = {"LaunchTemplateId": key} if key.startswith("lt-") else {"LaunchTemplateName": key}
        try:
            rows = self._rows(key, f"read the launch template {key}", Versions=sorted(versions), **which)
        except AwsError as error:
            if error.code in ABSENT:
                return None
            raise
        return _template(rows) if rows else None

    def list(self) -> dict[str, Template]:
        """The templates of the region by id and by name, with the default and the latest version of each."""
        by_id: dict[str, list[dict[str, Any]]] = {}
        for row in self._rows("*", "list the launch templates", Versions=[DEFAULT, LATEST]):
            by_id.setdefault(row["LaunchTemplateId"], []).append(row)
        templates = [_template(rows) for rows in by_id.values()]
        return {key: each for each in templates for key in (each.template_id, each.name)}

    def _rows(self, which: str, doing: str, **selection: Any) -> List[dict[str, Any]]:  # ``list`` is the method
        answer = read(
            self._client,
            "ec2:DescribeLaunchTemplateVersions",
            f"launch-template/{which}",
            doing,
            PaginationConfig={"PageSize": PAGE},
            **selection,
        )
        rows: list[dict[str, Any]] = answer["LaunchTemplateVersions"]
        return rows


def version_in(described: Mapping[str, Any]) -> Version:
    """The version out of EC2's description."""
    return Version(described["VersionNumber"], plain(described["LaunchTemplateData"]), described.get("VersionDescription") or "")


def _template(rows: list[dict[str, Any]]) -> Template:
    """The template out of descriptions of its versions, the default and the latest among them."""
    versions = {row["VersionNumber"]: version_in(row) for row in rows}
    default = next(row["VersionNumber"] for row in rows if row["DefaultVersion"])
    return Template(rows[0]["LaunchTemplateId"], rows[0]["LaunchTemplateName"], default, max(versions), versions)


def _has_all(template: Optional[Template], versions: Iterable[str]) -> bool:
    return template is not None and all(template.number_of(each) in template.versions for each in versions)
