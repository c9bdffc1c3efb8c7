# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the measured figures from tests/benchmark/results.yml into the documentation.

Usage: .venv/bin/python tools/figures.py

It changes only the figures in the sentences that are listed here, and rewrites whole tables.
"""

from __future__ import annotations

import configparser
import re
import string
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.keyless.ec2.tests.benchmark import kept, page, report
from ansible_collections.keyless.ec2.tests.benchmark.figures import ATTACH, CREATE, NOTHING, OURS, Figure
from ansible_collections.keyless.ec2.tests.benchmark.peers import all_job_files
from ansible_collections.keyless.ec2.tests.benchmark.picture import draw
from ansible_collections.keyless.ec2.tests.benchmark.policies.tables import examples, kinds
from ansible_collections.keyless.ec2.tests.benchmark.scan.scores import Score, scores
from ansible_collections.keyless.ec2.tools.environment import CHECKOUT

GUIDES = "docs/docsite/rst"
SHORT = {
    OURS: "ours",
    "amazon.aws in two tasks": "two",
    "amazon.aws in three tasks": "three",
    "amazon.aws by name": "name",
    "amazon.aws by ARN": "arn",
}
WORDS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")

SENTENCES = {
    "README.md": (
        "A role with its policies and profile takes {created[ours].calls} API calls, against {created[two].calls} with `amazon.aws`. A second run "
        "takes {again[ours].calls}, against {again[two].calls} or {again[three].calls}.",
        "Attaching a profile to {large} instances is {least_times} to {most_times} times as fast as looping over `amazon.aws.ec2_instance`.",
        "`make test` runs the tests, which takes about {times[test]} on two idle cores.",
        "One run on the emulator, with {latency} ms of latency added to every call, on two cores.",
        "| a role with policies and profile, created | {created[ours].took}, {created[ours].calls} calls | {created[two].times} in two tasks, "
        "{created[three].times} in three; {created[two].calls} calls |",
        "| the same, nothing to do | {again[ours].took}, {again[ours].calls} calls | {again[two].times} and {again[three].times}; "
        "{again[two].calls} and {again[three].calls} calls |",
        "| a profile for 1 instance | {attach_1[ours].took}, {attach_1[ours].calls} calls | {attach_1[name].times} by name, "
        "{attach_1[arn].times} by ARN; {attach_1[name].calls} and {attach_1[arn].calls} calls |",
        "| for 10 instances | {attach_10[ours].took}, {attach_10[ours].calls} calls | {attach_10[name].times} and {attach_10[arn].times}; "
        "{attach_10[name].calls} and {attach_10[arn].calls} calls | "
        "| for {large} instances | {attach_large[ours].took}, {attach_large[ours].calls} calls | {attach_large[name].times} and "
        "{attach_large[arn].times}; {attach_large[name].calls} and {attach_large[arn].calls} calls |",
        "A run that changes nothing takes {nothing_calls} calls for a hundred instances and {footprint_calls} for ten thousand.",
    ),
    "CONTRIBUTING.md": (
        "The first time, this takes about {times[setup]} for `.venv`.",
        "- **{coverage[percent]} % of the lines of `plugins/`** are run by the unit and integration tests together.",
        "and fails below {coverage_limit} % (`.coveragerc`).",
    ),
    f"{GUIDES}/guide_running_instances.rst": (
        "For a thousand instances it takes {nothing_calls} calls.",
        "The descriptions of {parsing[instances]:,} instances are parsed {parsing[ratio]} times as fast as with botocore's own parser of timestamps",
    ),
    f"{GUIDES}/report.rst": (
        "Ten thousand instances make a page of {page[megabytes]} MB. The browser renders only the visible rows. On two cores, Chromium needed "
        "{page[seconds]} s from opening the file",
    ),
    f"{GUIDES}/comparison_scanners.rst": (
        "``tests/benchmark/scan/corpus/``: {scan[with_keys]} with keys and {scan[without]} without. Of those without, "
        "{scan[ids_alone]} have the id of a key but not its secret, and {scan[look_alikes]} have something that only looks like a key.",
        "With {large_tree[files]:,} files of 2 KiB each in ``/srv``, {large_tree[keys]} of them with a key, ``keyless.ec2`` found "
        "{large_tree[found]} in {large_tree[seconds]} s. It used {large_tree[mebibytes]} MiB of memory,",
    ),
    f"{GUIDES}/comparison_policies.rst": (
        "`parliament <https://pypi.org/project/parliament/>`__ {policies[parliament]} was given the same documents.",
        "Of the {managed[policies]:,} that moto includes, keyless.ec2 refuses {managed[refused]}, and has {managed[warnings]} warnings in "
        "{managed[warned]} of them.",
        "parliament has {managed[theirs]:,} findings above its lowest severity in {managed[theirs_in]} policies. Most are about condition keys "
        "({managed[condition_keys]:,}) and resources ({managed[resources]:,}) that its own list",
        "moto's tests have {moto[bad]} policies that AWS refuses",
        "keyless.ec2 refuses {moto[refused]}. The other two",
        "parliament has a finding in {moto[parliament]}. Of {moto[good]} policies that AWS accepts according to moto's tests, keyless.ec2 refuses "
        "{moto[mistaken]} on purpose:",
    ),
}
TIMES = re.compile(r"^(\| `make ([\w-]+)` \| .* \| )(.*)( \|)$", re.MULTILINE)


@dataclass(frozen=True)
class Cell:
    """A figure as text: what it took, and how many times as long as keyless.ec2."""

    figure: Figure
    ours: Figure

    @property
    def took(self) -> str:
        return report.seconds(self.figure.seconds)

    @property
    def calls(self) -> int:
        return self.figure.calls

    @property
    def ratio(self) -> float:
        return self.figure.seconds / self.ours.seconds

    @property
    def times(self) -> str:
        return report.ratio(self.ratio)


def pages() -> dict[str, str]:
    """Returns every page with figures as it should be, by path."""
    results = kept.read()
    measured, setting = page.kept(results["benchmark"])
    known = values(results)
    found = {path: with_sentences(path, read(path), known) for path in SENTENCES}
    for path, made in tables(results).items():
        for table in made:
            found[path] = with_table(found.get(path) or read(path), table)
    found["CONTRIBUTING.md"] = TIMES.sub(lambda row: row[1] + results["times"].get(row[2], "") + row[4], found["CONTRIBUTING.md"])
    found[f"{GUIDES}/benchmark.rst"] = page.write(measured, setting, all_job_files())
    found[f"{GUIDES}/images/benchmark.svg"] = draw(measured.comparison)
    return found


def read(path: str) -> str:
    return (CHECKOUT / path).read_text(encoding="utf-8")


def with_sentences(path: str, text: str, known: Mapping[str, Any]) -> str:
    """Returns the page with the figures of its sentences filled in. Words and line breaks stay."""
    for sentence in SENTENCES[path]:
        pattern = "".join(r"\s+".join(map(re.escape, re.split(r"\s+", literal))) + ("(.+?)" if place else "") for literal, place in places(sentence))
        found = list(re.finditer(pattern, text))
        if len(found) != 1:
            raise ValueError(f"{path} must have this sentence once, not {len(found)} times: {sentence}")
        for number, (_literal, place) in reversed([(at, each) for at, each in enumerate(places(sentence), 1) if each[1]]):
            start, end = found[0].span(number)
            text = text[:start] + place.format_map(known) + text[end:]
    return text


def places(sentence: str) -> Iterator[tuple[str, str]]:
    """Yields the text before each placeholder, and the placeholder. The last placeholder may be empty."""
    for literal, name, form, _conversion in string.Formatter().parse(sentence):
        yield literal, f"{{{name}:{form}}}" if name else ""


def with_table(text: str, table: str) -> str:
    """Returns the page with the table in place of the one that has the same first column."""
    head = re.escape(table[: table.index("\n", table.index("* -"))])
    new, count = re.subn(rf"{head}\n(?: +.*\n)*", lambda _old: f"{table}\n", text)
    if count != 1:
        raise ValueError(f"There must be one table that begins with this, not {count}: {head}")
    return new


def tables(results: Mapping[str, Any]) -> dict[str, list[str]]:
    """Returns the tables that are written as a whole, by page."""
    scan = results["scan"]
    return {
        f"{GUIDES}/comparison_scanners.rst": [scores([Score(**each) for each in scan["scores"]], scan["ids_alone"], scan["look_alikes"])],
        f"{GUIDES}/policy_findings.rst": [kinds()],
        f"{GUIDES}/comparison_policies.rst": [examples(results["policies"]["examples"])],
    }


def values(results: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the values that the sentences refer to."""
    measured, setting = page.kept(results["benchmark"])
    large = max(figure.size for figure in measured.comparison)
    attached = {size: cells(measured.comparison, ATTACH, size) for size in (1, 10, large)}
    ratios = [attached[large][peer].ratio for peer in ("name", "arn")]
    scan = results["scan"]
    return {
        "latency": setting.latency,
        "large": large,
        "created": cells(measured.roles, CREATE, 1),
        "again": cells(measured.roles, NOTHING, 1),
        "attach_1": attached[1],
        "attach_10": attached[10],
        "attach_large": attached[large],
        "least_times": about(min(ratios)),
        "most_times": about(max(ratios)),
        "nothing_calls": word(cells(measured.comparison, NOTHING, large)["ours"].calls),
        "footprint_calls": max(each.calls for each in measured.footprints),
        "scan": {**scan, "with_keys": scan["scores"][0]["with_keys"], "without": scan["ids_alone"] + scan["look_alikes"]},
        "large_tree": scan["large"] | {"found": counted(scan["large"]["found"], scan["large"]["keys"])},
        "managed": managed(results["policies"]["managed"]),
        "moto": results["policies"]["moto"] | {"mistaken": word(results["policies"]["moto"]["mistaken"])},
        "policies": results["policies"],
        "page": results["page"],
        "parsing": results["parsing"],
        "coverage": results["coverage"],
        "coverage_limit": coverage_limit(),
        "times": results["times"],
    }


