# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture shows the figures, and nothing that was not measured."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from ansible_collections.keyless.ec2.tests.benchmark.figures import ATTACH, NOTHING, OURS, Figure
from ansible_collections.keyless.ec2.tests.benchmark.picture import PANELS, Scale, draw

SVG = "{http://www.w3.org/2000/svg}"


def _drawn(*figures: Figure) -> ElementTree.Element:
    return ElementTree.fromstring(draw(figures))


def _circles(root: ElementTree.Element, style: str) -> list[ElementTree.Element]:
    """Returns the marks of the first tool, without the first one, which is in the legend."""
    found = [each for each in root.iter(f"{SVG}circle") if each.get("class") == style]
    return found[1:] if style == "mark" else found


def _lines(root: ElementTree.Element, style: str) -> list[str]:
    """Returns the paths of the lines, without those of the legend."""
    paths = [each for each in root.iter(f"{SVG}path") if each.get("class") == style]
    return [each.get("d", "") for each in paths if "h24" not in each.get("d", "")]


def test_a_scale_has_equal_steps_for_equal_ratios():
    scale = Scale(1, 1000, 0, 300)
    assert [scale.place(value) for value in (1, 10, 100, 1000)] == [0, 100, 200, 300]


def test_each_job_has_a_panel():
    root = _drawn(Figure(OURS, ATTACH, 1, 2), Figure(OURS, ATTACH, 10, 3), Figure(OURS, NOTHING, 10, 2))
    places = [float(each.get("cx", "0")) for each in _circles(root, "mark")]
    inside = {job: sum(left <= place <= right for place in places) for job, (left, right) in PANELS.items()}
    assert inside == {ATTACH: 2, NOTHING: 1}


def test_more_seconds_are_higher_up():
    quick, slow = _circles(_drawn(Figure(OURS, ATTACH, 1, 2), Figure(OURS, ATTACH, 10, 20)), "mark")
    assert float(slow.get("cy", "0")) < float(quick.get("cy", "0"))


def test_of_the_sizes_that_took_too_long_the_smallest_is_shown():
    late = [Figure(OURS, ATTACH, size, late=True) for size in (10, 100)]
    root = _drawn(Figure(OURS, ATTACH, 1, 2), *late)
    [hollow] = _circles(root, "mark open")
    [dashed] = _lines(root, "line late")
    assert dashed.endswith(f"{hollow.get('cx')} {hollow.get('cy')}")
    assert "hollow: stopped after 300 s" in [each.text for each in root.iter(f"{SVG}text")]


def test_an_error_is_not_drawn():
    root = _drawn(Figure(OURS, ATTACH, 1, 2), Figure(OURS, ATTACH, 10, 9, error="ended with 2"))
    assert len(_circles(root, "mark")) == 1
    assert _lines(root, "line") == []


@pytest.mark.parametrize("size, seconds", [(1, 2.0), (1000, 0.2), (1, 300.0)])
def test_a_single_figure_can_be_drawn(size, seconds):
    assert len(_circles(_drawn(Figure(OURS, ATTACH, size, seconds)), "mark")) == 1
