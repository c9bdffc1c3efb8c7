# Copyright (c) 2026, The keyless.ec2 authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report's page in a browser."""

from __future__ import annotations

import json
import re

import pytest

from ansible_collections.keyless.ec2.plugins.module_utils._common.quoting import one_line
from ansible_collections.keyless.ec2.plugins.plugin_utils._report.severities import PROBLEM_KINDS
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils._report.test_report import HOSTILE, WAIVER, hostile
from ansible_collections.keyless.ec2.tests.unit.plugins.plugin_utils.estates import (
    ACCOUNTS,
    LATER,
    OF_INSTANCES,
    account,
    estate,
    estate_of,
    instance,
    kept,
    launch_source,
)

ROWS = "#rows .row"
MAX_ELEMENTS = 1500  # of a page with ten thousand instances


def texts(page, selector):
    return page.locator(selector).all_inner_texts()


def ids(page):
    return [text.split(" ")[0] for text in texts(page, f"{ROWS} > :nth-child(2)")]


@pytest.fixture(name="few")
def _few():
    return estate(
        instances=[instance(1), instance(2, "no_profile"), instance(3, "stale_profile", "imdsv1_allowed"), instance(4, "imdsv1_allowed")],
        auto_scaling_groups=[launch_source("shop", "members_differ")],
        accounts=[account(each) for each in ACCOUNTS],
    )


def i(number):
    return f"i-{number:017x}"


# Content


def test_the_worst_comes_first_and_the_summary_fits_a_screen(open_page, few):
    page = open_page(few)
    assert ids(page)[:4] == [i(3), i(2), "shop", i(4)]
    box = page.locator(".summary").bounding_box()
    assert box["y"] + box["height"] < 500
    assert texts(page, ".cards li")[:2] == ["4 instances", "1 without a problem"]
    assert page.locator(".filters").bounding_box()["y"] < 800


def test_a_summary_of_many_accounts_fits_too(open_page):
    many = [instance(number, "no_profile", account_id=f"{number:012d}") for number in range(40)]
    page = open_page(estate(instances=many))
    assert page.locator("figure").first.locator("tr").count() == 8
    assert "and 32 more accounts" in page.locator(".legend").inner_text()
    assert page.locator(".filters").bounding_box()["y"] < 800


def test_a_selected_row_shows_instance_profile_role_problem_and_task(open_page, few):
    page = open_page(few)
    page.locator(ROWS).first.click()
    detail = page.locator("#detail")
    assert texts(page, "#detail .chain li") == ["instance web-3", "instance profile web", "role web"]
    for text in ("May read S3 (shop-assets/*).", "Instance profile was recreated", "renews the association", i(3)):
        assert text in detail.inner_text()
    task = detail.locator("pre").first.inner_text()
    assert task.startswith(f"# With credentials of the account {ACCOUNTS[0]}") and f"- {i(3)}" in task
    detail.locator("button").first.click()
    detail.get_by_text(re.compile("Copied|Selected")).wait_for()
    assert page.evaluate("getSelection().toString()").strip() == task.strip()


def test_an_instance_without_a_profile_says_so(open_page, few):
    page = open_page(few, f"#row=instance/{ACCOUNTS[2]}/eu-central-1/{i(2)}")
    assert texts(page, "#detail .chain .none") == ["no instance profile", "no role"]


# Filters, sorting, links


@pytest.mark.parametrize(
    "fragment, found",
    [
        ("#problem=imdsv1_allowed", [i(3), i(4)]),
        ("#kind=Auto+Scaling+group", ["shop"]),
        (f"#account={ACCOUNTS[1]}&kind=instance", [i(4), i(1)]),
        ("#region=us-east-1", [i(3), i(1)]),
        ("#q=WEB-3", [i(3)]),
        ("#q=team-4+worker", [i(4)]),
        ("#q=nobody", []),
        ("#show=ok&kind=instance", [i(1)]),
        ("#kind=instance&sort=id", [i(1), i(2), i(3), i(4)]),
        ("#kind=instance&sort=-id", [i(4), i(3), i(2), i(1)]),
    ],
)
def test_a_link_restores_filters_and_selection(open_page, few, fragment, found):
    page = open_page(few, fragment)
    assert ids(page) == found
    assert texts(page, "output") == [f"{len(found)} of 8 rows"]


def test_filters_and_selection_are_in_the_address(open_page, few):
    page = open_page(few)
    page.locator("[name=problem]").select_option("imdsv1_allowed")
    page.locator("[name=q]").fill("worker")
    assert ids(page) == [i(4)]
    page.get_by_role("button", name="Id", exact=True).click()
    page.locator(ROWS).click()
    assert page.evaluate("Object.fromEntries(new URLSearchParams(location.hash.slice(1)))") == {
        "q": "worker",
        "problem": "imdsv1_allowed",
        "sort": "id",
        "row": f"instance/{ACCOUNTS[1]}/eu-central-1/{i(4)}",
    }
    page.get_by_role("button", name="Clear").click()
    page.wait_for_function("() => location.hash === ''")
    assert texts(page, "output") == ["8 of 8 rows"]


