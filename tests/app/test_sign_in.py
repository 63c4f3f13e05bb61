import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine

from cases.database import address as database_of
from cases.database import opened, writing
from cases.people import appoint
from cases.roles import Role
from docs import screenshots as tools

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(tools.chromium() is None, reason="Chromium is not installed"),
]
expect.set_options(timeout=30_000)


@pytest.fixture(scope="module", autouse=True)
def people(workspace: Path) -> Iterator[Engine]:
    engine = opened(database_of(workspace))
    with writing(engine) as session:
        for role in Role:
            appoint(session, "root", f"{role}-1", role, f"Person {role}")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    port = tools.free_port()
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    with tools.served(command, f"http://127.0.0.1:{port}", "/jwks") as address:
        yield address


@pytest.fixture(scope="module")
def desk(workspace: Path, provider: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = tools.free_port()
    secrets = tmp_path_factory.mktemp("secrets") / "secrets.toml"
    secrets.write_text(
        f"""[auth]
redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
cookie_secret = "a secret of this test run only"
client_id = "bidlens"
client_secret = "not a secret"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""
    )
    with tools.dashboard(workspace, f"--secrets.files={secrets}", port=port) as address:
        yield address


@pytest.fixture
def page(chrome: Browser) -> Iterator[Page]:
    with chrome.new_context(viewport=tools.SIZE, locale="en-GB") as visit:
        page = visit.new_page()
        page.set_default_timeout(30_000)
        yield page


def sign_in(page: Page, desk: str, subject: str) -> None:
    page.goto(desk)
    expect(page.get_by_text("Please sign in")).to_be_visible()
    expect(page.get_by_text("nobody is accused")).to_have_count(0)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_placeholder("sub").fill(subject)
    page.get_by_role("button", name="Authorize").click()
    page.wait_for_url(re.compile(re.escape(desk)))


@pytest.mark.parametrize(("role", "word"), [("supervisor", "Supervisor"), ("auditor", "Auditor")])
def test_each_role_comes_in_under_its_own_name(page: Page, desk: str, role: str, word: str) -> None:
    sign_in(page, desk, f"{role}-1")
    expect(page.get_by_text("nobody is accused")).to_be_visible()
    expect(page.get_by_role("button", name=f"Person {role} · {word}")).to_be_visible()
    expect(page.get_by_text("Single-user mode")).to_have_count(0)


def test_a_stranger_sees_whom_to_ask_and_nothing_else(page: Page, desk: str) -> None:
    sign_in(page, desk, "nobody-knows-me")
    expect(page.get_by_text("You have no access yet")).to_be_visible()
    expect(page.get_by_text("nobody-knows-me").first).to_be_visible()
    expect(page.locator("[data-testid=stDataFrame]")).to_have_count(0)
    page.goto(f"{desk}/case?tender=RING")
    expect(page.get_by_text("You have no access yet")).to_be_visible()
    expect(page.get_by_text("RING")).to_have_count(0)


def test_a_sign_in_ends_when_its_token_does(page: Page, desk: str, provider: str) -> None:
    end = int(time.time()) + 20
    told = json.dumps({"exp": end}).encode()
    head = {"Content-Type": "application/json"}
    urlopen(Request(f"{provider}/users/viewer-1", told, head, method="PUT")).close()
    sign_in(page, desk, "viewer-1")
    page.wait_for_timeout(max(0, 1000 * (end + 1 - time.time())))
    page.get_by_text("中文", exact=True).or_(page.get_by_text("Sign in", exact=True)).first.click()
    expect(page.get_by_text("登录已到期").or_(page.get_by_text("Your sign-in has ended"))).to_be_visible()
    expect(page.locator("[data-testid=stDataFrame]")).to_have_count(0)


def test_after_signing_out_the_door_is_shut(page: Page, desk: str) -> None:
    sign_in(page, desk, "lead-1")
    page.get_by_role("button", name="Person lead").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="End session").click()
    expect(page.get_by_text("Please sign in")).to_be_visible()
    page.goto(f"{desk}/case?tender=RING")
    expect(page.get_by_text("Please sign in")).to_be_visible()


def test_a_role_taken_away_counts_at_once(page: Page, desk: str, people: Engine) -> None:
    sign_in(page, desk, "scientist-1")
    expect(page.get_by_text("nobody is accused")).to_be_visible()
    with writing(people) as session:
        appoint(session, "root", "scientist-1", Role.SCIENTIST, active=False)
    page.get_by_text("中文", exact=True).click()
    expect(page.get_by_text("您还没有使用权限")).to_be_visible()
