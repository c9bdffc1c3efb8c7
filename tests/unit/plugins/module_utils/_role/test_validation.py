# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access Analyzer's findings as warnings and errors."""

from __future__ import annotations

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError, OptionError
from ansible_collections.keyless.ec2.plugins.module_utils._role.spec import RoleSpec
from ansible_collections.keyless.ec2.plugins.module_utils._role.validation import validate_policies
from ansible_collections.keyless.ec2.plugins.module_utils._values.policy_finding import AnalyzerFinding

SPEC = RoleSpec(name="web", trust_policy={"a": 1}, inline_policies={"read": {"b": 1}, "write": {"c": 1}})
HINT = AnalyzerFinding("SUGGESTION", "EMPTY_ARRAY", ".Statement[0].Action", "Empty.")
RISK = AnalyzerFinding("SECURITY_WARNING", "PASS_ROLE", "", "Too much.")
ERROR = AnalyzerFinding("ERROR", "INVALID_ACTION", ".Statement[1]", "There is none.")


class Analyzer:
    """Returns findings by option, or raises an error."""

    def __init__(self, answers=None, code=None):
        self.asked = []
        self._answers, self._code = answers or {}, code

    def validate_permissions(self, option, _document):
        return self._answer("permissions", option)

    def validate_trust(self, option, _document):
        return self._answer("trust", option)

    def _answer(self, kind, option):
        self.asked.append((kind, option))
        if self._code:
            raise AwsError("access-analyzer:ValidatePolicy", "*", f"validate {option}", self._code, "no")
        return self._answers.get(option, [])


def test_all_given_documents_are_validated():
    analyzer = Analyzer()
    assert validate_policies(SPEC, analyzer) == ()
    assert sorted(analyzer.asked) == [
        ("permissions", "inline_policies[read]"),
        ("permissions", "inline_policies[write]"),
        ("trust", "assume_role_policy_document"),
    ]
    assert validate_policies(RoleSpec(name="web"), unasked := Analyzer()) == ()
    assert unasked.asked == []


def test_other_findings_are_warnings_with_a_location():
    analyzer = Analyzer({"assume_role_policy_document": [RISK], "inline_policies[read]": [HINT]})
    assert validate_policies(SPEC, analyzer) == (
        "assume_role_policy_document: security warning from IAM Access Analyzer: PASS_ROLE: Too much.",
        "inline_policies[read].Statement[0].Action: suggestion from IAM Access Analyzer: EMPTY_ARRAY: Empty.",
    )


def test_all_errors_are_in_one_message():
    analyzer = Analyzer({"inline_policies[read]": [HINT, ERROR], "inline_policies[write]": [ERROR]})
    with pytest.raises(OptionError) as error:
        validate_policies(SPEC, analyzer)
    assert error.value.option == "inline_policies[read].Statement[1]"
    assert "inline_policies[write].Statement[1]: INVALID_ACTION: There is none." in str(error.value)
    assert "set validate to false" in str(error.value)


@pytest.mark.parametrize("code", ["AccessDeniedException", "EndpointConnection", "UnexpectedAnswer", "NotImplemented"])
def test_one_warning_if_it_is_not_available(code):
    (warning,) = validate_policies(SPEC, Analyzer(code=code))
    assert warning.startswith("The policies were not validated by IAM Access Analyzer. Could not validate ")
    assert ("Allow access-analyzer:ValidatePolicy" in warning) == (code == "AccessDeniedException")


def test_other_errors_are_raised():
    with pytest.raises(AwsError):
        validate_policies(SPEC, Analyzer(code="ThrottlingException"))