def test_a_click_on_a_column_sorts_up_then_down_then_not(open_page, few):
    page = open_page(few, "#kind=instance")
    header, name = page.locator(".head > :nth-child(2)"), re.compile("^Id")
    for direction, found in (("ascending", [1, 2, 3, 4]), ("descending", [4, 3, 2, 1]), ("none", [3, 2, 4, 1])):
        page.get_by_role("button", name=name).click()
        assert header.get_attribute("aria-sort") == direction
        assert ids(page) == [i(number) for number in found]


def test_charts_link_to_the_rows(open_page, few):
    page = open_page(few)
    page.get_by_role("link", name="IMDSv1 is allowed").click()
    page.wait_for_function("() => document.querySelector('[name=problem]').value === 'imdsv1_allowed'")
    assert ids(page) == [i(3), i(4)]
    page.get_by_role("link", name=ACCOUNTS[0]).click()
    page.wait_for_function("() => document.querySelector('[name=account]').value !== ''")
    assert ids(page) == [i(3)]


# Waivers, new and resolved problems


def test_waived_problems_are_marked(open_page, few):
    waivers = [{**WAIVER, "problem": "imdsv1_allowed", "id": i(4)}, {**WAIVER, "id": "nobody"}, {**WAIVER, "expires": "2026-01-01"}]
    page = open_page(few, "#show=waived", waivers=waivers)
    assert ids(page) == [i(4)]
    assert texts(page, f"{ROWS} .severity") == ["waived"]
    page.locator(ROWS).click()
    assert "Waived: Being replaced (until 2026-06-01)" in page.locator("#detail").inner_text()
    text = page.locator(".waivers").inner_text()
    assert "Expired: no_profile" in text and "Matches nothing: no_profile, id nobody" in text


def test_new_problems_are_marked_and_resolved_ones_are_listed(open_page, few):
    before = estate(instances=[instance(1, "no_profile"), instance(2, "no_profile"), instance(9, "stale_profile")])
    page = open_page(few, "#show=new", taken=LATER, since=kept(before))
    assert ids(page) == [i(3), "shop", i(4)]
    assert page.locator(f"{ROWS} .new").count() == 3
    assert "4 new, 2 resolved" in texts(page, ".cards li")
    page.locator(".resolved summary").click()
    assert sorted(texts(page, "#resolved li")) == [
        f"instance {ACCOUNTS[0]} us-east-1 {i(9)}: Instance profile was recreated (no longer exists)",
        f"instance {ACCOUNTS[1]} us-east-1 {i(1)}: No instance profile",
    ]


# Keys, print, dark, narrow


def test_everything_works_by_keyboard(open_page, few):
    page = open_page(few)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.focus("#rows")
    for key, picked in (("ArrowDown", i(3)), ("ArrowDown", i(2)), ("ArrowUp", i(3)), ("End", ACCOUNTS[2]), ("Home", i(3))):
        page.keyboard.press(key)
        assert page.locator(f"{ROWS}[aria-selected=true]").inner_text().split("\n")[1].split(" ")[0] == picked
        active = page.locator("#rows").get_attribute("aria-activedescendant")
        assert page.locator(f"#{active}").get_attribute("aria-selected") == "true"
    outline = page.evaluate("getComputedStyle(document.querySelector('#rows')).outlineStyle")
    assert outline == "solid"
    seen = set()
    for _step in range(40):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("document.activeElement.name || document.activeElement.textContent.slice(0, 13)"))
    assert {"Copy the task", "q", "kind", "account", "region", "problem", "show"} <= seen


def test_print_has_all_filtered_rows_and_no_controls(open_page, few):
    page = open_page(few, "#kind=instance")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    rows = texts(page, "#print tr")
    assert len(rows) == 5 and "The instance has no instance profile" in rows[2]
    assert page.locator(".cards").is_visible() and not page.locator(".filters").is_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("#print tr").count() == 0


CONTRAST = """
() => {
  const luminance = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map((each) => each / 255)
      .map((each) => (each <= 0.03928 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if (colour !== "rgba(0, 0, 0, 0)") return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const low = [];
  for (const element of document.querySelectorAll("body *")) {
    if (![...element.childNodes].some((each) => each.nodeType === 3 && each.textContent.trim())) continue;
    if (!element.checkVisibility() || element.closest("svg, noscript, script, style, option")) continue;
    const [one, other] = [luminance(getComputedStyle(element).color), luminance(behind(element))].sort((a, b) => b - a);
    if ((one + 0.05) / (other + 0.05) < 4.5) low.push(element.outerHTML.slice(0, 90));
  }
  return low;
}
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_enough_contrast(open_page, few, scheme):
    page = open_page(few, context={"color_scheme": scheme}, waivers=[{**WAIVER, "problem": "imdsv1_allowed"}])
    page.locator(ROWS).first.click()
    assert page.evaluate(CONTRAST) == []
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(255, 255, 255)") == (scheme == "light")


CUT_OFF = """
(selector) => [...document.querySelectorAll(selector)].filter(each => each.checkVisibility() &&
  (each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 1)).map(each => each.textContent)
