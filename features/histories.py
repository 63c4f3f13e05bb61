"""Histories of a market, kept in its workspace: of all tenders the rows that a later tender is measured by.

They are derived from the records and can be thrown away. What imports brought since is added as a segment:
the rows of the tenders that they touched, which hide the older ones.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import polars as pl

import features
from features.build import Build
from features.catalogue import CATALOGUE, Kept
from features.needs import behind
from features.parting import SHOWN
from features.slice import of_firms, sliced
from features.tie.first_shown import showings
from records.discovery import discover
from records.index import MOVABLE, Index, changed, replaced
from records.segments import (
    KEY,
    ROW_GROUP,
    Segment,
    Segmented,
    found_in,
    portions,
    scans_of,
    write_sorted,
)
from records.tables import SCHEMAS
from records.workspace import HISTORIES

MANY = 50_000
"""Tenders whose rows are made anew one by one; from so many on all histories are."""

FEW = 50
"""Tenders of which each is looked at whether its own kind is enough; more read all."""

_TOUCHED = "touched"


def histories() -> list[str]:
    """Names of the frames that are kept of all tenders; what one reads of another comes first."""
    discover(features)
    kept = {name: node.kept for name, node in CATALOGUE.frames.items() if node.kept is not None}
    of_tenders = [name for name in kept if kept[name].of == "tender_id"]
    return sorted(of_tenders, key=lambda name: (kept[name].as_of, name))


def tables_of(names: Collection[str]) -> set[str]:
    """The tables of the market from which the rows of kept frames are made."""
    return _all_behind(names) & set(SCHEMAS)


def _all(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows


class Changes(NamedTuple):
    """Tenders and firms whose rows some imports may have changed."""

    tenders: list[str]
    firms: list[str]


class Stored(Segmented[Changes]):
    """The histories of the records of an index, which must be up to date before they are brought up."""

    def __init__(self, index: Index) -> None:
        super().__init__(index.store, index.store.path / HISTORIES)
        self._index = index

    def given(self, build: Build, names: Collection[str], asked: Sequence[str]) -> Build:
        """The same build with kept frames: rows of the tenders `asked` made by it, and stored ones.

        Stored rows are there as far as the tenders asked for are measured by them; of the build only what
        does not rest on them is kept.
        """
        of = pl.col("tender_id").is_in(list(asked))
        own = build.table("tenders").filter(of).collect()
        for name in [n for n in histories() if n in _all_behind(names)]:
            fresh = build.table(name).filter(of).collect()
            stored = self._read(name, _kept(name), own, fresh).filter(~of)
            build = build.replacing(
                name, pl.concat([stored.select(fresh.columns).cast(fresh.schema), fresh]).lazy()
            )
        return self._with_showings(build) if SHOWN in names else build

    def _with_showings(self, build: Build) -> Build:
        """The same build with the showings of all firms of the values that several of its firms show."""
        here = build.table(SHOWN).collect()
        rows = self._scan(SHOWN, lambda rows: found_in(rows, "value_hash", here["value_hash"].unique()))
        return build.replacing(SHOWN, rows.select(here.columns).collect().lazy())

    def _read(self, name: str, kept: Kept, own: pl.DataFrame, fresh: pl.DataFrame) -> pl.DataFrame:
        """The stored rows by which some tenders are measured, of the finest kinds that are enough."""
        asking = fresh.filter(kept.asks)
        for column in kept.by:
            told = own if column in own.columns else asking
            rows = self._of_kinds(name, column, told)
            if column == kept.by[-1] or _enough(kept, column, told, own, rows):
                break
        return rows

    def _of_kinds(self, name: str, column: str, asked: pl.DataFrame) -> pl.DataFrame:
        rows = self._scan(name)
        if asked.is_empty():
            return rows.clear().collect()
        if not column:
            return rows.collect()
        return rows.filter(pl.col(column).is_in(asked[column].drop_nulls().unique().to_list())).collect()

    def _scan(self, name: str, choose: Callable[[pl.LazyFrame], pl.LazyFrame] = _all) -> pl.LazyFrame:
        """The rows of a history that `choose` takes, those that a later segment hides left out."""
        parts = []
        for place, segment in enumerate(self.segments):
            rows = choose(self._rows(segment, name))
            for later in self.segments[place + 1 :]:
                rows = rows.join(self._rows(later, f"{name}.{_TOUCHED}"), on=_kept(name).of, how="anti")
            parts.append(rows)
        return pl.concat(parts)

    def _rows(self, segment: Segment, name: str) -> pl.LazyFrame:
        return scans_of(self.folder / segment.name)[name]

    def _changes(self, batches: list[str]) -> Changes | None:
        old = replaced(self.store, batches, MOVABLE)
        if old is None:
            return None
        touched = Changes(self._touched(batches, old), self._firms(batches, old))
        return touched if max(map(len, touched)) <= MANY else None

    def _make(self, target: Path, changes: Changes | None) -> None:
        if changes is not None:
            self._add(target, changes.tenders)
            market = of_firms(self._index, changes.firms)
            of = pl.col("bidder_id").is_in(changes.firms)
            rows = showings(market.identifiers.filter(of), Build(market).table("entries").filter(of))
            _write_showings(target, rows.collect().lazy(), changes.firms)
            return
        build = Build(self.store.market())
        for name in histories():
            _write(target, name, build.table(name), None)
        with TemporaryDirectory(dir=target.parent, prefix=".") as folder:
            _write_showings(target, self._all_showings(build.table("entries"), Path(folder)), ())

    def _all_showings(self, entries: pl.LazyFrame, folder: Path) -> pl.LazyFrame:
        """The showings of all firms, some firms at a time, in files of a folder."""
        n = self.store.market().identifiers.select(pl.len()).collect().item()
        hashed = entries.with_columns(pl.col("bidder_id").hash().alias(KEY))
        for number, some in enumerate(portions(n)):
            told = self._index.portion("identifiers", "bidder_id", some)
            showings(told, hashed.filter(some)).sink_parquet(folder / f"{number}.parquet")
        return pl.scan_parquet(folder / "*.parquet")

    def _add(self, target: Path, touched: list[str]) -> None:
        """The rows of the tenders that were touched, and of those that were measured by them."""
        names = histories()
        plain = [name for name in names if not _kept(name).as_of]
        own = self._of(names, touched)
        for name in plain:
            _write(target, name, own[name], touched)
        later = sorted({*touched, *self._measured_by(touched, own["log_dispersions"])})
        renewed = own if later == touched else self._of(names, later)
        for name in (n for n in names if n not in plain):
            _write(target, name, renewed[name], later)

    def _of(self, names: Collection[str], tenders: Sequence[str]) -> dict[str, pl.LazyFrame]:
        """Rows of some tenders by the names of kept frames."""
        ids = pl.LazyFrame({"tender_id": list(tenders)}, schema={"tender_id": pl.String})
        part = Build(sliced(self._index, tenders, tables_of(names), ()).own, asked=ids)
        build = self.given(part, names, tenders)
        return {name: build.table(name).filter(pl.col("tender_id").is_in(list(tenders))) for name in names}

    def _touched(self, batches: Sequence[str], old: Mapping[str, pl.DataFrame]) -> list[str]:
        """Tenders of which some imports changed a record, or a bidder, or from which they took a record."""
        market, found = self.store.market(), _ids(old.values(), "tender_id")
        for table in tables_of(histories()):
            if "tender_id" in SCHEMAS[table].columns():
                ids = changed(market, table, batches).select("tender_id").unique().collect()
                found |= set(ids["tender_id"].drop_nulls())
        firms = changed(market, "bidders", batches).select("bidder_id").collect()["bidder_id"]
        for table in ("bids", "consortium_members"):
            found |= set(self._index.find(table, "bidder_id", firms)["tender_id"])
        return sorted(found)

    def _firms(self, batches: Sequence[str], old: Mapping[str, pl.DataFrame]) -> list[str]:
        """Firms of which some imports changed what they showed, or a tender in which they stand or stood."""
        market = self.store.market()
        new = {name: changed(market, name, batches) for name in ("tenders", "bids", "consortium_members")}
        ids = pl.concat(rows.select("tender_id") for rows in new.values()).unique().collect()
        every = _ids([ids, *old.values()], "tender_id")
        told = [changed(market, "identifiers", batches).select("bidder_id").unique().collect()]
        told += [self._index.find(name, "tender_id", every) for name in ("bids", "consortium_members")]
        return sorted(_ids(told, "bidder_id") | _ids(old.values(), "bidder_id"))

    def _measured_by(self, touched: Sequence[str], rows: pl.LazyFrame) -> pl.Series:
        """Tenders that were measured by some others: those with a later deadline than these became known."""
        of = pl.col("tender_id").is_in(list(touched))
        before = self._scan("log_dispersions").filter(of).select("known_at")
        first = pl.concat([before, rows.select("known_at")]).min().collect().item()
        levels = self._scan("screen_levels")
        later = levels.clear() if first is None else levels.filter(pl.col("deadline_at") > first)
        return later.collect()["tender_id"]


def _ids(frames: Iterable[pl.DataFrame], column: str) -> set[str]:
    return {i for rows in frames if column in rows.columns for i in rows[column].drop_nulls()}


def _write_showings(target: Path, rows: pl.LazyFrame, touched: Sequence[str]) -> None:
    """Showings sorted by their value, and the firms whose older ones they replace."""
    n = rows.select(pl.len()).collect().item()
    write_sorted(rows, "value_hash", n, target, SHOWN)
    hidden = pl.DataFrame({"bidder_id": list(touched)}, schema={"bidder_id": pl.String})
    hidden.write_parquet(target / f"{SHOWN}.{_TOUCHED}.0.parquet")


def _kept(name: str) -> Kept:
    kept = CATALOGUE.frames[name].kept
    assert kept is not None
    return kept


def _all_behind(names: Collection[str]) -> set[str]:
    """What frames read, however indirectly, also behind those that are kept."""
    found = set(names)
    while more := {n for name in found & set(histories()) for n in behind(_reads(name))} - found:
        found |= more
    return found


def _reads(name: str) -> tuple[str, ...]:
    return CATALOGUE.frames[name].reads


def _enough(kept: Kept, column: str, asked: pl.DataFrame, own: pl.DataFrame, rows: pl.DataFrame) -> bool:
    """Whether each tender finds enough of its own kind before its deadline."""
    dated = own.filter(pl.col("deadline_at").is_not_null()).select("tender_id", asked_at="deadline_at")
    of = asked.select("tender_id", column).unique().join(dated, on="tender_id")
    if of.height > FEW or of[column].null_count():
        return False
    counts = (
        of.select(column, "asked_at", asked_id="tender_id")
        .join(rows.with_columns(kept.known.alias("_at")), on=column)
        .filter(pl.col("_at") < pl.col("asked_at"))
        .group_by("asked_id").agg(pl.min_horizontal(kept.counts).alias("least"))
        .filter(pl.col("least") >= kept.enough())
    )  # fmt: skip
    return counts.height == of.height


def _write(target: Path, name: str, rows: pl.LazyFrame, touched: Sequence[str] | None) -> None:
    """Rows sorted by their kind, and the tenders whose older rows they replace."""
    kinds = [column for column in _kept(name).by if column]
    made_of = rows.sort(*kinds, "tender_id") if kinds else rows.sort("tender_id")
    made_of.sink_parquet(target / f"{name}.0.parquet", row_group_size=ROW_GROUP, compression="zstd")
    hidden = pl.DataFrame({"tender_id": list(touched or ())}, schema={"tender_id": pl.String})
    hidden.write_parquet(target / f"{name}.{_TOUCHED}.0.parquet")
