# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two protocols of CloudWatch: new versions of botocore speak JSON, old ones send forms and get XML."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape, unescape

from .http_messages import JSON, QUERY, Answer

XML_ERROR = re.compile(r"<Code>(.*?)</Code><Message>(.*?)</Message>", re.DOTALL)


def answer_in(protocol: str, operation: str, members: Mapping[str, Any]) -> Answer:
    """Returns the answer with these members, which are boto3's."""
    if protocol == JSON:
        return _json(200, members)
    text = f"<{operation}Response><{operation}Result>{_xml(members)}</{operation}Result></{operation}Response>"
    return Answer(200, [("Content-Type", "text/xml")], text.encode())


def error_in(protocol: str, answer: Answer) -> Answer:
    """Returns an error in XML in the client's protocol."""
    found = XML_ERROR.search(answer.body.decode("utf-8", "replace"))
    if protocol == QUERY or answer.status < 400 or not found:
        return answer
    return _json(answer.status, {"__type": unescape(found.group(1)), "message": unescape(found.group(2))})


def _json(status: int, members: Mapping[str, Any]) -> Answer:
    text = json.dumps(members, default=datetime.timestamp)
    return Answer(status, [("Content-Type", "application/x-amz-json-1.0")], text.encode())


def _xml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "".join(f"<{key}>{_xml(each)}</{key}>" for key, each in value.items() if each is not None)
    if isinstance(value, list):
        return "".join(f"<member>{_xml(each)}</member>" for each in value)
    return escape(value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else str(value))
