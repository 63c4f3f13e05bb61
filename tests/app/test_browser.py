import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from docs import screenshots as tools

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(tools.chromium() is None, reason="Chromium is not installed"),
]
expect.set_options(timeout=30_000)  # a busy machine takes its time over the first page
PROBE = re.compile(r"/(case|overview|coverage|parties|rules|models|records|log)/_stcore/")
"""Streamlit's page asks below its own path first and gets 404; it then finds the server."""


@pytest.fixture
def page(chrome: Browser) -> Iterator[Page]:
    complaints: list[str] = []
    strangers: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and not PROBE.search(message.location.get("url", "")):
            complaints.append(f"{message.text} {message.location}")

    page = chrome.new_page(viewport=tools.SIZE, locale="en-GB")
    page.on("console", hear)
    page.on("pageerror", lambda e: complaints.append(str(e)))
    page.on("request", lambda r: strangers.append(r.url) if _outside(r.url) else None)
    page.set_default_timeout(30_000)
    yield page
    page.close()
    assert complaints == []
    assert strangers == []


def _outside(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"))


def _calm(page: Page) -> None:
    body = page.locator("body")
    expect(body).not_to_contain_text("Traceback")
    expect(page.locator("[data-testid=stException]")).to_have_count(0)


def test_from_the_queue_to_a_case_and_back_in_another_language(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_text("nobody is accused")).to_be_visible()
    page.get_by_placeholder("title, buyer, number").fill("道路")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q="))
    expect(page.get_by_text("filtered 61")).to_be_visible()
    expect(page.get_by_text("1–1 of 1.")).to_be_visible()
    _calm(page)

    table = page.locator("[data-testid=stDataFrame]")
    table.click(position={"x": 500, "y": 50})
    expect(page).to_have_url(re.compile(r"/case\?.*tender=RING"))
    expect(page.get_by_role("heading", name="市政道路改造工程施工")).to_be_visible()
    expect(page.locator("[data-testid=stVegaLiteChart]")).to_be_visible()
    _calm(page)

    page.get_by_text("中文", exact=True).click()
    expect(page.get_by_text("不指控任何单位或个人")).to_be_visible()
    expect(page.get_by_text("可能的正当解释").first).to_be_visible()
    expect(page).to_have_url(re.compile(r"tender=RING"))
    _calm(page)

    page.get_by_text("返回队列").click()
    expect(page).to_have_url(re.compile("q="))
    expect(page.get_by_text("第 1–1 条，共 1 条。")).to_be_visible()
    _calm(page)


def test_hostile_text_runs_nothing(page: Page, address: str) -> None:
    page.on("dialog", lambda d: pytest.fail(f"the page ran data: {d.message}"))
    page.goto(f"{address}/case?tender=HOSTILE&lang=en")
    expect(page.get_by_role("heading", name="<img src=x onerror=alert(1)>")).to_be_visible()
    expect(page.locator("[data-testid=stMain] img")).to_have_count(0)
    _calm(page)


def test_a_click_on_a_firm_shows_its_ties(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 1366, "height": 2600})
    page.goto(f"{address}/case?tender=P01&lang=en")
    page.get_by_text("Ties between the firms", exact=True).click()
    chart = page.locator("[data-testid=stVegaLiteChart]").last
    expect(page.get_by_text("Click a firm for its ties")).to_be_visible()
    _still(page)
    chart.locator("g.mark-symbol.role-mark path").first.click()
    expect(page.locator(".picked")).to_contain_text("60 tenders")
    _calm(page)


def _still(page: Page) -> None:
    page.wait_for_timeout(500)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.wait_for_timeout(1500)


@pytest.mark.parametrize("path", ["", "case", "coverage", "parties", "rules", "models", "records"])
def test_no_page_is_wider_than_the_screen(page: Page, address: str, path: str) -> None:
    page.goto(f"{address}/{path}?tender=RING&lang=zh")
    expect(page.locator(".run-note")).to_be_visible()
    expect(page.locator("[data-testid=stSubheader], [data-testid=stHeading], .tiles").first).to_be_visible()
    _still(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= tools.SIZE["width"]
    _calm(page)


def test_the_language_switch_keeps_the_view_and_what_was_typed(page: Page, address: str) -> None:
    page.goto(f"{address}/rules?lang=en")
    page.get_by_placeholder("id or words").fill("M01")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q=M01"))
    page.get_by_text("中文", exact=True).click()
    expect(page.get_by_text("共 1 条规则")).to_be_visible()
    expect(page.get_by_placeholder("编号或内容")).to_have_value("M01")
    _calm(page)
