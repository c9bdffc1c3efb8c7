# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The account's defaults for metadata options in the region, and the enforcement of IMDSv2. They are removed afterwards, also after a kill."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..aws import Aws
from ..cleanup import DEFAULTS, NO_DEFAULTS, has_defaults
from ..probe import UNSOURCED, NotApplicable, documented, probe, refused, same, unknown

OPTIONS = "EC2 API Reference: ModifyInstanceMetadataDefaults"
ENFORCED = "EC2 User Guide: Configure instance metadata options for new instances"
CALL = "ModifyInstanceMetadataDefaults"


def shown(aws: Aws) -> dict[str, Any]:
    return aws.ec2.get_instance_metadata_defaults()["AccountLevel"]


def without_defaults(aws: Aws) -> None:
    """Skips the probe if the account has defaults, or if it can't be known."""
    model = aws.ec2.meta.service_model
    if CALL not in model.operation_names or "HttpTokensEnforced" not in model.operation_model(CALL).input_shape.members:
        raise NotApplicable("this botocore does not know the account's defaults for metadata options")
    if has_defaults(aws.ec2):
        raise NotApplicable("the account has defaults of its own for metadata options")


@contextmanager
def defaults(aws: Aws, **options: Any) -> Iterator[None]:
    """The account has only these defaults meanwhile."""
    without_defaults(aws)
    # With it, the account's defaults can be removed after a kill.
    marker = aws.resources.template(f"{aws.resources.name()}-{DEFAULTS}")
    try:
        aws.ec2.modify_instance_metadata_defaults(**{**NO_DEFAULTS, **options})
        yield
    finally:
        aws.ec2.modify_instance_metadata_defaults(**NO_DEFAULTS)
        aws.ec2.delete_launch_template(LaunchTemplateId=marker)


@probe(
    "ModifyInstanceMetadataDefaults leaves omitted options as they are. The account manages its defaults if no policy does.",
    documented(OPTIONS, "EC2 API Reference: InstanceMetadataDefaultsResponse"),
    "_metadata_defaults/row.py",
    runs_alone=True,
)
def defaults_are_kept(aws: Aws) -> None:
    with defaults(aws, HttpTokens="required"):
        same(aws.ec2.modify_instance_metadata_defaults(HttpPutResponseHopLimit=2)["Return"], True)
        same(shown(aws), {"HttpTokens": "required", "HttpPutResponseHopLimit": 2, "ManagedBy": "account"})


@probe(
    "A default that is set to no-preference, or to -1 for the hop limit, is removed and no longer returned.",
    documented(OPTIONS),
    "_metadata_defaults/row.py",
    runs_alone=True,
)
def default_is_removed(aws: Aws) -> None:
    with defaults(aws, HttpTokens="required", HttpPutResponseHopLimit=2):
        aws.ec2.modify_instance_metadata_defaults(HttpTokens="no-preference", HttpPutResponseHopLimit=-1)
        same(shown(aws), {"ManagedBy": "account"})


@probe(
    "The hop limit is 1 to 64, or -1: InvalidParameterValue.",
    unknown("AWS documents the values, and no error code"),
    "_metadata_defaults/options.py",
    runs_alone=True,
)
def defaults_that_do_not_exist(aws: Aws) -> None:
    with defaults(aws):
        for value in (0, 65):
            with refused("InvalidParameterValue"):
                aws.ec2.modify_instance_metadata_defaults(HttpPutResponseHopLimit=value)


@probe(
    "If HttpTokensEnforced is enabled, launches without HttpTokens=required are refused, also in a dry run: UnsupportedOperation.",
    documented(ENFORCED, "EC2 User Guide: Troubleshoot Amazon EC2 instance launch issues"),
    "_values/imds_defaults.py",
    runs_alone=True,
)
def enforcement_refuses_launch(aws: Aws) -> None:
    given = {"ImageId": aws.image, "InstanceType": aws.place.instance_type, "MinCount": 1, "MaxCount": 1, "DryRun": True}
    with defaults(aws, HttpTokensEnforced="enabled"):
        with refused("UnsupportedOperation", "httpTokensEnforced"):
            aws.ec2.run_instances(**given, MetadataOptions={"HttpTokens": "optional"})
        with refused("DryRunOperation"):
            aws.ec2.run_instances(**given, MetadataOptions={"HttpTokens": "required"})


@probe(
    "What a launch gives comes before the account's default for HttpTokens, and that before the image. So with the default required, "
    "HttpTokensEnforced allows a launch that gives none, and refuses one that gives optional.",
    documented(ENFORCED, "EC2 User Guide: Configure the Instance Metadata Service options", text="EC2 User Guide: Troubleshoot launch issues"),
    "_metadata_defaults/launches.py",
    "_values/imds_defaults.py",
    runs_alone=True,
)
def default_decides_about_launch(aws: Aws) -> None:
    given = {"ImageId": aws.image, "InstanceType": aws.place.instance_type, "MinCount": 1, "MaxCount": 1, "DryRun": True}
    with defaults(aws, HttpTokens="required", HttpTokensEnforced="enabled"):
        with refused("DryRunOperation"):
            aws.ec2.run_instances(**given)
        with refused("UnsupportedOperation", "httpTokensEnforced"):
            aws.ec2.run_instances(**given, MetadataOptions={"HttpTokens": "optional"})
        aws.ec2.modify_instance_metadata_defaults(HttpTokens="optional")
        with refused("UnsupportedOperation", "httpTokensEnforced"):
            aws.ec2.run_instances(**given)


@probe(
    "If HttpTokensEnforced is enabled, HttpTokens of an instance can't be set to optional: UnsupportedOperation.",
    documented("EC2 User Guide: Modify instance metadata options for existing instances", text=UNSOURCED),
    "_values/imds_defaults.py",
    runs_alone=True,
)
def enforcement_refuses_change(aws: Aws) -> None:
    with defaults(aws, HttpTokensEnforced="enabled"), refused("UnsupportedOperation", "httpTokensEnforced"):
        aws.ec2.modify_instance_metadata_options(InstanceId=aws.resources.shared_instance, HttpTokens="optional")
