# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes extensions/patterns/ec2_identity: a job template for each playbook, with a survey made from its role's argument specs.

Usage: .venv/bin/python tools/patterns.py
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml

CHECKOUT = Path(__file__).resolve().parents[1]
PATTERN = CHECKOUT / "extensions" / "patterns" / "ec2_identity"
PRIMARY = "attach"
LABELS = ["aws", "ec2", "iam"]
HEADER = """\
# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by tools/patterns.py
---
"""

# What the surveys ask for, in this order: no more than eight questions. All other variables are for the template or the inventory. The survey of
# a role that is not here asks for all.
ASKED = {
    "attach": ("instance_profile", "state", "instance_ids", "filters", "auto_scaling_groups", "launch_templates", "on_conflict", "region"),
    "ec2_role": ("name", "state", "trust_policy", "trusted_entities", "managed_policies", "inline_policies", "tags"),
    "launch": ("name", "count", "instance_type", "instance_profile", "subnet_id", "security_groups", "tags", "region"),
    "launch_group": ("name", "instance_type", "instance_profile", "min_size", "max_size", "subnet_ids", "tags", "region"),
    "migrate_keys": ("instance_profile", "on_conflict", "expected_role", "paths", "exclude", "usage", "deactivate"),
    "operator_policy": ("jobs", "features", "role_names", "tags", "permissions_boundary", "allowed_policies", "account", "region"),
    "require_imdsv2": (
        *("instance_ids", "filters", "auto_scaling_groups", "launch_templates"),
        *("hop_limit", "unused_days", "on_use", "region"),
    ),
    "retire": ("role_name", "state", "after_days", "although_used", "regions"),
}
# Variables without a question. An empty answer to the first two would clear what is there, and a role has a template of its own.
NOT_ASKED = {"ec2_role_description", "ec2_role_permissions_boundary", "launch_create_role", "launch_group_create_role"}
# With these, whoever may launch a job could run commands on the hosts or tasks on the control node, act as the hosts' roles or receive their
# session tokens, stand in for AWS or the metadata service, choose files on the control node, or choose roles that the
# credential assumes. Only the inventory and the template's own
# variables set them.
NOT_FOR_WHOEVER_LAUNCHES = {
    "attach_health_check",
    "attach_manifest",
    "attach_undo_file",
    "migrate_keys_check",
    "migrate_keys_endpoint",
    "migrate_keys_former_profiles",
    "migrate_keys_instance_id",
    "migrate_keys_restart",
    "require_imdsv2_health_check",
    "require_imdsv2_manifest",
    "require_imdsv2_undo_file",
    "report_accounts",
    "report_directory",
    "report_estate",
    "report_external_id",
    "report_organization_role_name",
    "report_since",
    "report_waivers",
    "verify_actions",
    "verify_aws_endpoint",
    "verify_endpoint",
}
# Variables that are required unless a role is created
REQUIRED = {"launch_instance_profile", "launch_group_instance_profile"}
# Variables that are multi-line text, and not a list
LONG_TEXTS = ("_user_data",)
HOW_TO = {"list": "One to a line, or a list in YAML or JSON.", "raw": "A document in YAML or JSON."}

# Markup of Ansible's documentation that refers to a module's documentation
REFERENCE = re.compile(r" See O\([^)]+#module:[^)]+\)\.")
MARKUP = re.compile(r"\b[A-Z]\(([^)]+)\)")


def pattern() -> dict:
    """Returns the contents of meta/pattern.json."""
    return {
        "schema_version": "1.0",
        "name": PATTERN.name,
        "title": "Give EC2 instances an IAM identity",
        "description": (
            "Creates IAM roles for EC2, launches instances with an instance profile, attaches it to instances that exist, proves on the "
            "hosts that it works, and moves them off access keys. Each job template runs a playbook of the collection keyless.ec2."
        ),
        "short_description": "IAM roles for EC2 instances, so that no access key lies on one",
        "tags": LABELS,
        "aap_resources": {
            "controller_project": {"name": "keyless.ec2", "description": "The playbooks of the collection keyless.ec2"},
            "controller_labels": LABELS,
            "controller_job_templates": [job_template(name) for name in playbooks()],
        },
    }


def playbooks() -> list[str]:
    """Returns the names of the playbooks, each of which runs the role of the same name."""
    return sorted(path.stem for path in (CHECKOUT / "playbooks").glob("*.yml"))