"""


@pytest.fixture(name="every_problem")
def _every_problem():
    codes = [code for code in PROBLEM_KINDS if code in OF_INSTANCES]
    return estate(instances=[instance(number, code, "imdsv1_allowed") for number, code in enumerate(codes)], accounts=NAMED)


NAMED = [{**account(each), "name": "shop"} for each in ACCOUNTS]


@pytest.mark.parametrize("width", [1280, 1920, 400])
def test_no_problem_is_cut_off(open_page, every_problem, width):
    page = open_page(every_problem, context={"viewport": {"width": width, "height": 800}})
    assert page.locator(ROWS).count() > 5
    assert page.evaluate(CUT_OFF, f"{ROWS} > :nth-child(6)") == []


def test_account_names_are_next_to_account_numbers(open_page, every_problem):
    page = open_page(every_problem, context={"viewport": {"width": 1280, "height": 800}})
    assert set(texts(page, f"{ROWS} > :nth-child(3)")) == {f"{each} shop" for each in ACCOUNTS}
    assert f"{ACCOUNTS[0]} shop" in texts(page, "[name=account] option") and page.locator("tr", has_text=f"{ACCOUNTS[0]} shop").count() == 1
    page.locator("[name=q]").fill("shop")
    assert texts(page, "output")[0].startswith(f"{page.locator(ROWS).count()} of ")


def test_a_printed_column_is_wide_enough_for_words(open_page, every_problem):
    page = open_page(every_problem, context={"viewport": {"width": 720, "height": 900}})
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    widths = page.evaluate("[...document.querySelectorAll('#print tr:nth-child(2) td')].map(each => each.clientWidth)")
    assert len(widths) == 5 and min(widths) >= 50 and widths[4] == max(widths) >= 200 and sum(widths) <= 720


def test_a_narrow_screen_does_not_scroll_sideways(open_page, few):
    page = open_page(few, context={"viewport": {"width": 400, "height": 800}})
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    assert page.evaluate("document.querySelector('#rows').scrollWidth <= document.querySelector('#rows').clientWidth")
    assert page.locator("#detail").bounding_box()["y"] > page.locator("#rows").bounding_box()["y"]
    is_cut = (
        "[...document.querySelectorAll('.row > :nth-child(2)')].filter(each => each.scrollHeight > each.clientHeight).map(each => each.innerText)"
    )
    assert page.evaluate("document.querySelectorAll('.row > :nth-child(2)').length") and page.evaluate(is_cut) == []


# Hostile text, and many instances


def test_hostile_text_stays_text(open_page):
    page = open_page(hostile())
    assert page.locator("img").count() == 0
    for number in range(len(HOSTILE)):
        page.evaluate(f"location.hash = '#row=' + encodeURIComponent({json.dumps(key_of(number))})")
        page.wait_for_function("id => document.querySelector('#detail').textContent.includes(id)", arg=i(number))
        assert one_line(HOSTILE[number].strip()) in page.evaluate("document.querySelector('#detail').textContent")
    assert page.evaluate("document.querySelectorAll('script').length") == 2


def test_a_name_with_patterns_of_replace_is_shown_as_it_is(open_page):
    name = "a$&b$'c$`d$$e$1f"
    page = open_page(estate(launch_templates=[launch_source(name, "no_profile")]))
    page.locator(ROWS).first.click()
    assert texts(page, "#detail pre")[0].count(name) == 2
    assert name in texts(page, "#detail h2")[0] and name in "".join(texts(page, "#detail p"))


def key_of(number):
    row = instance(number)
    return f"instance/{row['account_id']}/{row['region']}/{row['instance_id']}"


def test_only_the_pages_own_script_runs(open_page, few):
    page = open_page(few)
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {textContent: 'document.title = 1'}))")
    assert page.title().startswith("Instance identity")
    assert "Content Security Policy" in open_page.complaints.pop()


def test_ten_thousand_instances_need_few_elements(open_page):
    page = open_page(estate_of(10_000))
    count = "document.querySelectorAll('*').length"
    assert page.evaluate(count) < MAX_ELEMENTS
    assert texts(page, "output") == ["10009 of 10009 rows"]
    page.focus("#rows")
    page.keyboard.press("End")
    assert page.locator(f"{ROWS}[aria-selected=true]").count() == 1
    assert page.evaluate(count) < MAX_ELEMENTS
    page.locator("[name=q]").fill("worker-9999")
    page.locator("[name=q]").fill("web-9999")
    assert ids(page) == [i(9999)]
    page.locator("[name=q]").fill("")
    page.get_by_role("button", name="Role", exact=True).click()
    assert page.evaluate(count) < MAX_ELEMENTS
