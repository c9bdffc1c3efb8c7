# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Launch templates and their versions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError, InvalidParameterValueError
from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateVersion
from moto.ec2.responses.launch_templates import LaunchTemplates
from moto.ec2.utils import parse_user_data

from ..server.paging import listed_page

PAGE = 200  # the largest MaxResults of both descriptions
ALIASES = ("$Latest", "$Default")
NAME = re.compile(r"[a-zA-Z0-9().\-/_]{3,128}")
NAME_TEXT = (
    "A launch template name must be between 3 and 128 characters, and may contain letters, numbers, and the following characters: - ( ) . / _."
)


def patch_creation() -> None:
    """Requires a valid name and data, and keeps the template's own tags apart from those of its instances. moto mixes them."""
    original = LaunchTemplates.create_launch_template

    def create_launch_template(self: Any) -> ActionResult:
        if not NAME.fullmatch(self._get_param("LaunchTemplateName") or ""):
            raise EC2ClientError("InvalidLaunchTemplateName.MalformedException", NAME_TEXT)
        if not _has_data(self._get_param("LaunchTemplateData", {})):
            raise EC2ClientError("MissingParameter", "The request must contain the parameter LaunchTemplateData")
        answer = original(self)
        made = self.ec2_backend.get_launch_template(answer.result["LaunchTemplate"]["LaunchTemplateId"])
        data = made.versions[0].data
        kept = [each for each in data.pop("TagSpecifications", ()) if each["ResourceType"] != "launch-template"]
        if kept:
            data["TagSpecifications"] = kept
        return answer

    LaunchTemplates.create_launch_template = create_launch_template


def _has_data(data: dict[str, Any]) -> bool:
    return any(value not in (None, "", [], {}) for value in data.values())


def patch_versions() -> None:
    """Starts a version from the one that SourceVersion names. moto starts from nothing.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplateVersion.html
    """
    original = LaunchTemplates.create_launch_template_version

    def create_launch_template_version(self: Any) -> ActionResult:
        source, data = self._get_param("SourceVersion"), self._get_param("LaunchTemplateData", {})
        if source:
            data = {**_template(self).get_version(source).data, **data}
        if not _has_data(data):
            raise EC2ClientError("MissingParameter", "The request must contain the parameter LaunchTemplateData")
        if isinstance(data.get("UserData"), str):
            data["UserData"] = parse_user_data(data["UserData"])
        self.params["LaunchTemplateData"] = data
        return original(self)

    LaunchTemplates.create_launch_template_version = create_launch_template_version


def patch_default_version() -> None:
    """Accepts $Latest as the new default version. moto requires a number."""
    original = LaunchTemplates.modify_launch_template

    def modify_launch_template(self: Any) -> ActionResult:
        wanted = self._get_param("DefaultVersion")
        if wanted in ALIASES:
            self.params["DefaultVersion"] = str(_template(self).get_version(wanted).number)
        return original(self)

    LaunchTemplates.modify_launch_template = modify_launch_template


def _template(response: Any) -> LaunchTemplate:
    # pylint: disable=protected-access
    name, template_id = response._get_param("LaunchTemplateName"), response._get_param("LaunchTemplateId")
    backend = response.ec2_backend
    return backend.get_launch_template(template_id) if template_id else backend.get_launch_template_by_name(name)


def patch_template_description() -> None:
    """Returns pages, and refuses unknown ids. moto returns the first fifteen templates without a token."""
    original = LaunchTemplates.describe_launch_templates

    def describe_launch_templates(self: Any) -> ActionResult:
        for template_id in self._get_param("LaunchTemplateIds", []):
            if template_id not in self.ec2_backend.launch_templates:
                text = f"The specified launch template, with template ID {template_id}, does not exist."
                raise EC2ClientError("InvalidLaunchTemplateId.NotFound", text)
        size, token = _page_wanted(self)
        self.params["MaxResults"] = 10**6
        return _paged(original(self), "LaunchTemplates", size, token)

    LaunchTemplates.describe_launch_templates = describe_launch_templates


