import json
import time
from collections.abc import Callable
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from cases.database import writing
from cases.people import appoint
from cases.roles import Role
from docs import screenshots as tools

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(tools.chromium() is None, reason="Chromium is not installed"),
]
Enter = Callable[[], Page]
SignIn = Callable[[Page, str], None]


def test_who_has_no_role_or_no_token_any_more_sees_nothing(
    newcomer: Enter, sign_in: SignIn, provider: str, door: str, staff: Engine
) -> None:
    brief, stranger, leaver = newcomer(), newcomer(), newcomer()
    end = int(time.time()) + 20
    told, head = json.dumps({"exp": end}).encode(), {"Content-Type": "application/json"}
    urlopen(Request(f"{provider}/users/viewer-1", told, head, method="PUT")).close()
    sign_in(brief, "viewer-1")
    urlopen(Request(f"{provider}/users/viewer-1", b"{}", head, method="PUT")).close()

    sign_in(stranger, "nobody-knows-me")
    expect(stranger.get_by_text("You have no access yet")).to_be_visible()
    expect(stranger.get_by_text("nobody-knows-me").first).to_be_visible()
    stranger.goto(f"{door}/case?tender=RING")
    expect(stranger.get_by_text("You have no access yet")).to_be_visible()
    expect(stranger.get_by_text("RING")).to_have_count(0)
    expect(stranger.locator("[data-testid=stDataFrame]")).to_have_count(0)

    with writing(staff) as session:
        appoint(session, "root", "leaver", Role.SCIENTIST)
    sign_in(leaver, "leaver")
    expect(leaver.get_by_text("nobody is accused")).to_be_visible()
    with writing(staff) as session:
        appoint(session, "root", "leaver", Role.SCIENTIST, active=False)
    leaver.get_by_text("中文", exact=True).click()
    expect(leaver.get_by_text("您还没有使用权限")).to_be_visible()

    brief.wait_for_timeout(max(0, 1000 * (end + 1 - time.time())))
    brief.get_by_text("中文", exact=True).or_(brief.get_by_text("Sign in", exact=True)).first.click()
    expect(brief.get_by_text("登录已到期").or_(brief.get_by_text("Your sign-in has ended"))).to_be_visible()
    expect(brief.locator("[data-testid=stDataFrame]")).to_have_count(0)
