"""The frames that models read: a grain's rows with the columns that its models ask for, and labels."""

from datetime import datetime

import polars as pl

from features.build import Build
from features.catalogue import CATALOGUE, KEYS, Grain
from models.firm_labels import labels_of
from models.labels import labelled
from models.scorer import MEAN, SHADOW, Scorer, all_models
from records.tables import Market


def model_frame(
    market: Market,
    grain: Grain = Grain.TENDER,
    *,
    build: Build | None = None,
    as_of: datetime | None = None,
    selection: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Every row of a grain with everything that its models read, and its label where somebody decided.

    Features of tenders and bids are as of their deadlines, those of firms and groups of the whole market;
    labels are as of `as_of` (see `models.labels`, `models.firm_labels`).
    """
    rows = grain_frame(build or Build(market), grain)
    found = labels_of(grain, market, as_of=as_of, selection=selection)
    return rows if found is None else labelled(rows, found)


def grain_frame(build: Build, grain: Grain) -> pl.DataFrame:
    """Every row of a grain with what its models read; of tenders everything that there is.

    Groups are followed by their shadows (`features.group.coalition`), marked as such.
    """
    models = all_models(grain).values()
    blocks = sorted({name for cls in models for name in cls.blocks})
    if grain == Grain.TENDER:
        return build.grain(grain, also=blocks).collect()
    own = CATALOGUE.on_demand(grain)
    frame = build.grain(grain, also=[name for name in blocks if name in own])
    inputs = dict.fromkeys(name for cls in models for name in cls.inputs)
    if grain == Grain.BID:
        of_tender = [name for name in blocks if name not in own]
        frame = _with_tenders(frame, build, of_tender)
        return frame.select(*KEYS[grain], "deadline_at", *inputs).collect()
    if grain == Grain.GROUP:
        shadows = build.table("coalition_shadows").with_columns(pl.lit(True).alias(SHADOW))
        groups = frame.select(*KEYS[grain], *inputs).with_columns(pl.lit(False).alias(SHADOW))
        return pl.concat([groups, shadows], how="diagonal").sort(SHADOW, *KEYS[grain]).collect()
    if means := [name for name in inputs if name.startswith(MEAN)]:
        frame = frame.join(_means(build, means), on="bidder_id", how="left")
    return frame.select(*KEYS[grain], *inputs).sort(KEYS[grain]).collect()


def _with_tenders(bids: pl.LazyFrame, build: Build, blocks: list[str]) -> pl.LazyFrame:
    """Bids with blocks on demand of their tenders."""
    for name in blocks:
        columns = CATALOGUE.blocks[name].columns
        bids = bids.join(build.table(name).select("tender_id", *columns), on="tender_id", how="left")
    return bids


def _means(build: Build, columns: list[str]) -> pl.LazyFrame:
    """Means of tenders' columns over the tenders that each firm entered."""
    plain = {name: name.removeprefix(MEAN) for name in columns}
    tenders = build.grain(Grain.TENDER).select("tender_id", *plain.values())
    entered = build.table("bids").select("tender_id", "bidder_id").unique()
    return (
        entered.join(tenders, on="tender_id")
        .group_by("bidder_id")
        .agg(pl.col(of).mean().alias(name) for name, of in plain.items())
    )


def with_blocks(tenders: pl.DataFrame, market: Market, scorer: Scorer) -> pl.DataFrame:
    """Tenders with the blocks on demand that a scorer reads, computed from the market."""
    build = Build(market)
    for name in scorer.blocks:
        made = build.table(name).collect()
        new = [c for c in made.columns if c not in tenders.columns]
        tenders = tenders.join(
            made.select(*KEYS[scorer.grain], *new), on=KEYS[scorer.grain], how="left", maintain_order="left"
        )
    return tenders
