# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares what we find in policies with what parliament finds, and prints the tables of docs/docsite/rst/policies.rst.

python -m ansible_collections.keyless.ec2.tests.benchmark.policies [--moto FOLDER]

`make bench-policies` installs what it takes. FOLDER is moto's source, which has the invalid policies of its tests.
"""

from __future__ import annotations

import argparse
import ast
import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data

from ansible_collections.keyless.ec2.plugins.module_utils._policy.findings import ERROR, KINDS
from ansible_collections.keyless.ec2.tools.environment import BENCH_VENV

from ..report import table
from .examples import EXAMPLES, TRUST
from .ours import findings

MOTO_TESTS = "tests/test_iam/test_iam_policies.py"
NOTHING = "–"
RIGHT_TRUST = {"Version": "2012-10-17", "Statement": [TRUST]}


def main() -> None:
    """Compares and prints."""
    parser = argparse.ArgumentParser(prog="policies", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--moto", type=Path, metavar="FOLDER", help="moto's source; without it, its policies are left out")
    folder = parser.parse_args().moto
    print(f"{kinds()}\n\n{_examples()}")
    print(f"\n{_managed()}")
    if folder:
        print(f"\n{_moto(folder)}")


def kinds() -> str:
    """A row for each kind of finding."""
    return table(["finding", "severity", "the policy"], [[f"``{kind.code}``", kind.severity, kind.meaning] for kind in KINDS.values()])


def _examples() -> str:
    """A row for each example."""
    # What it says of a trust policy that is right, it says of all.
    right = {issue for found in _parliament([RIGHT_TRUST]) for issue, _severity in found}
    theirs = _parliament([each.document for each in EXAMPLES])
    rows = []
    for example, found in zip(EXAMPLES, theirs):
        (ours,) = findings(example.document, example.is_trust)
        issues = {issue for issue, _severity in found} - (right if example.is_trust else set())
        said = ", ".join(f"``{each}``" for each in sorted(issues)) or NOTHING
        rows.append([f"``{example.written}``", f"``{ours.code}``", said])
    return table(["the mistake", "keyless.ec2", "parliament"], rows)


def _managed() -> str:
    """AWS's own policies, in which there should be nothing to find."""
    policies = [each["Document"] for each in json.loads(aws_managed_policies_data).values()]
    ours = [findings(each) for each in policies]
    theirs = _parliament(policies)
    refused = sum(each.severity == ERROR for found in ours for each in found)
    told = Counter(issue for found in theirs for issue, severity in found if severity != "LOW")
    return (
        f"{len(policies):,} policies of AWS: we refuse {refused}, and warn of {sum(map(len, ours)) - refused} things in "
        f"{sum(map(bool, ours))}; parliament has {sum(told.values()):,} findings above LOW in "
        f"{sum(any(severity != 'LOW' for _issue, severity in found) for found in theirs)}: "
        f"{', '.join(f'{issue} {count}' for issue, count in told.most_common())}."
    )


def _moto(folder: Path) -> str:
    """The policies of which moto's tests know that AWS refuses them, or takes them."""
    tree = ast.parse((folder / MOTO_TESTS).read_text(encoding="utf-8"))
    tables = {ast.unparse(node.targets[0]): node.value for node in tree.body if isinstance(node, ast.Assign)}
    bad = [case["document"] for case in ast.literal_eval(tables["invalid_policy_document_test_cases"])]
    good = ast.literal_eval(tables["valid_policy_documents"])
    refused, mistaken = (sum(map(_is_refused, documents)) for documents in (bad, good))
    return (
        f"Of {len(bad)} policies that AWS refuses we refuse {refused}, and parliament has a finding in "
        f"{sum(map(bool, _parliament(bad)))}; of {len(good)} that it takes we refuse {mistaken}."
    )


def _is_refused(document: Any) -> bool:
    return any(each.severity == ERROR for each in findings(document))


def _parliament(documents: list[Any]) -> list[list[tuple[str, str]]]:
    texts = [each if isinstance(each, str) else json.dumps(each) for each in documents]
    command = [BENCH_VENV / "bin" / "python", Path(__file__).with_name("by_parliament.py")]
    done = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=True)
    return [list(map(tuple, found)) for found in json.loads(done.stdout)]


if __name__ == "__main__":
    main()
