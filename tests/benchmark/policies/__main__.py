# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares our findings in policies with those of parliament, and writes the figures of docs/docsite/rst/comparison_policies.rst.

python -m ansible_collections.keyless.ec2.tests.benchmark.policies [--moto FOLDER]

`make bench-policies` installs what it needs. FOLDER is moto's source, which has invalid policies in its tests.
"""

from __future__ import annotations

import argparse
import ast
import importlib.metadata
import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data

from ansible_collections.keyless.ec2.plugins.module_utils._policy.findings import ERROR
from ansible_collections.keyless.ec2.tools import figures
from ansible_collections.keyless.ec2.tools.environment import BENCH_VENV, site_packages

from .. import kept
from .examples import EXAMPLES, TRUST
from .ours import findings

MOTO_TESTS = "tests/test_iam/test_iam_policies.py"
RIGHT_TRUST = {"Version": "2012-10-17", "Statement": [TRUST]}


def main() -> None:
    """Compares, keeps the results, and writes them into the documentation."""
    parser = argparse.ArgumentParser(prog="policies", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--moto", type=Path, metavar="FOLDER", help="moto's source; without it, the results for its policies stay")
    folder = parser.parse_args().moto
    found = {"parliament": _version(), "examples": _examples(), "managed": _managed()}
    moto = _moto(folder) if folder else kept.read()["policies"]["moto"]
    kept.keep(policies={**found, "moto": moto})
    figures.main()


def _version() -> str:
    [found] = importlib.metadata.distributions(name="parliament", path=[str(site_packages(BENCH_VENV))])
    return found.version


def _examples() -> dict[str, list[str]]:
    """Returns parliament's findings for each example."""
    # parliament reports these for a correct trust policy, so it reports them for all.
    right = {issue for found in _parliament([RIGHT_TRUST]) for issue, _severity in found}
    theirs = _parliament([each.document for each in EXAMPLES])
    issues = [{issue for issue, _severity in found} for found in theirs]
    return {each.written: sorted(found - (right if each.is_trust else set())) for each, found in zip(EXAMPLES, issues)}


def _managed() -> dict[str, Any]:
    """Compares AWS's managed policies, which should have no findings. Of parliament's findings, those above LOW count."""
    policies = [each["Document"] for each in json.loads(aws_managed_policies_data).values()]
    ours = [findings(each) for each in policies]
    theirs = [[issue for issue, severity in found if severity != "LOW"] for found in _parliament(policies)]
    refused = sum(each.severity == ERROR for found in ours for each in found)
    return {
        "policies": len(policies),
        "refused": refused,
        "warnings": sum(map(len, ours)) - refused,
        "warned": sum(map(bool, ours)),
        "theirs": sum(map(len, theirs)),
        "theirs_in": sum(map(bool, theirs)),
        "issues": dict(Counter(issue for found in theirs for issue in found).most_common()),
    }


def _moto(folder: Path) -> dict[str, int]:
    """Compares the policies of moto's tests, which say whether AWS refuses or accepts them."""
    tree = ast.parse((folder / MOTO_TESTS).read_text(encoding="utf-8"))
    tables = {ast.unparse(node.targets[0]): node.value for node in tree.body if isinstance(node, ast.Assign)}
    bad = [case["document"] for case in ast.literal_eval(tables["invalid_policy_document_test_cases"])]
    good = ast.literal_eval(tables["valid_policy_documents"])
    return {
        "bad": len(bad),
        "refused": sum(map(_is_refused, bad)),
        "parliament": sum(map(bool, _parliament(bad))),
        "good": len(good),
        "mistaken": sum(map(_is_refused, good)),
    }


def _is_refused(document: Any) -> bool:
    return any(each.severity == ERROR for each in findings(document))


def _parliament(documents: list[Any]) -> list[list[tuple[str, str]]]:
    texts = [each if isinstance(each, str) else json.dumps(each) for each in documents]
    command = [BENCH_VENV / "bin" / "python", Path(__file__).with_name("by_parliament.py")]
    done = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=True)
    return [list(map(tuple, found)) for found in json.loads(done.stdout)]


if __name__ == "__main__":
    main()
