# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway to IAM: reads into value types, makes a plan's calls, raises AwsError."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import Any, Callable, Iterable, Mapping, Optional

from .._common.change import Change
from .._common.errors import ACCESS_DENIED, AwsError, OptionError
from .._role.plan import DEFAULT_SESSION_DURATION, Role, RoleSpec, RoleState, policy_name
from .._role.quotas import UNKNOWN_QUOTAS, Quotas, quotas_of
from .._values.instance_profile import InstanceProfile, TrustedProfile
from .calls import each_in_parallel, in_parallel, perform, read, retry

WORKERS = 8  # reads side by side; IAM's rates are unpublished and low
# Where AWS keeps the policies that it manages.
AWS_MANAGED_PATHS = ("/", "/service-role/", "/job-function/")
# One profile costs one call, the list of the account one for every hundred profiles in it, of which AWS allows 1,000.
# For five profiles the list is less in an account of up to five hundred.
FEW_PROFILES = 5
CREATIONS = frozenset({"CreateRole", "CreateInstanceProfile"})


class IamGateway:
    """IAM through one boto3 client; ``make_sts`` makes one of STS, for the rare case that it is needed."""

    def __init__(self, client: Any, make_sts: Optional[Callable[[], Any]] = None) -> None:
        self._client = client
        self._make_sts = make_sts
        self.partition: str = client.meta.partition

    # Reading

    def read_for_present(self, spec: RoleSpec) -> RoleState:
        """The role and the profile, side by side: four calls, and one for each inline policy."""
        role, profile = in_parallel(
            lambda: self.find_role(spec.name),
            lambda: self.find_profile(spec.profile_name) if spec.create_instance_profile else None,
        )
        return RoleState(role, profile)

    def read_for_absent(self, spec: RoleSpec) -> RoleState:
        """The role, its profile, and every other profile that holds the role."""
        role, profile, holding = in_parallel(
            lambda: self.find_role(spec.name),
            lambda: self.find_profile(spec.profile_name),
            lambda: self.list_profiles_of(spec.name),
        )
        return RoleState(role, profile, tuple(each for each in holding if each.name != spec.profile_name))

    def find_role(self, name: str) -> Optional[Role]:
        """The role with all its policies, or None."""
        described, attached, inline = in_parallel(
            lambda: self._find("iam:GetRole", f"role/{name}", f"read the role {name}", RoleName=name),
            lambda: self._list_attached(name),
            lambda: self._inline_documents(name),
        )
        return described and _role(described["Role"], attached, inline)

    def find_profile(self, name: str) -> Optional[InstanceProfile]:
        """The instance profile, or None."""
        found = self._described_profile(name)
        return found and _profile(found)

    def find_profiles(self, names: Iterable[str]) -> dict[str, Optional[InstanceProfile]]:
        """The instance profiles of these names, each with None where there is none."""
        names = sorted(set(names))
        return dict(zip(names, each_in_parallel(self.find_profile, names, WORKERS)))

    def find_trusted_profiles(self, names: Iterable[str]) -> dict[str, TrustedProfile]:
        """The instance profiles of these names that exist, with their roles' trust policies, by name in lower case.

        IAM's names ignore case.
        """
        names = set(names)
        wanted = {name.lower() for name in names}
        found = {each["InstanceProfileName"].lower(): _trusted_profile(each) for each in self._described_among(names)}
        return {name: each for name, each in found.items() if name in wanted}

    def list_profiles_of(self, role_name: str) -> list[InstanceProfile]:
        """Every instance profile that holds the role."""
        doing = f"list the instance profiles of the role {role_name}"
        found = self._find("iam:ListInstanceProfilesForRole", f"role/{role_name}", doing, RoleName=role_name)
        return [_profile(each) for each in found["InstanceProfiles"]] if found else []

    # Many roles at once

    def list_roles(self, path_prefix: str) -> list[Role]:
        """Every role under the path with all that belongs to it: two lists of the account, however many roles there are.

        The one has the policies and profiles, the other the descriptions and session durations, and neither has both.
        """
        details, described = in_parallel(
            self._list_details,
            lambda: read(self._client, "iam:ListRoles", "role/*", "list the roles", PathPrefix=path_prefix)["Roles"],
        )
        both = [{**details.get(each["RoleName"], {}), **each} for each in described]
        return [_role(each, _attached(each.get("AttachedManagedPolicies", [])), _documents(each)) for each in both]

    def list_profiles(self) -> dict[str, list[InstanceProfile]]:
        """The instance profiles of the account by the name of the role that is in them."""
        holding: dict[str, list[InstanceProfile]] = {}
        for profile in map(_profile, self._described_profiles()):
            for role in profile.roles:
                holding.setdefault(role, []).append(profile)
        return holding

    def _list_details(self) -> dict[str, dict]:
        doing = "list the roles with their policies"
        found = read(self._client, "iam:GetAccountAuthorizationDetails", "*", doing, Filter=["Role"])
        return {each["RoleName"]: each for each in found["RoleDetailList"]}

    def _described_profile(self, name: str) -> Optional[dict]:
        doing = f"read the instance profile {name}"
        found = self._find("iam:GetInstanceProfile", f"instance-profile/{name}", doing, InstanceProfileName=name)
        return found and found["InstanceProfile"]

    def _described_among(self, names: Iterable[str]) -> list[dict]:
        """Those of the profiles that exist, read one by one where they are few, else all of the account."""
        names = sorted(names)
        if len(names) < FEW_PROFILES:
            return [each for each in each_in_parallel(self._described_profile, names, WORKERS) if each]
        return self._described_profiles()

    def _described_profiles(self) -> list[dict]:
        found = read(self._client, "iam:ListInstanceProfiles", "instance-profile/*", "list the instance profiles")
        return found["InstanceProfiles"]

    # The parts of one role

    def _list_attached(self, name: str) -> dict[str, str]:
        doing = f"list the managed policies of the role {name}"
        found = self._find("iam:ListAttachedRolePolicies", f"role/{name}", doing, RoleName=name)
        return _attached(found["AttachedPolicies"]) if found else {}

    def _inline_documents(self, role_name: str) -> dict[str, Mapping]:
        target = f"role/{role_name}"

        def document(name: str) -> Optional[Mapping]:
            doing = f"read the inline policy {name} of the role {role_name}"
            found = self._find("iam:GetRolePolicy", target, doing, RoleName=role_name, PolicyName=name)
            return found and found["PolicyDocument"]

        doing = f"list the inline policies of the role {role_name}"
        found = self._find("iam:ListRolePolicies", target, doing, RoleName=role_name)
        names = found["PolicyNames"] if found else []
        documents = zip(names, each_in_parallel(document, names, WORKERS))
        # A policy deleted between the list and the look is simply not there.
        return {name: each for name, each in documents if each is not None}

    def _find(self, operation: str, target: str, doing: str, **parameters: str) -> Optional[dict]:
        """AWS's answer, or None where IAM says that there is no such thing."""
        try:
            return read(self._client, operation, target, doing, **parameters)
        except AwsError as error:
            if error.code == "NoSuchEntity":
                return None
            raise

    def read_quotas(self) -> Quotas:
        """The account's quotas; unknown ones, which refuse nothing, where reading them is not allowed."""
        try:
            return quotas_of(read(self._client, "iam:GetAccountSummary", "*", "read the account's quotas")["SummaryMap"])
        except AwsError as error:
            if error.code in ACCESS_DENIED:
                return UNKNOWN_QUOTAS
            raise

    # The access keys of users

    def find_last_use(self, access_key_id: str) -> dict:
        """The user whose access key it is, and when and where it was last used, as AWS describes it."""
        doing = f"find out whose access key {access_key_id} is"
        target = f"access-key/{access_key_id}"
        return read(self._client, "iam:GetAccessKeyLastUsed", target, doing, AccessKeyId=access_key_id)

    def list_access_keys(self, user_name: str) -> list[dict]:
        """The access keys of the user, as AWS describes them."""
        doing = f"list the access keys of the user {user_name}"
        found = read(self._client, "iam:ListAccessKeys", f"user/{user_name}", doing, UserName=user_name)
        return found["AccessKeyMetadata"]

    # Managed policies by name

    def resolve_policies(self, given: Iterable[str], attached: Mapping[str, str]) -> dict[str, str]:
        """The ARN of each managed policy that is given by name or ARN; raises OptionError for one that isn't there.

        ``attached`` maps ARNs to names; what is attached already costs no call.
        """
        by_name = {name: arn for arn, name in attached.items()}

        def resolve(policy: str) -> str:
            if policy in attached:
                return policy
            if policy in by_name:
                return by_name[policy]
            if policy.startswith("arn:"):
                self.need_policy("managed_policies", policy)
                return policy
            return self._policy_named(policy)

        given = list(given)
        return dict(zip(given, each_in_parallel(resolve, given, WORKERS)))

    def need_policy(self, option: str, arn: str) -> None:
        """Raises OptionError where there is no managed policy of this ARN."""
        try:
            exists = self._policy_exists(arn)
        except AwsError as error:
            # To use a policy takes no iam:GetPolicy; without it the call that uses it is the first to tell.
            if error.code in ACCESS_DENIED:
                return
            raise
        if not exists:
            raise OptionError(option, f"there is no managed policy {arn}.", "Check the spelling.")

    def _policy_named(self, name: str) -> str:
        aws_managed = [f"arn:{self.partition}:iam::aws:policy{path}{name}" for path in AWS_MANAGED_PATHS]
        for arn, exists in zip(aws_managed, each_in_parallel(self._policy_exists, aws_managed, WORKERS)):
            if exists:
                return arn
        return self._own_policy_named(name) or self._listed_policy_named(name)

    def _own_policy_named(self, name: str) -> Optional[str]:
        """The ARN of the account's own policy of that name, as far as it lies under no path."""
        if self._make_sts is None:
            return None
        # The one call that nobody needs a permission for.
        account = read(self._make_sts(), "sts:GetCallerIdentity", "*", "find out the account")["Account"]
        arn = f"arn:{self.partition}:iam::{account}:policy/{name}"
        return arn if self._policy_exists(arn) else None

    def _listed_policy_named(self, name: str) -> str:
        """The ARN of the policy of that name, wherever it lies; lists all policies, because nothing else finds it."""
        known: set[str] = set()
        for scope in ("Local", "AWS"):
            arns = {policy_name(arn): arn for arn in self._list_policies(scope)}
            if name in arns:
                return arns[name]
            known |= arns.keys()
        near = get_close_matches(name, sorted(known), n=3, cutoff=0.8)
        raise OptionError(
            "managed_policies",
            f"there is no managed policy named {name!r}, neither AWS's nor this account's.",
            f"Did you mean {' or '.join(near)}?" if near else "Check the spelling, or give the policy's ARN.",
        )

    def _policy_exists(self, arn: str) -> bool:
        doing = f"look up the managed policy {arn}"
        return self._find("iam:GetPolicy", f"policy/{policy_name(arn)}", doing, PolicyArn=arn) is not None

    def _list_policies(self, scope: str) -> list[str]:
        found = read(self._client, "iam:ListPolicies", "policy/*", "list the managed policies", Scope=scope)
        return [each["Arn"] for each in found["Policies"]]

    # Writing

    def apply(self, changes: Iterable[Change], done: Callable[[Change], None]) -> dict[str, dict]:
        """Makes the calls one after the other and tells ``done`` of each; AWS's answers by operation.

        One role's writes are never made side by side: IAM answers those with ConcurrentModification.
        """
        answers = {}
        for change in changes:
            answers[change.operation] = perform(self._client, change, lambda error: _is_late(error, answers))
            done(change)
        return answers

    def wait_for_profile(self, wanted: InstanceProfile, seconds: float) -> None:
        """Waits until IAM shows the profile with its role; raises AwsError after so many seconds."""

        def look() -> None:
            found = self.find_profile(wanted.name)
            if found is None or found.roles != wanted.roles:
                raise AwsError(
                    "iam:GetInstanceProfile",
                    f"instance-profile/{wanted.name}",
                    f"see the instance profile {wanted.name} with the role {wanted.roles[0]}",
                    "TimedOut",
                    f"IAM did not show it within {seconds} seconds",
                )

        retry(look, lambda error: error.code == "TimedOut", seconds)


