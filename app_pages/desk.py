"""What the pages read: the newest run of the workspace and the records that it was computed from."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import polars as pl
import streamlit as st
from sqlalchemy import Engine

from app_pages.words import Words
from cases.database import address
from cases.database import opened as connected
from cases.masking import fit, openings, persons
from detect.score import Run, latest_folder, latest_of, load
from records.settings import workspace_folder
from records.store import Store
from records.tables import Market


class Desk(NamedTuple):
    """A workspace with its newest run."""

    workspace: Path
    run: Run

    def mark(self) -> tuple[str, str]:
        """What tells one desk from another, for caches."""
        return str(self.workspace), self.run.run_id

    def of(self, tender: str) -> "Desk":
        """The same, with the run that knows most of a tender, which may be one added to the newest."""
        runs = self.workspace / "runs"
        folder = latest_of(runs / self.run.run_id, tender)
        if folder.name == self.run.run_id:
            return self
        parties = ("party_alerts", "party_hits", "party_tenders", "counts")
        kept = {name: getattr(self.run, name) for name in parties}
        return self._replace(run=replace(load(folder, tender), **kept))

    def market(self, *, sealed: pl.Series | None = None, personal: bool = False) -> Market:
        """The records at the version that the run read, as they may be seen (`masking.fit`).

        Args:
            sealed: tenders whose bids stay hidden; by default all that have not been opened.
            personal: whether names of natural persons are shown.

        """
        version = self.run.manifest["records_version"]
        hidden = self.sealed()["tender_id"] if sealed is None else sealed
        return fit(_market(str(self.workspace), version), hidden, personal=personal)

    def sealed(self) -> pl.DataFrame:
        """Tenders that have not been opened at this moment: `tender_id, opens_at`."""
        version, since = self.run.manifest["records_version"], self.run.manifest["started_at"]
        return _openings(str(self.workspace), version, since).filter(pl.col("opens_at") > datetime.now(UTC))

    def persons(self, bidder_ids: list[str]) -> list[str]:
        """Which of these bidders are natural persons."""
        return persons(_market(str(self.workspace), self.run.manifest["records_version"]), bidder_ids)


def workspace() -> Path:
    """The folder that `BIDLENS_WORKSPACE` names, `workspace` by default."""
    return workspace_folder()


def database() -> Engine:
    """The desk's database, brought to the present form once per server."""
    return _database(address(workspace()))


def newest() -> Desk | None:
    """The desk, or None before the first run."""
    folder = latest_folder(workspace())
    return None if folder is None else Desk(workspace(), _run(str(folder)))


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
    """A time in the reader's zone, with its offset; empty when not on record."""
    if at is None:
        return ""
    return pl.select(local(pl.lit(at)).dt.strftime("%Y-%m-%d %H:%M %z")).item()  # type: ignore[no-any-return]


def moment_text(iso: str) -> str:
    """A time that a manifest keeps as text, in the reader's zone."""
    return moment(datetime.fromisoformat(iso).astimezone(UTC))


def local(at: pl.Expr) -> pl.Expr:
    """Instants in the zone of the reader's browser."""
    return at.cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(zone())


def zone() -> str:
    """Zone of the reader's browser, UTC where the browser does not say."""
    return st.context.timezone or "UTC"


@st.cache_resource(show_spinner=False, on_release=Engine.dispose)
def _database(url: str) -> Engine:
    return connected(url)


@st.cache_resource(max_entries=2, show_spinner=False)
def _run(folder: str) -> Run:
    return load(Path(folder))


@st.cache_resource(max_entries=2, show_spinner=False)
def _market(folder: str, version: int | None) -> Market:
    return Store(Path(folder)).market(version)


@st.cache_resource(max_entries=2, show_spinner=False)
def _openings(folder: str, version: int | None, since: str) -> pl.DataFrame:
    """What opens after the run began: few tenders, so that every rerun can ask again what is sealed."""
    return openings(_market(folder, version), datetime.fromisoformat(since))
