# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever a resource is called, a spreadsheet, a browser and an XML parser take its name for text."""

from __future__ import annotations

import csv
import io
import json
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import given, strategies

from ansible_collections.keyless.ec2.plugins.module_utils._common.visible import is_visible
from ansible_collections.keyless.ec2.plugins.plugin_utils._quoting.csv_cells import csv_cell
from ansible_collections.keyless.ec2.plugins.plugin_utils._quoting.html_data import script_data
from ansible_collections.keyless.ec2.plugins.plugin_utils._quoting.xml_text import xml_text
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.pasting import names

FORMULAS = tuple("=+-@＝＋－＠\t\r")


# A task of the report, and names that become formulas in programs that split cells at semicolons, where a quote does not begin a cell
CELLS = strategies.one_of(
    names,
    strategies.sampled_from(
        [
            "- name: Attach\n  keyless.ec2.instance_profile_attach:\n    tags: {=1: -1}\n",
            "x;\"=cmd|'/c calc'!A0",
            'x;""\t=1',
            "a\r=1",
            "a\u2028=1",
            "\u3164=1",
        ]
    ),
    strategies.text(alphabet="a;\"'=-@\t\r\n \u3164", max_size=12),
)


@given(CELLS, CELLS)
def test_a_spreadsheet_sees_no_formula_whatever_divides_its_cells(name, other):
    """Some programs divide at semicolons, tabs or ends of lines, and then quotes mean nothing to them, or begin a part of a cell."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow([csv_cell(name), csv_cell(f"{other};{name}"), csv_cell(f"{other}\t{name}"), "end"])
    line = text.getvalue()
    assert line.splitlines() == [line[:-1]] and "\t" not in line
    [cells] = csv.reader([line])
    [others] = csv.reader([line], delimiter=";")
    parts = [part for cell in cells for part in cell.split(";")]
    assert [part for part in (*cells, *others, *parts, *line.split(";")) if part.lstrip(' "').startswith(FORMULAS)] == []


@pytest.mark.parametrize("before, quoted", [("", "'"), (" ", "' "), (";", ";'"), ("a; ", "a;' "), ("a\t", "a\\t")])
@pytest.mark.parametrize("first", "=+-@＝＋－＠")
def test_each_character_that_begins_a_formula_is_quoted(before, quoted, first):
    """In Japanese, spreadsheets take full-width characters for the same."""
    assert csv_cell(f"{before}{first}1") == f"{quoted}{first}1"


@pytest.mark.parametrize(
    ("given_value", "cell"),
    [
        (None, ""),
        ("web", "web"),
        ("=1", "'=1"),
        (" =1", "' =1"),
        ("a;=1", "a;'=1"),
        ("a; b", "a; b"),
        ("a\nb", "a\\nb"),
        ('a;"=1', "a;'\"=1"),
        ("\x1b[2J", "\\x1b[2J"),
        (3, "3"),
    ],
)
def test_other_cells_stay_as_they_are(given_value, cell):
    assert csv_cell(given_value) == cell


class _Script(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)

    def handle_data(self, data):
        self.text += data


@given(names)
def test_data_does_not_end_its_script(name):
    page = _Script()
    page.feed(f'<script type="application/json">{script_data([name, {name: name}])}</script>')
    page.close()
    assert page.elements == ["script"] and json.loads(page.text) == [name, {name: name}]


def test_nothing_in_data_is_special_in_html():
    assert not set("<>&") & set(script_data("</script> <!-- --> &lt;"))
    # A line separator ended a statement in older versions of JavaScript.
    assert script_data("ö\u2028").isascii()


@given(names)
def test_xml_has_the_text_and_nothing_else(name):
    element = ElementTree.Element("a", b=xml_text(name))
    element.text = xml_text(name)
    found = ElementTree.fromstring(ElementTree.tostring(element))
    assert list(found) == [] and found.text == xml_text(name) and is_visible(xml_text(name).replace("\n", ""))
