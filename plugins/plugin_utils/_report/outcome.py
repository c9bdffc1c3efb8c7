# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role report writes, returns, shows and fails with.  Pure."""

from __future__ import annotations

from typing import Any, Mapping, Sequence

from ...module_utils._common.quoting import readable
from ...module_utils._common.sentences import number_of

SHOWN_PROBLEMS = 5  # in the error


def outcome(made: Mapping[str, Any], directory: str, file_names: Mapping[str, str], since_path: str, notes: Sequence[str] = ()) -> dict[str, Any]:
    """The outcome of a report that keyless.ec2.estate_report made; ``notes`` are about the files that it was made from.

    ``contents`` has the text of each file by its path, ``result`` is the variable report_result, ``messages`` are for the user, and
    ``error`` is the reason to fail, or an empty text.
    """
    paths = {name: f"{directory}/{file_names[name]}" for name in made["files"]}
    return {
        "contents": {paths[name]: text for name, text in made["files"].items()},
        "result": {**made, "files": paths},
        "messages": readable([*notes, *messages(made, paths, since_path)]),
        "error": readable(error(made["drift"])),
    }


def messages(made: Mapping[str, Any], paths: Mapping[str, str], since_path: str) -> list[str]:
    """What the role shows at the end."""
    texts = [made["summary"]]
    if made["new"] is not None:
        texts.append(f"{number_of(made['new'], 'new problem')} and {made['gone']} resolved since {since_path}.")
    if made["waivers_expired"]:
        texts.append(f"Expired waivers: {'; '.join(made['waivers_expired'])}.")
    if made["waivers_unused"]:
        texts.append(f"Waivers that match nothing: {'; '.join(made['waivers_unused'])}.")
    if "html" in paths:
        texts.append(f"The page is {paths['html']}.")
    return texts


def error(drift: Sequence[str]) -> str:
    """The error for problems that report_fail_on selects."""
    if not drift:
        return ""
    more = " and more" if len(drift) > SHOWN_PROBLEMS else ""
    return f"{number_of(len(drift), 'problem')} that report_fail_on selects: {'; '.join(drift[:SHOWN_PROBLEMS])}{more}."
