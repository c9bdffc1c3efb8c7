# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide for users of amazon.aws has every option and return value of the modules that ours resemble."""

from __future__ import annotations

import importlib
import re

import pytest
import yaml

from ansible_collections.keyless.ec2.tests.integration.support.pages import read, sections_of, tables_of

THEIRS = "ansible_collections.amazon.aws.plugins.modules"
OURS = "ansible_collections.keyless.ec2.plugins.modules"
HEADING = re.compile(r"amazon\.aws\.(\w+): (options|return values)")
PAGE = read("guide_amazon_aws")
TABLES = {HEADING.fullmatch(heading).groups(): tables_of(text)[0] for heading, text in sections_of(PAGE).items() if HEADING.fullmatch(heading)}
OF_OTHERS = {"tags", "purge_tags"}  # from documentation fragments, and the same in all modules


def rows(module, kind):
    """Returns what the table says about each option or value: our name for it, or that it is the same."""
    return {name.strip("`"): said for name, said, *_more in TABLES[module, kind][1:]}


def our_module(module, kind):
    return TABLES[module, kind][0][1]


def documented(package, module, kind):
    """Returns the options with their documentation, or the return values by path."""
    found = importlib.import_module(f"{package}.{module}")
    if kind == "options":
        # Some of our options are documented in fragments.
        return found.ARGUMENT_SPEC if package == OURS else yaml.load(found.DOCUMENTATION, Loader=yaml.CSafeLoader)["options"]
    return dict(values_in(yaml.load(found.RETURN, Loader=yaml.CSafeLoader)))


def values_in(described, above=""):
    for name, value in described.items():
        yield f"{above}{name}", value
        yield from values_in(value.get("contains") or {}, f"{above}{name}.")


def names_of(options):
    """Returns all names of each option."""
    return {name: {name, *(option.get("aliases") or ())} for name, option in options.items()}


@pytest.mark.parametrize("module, kind", TABLES)
def test_everything_in_amazon_aws_is_on_the_page(module, kind):
    lacking = set(documented(THEIRS, module, kind)) - set(rows(module, kind))
    assert not lacking, f"the guide says nothing of {kind} of {module}: {', '.join(sorted(lacking))}"


@pytest.mark.parametrize("module, kind", TABLES)
def test_what_the_page_calls_the_same_exists(module, kind):
    ours = documented(OURS, our_module(module, kind), kind)
    known = set().union(*names_of(ours).values(), OF_OTHERS) if kind == "options" else set(ours)
    for name, said in rows(module, kind).items():
        if said == "same":
            assert name in known or name.rpartition(".")[0].endswith("role_last_used"), name
        elif said not in ("other shape", "not available"):
            assert said.strip("`") in known, said


@pytest.mark.parametrize("module", ["iam_role", "iam_role_info"])
def test_an_option_that_is_the_same_has_the_same_names_and_type(module):
    ours = documented(OURS, our_module(module, "options"), "options")
    by_name = {alias: name for name, aliases in names_of(ours).items() for alias in aliases}
    for name, option in documented(THEIRS, module, "options").items():
        for each in {name, *(option.get("aliases") or ())}:
            found = ours[by_name[each]]
            # A name is also accepted as a list of one.
            assert (found["type"] == option["type"]) or (found["type"], found["elements"]) == ("list", option["type"]), each


def test_ec2_instance_has_the_options_that_the_page_names():
    [table] = tables_of(sections_of(PAGE)["amazon.aws.ec2_instance: its instance profile"])
    assert table[1][:2] == ["``iam_instance_profile``", "``instance_profile``"]
    theirs, ours = documented(THEIRS, "ec2_instance", "options"), documented(OURS, "instance_profile_attach", "options")
    assert [name for name in theirs if "profile" in name] == ["iam_instance_profile"]
    assert {"instance_profile", "instance_ids", "filters", "on_conflict", "state"} <= set(ours)
