# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to launch templates."""

from __future__ import annotations

from typing import Any, Iterable, List, Mapping, Optional

from .._common.change import Change
from .._common.errors import AwsError
from .._values.launch import DEFAULT, LATEST, Template, TemplateReference, Version
from .attempts import retry
from .calls import perform, read
from .parallel import each_in_parallel
from .responses import plain

WORKERS = 8  # parallel reads
# Reading a template takes one call; listing the default and latest versions of all takes one for every hundred templates.
FEW = 5
PAGE = 200  # the maximum
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
        """The templates with these ids or names that exist, by that id or name, with these versions, the default and the latest one.

        A few templates take one call each; of many, only those with another version do.
        """
        needed = {key: {DEFAULT, LATEST, *versions} for key, versions in wanted.items()}
        known = self.list() if len(needed) >= FEW else {}
        missing = [key for key, versions in needed.items() if not _has_all(known.get(key), versions)]
        read_now = dict(zip(missing, each_in_parallel(lambda key: self._find(key, needed[key]), missing, WORKERS)))
        found = {key: read_now[key] if key in read_now else known[key] for key in needed}
        return {key: template for key, template in found.items() if template}

    def with_used(self, listed: Mapping[str, Template], references: Iterable[TemplateReference]) -> dict[str, Template]:
        """The ``listed`` templates, and those that are referred to in a version that was not listed."""
        wanted: dict[str, set[str]] = {}
        for each in references:
            template = listed.get(each.template_id)
            if template is None or template.number_of(each.version) not in template.versions:
                wanted.setdefault(each.template_id, set()).add(each.version)
        return {**listed, **(self.read(wanted) if wanted else {})}

    def read_since(self, template: Template, number: int) -> dict[int, Version]:
        """The template's versions from this number on."""
        doing = f"list the versions of the launch template {template.name}"
        rows = self._rows(template.template_id, doing, LaunchTemplateId=template.template_id, MinVersion=str(number))
        return {each["VersionNumber"]: version_in(each) for each in rows}

    def read_back(self, template_id: str, number: int) -> Version:
        """A version that was just created; repeats the call until DescribeLaunchTemplateVersions returns it."""
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
        """The templates of the region by id and by name, with the default and the latest version of each.

        Somebody can give one the id of another one as its name, which must not hide that one.
        """
        by_id: dict[str, list[dict[str, Any]]] = {}
        for row in self._rows("*", "list the launch templates", Versions=[DEFAULT, LATEST]):
            by_id.setdefault(row["LaunchTemplateId"], []).append(row)
        templates = [_template(rows) for rows in by_id.values()]
        return {**{each.name: each for each in templates}, **{each.template_id: each for each in templates}}

    def _rows(self, which: str, doing: str, **selection: Any) -> List[dict[str, Any]]:  # ``list`` is the method
        response = read(
            self._client,
            "ec2:DescribeLaunchTemplateVersions",
            f"launch-template/{which}",
            doing,
            PaginationConfig={"PageSize": PAGE},
            **selection,
        )
        rows: list[dict[str, Any]] = response["LaunchTemplateVersions"]
        return rows


def version_in(described: Mapping[str, Any]) -> Version:
    """The version from EC2's description."""
    return Version(described["VersionNumber"], plain(described["LaunchTemplateData"]), described.get("VersionDescription") or "")


def _template(rows: list[dict[str, Any]]) -> Template:
    """The template from the descriptions of its versions, including the default and the latest one."""
    versions = {row["VersionNumber"]: version_in(row) for row in rows}
    default = next(row["VersionNumber"] for row in rows if row["DefaultVersion"])
    return Template(rows[0]["LaunchTemplateId"], rows[0]["LaunchTemplateName"], default, max(versions), versions)


def _has_all(template: Optional[Template], versions: Iterable[str]) -> bool:
    return template is not None and all(template.number_of(each) in template.versions for each in versions)
