# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which actions can apply to which resources. What AWS's reference does not say counts as applicable.  Pure.

The reference lists no resource types for many actions, such as sns:ListTopics, and AWS's documentation says that these
apply to ``*`` only. But refusals name ARNs, such as ``arn:aws:sns:REGION:ACCOUNT:*``: those of a service, or of all its
resources of a type. So a policy can allow such actions with ARNs, unless they are the ARNs of certain resources.
"""

from __future__ import annotations

from typing import Iterator, Mapping, Optional

from .pattern_search import is_within, without_variables
from .pattern_sets import ANYTHING
from .service_reference import Action, ServiceReference, arn_parts, supports_arn
from .wildcards import has_wildcards

# The services that refusals name in their ARNs, where it is not that of the action: "not authorized to perform:
# ec2messages:GetMessages on resource: arn:aws:ssm:us-east-1:111122223333:*"
EVALUATED: Mapping[str, frozenset[Optional[str]]] = {"ec2messages": frozenset({"ssm"})}
LITERAL_STAR = "\1"  # stands for a * in an ARN, which is no wildcard


class Applicability:
    """Tells meaningful pairs of actions and resources from meaningless ones. Statements with lists of both contain both."""

    def __init__(self, reference: Optional[ServiceReference]) -> None:
        self._reference = reference
        self._of_all_services: dict[str, set[str]] = {}
        self._services: dict[str, frozenset[Optional[str]]] = {}
        self._named: dict[str, bool] = {}

    def listed(self, action: str) -> Optional[list[Action]]:
        """The actions that match the pattern; None if they are unknown."""
        return self._reference.actions(action) if self._reference else None

    def may_apply(self, action: str, resource: str) -> bool:
        """Whether the action, without wildcards, may apply to some resource that matches the pattern."""
        known = self.listed(action)
        if not known:
            return self.unlisted_may_apply(action, resource)
        if known[0].resources:
            return known[0].supports(resource, strict=True)
        return not self._names_resources(resource) and self._is_of_service(action, resource)

    def unlisted_may_apply(self, action: str, resource: str) -> bool:
        """Whether an action that matches the pattern and is not in the reference may apply to such a resource."""
        if action.partition(":")[0] != ANYTHING:
            return self._is_of_service(action, resource)
        service = _service(resource)
        return service is None or not self._is_known(service)

    def of_all_services(self, resource: str) -> set[str]:
        """The actions of all services that may apply to such a resource."""
        if resource not in self._of_all_services and self._reference:
            by_arn = self._reference.actions_by_arn
            # AWS Backup's ARNs can be of any service. That matters only if it is unknown what the resource is.
            named = self._names_resources(resource)
            arns = (arn for arn in by_arn if arn and supports_arn(resource, arn) and not (named and _service(arn) is None))
            found = {action for arn in arns for action in by_arn[arn]}
            others = (each for each in by_arn.get(None, ()) if self.may_apply(each, resource))
            self._of_all_services[resource] = found.union(others)
        return self._of_all_services.get(resource, set())

    def _is_known(self, service: str) -> bool:
        return self._reference is not None and self._reference.has_service(service)

    def _is_of_service(self, action: str, resource: str) -> bool:
        """Whether the resource may belong to the action's service."""
        prefix, service = action.partition(":")[0].lower(), _service(resource)
        if service in (None, prefix) or has_wildcards(prefix) or not self._is_known(prefix):
            return True
        own = self._arn_services(prefix)
        return service in own or None in own or not self._is_known(str(service))

    def _arn_services(self, prefix: str) -> frozenset[Optional[str]]:
        """The services in the ARNs that the service's actions support."""
        if prefix not in self._services:
            own = {_service(arn) for each in self.listed(f"{prefix}:*") or () for arn in each.resources}
            self._services[prefix] = EVALUATED.get(prefix, frozenset()).union(own)
        return self._services[prefix]

    def _names_resources(self, resource: str) -> bool:
        if resource not in self._named:
            self._named[resource] = self._is_within_types(resource)
        return self._named[resource]

    def _is_within_types(self, resource: str) -> bool:
        """Whether the pattern matches only ARNs of certain resources, and not that of all resources of a type."""
        service = _service(resource)
        if service is None or not self._reference or not self._reference.has_service(service):
            return False
        templates = [each for each in self._reference.arns(service) if len(arn_parts(each)) == 6]
        known = any(is_within(without_variables(resource), each) for each in templates)
        return known and not any(supports_arn(resource, each) for template in templates for each in _unnamed(template))


def _service(resource: str) -> Optional[str]:
    """The service in the ARN; None if it is not known."""
    parts = arn_parts(resource)
    return None if len(parts) < 6 or any(map(has_wildcards, parts[:1] + parts[2:3])) else parts[2]


def _unnamed(template: str) -> Iterator[str]:
    """ARNs of a type that name no resource: ``table/*``, with a star that is no wildcard, and ``table/``."""
    *parts, name = arn_parts(template)
    for tail in (name.replace("*", LITERAL_STAR), name.replace("*", ""), LITERAL_STAR, ""):
        yield ":".join([*parts, tail])