def cells(figures: Iterable[Figure], job: str, size: int) -> dict[str, Cell]:
    """Returns the figures of each tool, by a short name."""
    found = {figure.peer: figure for figure in figures if (figure.job, figure.size) == (job, size)}
    return {SHORT[peer]: Cell(figure, found[OURS]) for peer, figure in found.items() if peer in SHORT}


def managed(found: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the findings in AWS's managed policies; ours as words."""
    issues = found["issues"]
    ours = {name: word(found[name]) for name in ("refused", "warnings", "warned")}
    return {**found, **ours, "condition_keys": issues["UNKNOWN_CONDITION_FOR_ACTION"], "resources": issues["RESOURCE_MISMATCH"]}


def coverage_limit() -> str:
    """Returns the minimum coverage in .coveragerc."""
    parser = configparser.ConfigParser()
    parser.read(CHECKOUT / ".coveragerc")
    return parser["report"]["fail_under"]


def about(times: float) -> str:
    return f"{times:.1f}" if times < 10 else f"{times:.0f}"


def word(number: int) -> str:
    return WORDS[number] if number < len(WORDS) else str(number)


def counted(number: int, of: int) -> str:
    return f"all {of}" if number == of else f"{number} of {of}"


def main() -> None:
    """Writes the pages."""
    for path, text in pages().items():
        (CHECKOUT / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