def job_template(name: str) -> dict:
    """Returns a template without prompts: whoever may launch a job must not choose its hosts, whose variables can be commands, or its credentials."""
    title, spec = title_of(name), spec_of(name)
    questions = [question(name, variable, spec["options"][variable]) for variable in asked_of(name)]
    return {
        "name": f"keyless.ec2 {name}",
        "description": title,
        "playbook": f"{name}.yml",
        **({"primary": True} if name == PRIMARY else {}),
        "labels": LABELS,
        "survey": {"name": f"keyless.ec2 {name}", "description": spec["short_description"], "spec": questions},
    }


def asked_of(role: str) -> list[str]:
    """Returns the variables that the survey of the role asks for."""
    if role in ASKED:
        return [f"{role}_{name}" for name in ASKED[role]]
    return [variable for variable in spec_of(role)["options"] if variable not in NOT_ASKED | NOT_FOR_WHOEVER_LAUNCHES]


def title_of(name: str) -> str:
    [play] = yaml.safe_load((CHECKOUT / "playbooks" / f"{name}.yml").read_text(encoding="utf-8"))
    return play["name"]


def spec_of(role: str) -> dict:
    path = CHECKOUT / "roles" / role / "meta" / "argument_specs.yml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]["main"]


def question(role: str, variable: str, option: dict) -> dict:
    """Returns a question of the survey. The roles treat an empty text as no value, and AWX sends no empty answer to other questions."""
    kind, default = kind_of(variable, option), default_of(option)
    asked = {
        "type": kind,
        "question_name": variable.removeprefix(f"{role}_").replace("_", " ").capitalize(),
        "question_description": help_of(option, kind),
        "variable": variable,
        "required": bool(option.get("required")) or variable in REQUIRED or (default is not None and kind in ("text", "multiplechoice")),
    }
    if kind == "multiplechoice":
        asked["choices"] = option.get("choices", ["true", "false"])
    # AWX wants a number as the default of a number, but the schema of patterns wants a text. Without a default, the role's own applies.
    if default is not None and kind != "integer":
        asked["default"] = default
    return asked


def kind_of(variable: str, option: dict) -> str:
    if option["type"] == "bool" or ("choices" in option and option["type"] != "list"):
        return "multiplechoice"
    if option["type"] in HOW_TO or variable.endswith(LONG_TEXTS):
        return "textarea"
    return "integer" if option["type"] == "int" else "text"


def default_of(option: dict) -> str | None:
    """Returns the default as text, or None if it is empty."""
    default = option.get("default")
    if isinstance(default, list):
        return "\n".join(default) or None
    if default in (None, {}, ""):
        return None
    return str(default).lower() if isinstance(default, bool) else str(default)


def help_of(option: dict, kind: str) -> str:
    said = option["description"]
    sentences = [said] if isinstance(said, str) else said
    kept = [plain(sentence) for sentence in sentences if not any(name in sentence for name in NOT_ASKED)]
    if option["type"] in HOW_TO:
        kept.append(HOW_TO[option["type"]])
    if kind == "integer" and "default" in option:
        kept.append(f"By default {option['default']}.")
    return " ".join(kept)


def plain(text: str) -> str:
    """Removes Ansible's markup."""
    return MARKUP.sub(r"\1", REFERENCE.sub("", text))


def files() -> dict[Path, str]:
    """Returns all files to write, by path."""
    written = {PATTERN / "meta" / "pattern.json": json.dumps(pattern(), indent=2) + "\n"}
    for name in playbooks():
        written[PATTERN / "playbooks" / f"{name}.yml"] = HEADER + play_of(name)
        written[PATTERN / "playbooks" / f"{name}.meta.yml"] = HEADER + as_yaml(arguments_of(name))
    return written


def play_of(name: str) -> str:
    return f"- name: {title_of(name)}\n  ansible.builtin.import_playbook: keyless.ec2.{name}\n"


def arguments_of(name: str) -> dict:
    """Returns the playbook's argument spec, which is that of its role, in the form that patterns need."""
    spec = spec_of(name)
    options = {variable: {**option, "description": joined(option["description"])} for variable, option in spec["options"].items()}
    own = {"short_description": spec["short_description"], "options": options, "examples": play_of(name)}
    return {"short_description": spec["short_description"], "description": joined(spec["description"]), "argument_specs": {name: own}}


def joined(said: str | list[str]) -> str:
    return said if isinstance(said, str) else " ".join(said)


class Indented(yaml.SafeDumper):
    """Writes lists with the indentation that yamllint wants."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def as_yaml(value: dict) -> str:
    return yaml.dump(value, Dumper=Indented, sort_keys=False, width=120)


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
