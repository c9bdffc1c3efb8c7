# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the credential chain of AWS's SDKs finds, in botocore's documented order.  Pure.

Other SDKs have the same sources in a slightly different order.
https://docs.aws.amazon.com/boto3/latest/guide/credentials.html
"""

from __future__ import annotations

from typing import Iterator, Mapping, NamedTuple, Optional

from ..text.shown import shown_name
from .profiles import Profiles, Section

INSTANCE_ROLE = "instance_role"
ENVIRONMENT = "environment"
SHARED_CREDENTIALS = "shared_credentials"
CONFIG = "config"
BOTO = "boto"
EC2_FILE = "ec2_credential_file"
ASSUME_ROLE = "assume_role"
WEB_IDENTITY = "web_identity"
SSO = "sso"
LOGIN = "login"
PROCESS = "credential_process"
CONTAINER = "container"
NOTHING = "nothing"
ERROR = "error"
UNKNOWN = "unknown"

_KEYS = (ENVIRONMENT, SHARED_CREDENTIALS, CONFIG, BOTO, EC2_FILE)
_ID, _SECRET = "aws_access_key_id", "aws_secret_access_key"
_CONTAINER_VARIABLES = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI")
_CREDENTIAL_SOURCES = ("Environment", "EcsContainer", "Ec2InstanceMetadata")
_SSO_PROFILE = ("sso_role_name", "sso_account_id")
_SSO_ALL = (*_SSO_PROFILE, "sso_start_url", "sso_region")

NOT_FOUND = "Profile {name}, which AWS_PROFILE names, is in no file."
PARTIAL = "{where} has an access key id without its secret."
ADD_SECTION = "Add an empty section [{name}] to the credentials file, or remove AWS_PROFILE."
USE_ROLE = "In profile {name}, replace source_profile with credential_source = Ec2InstanceMetadata."


class Outcome(NamedTuple):
    """``source`` is where the credentials come from, or nothing or error; ``keys`` if they are an access key in the end."""

    source: str
    detail: str = ""
    fix: str = ""
    keys: bool = False
    role: bool = False

    @classmethod
    def of(cls, source: str, detail: str = "", fix: str = "") -> Outcome:
        return cls(source, detail, fix, source in _KEYS, source == INSTANCE_ROLE)


class Inputs(NamedTuple):
    """What the chain looks at.  ``boto`` if a file of boto has keys, ``ec2_file`` if that of AWS_CREDENTIAL_FILE has."""

    variables: Mapping[str, str]
    profiles: Profiles
    boto: bool = False
    ec2_file: bool = False

    @property
    def named_profile(self) -> Optional[str]:
        return self.variables.get("AWS_DEFAULT_PROFILE", self.variables.get("AWS_PROFILE"))


def find(inputs: Inputs) -> Outcome:
    """The first source that has credentials."""
    name, merged = inputs.named_profile, inputs.profiles.merged
    if name is not None and name not in merged:
        # botocore fails here, but other SDKs use the keys in the environment.
        has_keys = bool(inputs.variables.get("AWS_ACCESS_KEY_ID"))
        return Outcome.of(ERROR, NOT_FOUND.format(name=shown_name(name)), ADD_SECTION.format(name=shown_name(name)))._replace(keys=has_keys)
    return next(outcome for outcome in _Chain(inputs).outcomes(name or "default") if outcome)


class _Chain:
    """Each source returns None if it is not used."""

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs
        self._variables = inputs.variables
        self._profiles = inputs.profiles
        self._merged = inputs.profiles.merged

    def outcomes(self, name: str) -> Iterator[Optional[Outcome]]:
        yield self._environment()
        if _assumes_role(self._merged.get(name, {})):
            yield self._assume_role(name, [name])
        yield from self._of_profile(name, self._variables)
        if "AWS_CREDENTIAL_FILE" in self._variables:
            yield Outcome.of(EC2_FILE) if self._inputs.ec2_file else None
        yield Outcome.of(BOTO) if self._inputs.boto else None
        yield self._container()
        yield self._metadata()
        yield Outcome.of(NOTHING, "AWS_EC2_METADATA_DISABLED keeps the SDK from using the role.", "Remove AWS_EC2_METADATA_DISABLED.")

    def _environment(self) -> Optional[Outcome]:
        if not self._variables.get("AWS_ACCESS_KEY_ID"):
            return None
        if not self._variables.get("AWS_SECRET_ACCESS_KEY"):
            return Outcome.of(ERROR, PARTIAL.format(where="The environment"), "Remove AWS_ACCESS_KEY_ID.")
        return Outcome.of(ENVIRONMENT)

    def _container(self) -> Optional[Outcome]:
        names = [each for each in _CONTAINER_VARIABLES if each in self._variables]
        return Outcome.of(CONTAINER, f"{names[0]} is set.", f"Remove {names[0]}.") if names else None

    def _metadata(self) -> Optional[Outcome]:
        is_disabled = self._variables.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true"
        return None if is_disabled else Outcome.of(INSTANCE_ROLE)

    def _of_profile(self, name: str, variables: Mapping[str, str]) -> Iterator[Optional[Outcome]]:
        """What a profile itself has; as a source_profile it is given no variables."""
        profile = self._merged.get(name, {})
        yield _web_identity(name, profile, variables)
        yield self._sso(name, profile)
        yield _static(SHARED_CREDENTIALS, name, self._profiles.credentials.get(name, {}))
        if "login_session" in profile:
            yield Outcome.of(LOGIN, f"Profile {shown_name(name)} has login_session.", f"Remove it from profile {shown_name(name)}.")
        if "credential_process" in profile:
            yield Outcome.of(PROCESS, f"Profile {shown_name(name)} has credential_process.", f"Remove it from profile {shown_name(name)}.")
        yield _static(CONFIG, name, self._profiles.config.get(name, {}))

    def _sso(self, name: str, profile: Section) -> Optional[Outcome]:
        if not any(each in profile for each in _SSO_PROFILE):
            return None
        session = profile.get("sso_session")
        of_session = {} if session is None else self._profiles.sso_sessions.get(session)
        if of_session is None:
            return Outcome.of(ERROR, f"The sso-session {shown_name(session or '')} of profile {shown_name(name)} does not exist.")
        differing = [key for key, value in of_session.items() if profile.get(key, value) != value]
        missing = [key for key in _SSO_ALL if key not in profile and key not in of_session]
        if differing or missing:
            return Outcome.of(ERROR, f"The SSO settings of profile {shown_name(name)} are not valid: {', '.join(differing or missing)}.")
        return Outcome.of(SSO, f"Profile {shown_name(name)} uses SSO.", f"Remove its SSO settings from profile {shown_name(name)}.")

    def _assume_role(self, name: str, visited: list[str]) -> Outcome:
        profile = self._merged[name]
        source, credential_source = profile.get("source_profile"), profile.get("credential_source")
        if credential_source is not None and source is not None:
            return Outcome.of(
                ERROR,
                f"Profile {shown_name(name)} has both source_profile and credential_source.",
                f"Remove source_profile from profile {shown_name(name)}.",
            )
        if credential_source is not None:
            return self._from_credential_source(name, credential_source)
        if source is None:
            return Outcome.of(ERROR, f"Profile {shown_name(name)} has role_arn, but no source_profile or credential_source.", _add_source(name))
        return self._from_source_profile(name, source, visited)

    def _from_credential_source(self, name: str, source: str) -> Outcome:
        if source not in _CREDENTIAL_SOURCES:
            return Outcome.of(ERROR, f"The credential_source of profile {shown_name(name)} is not valid.", _add_source(name))
        found = (self._environment, self._container, self._metadata)[_CREDENTIAL_SOURCES.index(source)]()
        if not found or found.source == ERROR:
            return found or Outcome.of(ERROR, f"The credential_source {source} of profile {shown_name(name)} has no credentials.", _add_source(name))
        return Outcome(ASSUME_ROLE, f"Profile {shown_name(name)} takes its credentials from {source}.", "", found.keys, found.role)

    def _from_source_profile(self, name: str, source: str, visited: list[str]) -> Outcome:
        fix = USE_ROLE.format(name=shown_name(name))
        if source not in self._merged:
            return Outcome.of(ERROR, f"The source_profile {shown_name(source)} of profile {shown_name(name)} does not exist.", fix)
        profile = self._merged[source]
        if source in visited and (source != name or not _has_static(profile)):
            return Outcome.of(ERROR, f"The source_profile {shown_name(source)} of profile {shown_name(name)} has no keys, or refers to itself.", fix)
        if not _has_static(profile) and _assumes_role(profile):
            return self._assume_role(source, [*visited, source])
        found = next((outcome for outcome in self._of_profile(source, {}) if outcome), None)
        if not found:
            return Outcome.of(ERROR, f"The source_profile {shown_name(source)} of profile {shown_name(name)} has no credentials.", fix)
        if found.source == ERROR:
            return found
        return Outcome(
            ASSUME_ROLE, f"Profile {shown_name(name)} takes its credentials from profile {shown_name(source)}.", fix, found.keys, found.role
        )


def _web_identity(name: str, profile: Section, variables: Mapping[str, str]) -> Optional[Outcome]:
    token = variables.get("AWS_WEB_IDENTITY_TOKEN_FILE", profile.get("web_identity_token_file"))
    if not token:
        return None
    if not variables.get("AWS_ROLE_ARN", profile.get("role_arn")):
        return Outcome.of(
            ERROR, f"A web identity is configured for profile {shown_name(name)}, but no role ARN.", "Remove the web identity token file."
        )
    return Outcome.of(WEB_IDENTITY, "A web identity token file is configured.", "Remove AWS_WEB_IDENTITY_TOKEN_FILE or web_identity_token_file.")


def _static(source: str, name: str, section: Section) -> Optional[Outcome]:
    if _ID not in section:
        return None
    if _SECRET not in section:
        return Outcome.of(ERROR, PARTIAL.format(where=f"Profile {shown_name(name)}"), f"Remove aws_access_key_id from profile {shown_name(name)}.")
    return Outcome.of(source, f"Profile {shown_name(name)} has keys.")


def _has_static(profile: Section) -> bool:
    return _ID in profile or _SECRET in profile


def _assumes_role(profile: Section) -> bool:
    return "role_arn" in profile and "web_identity_token_file" not in profile


def _add_source(name: str) -> str:
    return f"Set credential_source = Ec2InstanceMetadata in profile {shown_name(name)}."
