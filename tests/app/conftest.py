"""A small market with one tender of each sort, hostile text included, imported and scored for real."""

import re
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, StorageState, expect
from sqlalchemy import Engine

from cases.commands.desk import lay_down
from cases.database import address as database_of
from cases.database import opened, writing
from cases.people import appoint
from cases.roles import Role
from detect.kept import Run, save
from detect.rule import all_rules
from detect.score import score
from docs import screenshots as tools
from records.source import UNREADABLE, Raw
from records.store import Store
from records.tables import Market, market_of

HOSTILE = "<img src=x onerror=alert(1)> **bold** :smile: $x^2$ =1+1 \u202edrow"
CLOSED = datetime(2024, 3, 1, 9, tzinfo=UTC)
N_PLAIN = 60
RULES = ("B01", "E01", "E04", "M01", "Q01", "Q02")


def _tenders() -> pl.DataFrame:
    ids = ["RING", "HOSTILE", *(f"P{i:02}" for i in range(N_PLAIN))]
    n = len(ids)
    return pl.DataFrame(
        {
            "tender_id": ids,
            "title": ["市政道路改造工程施工", HOSTILE, *(f"School repair {i}" for i in range(N_PLAIN))],
            "buyer_name": ["兰州市住房和城乡建设局", HOSTILE, *(["Schools Office"] * N_PLAIN)],
            "buyer_id": ["B1"] * n,
            "region": ["兰州", None, *(["天水"] * N_PLAIN)],
            "category": ["市政"] * n,
            "jurisdiction": ["CN-62"] * n,
            "mechanism": ["lowest", None, *(["mean_benchmark"] * N_PLAIN)],
            "currency": ["CNY"] * n,
            "estimate": [5_000_000, None, *(range(100_000, 100_000 + N_PLAIN))],
            "ceiling": [5_200_000, None, *([None] * N_PLAIN)],
            "published_at": [CLOSED - timedelta(days=30), None, *([CLOSED - timedelta(days=9)] * N_PLAIN)],
            "deadline_at": [CLOSED, None, *([CLOSED] * N_PLAIN)],
            "batch_id": ["b1"] * n,
        }
    )


def _bids() -> pl.DataFrame:
    ring = [4_800_000, 4_850_000, 4_900_000, 4_950_000, None]
    rows = [
        *(("RING", f"F{i}", a, "valid", i == 0) for i, a in enumerate(ring)),
        ("HOSTILE", "F8", 10, "valid", True),
        ("HOSTILE", "F9", 11, None, False),
        *((f"P{i:02}", "F5", 91_234, "valid", True) for i in range(N_PLAIN)),
        *((f"P{i:02}", "F6", 91_234, "valid", False) for i in range(N_PLAIN)),
    ]  # fmt: skip
    frame = pl.DataFrame(rows, ["tender_id", "bidder_id", "amount", "status", "won"], orient="row")
    return frame.with_columns(
        pl.format("{}-{}", "tender_id", "bidder_id").alias("bid_id"),
        pl.lit("CNY").alias("currency"),
        pl.lit(CLOSED - timedelta(hours=1)).alias("submitted_at"),
        pl.lit("b1").alias("batch_id"),
    )


def _traces() -> pl.DataFrame:
    shared = [
        ("RING", f, kind, "AA" * 16)
        for f in ("F0", "F1", "F2", "F3")
        for kind in ("author_mac", "author_cpu", "author_disk")
    ]
    return pl.DataFrame(
        [*shared, ("HOSTILE", "F8", "boq_lock", "CC" * 16), ("HOSTILE", "F9", "boq_lock", "CC" * 16)],
        ["tender_id", "bidder_id", "kind", "value_hash"],
        orient="row",
    ).with_columns(
        pl.when(pl.col("tender_id") == "HOSTILE").then(pl.lit(HOSTILE))
        .otherwise(pl.lit("1C-69-7A-00-01")).alias("display"),
        pl.lit(CLOSED - timedelta(hours=2)).alias("observed_at"),
        batch_id=pl.lit("b1"), source_table=pl.lit("traces"), source_record=pl.col("bidder_id"),
    )  # fmt: skip


def _market(every_list: list[dict[str, str]]) -> Market:
    names = [
        "甘肃甲建设有限公司",
        "甘肃乙建设有限公司",
        "丙建工",
        "丁路桥",
        "戊市政",
        "Fair Builders",
        "Open Works",
        "x",
        HOSTILE,
        "y",
    ]
    bidders = pl.DataFrame({"bidder_id": [f"F{i}" for i in range(10)], "name": names}).with_columns(
        batch_id=pl.lit("b1")
    )
    return market_of(
        tenders=_tenders(), bids=_bids(), bidders=bidders, identifiers=_traces(),
        known_values=pl.DataFrame(every_list),
    )  # fmt: skip


@pytest.fixture(scope="session")
def market(every_list: list[dict[str, str]]) -> Market:
    return _market(every_list)


@pytest.fixture(scope="session")
def run(market: Market) -> Run:
    return score(market, rules=[all_rules()[i] for i in RULES], records_version=1)