def patch_version_description() -> None:
    """Returns pages, refuses unknown versions, and omits deleted ones."""
    original = LaunchTemplates.describe_launch_template_versions

    def describe_launch_template_versions(self: Any) -> ActionResult:
        size, token = _page_wanted(self)
        self.params["MaxResults"] = 10**6
        answer = original(self)
        rows = answer.result["LaunchTemplateVersions"]
        # Two aliases of one version are one row.
        unique = {(row["LaunchTemplateId"], row["VersionNumber"]): row for row in rows if row["LaunchTemplateData"]}
        answer.result["LaunchTemplateVersions"] = list(unique.values())
        return _paged(answer, "LaunchTemplateVersions", size, token)

    LaunchTemplates.describe_launch_template_versions = describe_launch_template_versions


def _page_wanted(response: Any) -> tuple[int, str | None]:
    # pylint: disable=protected-access
    size = response._get_int_param("MaxResults")
    if size is not None and not 1 <= size <= PAGE:
        raise InvalidParameterValueError(f"Value ( {size} ) for parameter maxResults is invalid.")
    return size or PAGE, response._get_param("NextToken")


def _paged(answer: ActionResult, name: str, size: int, token: str | None) -> ActionResult:
    rows: Sequence[Any] = answer.result[name]
    page, next_token = listed_page(rows, size, token)
    return ActionResult({name: page, "NextToken": next_token})


def patch_deletion_of_versions() -> None:
    """Adds DeleteLaunchTemplateVersions, which moto lacks. The number of a deleted version is not used again."""

    def delete_launch_template_versions(self: Any) -> ActionResult:
        template = _template(self)
        self.error_on_dryrun()
        done, failed = [], []
        for number in self._get_param("Versions", []):
            row = {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name, "VersionNumber": int(number)}
            error = _refusal(template, int(number))
            if error:
                failed.append({**row, "ResponseError": error})
            else:
                template.versions[int(number) - 1].data = {}
                done.append(row)
        return ActionResult(
            {
                "SuccessfullyDeletedLaunchTemplateVersions": done,
                "UnsuccessfullyDeletedLaunchTemplateVersions": failed,
            }
        )

    LaunchTemplates.delete_launch_template_versions = delete_launch_template_versions


def _refusal(template: LaunchTemplate, number: int) -> dict[str, str] | None:
    if number == template.default_version_number:
        text = "Cannot delete the default version of the launch template."
        return {"Code": "launchTemplateVersionIsDefault", "Message": text}
    if not (0 < number <= len(template.versions) and template.versions[number - 1].data):
        text = f"Could not find launch template version {number} of {template.id}."
        return {"Code": "launchTemplateVersionDoesNotExist", "Message": text}
    return None


def patch_version_lookup() -> None:
    """Makes look-ups skip deleted versions. $Latest is the last one that exists."""
    original = LaunchTemplate.get_version

    def get_version(self: Any, number: Any) -> LaunchTemplateVersion:
        if str(number).lower() == "$latest":
            return self.latest_version()
        if not (str(number).lower() == "$default" or (str(number).isdigit() and int(number) > 0)):
            raise _no_such(self, number)
        found = original(self, number)
        if not found.data:
            raise _no_such(self, number)
        return found

    def latest_version(self: Any) -> LaunchTemplateVersion:
        return next(each for each in reversed(self.versions) if each.data)

    LaunchTemplate.get_version = get_version
    LaunchTemplate.latest_version = latest_version


def _no_such(template: LaunchTemplate, number: Any) -> EC2ClientError:
    return EC2ClientError(
        "InvalidLaunchTemplateId.VersionNotFound",
        f"Could not find the specified version {number} for the launch template with ID {template.id}.",
    )
