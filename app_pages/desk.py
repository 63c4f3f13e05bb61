"""What the pages read: the newest run of the workspace and the records that it was computed from."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import polars as pl
import streamlit as st
from sqlalchemy import Engine

from app_pages.words import Words
from cases.database import address
from cases.database import opened as connected
from cases.masking import fit, openings, persons
from detect.kept import Run, latest_folder, latest_of, of_tender, summary
from records.settings import settings, workspace_folder
from records.store import Store
from records.tables import Market


class Desk(NamedTuple):
    """A workspace with its newest run, of which pages read no more than they show."""

    workspace: Path
    folder: Path

    @property
    def manifest(self) -> Mapping[str, Any]:
        """What the run says of itself."""
        return self.summary().manifest

    def summary(self) -> Run:
        """The run's manifest, counts and missing columns (`kept.summary`)."""
        return _summary(str(self.folder))

    def of(self, tender_id: str) -> Run:
        """What the run says of one tender."""
        return _of(str(self.folder), tender_id)

    def mark(self) -> tuple[str, str]:
        """What tells one desk from another, for caches."""
        return str(self.workspace), str(self.folder)

    def at(self, tender_id: str) -> "Desk":
        """The same, with the run that knows most of a tender, which may be one added to the newest."""
        return self._replace(folder=latest_of(self.folder, tender_id))

    def market(self, *, sealed: pl.Series | None = None, personal: bool = False) -> Market:
        """The records at the version that the run read, as they may be seen (`masking.fit`).

        Args:
            sealed: tenders whose bids stay hidden; by default all that have not been opened.
            personal: whether names of natural persons are shown.

        """
        version = self.manifest["records_version"]
        hidden = self.sealed()["tender_id"] if sealed is None else sealed
        return fit(_market(str(self.workspace), version), hidden, personal=personal)

    def sealed(self) -> pl.DataFrame:
        """Tenders that have not been opened at this moment, by all that is on record: `tender_id, opens_at`.

        The newest run may have read less: watching scores what is imported after it.
        """
        version, since = Store(self.workspace).version, self.manifest["started_at"]
        return _openings(str(self.workspace), version, since).filter(pl.col("opens_at") > datetime.now(UTC))

    def persons(self, bidder_ids: list[str]) -> list[str]:
        """Which of these bidders are natural persons."""
        return persons(_market(str(self.workspace), self.manifest["records_version"]), bidder_ids)


class Seen(NamedTuple):
    """A tender as somebody may see it, for what is kept between reruns."""

    desk: Desk
    tender: str
    personal: bool
    sealed: tuple[str, ...]

    def mark(self) -> tuple[object, ...]:
        """What tells one from another, for caches."""
        return (*self.desk.mark(), self.tender, self.personal, self.sealed)


CHINA = "Asia/Shanghai"

KEPT = 20
"""Cases of which something is kept between the reruns of those who are at them."""


def workspace() -> Path:
    """The folder that `BIDLENS_WORKSPACE` names, `workspace` by default."""
    return workspace_folder()


def database() -> Engine:
    """The desk's database, brought to the present form once per server."""
    return _database(address(workspace()))


def newest() -> Desk | None:
    """The desk, or None before the first run."""
    folder = latest_folder(workspace())
    return None if folder is None else Desk(workspace(), folder)


def opened(w: Words) -> Desk:
    """The desk; before the first run, say which commands make one and end the page."""
    desk = newest()
    if desk is None:
        st.subheader(w("empty.title"))
        st.write(w("empty.why"))
        st.code(str(workspace()), language=None)
        st.write(w("empty.demo"))
        st.code("make demo\nmake app", language="bash")
        st.write(w("empty.own"))
        st.code(f"bidlens import FILE --source ocds -w {workspace()}\nbidlens score -w {workspace()}", "bash")
        st.stop()
    return desk


def moment(at: datetime | None) -> str:
    """A time in the zone of the page, with its offset; empty when not on record."""
    if at is None:
        return ""
    return pl.select(local(pl.lit(at)).dt.strftime("%Y-%m-%d %H:%M %z")).item()  # type: ignore[no-any-return]


def moment_text(iso: str) -> str:
    """A time that a manifest keeps as text, in the zone of the page."""
    return moment(datetime.fromisoformat(iso).astimezone(UTC))


def local(at: pl.Expr) -> pl.Expr:
    """Instants in the zone of the page."""
    return at.cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(zone())


def midnight(day: date) -> datetime:
    """The moment at which a day begins in the zone of the page."""
    return datetime.combine(day, time(), ZoneInfo(zone()))


def date_of(at: datetime) -> date:
    """The day of a moment in the zone of the page."""
    return at.astimezone(ZoneInfo(zone())).date()


def zone() -> str:
    """Zone of the times on screen: as set, else China's for records from there, else the browser's."""
    return _zone(str(workspace())) or st.context.timezone or "UTC"


def zone_name(w: Words) -> str:
    """What that zone is called."""
    return w(f"zone.{zone()}") if w.has(f"zone.{zone()}") else zone()


@st.cache_resource(show_spinner=False, on_release=Engine.dispose)
def _database(url: str) -> Engine:
    return connected(url)


@st.cache_resource(max_entries=2, show_spinner=False)
def _summary(folder: str) -> Run:
    return summary(Path(folder))


@st.cache_resource(max_entries=KEPT, show_spinner=False)
def _of(folder: str, tender_id: str) -> Run:
    return of_tender(Path(folder), tender_id)


@st.cache_resource(max_entries=2, show_spinner=False)
def _market(folder: str, version: int | None) -> Market:
    return Store(Path(folder)).market(version)


@st.cache_resource(ttl=60, show_spinner=False)
def _zone(folder: str) -> str | None:
    """The zone that is set, or that of China where every tender is there."""
    told, run = settings(Path(folder)).timezone, latest_folder(Path(folder))
    if told is not None or run is None:
        return told
    tenders = _market(folder, _summary(str(run)).manifest["records_version"]).tenders
    there = pl.coalesce(pl.col("jurisdiction").str.starts_with("CN"), pl.col("currency") == "CNY")
    return CHINA if tenders.select(there.any() & there.fill_null(True).all()).collect().item() else None


@st.cache_resource(max_entries=2, show_spinner=False)
def _openings(folder: str, version: int | None, since: str) -> pl.DataFrame:
    """What opens after the run began: few tenders, so that every rerun can ask again what is sealed."""
    return openings(_market(folder, version), datetime.fromisoformat(since))
