"""All features of a grain in one lazy plan, from the records of a market."""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from pathlib import Path

import polars as pl

import features
from features import scratch
from features.catalogue import CATALOGUE, KEYS, Column, Grain, Node, Reach
from features.needs import Needs
from records.discovery import discover
from records.tables import SCHEMAS, Market, Record

_PROVENANCE = tuple(Record.columns())
_BELONGS_TO_TENDER = (Grain.BID, Grain.TIE)
_KEY = "_key"
_UNIQUE = {**KEYS, Grain.BID: ("bid_id",)}
"""What names a row: the id of a bid is its key alone, which halves the work of joining on three."""

AT_ONCE = 30_000_000
"""Rows that a frame of firms reads at once: more would need more memory, and little less time."""


class Build:
    """Feature frames of one market.

    `overrides` replaces a named intermediate frame, for example `shared_values` after exclusions. With
    `asked`, a frame of tender ids, frames of tenders, bids and ties have rows of these alone; with `needs`
    they have the columns of records, and of the others those that are needed.

    A build of some tenders has a small market and a `wider` one: what reaches further than its tenders
    (`features.catalogue.Reach`) is made by the build of that market, and its rows of these tenders are taken.

    >>> from records.tables import market_of
    >>> bids = {"bid_id": ["a", "b"], "tender_id": ["T", "T"], "bidder_id": ["A", "B"],
    ...         "amount": [100, 110], "status": ["valid", "valid"], "batch_id": ["x", "x"]}
    >>> market = market_of(tenders=pl.DataFrame({"tender_id": ["T"], "batch_id": ["x"]}),
    ...                    bids=pl.DataFrame(bids))
    >>> Build(market).grain(Grain.TENDER).select("tender_id", "n_valid").collect().rows()
    [('T', 2)]
    """

    def __init__(
        self,
        market: Market,
        overrides: Mapping[str, pl.LazyFrame] | None = None,
        *,
        asked: pl.LazyFrame | None = None,
        needs: Needs | None = None,
        wider: "Build | None" = None,
    ) -> None:
        discover(features)
        self._asked, self._needs, self._wider = asked, needs, wider
        self._known: dict[str, pl.LazyFrame] = {**market.to_dict(), **(overrides or {})}
        if asked is not None:
            self._known["asked_tenders"] = asked
        self._grains: dict[Grain, pl.LazyFrame] = {}
        self._keep = scratch.keeper(market)

    def table(self, name: str) -> pl.LazyFrame:
        """A table of the market, an intermediate frame or a block, by name."""
        if name not in self._known:
            if self._wider is not None and _reaches_out(name):
                self._known[name] = self._keep(self._of_tenders(self._wider.table(name)))
            elif name in CATALOGUE.frames:
                self._known[name] = self._keep(self._call(CATALOGUE.frames[name]))
            elif name in CATALOGUE.blocks:
                node = CATALOGUE.blocks[name]
                made = self._call(node)
                self._known[name] = self._keep(made) if self._keep.on_disk or _again(node) else made
            else:
                known = sorted({*SCHEMAS, *CATALOGUE.frames, *CATALOGUE.blocks})
                raise KeyError(f"No table, frame or block is called {name!r}; there are {known}.")
        return self._known[name]

    def sink(self, name: str, folder: Path) -> None:
        """Compute an intermediate frame into files of a new folder, from which it is read from then on.

        One that is kept of all firms (`features.catalogue.Kept`) is made of some firms at a time.
        """
        folder.mkdir()
        node = CATALOGUE.frames[name]
        reads = [self.table(read) for read in node.reads]
        for n, some in enumerate(_portions(node, reads)):
            _made(node, (read.filter(some) for read in reads)).sink_parquet(folder / f"{n}.parquet")
        self._known[name] = pl.scan_parquet(folder / "*.parquet")

    def grain(self, grain: Grain, also: Iterable[str] = ()) -> pl.LazyFrame:
        """The feature frame of a grain: keys, record columns, blocks, features.

        Bids and ties also carry the columns of the tender that they belong to. `also` names blocks on
        demand of this grain, which are joined to the rows that the frame has.

        Raises:
            KeyError: the grain has no block on demand of that name.

        """
        if grain not in self._grains:
            self._grains[grain] = self._with_features(grain, self._with_blocks(grain))
        frame = self._grains[grain]
        for name in also:
            node = _on_demand(grain, name)
            made = self.table(name).select(*KEYS[grain], *node.columns)
            frame = frame.join(made, on=KEYS[grain], how="left", validate="1:1")
        return frame

    def unlisted(self, grain: Grain) -> pl.LazyFrame:
        """One row per tender for the rows that a sparse grain does not list.

        Each block column takes its `absent` value, each feature is computed on top, so a rule
        judges "nothing shared" and "not known" with the same predicate as a listed row.
        """
        tender = self.grain(Grain.TENDER)
        blocks = self._blocks(grain)
        own = {name: made for node in blocks for name, made in self._schema(node).items()}
        columns = {name: column for node in blocks for name, column in self._columns(node).items()}
        absent = (_absent(name, column, own[name]) for name, column in columns.items())
        return self._with_features(grain, tender.drop(own, strict=False).with_columns(absent))

    def collected(self, grain: Grain) -> pl.DataFrame:
        """The frame of a grain, computed once; grains that join it read the result."""
        frame = self.grain(grain).collect()
        self._grains[grain] = frame.lazy()
        return frame

    def replacing(self, name: str, frame: pl.LazyFrame) -> "Build":
        """The same build with one frame replaced; what does not depend on it is kept."""
        changed, other = dependents(name), copy(self)
        other._known = {**{k: v for k, v in self._known.items() if k not in changed}, name: frame}
        other._wider = self._wider and self._wider.replacing(name, frame)
        stale = {node.grain for node in CATALOGUE.blocks.values() if node.name in changed}
        stale |= set(_BELONGS_TO_TENDER) if Grain.TENDER in stale else set()
        other._grains = {g: f for g, f in self._grains.items() if g not in stale}
        return other

    def _call(self, node: Node) -> pl.LazyFrame:
        return _made(node, map(self.table, node.reads))

    def _spine(self, grain: Grain) -> pl.LazyFrame:
        if grain == Grain.TENDER:
            return self._of_asked(self.table("tenders").drop(_PROVENANCE))
        if grain == Grain.BID:
            return self._of_asked(self.table("bids").drop(_PROVENANCE))
        keys = [self.table(node.name).select(KEYS[grain]) for node in self._blocks(grain)]
        every = pl.concat(keys).unique()
        return self._of_asked(every) if "tender_id" in KEYS[grain] else every

    def _of_tenders(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """Rows of the tenders on record here, and those of no tender."""
        if "tender_id" not in frame.collect_schema():
            return frame
        here = self.table("tenders").select("tender_id").collect().to_series().to_list()
        return frame.filter(pl.col("tender_id").is_null() | pl.col("tender_id").is_in(here))

    def _of_asked(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        return frame if self._asked is None else frame.join(self._asked, on="tender_id", how="semi")

    def _blocks(self, grain: Grain) -> list[Node]:
        made = self._needs.blocks(grain) if self._needs else CATALOGUE.blocks.values()
        return [node for node in made if node.grain == grain and not node.on_demand]

    def _columns(self, node: Node) -> Mapping[str, Column]:
        """The columns of a block that somebody needs."""
        if self._needs is None or node.grain is None:
            return node.columns
        return {c: node.columns[c] for c in node.columns if c in self._needs.columns[node.grain]}

    def _with_blocks(self, grain: Grain) -> pl.LazyFrame:
        """The spine with every block; a row that a block does not list takes its `absent` values.

        A row is listed by a block when the block has its key, whatever the values: a listed null
        stays null, since the block has looked and could not tell.
        """
        key, blocks = _key(grain), self._blocks(grain)
        frame = self._spine(grain).with_columns(key)
        for node in blocks:
            made = self.table(node.name).select(key, *self._columns(node), pl.lit(True).alias(_listed(node)))
            frame = frame.join(made, on=_KEY, how="left", validate="1:1")
        frame = frame.drop(_KEY)
        if grain in _BELONGS_TO_TENDER:
            tender = self.grain(Grain.TENDER)
            have = set(frame.collect_schema()) - {"tender_id"}
            frame = frame.join(tender.drop(have, strict=False), on="tender_id", how="left")
        filled = (
            pl.when(_listed(node)).then(name).otherwise(absent)
            for node in blocks
            for name, absent in self._of_unlisted(node).items()
        )
        return frame.with_columns(filled).drop(map(_listed, blocks))

    def _of_unlisted(self, node: Node) -> dict[str, pl.Expr]:
        """Columns of a block that say something of rows that it does not list, and what."""
        columns = {name: c for name, c in self._columns(node).items() if c.absent is not None}
        dtypes = self._schema(node) if columns else {}
        return {name: _absent(name, column, dtypes[name]) for name, column in columns.items()}

    def _schema(self, node: Node) -> Mapping[str, pl.DataType]:
        have = self.table(node.name).collect_schema()
        return {name: have[name] for name in self._columns(node)}

    def _with_features(self, grain: Grain, frame: pl.LazyFrame) -> pl.LazyFrame:
        have, waiting = set(frame.collect_schema()), dict(CATALOGUE.features[grain])
        if self._needs is not None:
            waiting = {n: node for n, node in waiting.items() if n in self._needs.columns[grain]}
        while waiting:
            ready = [node for node in waiting.values() if set(node.reads) <= have]
            if not ready:
                missing = {name: sorted(set(n.reads) - have) for name, n in waiting.items()}
                raise KeyError(f"Features of grain {grain} read columns that do not exist: {missing}")
            frame = frame.with_columns(
                node.function(*map(pl.col, node.reads)).alias(node.name)  # type: ignore[union-attr]
                for node in ready
            )
            have |= {node.name for node in ready}
            for node in ready:
                del waiting[node.name]
        return frame


def _made(node: Node, reads: Iterable[pl.LazyFrame]) -> pl.LazyFrame:
    made = node.function(*reads)
    assert isinstance(made, pl.LazyFrame)
    return made


def _portions(node: Node, reads: Sequence[pl.LazyFrame]) -> list[pl.Expr]:
    """Which rows of what a frame reads to take at once: all, or those of some firms."""
    if node.kept is None or node.kept.of != "bidder_id":
        return [pl.lit(True)]
    n = 1 + max(read.select(pl.len()).collect().item() for read in reads) // AT_ONCE
    return [pl.col(node.kept.of).hash() % n == portion for portion in range(n)]


def _key(grain: Grain) -> pl.Expr:
    """One integer for the key of a row, a hash: four times cheaper to join by than text.

    Among ten million rows the chance that any two share one is three in a million, and then a join fails.
    """
    parts = (pl.col(name).hash(seed) for seed, name in enumerate(_UNIQUE[grain]))
    return pl.sum_horizontal(parts).alias(_KEY)


def _again(node: Node) -> bool:
    """Whether a block is evaluated more than once, so that it pays to keep it.

    The blocks of a sparse grain are: they also say which rows there are.
    """
    readers = (*CATALOGUE.frames.values(), *CATALOGUE.blocks.values())
    spineless = node.grain not in (Grain.TENDER, Grain.BID)
    return spineless or any(node.name in reader.reads for reader in readers)


def _reaches_out(name: str) -> bool:
    """Whether a frame or block needs records of other tenders."""
    node = CATALOGUE.frames.get(name) or CATALOGUE.blocks.get(name)
    return node is not None and node.reach != Reach.TENDER


def _on_demand(grain: Grain, name: str) -> Node:
    known = CATALOGUE.on_demand(grain)
    if name not in known:
        raise KeyError(f"Grain {grain} has no block on demand called {name!r}; it has {sorted(known)}.")
    return known[name]


def dependents(name: str) -> set[str]:
    """A frame, and the frames and blocks that read it, however indirectly."""
    found, nodes = {name}, [*CATALOGUE.frames.values(), *CATALOGUE.blocks.values()]
    while more := {node.name for node in nodes if found & set(node.reads)} - found:
        found |= more
    return found


def _listed(node: Node) -> str:
    """Name of the helper column that says whether a block lists a row."""
    return f"_listed_by_{node.name}"


def _absent(name: str, column: Column, dtype: pl.DataType) -> pl.Expr:
    value = pl.lit(None) if column.absent is None else column.absent
    return value.cast(dtype).alias(name)
