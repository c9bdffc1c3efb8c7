# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that is put right in moto, and nothing else."""

from __future__ import annotations

import moto

from .autoscaling import activities, groups, members, mixed, refreshes, settings, upkeep, warm_pools
from .conditions import propagation
from .ec2 import (
    association_calls,
    fleet_calls,
    fleets,
    instance_index,
    instance_states,
    instances,
    launch_templates,
    profiles,
    regions,
    spot_fleet_calls,
    spot_requests,
)
from .iam import (
    authorization,
    documents,
    last_accessed,
    last_use,
    managed_policies,
    names,
    organizations,
    principals,
    protected_roles,
    roles,
    sessions,
    simulator,
    tags,
)
from .server import backend, memory, paging
from .speed import answers, images, lookups

PATCHES = (
    activities.patch_activities,
    answers.patch_answer_members,
    answers.patch_ec2_bodies,
    association_calls.patch_associate,
    association_calls.patch_disassociate,
    association_calls.patch_replace,
    association_calls.patch_describe,
    association_calls.patch_describe_parameters,
    association_calls.patch_terminate,
    authorization.patch_access_denied,
    authorization.patch_decode,
    backend.patch_cors,
    groups.patch_create,
    groups.patch_deletion,
    groups.patch_launch_configurations,
    groups.patch_public_addresses,
    groups.patch_sources,
    groups.patch_update,
    documents.patch_versions,
    documents.patch_trust_documents,
    documents.patch_permissions_documents,
    documents.patch_conditions,
    documents.patch_resources,
    fleet_calls.patch_fleets,
    fleets.patch_upkeep,
    instance_index.patch_new_instances,
    instance_index.patch_searches,
    instance_states.patch_instance_state,
    instance_states.patch_start_and_stop,
    instances.patch_run_instances,
    instances.patch_instance_profile_of_instance,
    instances.patch_filters,
    instances.patch_describe_instances,
    instances.patch_metadata_options,
    last_accessed.patch_last_accessed,
    last_use.patch_last_use,
    launch_templates.patch_creation,
    launch_templates.patch_default_version,
    launch_templates.patch_deletion_of_versions,
    launch_templates.patch_template_description,
    launch_templates.patch_version_description,
    launch_templates.patch_version_lookup,
    launch_templates.patch_versions,
    managed_policies.patch_arns,
    managed_policies.patch_managed_policies,
    members.patch_members,
    mixed.patch_capacity,
    mixed.patch_shown_template,
    names.patch_names,
    organizations.patch_list_accounts,
    memory.patch_reset,
    memory.patch_tracking,
    memory.patch_subnets,
    paging.patch_iam_lists,
    principals.patch_deletions,
    profiles.patch_create_instance_profile,
    profiles.patch_unknown_profile,
    profiles.patch_remove_role,
    protected_roles.patch_protected_roles,
    regions.patch_all_regions,
    regions.patch_describe_regions,
    propagation.patch_new_profiles,
    propagation.patch_added_roles,
    refreshes.patch_refreshes,
    roles.patch_create_role,
    roles.patch_update_trust_policy,
    roles.patch_update_role,
    roles.patch_attach_role_policy,
    roles.patch_put_role_policy,
    roles.patch_put_boundary,
    roles.patch_delete_boundary,
    sessions.patch_session_keys,
    settings.patch_metrics,
    simulator.patch_simulator,
    settings.patch_settings,
    settings.patch_sizes,
    spot_fleet_calls.patch_spot_fleets,
    spot_requests.patch_description,
    spot_requests.patch_filter,
    spot_requests.patch_persistence,
    spot_requests.patch_requests,
    upkeep.patch_stops,
    upkeep.patch_termination_by_the_group,
    upkeep.patch_terminations,
    warm_pools.patch_description,
    warm_pools.patch_scaling_out,
    warm_pools.patch_warm_pools,
    tags.patch_role_tags,
    tags.patch_profile_tags,
    tags.patch_creation,
    images.patch_images,
    lookups.patch_service_list,
    lookups.patch_operation_names,
    lookups.patch_random_ids,
    lookups.patch_xml_names,
    lookups.patch_patterns,
    lookups.patch_image_search,
    lookups.patch_volume_search,
    lookups.patch_tags_of_one,
)


MARK = "keyless_ec2_patches"


def apply_patches() -> None:
    """Changes moto in this process, once.

    The mark is on moto itself, because this package can be imported under two names.
    """
    if hasattr(moto, MARK):
        return
    setattr(moto, MARK, True)
    for patch in PATCHES:
        patch()
