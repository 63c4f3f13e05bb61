import re
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from cases import desk
from cases.desk import Reading
from cases.workflow import State
from docs import screenshots as tools

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(tools.chromium() is None, reason="Chromium is not installed"),
]
expect.set_options(timeout=30_000)
IMAGE = "![x](http://evil.example/x.png) :smile: https://evil.example"
FORMS = (
    "Link as a duplicate", "Files", "Look into innocent readings", "Keep the firm's statement",
    "Explain for longer", "Explain a shared value",
)  # fmt: skip
Enter = Callable[[str], Page]


@pytest.fixture(scope="module")
def written(staff: Engine, hostile: str) -> str:
    """A case into which people wrote hostile text wherever one can write."""
    tender, text = "HOSTILE", f"{hostile} {IMAGE} =1+1 \u202e" + "long " * 200
    number = desk.found(staff, "tender", tender)
    assert number is not None
    by = "mallory"
    desk.take(staff, by, number, 1)
    desk.follow(staff, by, "buyer", hostile)
    desk.note(staff, "supervisor-1", number, f"@mallory {text}")
    desk.statement(staff, by, number, text, by=text)
    desk.reading(staff, by, number, "E04", Reading.REFUTED, text)
    desk.determine(staff, by, number, 2, text)
    desk.attach(staff, by, number, f"{hostile} ![x](x.png) :smile:.pdf", b"%PDF", text)
    desk.save_view(staff, by, f"{IMAGE} <b>x</b>"[:100], urlencode({"q": text}), shared=True)
    desk.decide(staff, by, number, 3, State.EXPLAINED, reason="other", text=text)
    return tender


def test_hostile_text_is_text_wherever_people_write(visit: Enter, door: str, written: str) -> None:
    page = visit("mallory")
    page.get_by_role("button", name="News").click()
    expect(page.get_by_text("A note names you:")).to_be_visible()
    _plain(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Saved views").click()
    expect(page.get_by_role("link", name="evil")).to_be_visible()
    _plain(page)
    page.goto(f"{door}/case?tender={written}&lang=en")
    expect(page.get_by_text("mallory proposes")).to_be_visible()
    expect(page.get_by_role("heading", name="<img src=x onerror=alert(1)>")).to_be_visible()
    _plain(page)
    expect(page.get_by_text("Buyer: <img").first).to_be_visible()
    for form in FORMS:
        box = page.get_by_role("combobox", name="What to do")
        box.evaluate("e => e.scrollIntoView({block: 'center'})")  # its list needs room
        box.fill(form)
        page.get_by_role("option", name=form, exact=True).click()
        _still(page)
        _plain(page)


def test_a_click_on_a_firm_shows_its_ties(visit: Enter, door: str) -> None:
    page = visit("viewer-1")
    page.set_viewport_size({"width": 1366, "height": 2600})
    page.goto(f"{door}/case?tender=P01&lang=en")
    page.get_by_text("Ties between the firms", exact=True).click()
    chart = page.locator("[data-testid=stVegaLiteChart]").last
    expect(page.get_by_text("Click a firm for its ties")).to_be_visible()
    _still(page)
    page.wait_for_timeout(1000)  # the chart moves while it is laid out
    chart.locator("g.mark-symbol.role-mark path").first.click()
    expect(page.locator(".picked")).to_contain_text("60 tenders")


def test_one_click_opens_a_case_whatever_was_changed_before(visit: Enter, door: str) -> None:
    page = visit("viewer-1")
    changes: dict[str, Callable[[], None]] = {
        "language": lambda: page.get_by_text("中文", exact=True).click(),
        "level": lambda: _choose(page, "级别", "黄"),
        "order": lambda: _choose(page, "排序", "金额从高到低"),
        "page": lambda: page.get_by_role("button", name="下一页").click(),
    }
    page.goto(f"{door}/?lang=en")
    for what, change in changes.items():
        change()
        _still(page)
        queue = page.url
        page.get_by_role("row").nth(3).get_by_text("Schools Office").click()
        expect(page, what).to_have_url(re.compile(r"/case\?.*tender=P"))
        page.goto(queue)
        _still(page)


def test_a_row_is_a_link_that_keys_reach_and_a_new_tab_opens(visit: Enter, door: str) -> None:
    page = visit("viewer-1")
    page.goto(f"{door}/?lang=en&q=repair")
    first = page.get_by_role("row").nth(1).get_by_role("link")
    first.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("row").nth(2).get_by_role("link")).to_be_focused()
    with page.context.expect_page() as tab:
        first.click(modifiers=["Control"])
    expect(tab.value).to_have_url(re.compile(r"/case\?tender="))
    page.get_by_role("link", name="Log", exact=True).click()
    expect(page.get_by_text("These may: Auditor, Administrator")).to_be_visible()
    page.get_by_role("link", name="Queue", exact=True).click()
    expect(page).to_have_url(re.compile("q=repair"))
    expect(page.get_by_placeholder("title, buyer, number")).to_have_value("repair")


def _choose(page: Page, what: str, option: str) -> None:
    page.get_by_role("combobox", name=what, exact=True).fill(option)
    page.get_by_role("option", name=option).first.click()
    page.keyboard.press("Escape")


def test_another_case_begins_at_its_top(visit: Enter) -> None:
    page = visit("lead-1")
    page.get_by_role("link", name="Case", exact=True).click()
    _still(page)
    page.get_by_placeholder("number").fill("P20")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="School repair 20")).to_be_visible()
    _still(page)
    main = page.get_by_test_id("stMain")
    main.evaluate("e => e.scrollTo(0, 900)")
    page.get_by_role("button", name="Put in basket").click()
    expect(page.get_by_test_id("stToast")).to_be_visible()
    assert main.evaluate("e => e.scrollTop") >= 900
    page.get_by_role("button", name="Next →").click()
    expect(page.get_by_role("heading", name="School repair 20")).to_have_count(0)
    _still(page)
    assert main.evaluate("e => e.scrollTop") == 0


def _plain(page: Page) -> None:
    """No picture, link, bold word or emoji came of what people wrote."""
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
    expect(page.locator("[data-testid=stApp] img")).to_have_count(0)
    expect(page.locator("a[href^='http://evil'], a[href^='https://evil']")).to_have_count(0)
    expect(page.locator("strong", has_text="bold")).to_have_count(0)
    assert "😄" not in page.locator("body").inner_text()
    assert "\u202e" not in page.locator("body").inner_text()


def _still(page: Page) -> None:
    page.wait_for_timeout(150)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