def _is_late(error: AwsError, answers: Mapping[str, dict]) -> bool:
    """Whether the error is about something that was made a moment ago, and IAM has not noticed yet."""
    # Nobody can tell a principal that is new from one that is misspelt: IAM has the same words for both.
    if error.code == "MalformedPolicyDocument":
        return "Invalid principal in policy" in error.message
    late = error.operation == "iam:AddRoleToInstanceProfile" and error.code == "NoSuchEntity"
    return late and bool(CREATIONS & answers.keys())


def known_after(planned: RoleState, answers: Mapping[str, dict]) -> RoleState:
    """The planned state with what only AWS could tell: the ARNs, ids and dates of what was created just now."""
    role, profile = planned.role, planned.profile
    if "CreateRole" in answers:
        made = _role(answers["CreateRole"]["Role"], {}, {})
        role = replace(planned.role, arn=made.arn, role_id=made.role_id, create_date=made.create_date)
    if "CreateInstanceProfile" in answers:
        new = _profile(answers["CreateInstanceProfile"]["InstanceProfile"])
        profile = replace(planned.profile, arn=new.arn, profile_id=new.profile_id, create_date=new.create_date)
    return replace(planned, role=role, profile=profile)


def _role(described: Mapping, attached: Mapping[str, str], inline: Mapping[str, Mapping]) -> Role:
    return Role(
        name=described["RoleName"],
        path=described["Path"],
        trust_policy=described["AssumeRolePolicyDocument"],
        description=described.get("Description", ""),
        max_session_duration=described.get("MaxSessionDuration", DEFAULT_SESSION_DURATION),
        permissions_boundary=described.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        tags=_tags(described),
        managed_policies=attached,
        inline_policies=inline,
        arn=described["Arn"],
        role_id=described["RoleId"],
        create_date=described["CreateDate"].isoformat(),
        last_used=_last_used(described.get("RoleLastUsed") or {}),
    )


def _attached(described: Iterable[Mapping]) -> dict[str, str]:
    return {each["PolicyArn"]: each["PolicyName"] for each in described}


def _documents(described: Mapping) -> dict[str, Mapping]:
    return {each["PolicyName"]: each["PolicyDocument"] for each in described.get("RolePolicyList", [])}


def _last_used(described: Mapping) -> dict:
    if "LastUsedDate" not in described:
        return {}
    return {"last_used_date": described["LastUsedDate"].isoformat(), "region": described.get("Region", "")}


def _profile(described: Mapping) -> InstanceProfile:
    return InstanceProfile(
        name=described["InstanceProfileName"],
        path=described["Path"],
        roles=tuple(role["RoleName"] for role in described.get("Roles", [])),
        tags=_tags(described),
        arn=described["Arn"],
        profile_id=described["InstanceProfileId"],
        create_date=described["CreateDate"].isoformat(),
    )


def _trusted_profile(described: Mapping) -> TrustedProfile:
    trust_policies = [role["AssumeRolePolicyDocument"] for role in described.get("Roles", [])]
    return TrustedProfile(_profile(described), trust_policies[0] if trust_policies else None)


def _tags(described: Mapping) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in described.get("Tags", [])}
