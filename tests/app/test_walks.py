import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Locator, Page, expect

from cases.package.verify import verify
from cases.roles import Role
from docs import screenshots as tools

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(tools.chromium() is None, reason="Chromium is not installed"),
]
expect.set_options(timeout=30_000)  # a busy machine takes its time over the first page

Enter = Callable[..., Page]
SignIn = Callable[[Page, str], None]


class Day(NamedTuple):
    """What a role is called, finds beside a case, and may read."""

    word: str
    works: bool = False
    exports: bool = False
    reads_log: bool = False


DAYS = {
    Role.VIEWER: Day("Viewer"),
    Role.SUPERVISOR: Day("Supervisor", works=True, exports=True),
    Role.LEAD: Day("Lead", works=True, exports=True),
    Role.SCIENTIST: Day("Data scientist"),
    Role.AUDITOR: Day("Auditor", exports=True, reads_log=True),
    Role.ADMIN: Day("Administrator", reads_log=True),
}
TENDERS = dict(zip(DAYS, ("P10", "P11", "P12", "P13", "P14", "P15"), strict=True))


@pytest.mark.parametrize("role", DAYS)
def test_a_day(machine: Page, sign_in: SignIn, role: Role) -> None:
    page, day, tender = machine, DAYS[role], TENDERS[role]
    sign_in(page, f"{role}-1")
    expect(page.get_by_role("button", name=f"Person {role} · {day.word}")).to_be_visible()
    _opens_a_case(page, tender, exports=day.exports)
    _finds_what_the_role_may_do(page, day)
    if role in ACTS:
        ACTS[role](page)
    _reads_on_in_chinese(page, tender)
    if role == Role.VIEWER:
        _goes_back_to_the_same_rows(page, tender)
    _may_read_the_log_or_not(page, reads=day.reads_log)
    if role == Role.ADMIN:
        _sees_every_page(page)
    _leaves(page)


def _opens_a_case(page: Page, tender: str, *, exports: bool) -> None:
    page.get_by_placeholder("title, buyer, number").fill(f"repair {tender[1:]}")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1–1 of 1.")).to_be_visible()
    expect(page.get_by_text("filtered 61")).to_be_visible()
    expect(page.get_by_role("button", name="Export")).to_have_count(int(exports))
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_text("Schools Office").click()
    expect(page).to_have_url(re.compile(rf"/case\?.*tender={tender}"))
    expect(page.get_by_role("heading", name=f"School repair {tender[1:]}")).to_be_visible()
    expect(page.get_by_text("Innocent reading").first).to_be_visible()


def _finds_what_the_role_may_do(page: Page, day: Day) -> None:
    beside = _beside(page)
    expect(beside.get_by_role("combobox", name="Follow")).to_be_visible()
    expect(beside.get_by_role("button", name="Take")).to_have_count(int(day.works))
    expect(beside.get_by_text("These may: Supervisor, Lead")).to_have_count(int(not day.works))
    expect(beside.get_by_text("Evidence package", exact=True)).to_have_count(int(day.exports))
    _calm(page)


def _reads_on_in_chinese(page: Page, tender: str) -> None:
    page.get_by_text("中文", exact=True).click()
    expect(page.get_by_text("不指控任何单位或个人")).to_be_visible()
    expect(page.get_by_text("可能的正当解释").first).to_be_visible()
    expect(page).to_have_url(re.compile(f"tender={tender}"))
    _calm(page)


def _goes_back_to_the_same_rows(page: Page, tender: str) -> None:
    page.get_by_text("返回队列").click()
    expect(page.get_by_placeholder("项目、招标人、编号")).to_have_value(f"repair {tender[1:]}")


def _may_read_the_log_or_not(page: Page, *, reads: bool) -> None:
    page.get_by_role("link", name="操作日志", exact=True).click()
    if reads:
        page.get_by_role("button", name="核对整个日志").click()
        expect(page.get_by_text("条核对无误")).to_be_visible()
    else:
        expect(page.get_by_text("可以这样做的有：审计人员、管理员")).to_be_visible()
        expect(page.locator("[data-testid=stDataFrame]")).to_have_count(0)
    _calm(page)


def _sees_every_page(page: Page) -> None:
    for name in ("总览", "线索详情", "规则覆盖", "各方历史", "规则", "模型", "数据质量", "线索队列"):
        page.get_by_role("link", name=name, exact=True).click()
        _calm(page)


def _leaves(page: Page) -> None:
    page.get_by_role("button", name="Person ").click()
    page.get_by_role("button", name="退出登录").click()
    page.get_by_role("button", name="End session").click()
    expect(page.get_by_text("Please sign in")).to_be_visible()
    expect(page.get_by_text("School repair")).to_have_count(0)


