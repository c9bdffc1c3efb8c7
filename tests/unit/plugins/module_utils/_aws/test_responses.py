# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Responses with missing members, and what arrives in place of a response."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError
from botocore.stub import Stubber

from ansible_collections.keyless.ec2.plugins.module_utils._aws.call_errors import aws_errors
from ansible_collections.keyless.ec2.plugins.module_utils._aws.calls import find, read_pages
from ansible_collections.keyless.ec2.plugins.module_utils._aws.ec2 import Ec2
from ansible_collections.keyless.ec2.plugins.module_utils._aws.responses import plain, response_in
from ansible_collections.keyless.ec2.plugins.module_utils._common.error_suggestions import UNEXPECTED_ANSWER
from ansible_collections.keyless.ec2.plugins.module_utils._common.errors import AwsError

ASKED = ("iam:GetRole", "role/web", "read the role web")
ARN, OTHER_ARN = (f"arn:aws:iam::123456789012:instance-profile/{name}" for name in ("web", "other"))
A, B, C, D = (f"i-{number:017x}" for number in range(4))


def missing(look, member):
    with pytest.raises(AwsError) as caught:
        look()
    error = caught.value
    assert (error.operation, error.target, error.code) == (*ASKED[:2], UNEXPECTED_ANSWER)
    assert error.message == f"the response has no {member}"
    assert "Could not read the role web: " in str(error) and "HTTPS_PROXY" in str(error)


def test_a_missing_member_is_an_error_at_any_depth():
    response = response_in({"Role": {"Tags": [{"Key": "a"}]}}, *ASKED)
    missing(lambda: response["Rolle"], "Rolle")
    missing(lambda: response["Role"]["Arn"], "Arn")
    missing(lambda: response["Role"]["Tags"][0]["Value"], "Value")
    missing(lambda: response["Role"].with_defaults({"Path": "/"})["Arn"], "Arn")


def test_optional_members_can_be_missing():
    response = response_in({"Role": {}}, *ASKED)
    assert response["Role"].get("Description", "") == ""
    assert response["Role"].with_defaults({"Path": "/", "Arn": "x"}) == {"Path": "/", "Arn": "x"}


def test_an_empty_response_is_true(make_client):
    client = make_client("iam")
    with Stubber(client) as aws:
        aws.add_response("get_role", {"Role": ROLE}, {"RoleName": "web"})
        aws.add_client_error("get_role", "NoSuchEntity", http_status_code=404)
        assert find(client, *ASKED, RoleName="web")["Role"]["Path"] == "/"
        assert find(client, *ASKED, RoleName="web") is None
    assert bool(response_in({}, *ASKED))


ROLE = {"RoleName": "web", "RoleId": "AROA0123456789ABCDEF", "Path": "/", "Arn": "arn:aws:iam::123456789012:role/web", "CreateDate": 0}


def test_policy_documents_have_no_required_members():
    role = response_in({"AssumeRolePolicyDocument": {"Statement": []}}, *ASKED)
    with pytest.raises(KeyError):
        role["AssumeRolePolicyDocument"]["Version"]
    with pytest.raises(AwsError, match="AssumeRolePolicyDocument in the response is not a policy document"):
        response_in({"AssumeRolePolicyDocument": "<html>"}, *ASKED)


@pytest.mark.parametrize("raised", [ResponseParserError("x"), KeyError("GetRoleResult"), ValueError("Invalid timestamp"), TypeError("x")])
def test_any_exception_of_botocores_parsers_becomes_one_error(raised):
    with pytest.raises(AwsError, match=f"the response can't be read: {type(raised).__name__}: ") as caught, aws_errors(*ASKED):
        raise raised
    assert caught.value.code == UNEXPECTED_ANSWER


def test_a_long_page_is_shortened():
    with pytest.raises(AwsError) as caught, aws_errors(*ASKED):
        raise ResponseParserError("word " * 10000)
    assert len(caught.value.message) <= 200


@pytest.mark.parametrize("error", [{}, {"Code": "502", "Message": "Bad Gateway"}, {"Code": None}])
def test_an_error_without_an_aws_code_did_not_come_from_aws(error):
    response = {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 502}}
    with pytest.raises(AwsError, match="the response has the HTTP status 502") as caught, aws_errors(*ASKED):
        raise ClientError(response, "GetRole")
    assert caught.value.code == UNEXPECTED_ANSWER


def test_an_exception_of_our_own_code_is_not_converted(make_client):
    client = make_client("ec2")
    with Stubber(client) as aws:
        aws.add_response("describe_instances", {"Reservations": []})
        with pytest.raises(ZeroDivisionError):
            for page in read_pages(client, "ec2:DescribeInstances", "*", "list"):
                assert page["Reservations"] == []
                raise ZeroDivisionError


def test_instances_that_a_server_did_not_filter_out_are_ignored(make_client):
    def described(instance_id, arn, state="running"):
        instance = {"InstanceId": instance_id, "State": {"Name": state}}
        return {**instance, "IamInstanceProfile": {"Arn": arn, "Id": "AIPA"}} if arn else instance

    everything = [described(A, None), described(B, OTHER_ARN), described(C, ARN), described(D, ARN, "terminated")]
    client = make_client("ec2")
    with Stubber(client) as aws:
        aws.add_response("describe_instances", {"Reservations": [{"Instances": everything}]})
        assert Ec2(client, 1).instances_with([ARN]) == [(ARN, C)]


def test_stored_values_have_builtin_types():
    """Ansible creates empty instances of the types that it finds in a result."""
    kept = plain(response_in({"A": [{"B": {"C": 1}}], "D": None}, *ASKED))
    assert kept == {"A": [{"B": {"C": 1}}], "D": None}
    assert {type(kept), type(kept["A"][0]), type(kept["A"][0]["B"])} == {dict}