@pytest.fixture(scope="session")
def workspace(market: Market, run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("desk")
    tables = {name: getattr(market, name).collect() for name in ("tenders", "bids", "bidders")}
    Store.open_or_create(folder).take("test", [Raw(tables, UNREADABLE.to_frame())])
    save(run, folder)
    lay_down(folder, run, market)
    return folder


@pytest.fixture(scope="session")
def provider() -> Iterator[str]:
    """An OpenID Connect provider that lets everybody in under the name that they give."""
    port = tools.free_port()
    command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    with tools.served(command, f"http://127.0.0.1:{port}", "/jwks") as address:
        yield address


@pytest.fixture(scope="session")
def house(workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the workspace for the browser's people, one of each role and one with a hostile name."""
    folder = shutil.copytree(workspace, tmp_path_factory.mktemp("house") / "w")
    engine = opened(database_of(folder))
    with writing(engine) as session:
        for role in Role:
            appoint(session, "root", f"{role}-1", role, f"Person {role}")
        appoint(session, "root", "mallory", Role.LEAD, HOSTILE)
    engine.dispose()
    return folder


@pytest.fixture(scope="session")
def staff(house: Path) -> Iterator[Engine]:
    """The desk's database of `house`."""
    engine = opened(database_of(house))
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def door(house: Path, provider: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a dashboard with sign-in serves `house`; all browser tests share it."""
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
    with tools.dashboard(house, f"--secrets.files={secrets}", port=port) as address:
        yield address


@pytest.fixture(scope="session")
def chrome() -> Iterator[Browser]:
    with tools.browser() as chrome:
        yield chrome


PROBE = re.compile(r"/(case|overview|coverage|parties|rules|models|records|log)/_stcore/")
"""Streamlit's page asks below its own path first and gets 404; it then finds the server."""
OUTSIDE = re.compile(r"^(?!(https?|wss?)://127\.0\.0\.1:|data:|blob:)")


@contextmanager
def _pages(chrome: Browser, door: str) -> Iterator[Callable[..., Page]]:
    """Opens pages, each of a browser of its own, from which nobody has signed in.

    Anything that is asked for from outside, and anything that the browser complains of in the dashboard's own
    pages, is an error at the end.
    """
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        source = message.location.get("url", "")
        if message.type == "error" and source.startswith(door) and not PROBE.search(source):
            complaints.append(f"{message.text} {message.location}")

    def stop(route: Route) -> None:
        if route.request.frame.url.startswith(door):
            complaints.append(route.request.url)
        route.abort()

    with ExitStack() as visits:

        def enter(state: StorageState | None = None) -> Page:
            visit = chrome.new_context(viewport=tools.SIZE, locale="en-GB", storage_state=state)
            page = visits.enter_context(visit).new_page()
            page.route(OUTSIDE, stop)
            page.on("console", hear)
            page.on("pageerror", lambda e: complaints.append(str(e)))
            page.on("dialog", lambda d: complaints.append(f"the page ran data: {d.message}"))
            page.set_default_timeout(30_000)
            return page

        yield enter
    assert complaints == []


@pytest.fixture
def newcomer(chrome: Browser, door: str) -> Iterator[Callable[..., Page]]:
    """Opens pages from which nobody has signed in."""
    with _pages(chrome, door) as enter:
        yield enter


@pytest.fixture(scope="module")
def machine(chrome: Browser, door: str) -> Iterator[Page]:
    """One browser that several people use, one after the other."""
    with _pages(chrome, door) as enter:
        yield enter()


@pytest.fixture(scope="session")
def sign_in(door: str, badges: dict[str, StorageState]) -> Callable[[Page, str], None]:
    """Comes in through the provider, in English."""

    def enter(page: Page, name: str) -> None:
        if not page.url.startswith(door):
            page.goto(door)
        expect(page.get_by_text("Please sign in")).to_be_visible()
        expect(page.get_by_text("nobody is accused")).to_have_count(0)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_placeholder("sub").fill(name)
        page.get_by_role("button", name="Authorize").click()
        page.wait_for_url(re.compile(re.escape(door)))
        badges[name] = page.context.storage_state()

    return enter


@pytest.fixture(scope="session")
def badges() -> dict[str, StorageState]:
    """What the browser keeps of those who have signed in."""
    return {}


@pytest.fixture
def visit(
    newcomer: Callable[..., Page], sign_in: Callable[[Page, str], None], badges: dict[str, StorageState]
) -> Callable[[str], Page]:
    """Opens a page of somebody who is signed in."""

    def enter(name: str) -> Page:
        if name in badges:
            return newcomer(badges[name])
        page = newcomer()
        sign_in(page, name)
        expect(page.get_by_text("nobody is accused")).to_be_visible()
        return page

    return enter


@pytest.fixture(scope="session")
def hostile() -> str:
    return HOSTILE


@pytest.fixture(params=["en", "zh"])
def lang(request: pytest.FixtureRequest) -> str:
    return str(request.param)