def _closes_with_a_reason(page: Page) -> None:
    beside = _beside(page)
    beside.get_by_role("button", name="Take").click()
    expect(beside.get_by_text("It is yours.")).to_be_visible()
    _decides(page, "data issue", "a unit is wrong", "prices are in thousands")
    expect(beside.get_by_text("Decided: data issue")).to_be_visible()
    expect(page.get_by_test_id("stToast").get_by_text("Decided: data issue")).to_be_visible()
    expect(page.locator("table.facts", has_text="prices are in thousands")).to_be_visible()


def _gives_it_to_a_colleague(page: Page) -> None:
    _choose(page, "What to do", "Assign")
    _choose(page, "To", "Person supervisor")
    _beside(page).get_by_role("button", name="Save").click()
    expect(_beside(page).get_by_text("Assigned.", exact=True)).to_be_visible()


def test_a_direct_address_shows_no_more_than_the_door_or_the_role(
    visit: Enter, newcomer: Enter, door: str
) -> None:
    stranger = newcomer()
    stranger.goto(f"{door}/case?tender=P16&lang=en")
    expect(stranger.get_by_text("Please sign in")).to_be_visible()
    expect(stranger.get_by_text("School repair")).to_have_count(0)
    viewer = visit("viewer-1")
    viewer.goto(f"{door}/log?lang=en")
    expect(viewer.get_by_text("These may: Auditor, Administrator")).to_be_visible()
    expect(viewer.locator("[data-testid=stDataFrame]")).to_have_count(0)


ACTS = {Role.SUPERVISOR: _closes_with_a_reason, Role.LEAD: _gives_it_to_a_colleague}


def test_two_persons_close_a_red_and_its_package_is_checked(visit: Enter, door: str, tmp_path: Path) -> None:
    first, second = visit("supervisor-1"), visit("lead-1")
    first.goto(f"{door}/case?tender=RING&lang=en")
    _decides(first, "not established", "contradicted by other evidence", "seen there: three machines")
    expect(first.get_by_text("supervisor-1 proposes: not established")).to_be_visible()
    expect(first.get_by_role("button", name="Agree", exact=True)).to_be_disabled()

    second.goto(f"{door}/?lang=en")
    _news(second, "You are asked to agree to a decision:")
    second.get_by_role("link", name="市政道路改造工程施工").click()
    expect(second.get_by_text("seen there: three machines").first).to_be_visible()
    second.get_by_role("button", name="Agree", exact=True).click()
    expect(second.get_by_text("Agreed: not established").first).to_be_visible()
    _calm(second)

    first.reload()
    _news(first, "What you proposed was agreed to:")
    first.keyboard.press("Escape")
    first.get_by_text("Evidence package", exact=True).click()
    package = _made(first, "Download the package", tmp_path)
    key = first.locator("code", has_text="bidlens verify").inner_text().split("--key ")[1].strip()
    assert all(c.holds for c in verify(package, key))

    first.goto(f"{door}/?lang=en")
    first.get_by_role("button", name="Export").click()
    rows = list(csv.DictReader(_made(first, "Download (", tmp_path).read_text("utf-8-sig").splitlines()))
    assert {r["Number"]: r["State"] for r in rows}["RING"] == "not established"


def _beside(page: Page) -> Locator:
    return page.locator("[data-testid=stSidebar]")


def _choose(page: Page, what: str, option: str) -> None:
    _beside(page).get_by_role("combobox", name=what, exact=True).fill(option)
    page.get_by_role("option", name=option, exact=True).click()
    _still(page)


def _decides(page: Page, state: str, reason: str, words: str) -> None:
    _choose(page, "Result", state)
    _choose(page, "Reason", reason)
    _beside(page).get_by_role("textbox", name="Words").first.fill(words)
    _beside(page).get_by_role("button", name="Save").click()


def _news(page: Page, what: str) -> None:
    page.get_by_role("button", name=re.compile("News")).click()
    expect(page.get_by_text(what).first).to_be_visible()


def _made(page: Page, button: str, folder: Path) -> Path:
    """The file that a download gives once it was made."""
    page.get_by_role("button", name="Make it").click()
    with page.expect_download() as given:
        page.get_by_role("button", name=button).click()
    file = folder / given.value.suggested_filename
    given.value.save_as(file)
    return file


def _still(page: Page) -> None:
    page.wait_for_timeout(150)  # the page needs a moment to send what was clicked
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


def _calm(page: Page) -> None:
    """Nothing failed, and nothing is wider than the screen."""
    _still(page)
    expect(page.locator("body")).not_to_contain_text("Traceback")
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth") <= tools.SIZE["width"]
